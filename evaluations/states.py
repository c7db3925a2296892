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


class Phase(StrEnum):
    """Where a candidate's file stands, for who may see what of it."""

    COURSE = "COURSE"
    SESSION = "SESSION"
    NATIONAL_JURY = "NATIONAL_JURY"
    PROCLAIMED = "PROCLAIMED"
