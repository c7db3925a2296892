"""What a local jury leaves behind: its minutes, one text a closing, and who had it reopened."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from cqp.accounts.models import User
from juries.models.local import LocalJury


class LocalMinutes(models.Model):
    """The minutes of one closing of a local jury, frozen; a jury closed again leaves a second text."""

    jury = models.ForeignKey(LocalJury, models.PROTECT, related_name="minutes")
    rank = models.PositiveSmallIntegerField("clôture n°")
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)
    at = models.DateTimeField("clos le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["jury", "rank"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["jury", "rank"], name="minutes_once")]

    def __str__(self) -> str:
        return f"{self.jury} · {self.rank}"


class JuryReopening(models.Model):
    """Ucanss had a closed jury sit again, and why; what followed its closing no longer stands."""

    jury = models.ForeignKey(LocalJury, models.PROTECT, related_name="reopenings")
    motive = models.TextField("motif", max_length=2000)
    at = models.DateTimeField("le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["jury", "at"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(motive=""), name="jury_reopening_has_motive")
        ]

    def __str__(self) -> str:
        return f"{self.jury} · {self.at:%Y-%m-%d}"
