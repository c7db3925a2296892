"""Who sits, for which option, in which session; and the files they come from."""

from candidates.models.enrolments import (
    Candidate,
    Certification,
    CivilStatus,
    Enrolment,
    EnrolmentQuerySet,
    Option,
    RncpRegistration,
    Session,
    SessionPart,
    SessionPartQuerySet,
    SessionQuerySet,
    sort_key_of,
)
from candidates.models.imports import ListImport

__all__ = [
    "Candidate",
    "Certification",
    "CivilStatus",
    "Enrolment",
    "EnrolmentQuerySet",
    "ListImport",
    "Option",
    "RncpRegistration",
    "Session",
    "SessionPart",
    "SessionPartQuerySet",
    "SessionQuerySet",
    "sort_key_of",
]
