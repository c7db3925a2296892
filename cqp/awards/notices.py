"""What is posted to those no message reaches: candidates get their notification, organismes a notice.

Like the messages, a notice says neither a mark nor an outcome.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from candidates.models import Session
from cqp.awards.letters import letters_pdf
from cqp.awards.message_recipients import OnPaper
from cqp.awards.message_words import line_of
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day
from juries.models import ProclaimedFile

PAGES = 400  # what one file may hold: more would keep the person waiting
LETTERS = 100  # a letter takes longer to draw than a notice
ORGANISMES = "organismes"
_PER_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Paper:
    """Who is written to on paper: candidates get their letter, organismes a notice."""

    candidates: Sequence[OnPaper]
    organismes: Sequence[OnPaper]
    most_letters: int = LETTERS
    most_notices: int = PAGES

    @classmethod
    def of(cls, on_paper: Sequence[OnPaper]) -> "Paper":
        candidates = [one for one in on_paper if one.draft.enrolment]
        return cls(candidates, [one for one in on_paper if not one.draft.enrolment])


def letters_on_paper(session: Session, candidates: Sequence[OnPaper]) -> bytes:
    """The letters of the first of these candidates, as decided today, in one file."""
    pks = [one.draft.enrolment.pk for one in candidates[:LETTERS] if one.draft.enrolment]
    rows = ProclaimedFile.objects.filter(proclamation__session=session, enrolment__in=pks)
    return letters_pdf(list(rows.select_related("proclamation__session__certification")))


def notices_pdf(session: Session, on_paper: Sequence[OnPaper], made_on: date) -> bytes:
    """The notices to these organismes in one file, always the same bytes the same day."""
    letters = [
        {
            "template": one.draft.template,
            "name": line_of(one.name),
            "candidate": line_of(one.draft.about.candidate.full_name) if one.draft.about else "",
        }
        for one in on_paper[:PAGES]
    ]
    context = {
        "letters": letters,
        "title": session.certification.title,
        "session": session.name,
        "made": day(made_on),
        "made_on": made_on.isoformat(),
    }
    said = "".join(f"{one.draft.key} {one.name}\n" for one in on_paper)
    identifier = f"courriers {session.code} {made_on} {hashlib.sha256(said.encode()).hexdigest()}"
    longest = _PER_PAGE * (len(letters) + 1)
    return render_pdf("documents/notice.html", context, identifier=identifier, longest=longest)
