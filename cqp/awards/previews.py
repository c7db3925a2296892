"""A result as each role reads it, now or once open: the functions of the real pages, the one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from candidates.models import Enrolment
from evaluations.rules import phase_of
from evaluations.visibility import Audience, Datum, may_see

AUDIENCES: dict[str, tuple[Audience, str]] = {
    "candidat": (Audience.CANDIDATE, "le candidat"),
    "organisme": (Audience.ORGANISME, "l’organisme"),
    "crfp": (Audience.CRFP, "le CRFP"),
    "jury-local": (Audience.LOCAL_JURY, "le jury local"),
    "tuteur": (Audience.TUTOR, "le tuteur"),
    "manager": (Audience.MANAGER, "le manager"),
}
"""By the word of the address: whose eyes, and how a sentence names them."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Whose page is previewed, at what moment, and whether it shows the decision at all then."""

    audience: Audience
    label: str
    at: datetime
    shows_outcome: bool
    ever: bool  # at some moment, this one or a later one


def preview_of(enrolment: Enrolment, word: str, *, now: datetime, once_open: bool) -> Preview:
    """The preview of a proclaimed enrolment for the audience of this word."""
    opening = enrolment.session.results_open_at or now
    audience, label = AUDIENCES[word]
    at, last = (max(now, opening) if once_open else now), max(now, opening)
    return Preview(
        audience,
        label,
        at,
        shows_outcome=_sees(enrolment, audience, at),
        ever=_sees(enrolment, audience, last),
    )


def choices() -> Sequence[tuple[str, str]]:
    """The words and labels, for the navigation."""
    return [(word, label) for word, (_audience, label) in AUDIENCES.items()]


def _sees(enrolment: Enrolment, audience: Audience, at: datetime) -> bool:
    return may_see(audience, Datum.OUTCOME, phase_of(enrolment.session, enrolment.part, at))
