"""The national jury: its sitting, its decisions, and the one act that proclaims (R13, R36)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from candidates.models import Enrolment, Session
from cqp.accounts.models import User
from juries.states import Outcome


class Sitting(models.Model):
    """The CPNEFP sitting on one session."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="sitting")
    held_on = models.DateField("date")
    place = models.CharField("lieu", max_length=120)
    opened_at = models.DateTimeField("ouverte le")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"CPNEFP · {self.session.code}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def proclaimed(self) -> Self:
        return self.filter(enrolment__session__proclamation__isnull=False)


class Decision(models.Model):
    """What the jury decides of a candidate, beside what the arithmetic proposed (A23)."""

    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="decision")
    outcome = models.CharField("décision", max_length=12, choices=Outcome)
    proposed = models.CharField("proposition calculée", max_length=12, choices=Outcome)
    motive = models.TextField("motif", blank=True, default="", max_length=4000)
    decided_at = models.DateTimeField("prise le")
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome=models.F("proposed")) | ~Q(motive=""),
                name="decision_departure_has_motive",
            )
        ]

    def __str__(self) -> str:
        return self.get_outcome_display()


class Proclamation(models.Model):
    """The whole session frozen: marks, tallies, reasons, regulation, opinions, decisions; and its SHA-256."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="proclamation")
    at = models.DateTimeField("proclamée le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    payload = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)

    def __str__(self) -> str:
        return f"{self.session.code} · {self.digest[:12]}"
