"""The relevé of a session that is not proclaimed: marks as they stand, PROVISOIRE through every page."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from candidates.models import Enrolment
from cqp.pdf import render_pdf
from cqp.templatetags.fr import day
from evaluations.reading import result_of
from evaluations.scoring import account_of
from evaluations.scoring.explained import for_candidate
from juries.certificates import CERTIFIERS, printed_holder
from juries.deliberation import holder_data
from juries.minutes import seal

PROVISIONAL = "PROVISOIRE"


def provisional_transcript_pdf(enrolment: Enrolment, at: datetime) -> bytes:
    """The marks of a candidate as computed at that moment; nothing is decided."""
    result, today = result_of(enrolment), timezone.localdate(at)
    data: dict[str, Any] = result.to_data()
    printed = {
        "certifiers": CERTIFIERS,
        "title": enrolment.session.certification.title,
        "option": enrolment.option.label if enrolment.option else "",
        "session": enrolment.session.name,
        "number": enrolment.number,
        "holder": printed_holder(holder_data(enrolment)),
        "outcome": "Pas encore prise",
        "explained": for_candidate(data, None),
        "recommendations": [],
        **dict.fromkeys(("opinion", "argument", "motive", "rectified", "place"), ""),
        "regulation": f"{result.scheme.title}, version {result.scheme.version}",
        "decision_date": day(today),
        "decision_iso": today.isoformat(),
        "provisional": True,
        "across": PROVISIONAL,
    }
    digest = seal(printed | {"result": data}).digest
    content = printed | {"account": account_of(data), "digest": digest[:16]}
    return render_pdf("documents/transcript.html", content, identifier=digest)
