"""Candidates of a DAM session with the marks of the dossier's vectors."""

from collections.abc import Mapping

from django.utils import timezone

from candidates.models import Enrolment
from evaluations.models import Block, Mark
from evaluations.retakes import Retake, retakes_of
from evaluations.services.marks import record_mark
from tests.cast import Cast, part_of
from tests.journey import blocks_of, clerk_of, enter_marks

FAILED_CC: Mapping[str, str] = {"CARNET": "70", "CC": "8", "MEMOIRE": "15", "ORAL": "15"}
"""D16 before its retake: 70, 8/40, 15, 15."""


def cc_of(enrolment: Enrolment) -> Block:
    return next(block for block in blocks_of(enrolment.session) if block.code == "CC")


def fail_cc(cast: Cast, enrolments: list[Enrolment], entry: str = "8") -> None:
    """The clerk records the marks, the contrôle continu eliminatory."""
    enter_marks(cast, enrolments, {**FAILED_CC, "CC": entry})


def retake(cast: Cast, enrolment: Enrolment, entry: str, version: int = 0) -> Mark:
    """The clerk records the second mark of the contrôle continu."""
    return record_mark(
        enrolment=enrolment,
        block=cc_of(enrolment),
        attempt=Mark.Attempt.RETAKE,
        entry=entry,
        version=version,
        by=clerk_of(cast, enrolment.part),
        at=timezone.now(),
    )


def retake_of(enrolment: Enrolment) -> Retake:
    """Where the retake of this candidate stands."""
    part = part_of(enrolment.session, enrolment.part.crfp.code)
    return next(one for one in retakes_of(part) if one.enrolment.pk == enrolment.pk)
