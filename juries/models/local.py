"""The local jury: who sits in it, whom it hears, what it thinks (R11, R12, R33, R34)."""

from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from evaluations.models import (
    Block,
    DetailMark,
    Mark,
    MasteryAttestation,
    Observation,
    SeatRule,
    SecondEntry,
)
from juries.states import JuryState


class LocalJuryQuerySet(models.QuerySet["LocalJury"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """A juror sees the juries he or she sits in; the CRFP its own; Ucanss all."""
        match actor.role if actor else None:
            case Role.UCANSS:
                return self.all()
            case Role.CRFP:
                return self.filter(part__crfp=actor.organisme)  # type: ignore[union-attr]
            case Role.JUROR:
                return self.filter(seats__user=actor.user).distinct()  # type: ignore[union-attr]
        return self.none()


class LocalJury(models.Model):
    """A local jury of one CRFP's part of a session."""

    part = models.ForeignKey(SessionPart, models.PROTECT, related_name="juries")
    name = models.CharField("nom", max_length=60)
    meets_on = models.DateField("date")
    place = models.CharField("lieu", max_length=120)
    state = models.CharField("état", max_length=8, choices=JuryState, default=JuryState.OPEN)
    closed_at = models.DateTimeField("clos le", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    objects = LocalJuryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["part", "meets_on", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "name"], name="jury_name_once"),
            models.CheckConstraint(
                condition=Q(state=JuryState.OPEN, closed_at__isnull=True, closed_by__isnull=True)
                | Q(state=JuryState.CLOSED, closed_at__isnull=False, closed_by__isnull=False),
                name="jury_closing_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JurySeat(models.Model):
    """A juror in a seat the regulation asks for."""

    jury = models.ForeignKey(LocalJury, models.CASCADE, related_name="seats")
    rule = models.ForeignKey(SeatRule, models.PROTECT, related_name="seats", verbose_name="qualité")
    user = models.ForeignKey(User, models.PROTECT, related_name="seats", verbose_name="membre")
    is_president = models.BooleanField("préside", default=False)
    # Which of the admissible qualities he or she has, and the letter that appoints; null: not said.
    quality = models.CharField("en qualité de", max_length=120, null=True, blank=True)
    letter = models.CharField("lettre de désignation", max_length=120, null=True, blank=True)
    lettered_on = models.DateField("lettre du", null=True, blank=True)
    # Why the seat is empty on the day; null: present.
    absence = models.CharField("absence, motif", max_length=200, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["jury", "rule__position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jury", "rule"], name="seat_filled_once"),
            models.UniqueConstraint(fields=["jury", "user"], name="juror_seated_once"),
            models.UniqueConstraint(
                fields=["jury"], condition=Q(is_president=True), name="jury_has_one_president"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.rule})"

    @property
    def is_present(self) -> bool:
        return not self.absence


class JurySubstitute(models.Model):
    """Somebody ready to take a seat when its juror is missing, or recused for one candidate."""

    jury = models.ForeignKey(LocalJury, models.CASCADE, related_name="substitutes")
    rule = models.ForeignKey(SeatRule, models.PROTECT, related_name="+", verbose_name="qualité")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="suppléant")
    quality = models.CharField("en qualité de", max_length=120, null=True, blank=True)
    letter = models.CharField("lettre de désignation", max_length=120, null=True, blank=True)
    lettered_on = models.DateField("lettre du", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["jury", "rule__position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["jury", "user"], name="substitute_named_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.rule}, suppléant)"


# Whoever signed a carnet or filled its lines has a part in it, as whoever recorded a mark.
SIGNATURES: dict[type[MasteryAttestation] | type[Observation], tuple[str, ...]] = {
    MasteryAttestation: ("attested_by", "signed_by", "returned_by"),
    Observation: ("recorded_by",),
}


class HearingQuerySet(models.QuerySet["Hearing"]):
    def visible_to(self, actor: Actor | None) -> Self:
        """A juror sees the candidates of the jury, but not where judge and party, nor recused (R56)."""
        match actor.role if actor else None:
            case Role.UCANSS:
                return self.all()
            case Role.CRFP:
                return self.filter(jury__part__crfp=actor.organisme)  # type: ignore[union-attr]
            case Role.JUROR:
                user = actor.user  # type: ignore[union-attr]
                judge_and_party = (
                    Q(enrolment__tutor=user)
                    | Q(enrolment__manager=user)
                    | Q(enrolment__corrector=user)
                    | Q(enrolment__candidate__user=user)
                )
                recorded = Mark.objects.filter(recorded_by=user).exclude(outcome=Mark.Outcome.NONE)
                recorded = recorded.exclude(block__recorder=Block.Recorder.JURY)
                judge_and_party |= Q(enrolment__in=recorded.values("enrolment"))
                retyped = SecondEntry.objects.filter(Q(entered_by=user) | Q(settled_by=user))
                judge_and_party |= Q(enrolment__in=retyped.values("enrolment"))
                tested = DetailMark.objects.filter(recorded_by=user).values("enrolment")
                judge_and_party |= Q(enrolment__in=tested)
                for model, names in SIGNATURES.items():
                    own = reduce(or_, (Q(**{name: user}) for name in names))
                    judge_and_party |= Q(enrolment__in=model.objects.filter(own).values("enrolment"))
                judge_and_party |= Q(pk__in=Recusal.objects.filter(user=user).values("hearing"))
                seated = Q(jury__in=LocalJury.objects.filter(seats__user=user))
                return self.filter(seated).exclude(judge_and_party)
        return self.none()

    def sitting(self) -> Self:
        """Hearings of those who are still candidates."""
        return self.filter(enrolment__state=EnrolmentState.ENROLLED)


class Hearing(models.Model):
    """A candidate before a jury."""

    jury = models.ForeignKey(LocalJury, models.PROTECT, related_name="hearings")
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="hearing")

    objects = HearingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["jury", "enrolment__candidate__sort_key"]

    def __str__(self) -> str:
        return f"{self.enrolment} · {self.jury}"


