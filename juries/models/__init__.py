"""Who judges and who proclaims."""

from juries.models.certificate import BlocCertificate, Certificate, already_certified
from juries.models.local import (
    SIGNATURES,
    Hearing,
    JurySeat,
    LocalJury,
    Opinion,
    corrections_of,
    stale_opinion,
)
from juries.models.national import Decision, ProclaimedFile, Proclamation, Sitting

__all__ = [
    "SIGNATURES",
    "BlocCertificate",
    "Certificate",
    "Decision",
    "Hearing",
    "JurySeat",
    "LocalJury",
    "Opinion",
    "ProclaimedFile",
    "Proclamation",
    "Sitting",
    "already_certified",
    "corrections_of",
    "stale_opinion",
]
