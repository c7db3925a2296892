"""What was observed, as a form or the browser sends it, and as the journal is told."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cqp.templatetags.fr import moment
from cqp.text import cleaned_lines
from cqp.workflow import Conflict
from evaluations.attachments import Attachment
from evaluations.models import MasteryAttestation, ObservationLine


@dataclass(frozen=True, slots=True)
class Observed:
    """What a tutor says of a competence; `met` are the ids of the criteria met."""

    mastered: bool
    observed_on: date
    situation: str
    met: frozenset[int] = frozenset()
    comment: str = ""

    @classmethod
    def of(cls, attestation: MasteryAttestation) -> "Observed":
        met = frozenset(criterion.pk for criterion in attestation.met.all())
        return cls(
            attestation.mastered, attestation.observed_on, attestation.situation, met, attestation.comment
        )

    @property
    def entry(self) -> str:
        """One text for what was said, the same here and in the browser that waits to send it."""
        said = {
            "mastered": self.mastered,
            "observed_on": self.observed_on.isoformat(),
            "situation": self.situation,
            "met": sorted(self.met),
            "comment": self.comment,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    def cleaned(self) -> "Observed":
        return replace(self, situation=cleaned_lines(self.situation), comment=cleaned_lines(self.comment))


class AttestationConflict(Conflict):
    """Somebody else changed the attestation first; `stored` is what they left."""

    def __init__(self, stored: MasteryAttestation) -> None:
        who, when = stored.attested_by.full_name, stored.attested_at
        what = "attesté cette compétence"
        if stored.returned_at and stored.returned_by:
            who, when, what = stored.returned_by.full_name, stored.returned_at, "renvoyé cette compétence"
        super().__init__(f"{who} a {what} le {moment(when)}.")
        self.stored = stored


@dataclass(frozen=True, slots=True)
class LineEntry:
    """One line as somebody filled it; `version` is that of the line before their eyes, 0 for none."""

    line: ObservationLine
    entry: str
    comment: str
    version: int


def told_of(attestation: MasteryAttestation, file: Attachment | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "etat": attestation.state,
        "maitrisee": attestation.mastered,
        "observee_le": attestation.observed_on.isoformat(),
        "situation": attestation.situation,
        "criteres": sorted(criterion.position for criterion in attestation.met.all()),
        "version": attestation.version,
    }
    if attestation.comment:
        told["commentaire"] = attestation.comment
    if attestation.confirmed is not None:
        told["signee_maitrisee"] = attestation.confirmed
    if attestation.review_on:
        told["a_revoir_le"] = attestation.review_on.isoformat()
    if file is not None:
        told["piece"] = file.sha256
    return told