class Recusal(models.Model):
    """A juror who steps aside for one candidate: sees a number only, and is counted out (R56)."""

    hearing = models.ForeignKey(Hearing, models.PROTECT, related_name="recusals")
    user = models.ForeignKey(User, models.PROTECT, related_name="recusals", verbose_name="juré")
    motive = models.CharField("motif", max_length=500)
    at = models.DateTimeField("le")

    class Meta:
        ordering: ClassVar = ["hearing", "at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hearing", "user"], name="juror_recused_once"),
            models.CheckConstraint(condition=~Q(motive=""), name="recusal_has_motive"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.hearing}"


class Opinion(models.Model):
    """The jury's opinion; an unfavourable one carries its argument (R34)."""

    hearing = models.OneToOneField(Hearing, models.PROTECT, related_name="opinion")
    favourable = models.BooleanField("avis")
    argument = models.TextField("argument", blank=True, default="", max_length=4000)
    version = models.PositiveIntegerField(default=1)
    given_at = models.DateTimeField("donné le")
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    # How many corrections of the candidate's marks had been made when it was given; null: none.
    corrections = models.PositiveIntegerField("corrections connues", null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(favourable=True) | ~Q(argument=""), name="opinion_unfavourable_is_argued"
            )
        ]

    def __str__(self) -> str:
        return "Attribution" if self.favourable else "Non-attribution"


def corrections_of(enrolment: str) -> Subquery:
    """How many times the marks of a candidate were corrected once transmitted, for a query."""
    marks = Mark.objects.filter(enrolment=OuterRef(enrolment)).order_by().values("enrolment")
    return Subquery(marks.annotate(made=Sum("corrections")).values("made"))


def stale_opinion(enrolment: str = "pk") -> Exists:
    """Was a mark corrected since the opinion was given? For a query of enrolments, or with the way to one.

    Counted, never compared by the clock: a correction and an opinion have an order, not always two hours.
    """
    opinions = Opinion.objects.filter(hearing__enrolment=OuterRef(enrolment))
    counted = opinions.annotate(made=corrections_of("hearing__enrolment"))
    return Exists(counted.filter(made__gt=Coalesce(F("corrections"), 0)))
