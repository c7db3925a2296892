"""The letters of those no message reaches, a page each: that results are open, and how to read them.

Like the messages, they say neither a mark nor an outcome.
"""

import hashlib
from collections.abc import Sequence
from datetime import date

from candidates.models import Session
from cqp.awards.message_recipients import OnPaper
from cqp.awards.message_words import line_of
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day

PAGES = 400  # what one file may hold: more would keep the person waiting
_PER_PAGE = 2_000


def notices_pdf(session: Session, on_paper: Sequence[OnPaper], made_on: date) -> bytes:
    """These letters in one file, always the same bytes the same day."""
    letters = [
        {
            "template": one.draft.template,
            "name": line_of(one.name),
            "place": _place(one),
            "candidate": line_of(one.draft.about.candidate.full_name) if one.draft.about else "",
            "crfp": line_of(one.draft.enrolment.part.crfp.name) if one.draft.enrolment else "",
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


def _place(one: OnPaper) -> str:
    """Where a candidate is found: at work."""
    return line_of(one.draft.enrolment.organisme.name) if one.draft.enrolment else ""
