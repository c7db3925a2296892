"""The national jury: its sitting, its decisions, and the one act that proclaims (R13, R36)."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q

from candidates.models import Enrolment, Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from juries.publication import open_to
from juries.states import Outcome

if TYPE_CHECKING:
    from juries.models.certificate import Certificate


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
    basis = models.CharField("empreinte de ce qui était sous les yeux du jury", max_length=64)
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

    @property
    def certificate(self) -> "Certificate | None":
        """The latest certificate delivered on it, corrected or not; its `certificates` may be prefetched."""
        return max(self.certificates.all(), key=lambda one: one.pk, default=None)


class Proclamation(models.Model):
    """The session frozen: its regulation, its sitting, the digest of every file; and the SHA-256 of that."""

    session = models.OneToOneField(Session, models.PROTECT, related_name="proclamation")
    at = models.DateTimeField("proclamée le")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    payload = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)

    def __str__(self) -> str:
        return f"{self.session.code} · {self.digest[:12]}"


class ProclaimedFileQuerySet(models.QuerySet["ProclaimedFile"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """A candidate's marks and comments: Ucanss, the CPNEFP; once open, the candidate (R40), the CRFP."""
        opened = self.filter(open_to(actor, "enrolment__session"))
        match actor.role if actor else None:
            case Role.UCANSS | Role.CPNEFP | Role.CPNEFP_PRESIDENT:
                return opened
            case Role.CRFP:
                return opened.filter(enrolment__part__crfp=actor.organisme)  # type: ignore[union-attr]
            case Role.CANDIDATE:
                return opened.filter(enrolment__candidate__user=actor.user)  # type: ignore[union-attr]
        return self.none()


class ProclaimedFile(models.Model):
    """One candidate as frozen by the proclamation: identity, marks, tally, reasons, opinion, decision."""

    proclamation = models.ForeignKey(Proclamation, models.PROTECT, related_name="files")
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="proclaimed")
    outcome = models.CharField("décision", max_length=12, choices=Outcome)
    content = models.TextField()
    digest = models.CharField("empreinte SHA-256", max_length=64)

    objects = ProclaimedFileQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["proclamation", "enrolment__candidate__sort_key", "pk"]

    def __str__(self) -> str:
        return f"{self.enrolment_id} · {self.get_outcome_display()}"
