"""What a candidate keeps from one session to another: blocs acquired, retakes called."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from candidates.models import Enrolment
from cqp.accounts.models import User
from evaluations.models.referentiel import BlocCompetence
from evaluations.models.regulation import Block


class AcquiredBloc(models.Model):
    """A bloc a proclamation found acquired: kept for good, whatever becomes of the rest."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="acquired_blocs")
    bloc = models.ForeignKey(BlocCompetence, models.PROTECT, related_name="acquisitions")
    acquired_on = models.DateField("acquis le")

    class Meta:
        ordering: ClassVar = ["enrolment", "bloc__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "bloc"], name="bloc_acquired_once")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.bloc.code}"


class KeptBloc(models.Model):
    """A bloc an enrolment starts with: acquired in an earlier session, or recognised by Ucanss (VAE…)."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="kept_blocs")
    bloc = models.ForeignKey(BlocCompetence, models.PROTECT, related_name="kept")
    acquired_on = models.DateField("acquis le")
    acquired = models.ForeignKey(AcquiredBloc, models.PROTECT, null=True, related_name="kept")
    motive = models.TextField("pièce et motif de la reconnaissance", blank=True, default="", max_length=1000)
    at = models.DateTimeField("repris le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["enrolment", "bloc__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "bloc"], name="bloc_kept_once"),
            models.CheckConstraint(
                condition=Q(acquired__isnull=False, motive="") | (Q(acquired__isnull=True) & ~Q(motive="")),
                name="bloc_kept_has_its_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.bloc.code}"


class RetakeCall(models.Model):
    """A candidate called to take a block again after an eliminatory mark (R7), or who gave it up."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="retake_calls")
    block = models.ForeignKey(Block, models.PROTECT, related_name="retake_calls")
    held_on = models.DateField("date", null=True)
    place = models.CharField("lieu", max_length=120, blank=True, default="")
    waived_motive = models.TextField("motif du renoncement", blank=True, default="", max_length=1000)
    at = models.DateTimeField("le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")

    class Meta:
        ordering: ClassVar = ["block", "enrolment"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enrolment", "block"], name="retake_called_once"),
            models.CheckConstraint(
                condition=(Q(held_on__isnull=False, waived_motive="") & ~Q(place=""))
                | (Q(held_on__isnull=True, place="") & ~Q(waived_motive="")),
                name="retake_is_called_or_waived",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.block}"
