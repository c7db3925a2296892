"""The states of a regulation, and the phases of a candidate's file."""

from enum import StrEnum

from django.db.models import TextChoices

from cqp.roles import Act
from cqp.workflow import Transition, Workflow


class RegulationState(TextChoices):
    DRAFT = "PROJET", "Projet"
    PUBLISHED = "PUBLIE", "Publié"


REGULATION = Workflow(
    "Le règlement",
    RegulationState.DRAFT,
    [
        Transition(RegulationState.DRAFT, Act.EDIT_REGULATION, RegulationState.DRAFT),
        Transition(RegulationState.DRAFT, Act.PUBLISH_REGULATION, RegulationState.PUBLISHED),
    ],
)


class SheetState(TextChoices):
    """Where the marks of one block stand in a CRFP's part."""

    DRAFT = "SAISIE", "En cours de saisie"
    SUBMITTED = "TRANSMISE", "Transmise"


SHEET = Workflow(
    "La feuille de notes",
    SheetState.DRAFT,
    [
        Transition(SheetState.DRAFT, Act.RECORD_MARK, SheetState.DRAFT),
        Transition(SheetState.DRAFT, Act.SUBMIT_SHEET, SheetState.SUBMITTED),
        Transition(SheetState.SUBMITTED, Act.CORRECT_MARK, SheetState.SUBMITTED),
    ],
)


class AttestationState(TextChoices):
    """Where one competence of a carnet stands; no attestation yet: to be observed."""

    ATTESTED = "ATTESTEE", "Attestée par le tuteur"
    SIGNED = "VALIDEE", "Validée par le manager"
    RETURNED = "RENVOYEE", "Renvoyée"


ATTESTATION = Workflow(
    "L’attestation",
    AttestationState.ATTESTED,
    [
        Transition(AttestationState.ATTESTED, Act.ATTEST, AttestationState.ATTESTED),
        Transition(AttestationState.ATTESTED, Act.COUNTERSIGN, AttestationState.SIGNED),
        Transition(AttestationState.ATTESTED, Act.RETURN_ATTESTATION, AttestationState.RETURNED),
        Transition(AttestationState.SIGNED, Act.RETURN_ATTESTATION, AttestationState.RETURNED),
        Transition(AttestationState.RETURNED, Act.ATTEST, AttestationState.ATTESTED),
    ],
)


class Phase(StrEnum):
    """Where a candidate's file stands, for who may see what of it."""

    COURSE = "COURSE"
    SESSION = "SESSION"
    NATIONAL_JURY = "NATIONAL_JURY"
    PROCLAIMED = "PROCLAIMED"  # decided, its results not open yet
    PUBLISHED = "PUBLISHED"
