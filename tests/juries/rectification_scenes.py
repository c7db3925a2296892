"""Proclaimed sessions and the decisions that rectify them, by the real services."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from juries.models import Rectification
from juries.rectification import Corrections
from juries.services.rectifications import approve, decide, propose
from juries.states import Outcome
from tests.cast import Cast
from tests.juries.national_scenes import CLEAR, EXCUSED, FAILED, play, proclaim_all, sit

MOTIVE = "Copie relue : le total des points était mal additionné."
REPAIRED = Corrections(marks={("ECRIT", 1): "13"})
"""The eliminatory mark of a FAILED candidate was badly added up."""
SPOILT = Corrections(marks={("ECRIT", 1): "4"})


def proclaimed_three(cast: Cast, part: SessionPart) -> tuple[Enrolment, Enrolment, Enrolment]:
    """One certified, one failed on the written examination, one deferred; proclaimed."""
    certified, failed, excused = play(cast, part, [CLEAR, FAILED, EXCUSED])
    sit(cast, part.session)
    proclaim_all(cast, part.session, {failed: Outcome.NOT_CERTIFIED, excused: Outcome.DEFERRED})
    return tuple(Enrolment.objects.get(pk=one.pk) for one in (certified, failed, excused))  # type: ignore[return-value]


def proposed(cast: Cast, enrolment: Enrolment, **changes: Any) -> Rectification:
    """The clerk proposes to certify a candidate whose written mark was wrong."""
    values: Mapping[str, Any] = {"corrections": REPAIRED, "outcome": Outcome.CERTIFIED, "motive": MOTIVE}
    return propose(enrolment=enrolment, by=cast.clerk, at=timezone.now(), **{**values, **changes})


def approved(cast: Cast, enrolment: Enrolment, **changes: Any) -> Rectification:
    return approve(rectification=proposed(cast, enrolment, **changes), by=cast.ucanss, at=timezone.now())


def rectified(cast: Cast, enrolment: Enrolment, **changes: Any) -> Rectification:
    """Proposed, approved, decided the same day in Paris."""
    return decided(cast, approved(cast, enrolment, **changes))


def decided(cast: Cast, rectification: Rectification) -> Rectification:
    today = timezone.localdate()
    return decide(
        rectification=rectification, held_on=today, place="Paris", by=cast.cpnefp_president, at=timezone.now()
    )
