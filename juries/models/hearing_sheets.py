"""What a juror writes alone during a hearing: notes, and a mark before the agreed one (A29)."""

from typing import ClassVar

from django.db import models

from cqp.accounts.models import User
from evaluations.models import Block
from juries.models.local import Hearing


class HearingNote(models.Model):
    """A juror's own notes on one candidate; nobody else reads them."""

    hearing = models.ForeignKey(Hearing, models.CASCADE, related_name="notes")
    user = models.ForeignKey(User, models.PROTECT, related_name="hearing_notes", verbose_name="juré")
    text = models.TextField("notes", max_length=10_000)
    version = models.PositiveIntegerField(default=1)
    at = models.DateTimeField("le")

    class Meta:
        ordering: ClassVar = ["hearing", "user"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["hearing", "user"], name="note_once")]

    def __str__(self) -> str:
        return f"{self.hearing} · {self.user}"


class JurorMark(models.Model):
    """What one juror would give, read by the jury when it deliberates; the agreed mark alone counts (A29)."""

    hearing = models.ForeignKey(Hearing, models.CASCADE, related_name="juror_marks")
    user = models.ForeignKey(User, models.PROTECT, related_name="juror_marks", verbose_name="juré")
    block = models.ForeignKey(Block, models.PROTECT, related_name="juror_marks")
    value = models.DecimalField("note proposée", max_digits=5, decimal_places=2)
    at = models.DateTimeField("le")

    class Meta:
        ordering: ClassVar = ["hearing", "block__position", "user"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hearing", "user", "block"], name="juror_mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.hearing} · {self.user} · {self.value}"
