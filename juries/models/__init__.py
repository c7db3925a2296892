"""Who judges and who proclaims."""

from juries.models.certificate import (
    BlocCertificate,
    Certificate,
    CertificateQuerySet,
    already_certified,
    certified_elsewhere,
    decided_after,
)
from juries.models.hearing_sheets import HearingNote, JurorMark
from juries.models.local import (
    SIGNATURES,
    Hearing,
    JurySeat,
    JurySubstitute,
    LocalJury,
    Opinion,
    Recusal,
    corrections_of,
    stale_opinion,
)
from juries.models.minutes import JuryReopening, LocalMinutes, closings_of, sits_again
from juries.models.national import Decision, ProclaimedFile, Proclamation, Sitting
from juries.models.planning import HearingDay, HearingSlot, Summons, Unavailability
from juries.models.rectification import Rectification, current_outcome
from juries.models.sitting import CollegeVote, Extraction, Floor, MemberRecusal, SittingMember
from juries.models.tries import Tries

__all__ = [
    "SIGNATURES",
    "BlocCertificate",
    "Certificate",
    "CertificateQuerySet",
    "CollegeVote",
    "Decision",
    "Extraction",
    "Floor",
    "Hearing",
    "HearingDay",
    "HearingNote",
    "HearingSlot",
    "JurorMark",
    "JuryReopening",
    "JurySeat",
    "JurySubstitute",
    "LocalJury",
    "LocalMinutes",
    "MemberRecusal",
    "Opinion",
    "ProclaimedFile",
    "Proclamation",
    "Rectification",
    "Recusal",
    "Sitting",
    "SittingMember",
    "Summons",
    "Tries",
    "Unavailability",
    "already_certified",
    "certified_elsewhere",
    "closings_of",
    "corrections_of",
    "current_outcome",
    "decided_after",
    "sits_again",
    "stale_opinion",
]
