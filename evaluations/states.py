"""The states of a regulation."""

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
