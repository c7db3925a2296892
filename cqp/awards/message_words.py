"""What each message says: never a mark nor an outcome, but how to read them (R37, R40).

The same words twice, as plain text and as HTML. Nothing anybody typed is in the subject.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template import Context, engines
from django.template.loader import render_to_string
from django.urls import reverse

from candidates.models import Session
from cqp.awards.models import Message
from cqp.templatetags.fr import nbsp
from cqp.text import is_printable

Kind = Message.Kind

LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Words:
    """A message ready to be frozen."""

    subject: str
    text: str
    html: str


_SUBJECTS = {
    "result": "CQP : vos résultats sont consultables",
    "organisme": "CQP : les décisions qui concernent vos candidats sont consultables",
    "rectified": "CQP : une décision rectificative vous concerne",
    "rectified_organisme": "CQP : une décision rectificative concerne l’un de vos candidats",
}
"""By template of templates/awards/mail/."""


def words_of(template: str, *, session: Session, name: str, candidate: str = "", crfp: str = "") -> Words:
    """The words of one message; every name given is brought to one line that can be read."""
    context = {
        "title": session.certification.title,
        "session": session.name,
        "name": line_of(name),
        "candidate": line_of(candidate),
        "crfp": line_of(crfp),
        "url": settings.SITE_URL + _door(template),
        "reset_url": settings.SITE_URL + reverse("account_reset_password"),
        "subject": nbsp(_SUBJECTS[template]),
    }
    html = render_to_string(f"awards/mail/{template}.html", context)
    return Words(nbsp(_SUBJECTS[template]), nbsp(_text(f"awards/mail/{template}.txt", context)), html)


def line_of(text: str) -> str:
    """A name on one line as it can be read: no end of line, nothing invisible, nothing reversed, not endless.

    What was typed on a screen is so already; a database may have been written to by other hands.
    """
    plain = "".join(" " if character in "\n\r\t" else character for character in text)
    seen = "".join(
        character
        for character in plain
        if is_printable(character) and unicodedata.category(character) not in ("Cf", "Zl", "Zp")
    )
    line = " ".join(seen.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1].rstrip() + "…"


def _door(template: str) -> str:
    return reverse("juries:organisme_results" if "organisme" in template else "juries:own_results")


def _text(template: str, context: Mapping[str, str]) -> str:
    """Plain text: nothing is escaped, since nothing reads it as HTML."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    text: str = engine.get_template(template).render(Context(dict(context), autoescape=False))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
