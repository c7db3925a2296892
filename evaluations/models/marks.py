"""The marks as they stand; how they came to stand there is in the journal."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from candidates.models import Enrolment
from cqp.accounts.models import User
from evaluations.models.regulation import Block
from evaluations.scoring import Unusual

UNUSUAL = [
    (Unusual.SLIP.value, "Faute de frappe possible, confirmée"),
    (Unusual.FAR.value, "Loin des autres notes, confirmée"),
    (Unusual.CROSSING.value, "Fait passer un seuil, confirmée"),
]


class Typed(models.Model):
    """What somebody typed as a mark: a value on a scale, an absence, or nothing."""

    class Outcome(models.TextChoices):
        NOTE = "NOTE", "Note"
        ABSENT = "ABS", "Absence injustifiée"
        EXCUSED = "ABJ", "Absence justifiée"
        NONE = "VIDE", "Non saisie"

    outcome = models.CharField(max_length=4, choices=Outcome)
    value = models.DecimalField("note", max_digits=6, decimal_places=2, null=True)
    scale = models.DecimalField("barème", max_digits=6, decimal_places=2)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.entry

    @property
    def entry(self) -> str:
        """The mark as people type it: `12,5`, `ABS`, `ABJ` or nothing."""
        if self.value is not None:
            text = format(self.value.normalize(), "f")
            return text.replace(".", ",")
        return "" if self.outcome == self.Outcome.NONE else self.outcome


class Mark(Typed):
    """The mark of one candidate in one block, at the first attempt or at the retake (R7)."""

    class Attempt(models.IntegerChoices):
        FIRST = 1, "Première note"
        RETAKE = 2, "Rattrapage"

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="marks")
    block = models.ForeignKey(Block, models.PROTECT, related_name="marks")
    attempt = models.PositiveSmallIntegerField(choices=Attempt, default=Attempt.FIRST)
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField("saisie le")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Null where nothing is to be said: the mark surprises nobody, it was never corrected once transmitted.
    unusual = models.CharField("inhabituelle", max_length=8, choices=UNUSUAL, null=True)
    corrected_at = models.DateTimeField("corrigée après transmission le", null=True)
    corrections = models.PositiveSmallIntegerField("corrections après transmission", null=True)

    # A mark kept from an earlier enrolment stays what it was; null: given in this session.
    kept_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="kept_as", verbose_name="conservée de"
    )

    class Meta:
        ordering: ClassVar = ["enrolment", "block", "attempt"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "block", "attempt"], name="mark_once"),
            models.CheckConstraint(
                condition=Q(outcome="NOTE", value__isnull=False)
                | (~Q(outcome="NOTE") & Q(value__isnull=True)),
                name="mark_value_goes_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0, value__lte=F("scale")),
                name="mark_within_scale",
            ),
        ]
