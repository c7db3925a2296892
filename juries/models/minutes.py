"""What a local jury leaves behind: its minutes, one text a closing, and who had it reopened."""

from typing import ClassVar

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from cqp.accounts.models import User
from juries.models.local import LocalJury
from juries.states import JuryState


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


def closings_of(jury: str) -> Subquery:
    """How many times a jury closed, for a query with the way to it; null: never."""
    minutes = LocalMinutes.objects.filter(jury=OuterRef(jury)).order_by().values("jury")
    return Subquery(minutes.annotate(made=Count("pk")).values("made"))


def sits_again(enrolment: str = "pk") -> Exists:
    """Was the candidate's jury opened again, and not closed since? For a query of enrolments."""
    juries = LocalJury.objects.filter(state=JuryState.OPEN, reopenings__isnull=False)
    return Exists(juries.filter(hearings__enrolment=OuterRef(enrolment)))
