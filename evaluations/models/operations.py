"""One gesture on several marks at once, kept so that one gesture undoes it."""

from typing import ClassVar, Self

from django.db import models

from candidates.models import SessionPart
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role


class OperationQuerySet(models.QuerySet["Operation"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """The gestures of a CRFP are its own business."""
        if actor is not None and actor.role == Role.CRFP:
            return self.filter(part__crfp=actor.organisme)
        return self.none()


class Operation(models.Model):
    """A paste, a filling, an import, or the undoing of one: the cells it changed, before and after."""

    class Kind(models.TextChoices):
        PASTE = "COLLAGE", "Collage"
        FILL = "REMPLISSAGE", "Remplissage des notes manquantes"
        IMPORT = "IMPORT", "Import"
        UNDO = "ANNULATION", "Annulation"

    part = models.ForeignKey(SessionPart, models.PROTECT, related_name="operations")
    kind = models.CharField("geste", max_length=12, choices=Kind)
    label = models.CharField("libellé", max_length=160)
    # One row a cell: enrolment, block, attempt, entry before, entry after, version after, why it was unusual.
    changes = models.JSONField("cases")
    at = models.DateTimeField("le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="undone_by", verbose_name="annule"
    )

    objects = OperationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind="ANNULATION", undoes__isnull=False)
                | (~models.Q(kind="ANNULATION") & models.Q(undoes__isnull=True)),
                name="operation_undoes_one",
            )
        ]

    def __str__(self) -> str:
        return self.label
