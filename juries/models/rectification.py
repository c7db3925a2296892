"""A decision corrected after the proclamation: it supersedes the one before, and edits nothing."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from juries.models.national import Decision
from juries.publication import open_to
from juries.states import Outcome, RectificationState


class RectificationQuerySet(models.QuerySet["Rectification"]):
    def decided(self) -> Self:
        return self.filter(state=RectificationState.DECIDED)

    def pending(self) -> Self:
        return self.filter(state__in=(RectificationState.PROPOSED, RectificationState.APPROVED))

    def visible_to(self, actor: Actor | None) -> Self:
        """Those who prepare and decide read all of them; a candidate reads a decided one of his or hers.

        Neither a CRFP nor a candidate before the results are open.
        """
        opened = self.filter(open_to(actor, "decision__enrolment__session"))
        match actor.role if actor else None:
            case Role.UCANSS | Role.CPNEFP | Role.CPNEFP_PRESIDENT:
                return opened
            case Role.CRFP:
                return opened.filter(decision__enrolment__part__crfp=actor.organisme)  # type: ignore[union-attr]
            case Role.CANDIDATE:
                return opened.decided().filter(decision__enrolment__candidate__user=actor.user)  # type: ignore[union-attr]
        return self.none()


class Rectification(models.Model):
    """Proposed by one person with a motive, approved by another, decided by the CPNEFP.

    `corrections` says what was wrong (marks by block code, identity by field), `content` is the whole file as
    it stands since the decision, in the same words as a proclaimed file.
    """

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="rectifications")
    rank = models.PositiveSmallIntegerField("n°")
    state = models.CharField(
        "état", max_length=10, choices=RectificationState, default=RectificationState.PROPOSED
    )
    outcome = models.CharField("décision", max_length=12, choices=Outcome)
    corrections = models.JSONField("corrections", default=dict)
    motive = models.TextField("motif", max_length=4000)
    proposed_at = models.DateTimeField("proposée le")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="par")
    approved_at = models.DateTimeField("approuvée le", null=True)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="par")
    # Decided or dismissed, by whom and why not.
    closed_at = models.DateTimeField("close le", null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="par")
    dismissal = models.TextField("motif du rejet", blank=True, default="", max_length=2000)
    held_on = models.DateField("décidée le", null=True)
    place = models.CharField("lieu", max_length=120, blank=True, default="")
    content = models.TextField(blank=True, default="")
    digest = models.CharField("empreinte SHA-256", max_length=64, blank=True, default="")

    objects = RectificationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["decision", "rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["decision", "rank"], name="rectification_once"),
            models.UniqueConstraint(
                fields=["decision"],
                condition=Q(state__in=["PROPOSEE", "APPROUVEE"]),
                name="one_rectification_pending",
            ),
            models.CheckConstraint(condition=~Q(motive=""), name="rectification_has_motive"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("proposed_by")),
                name="rectification_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="PROPOSEE", approved_by__isnull=True, closed_by__isnull=True)
                | Q(state="APPROUVEE", approved_by__isnull=False, closed_by__isnull=True)
                | (Q(state="REJETEE", closed_by__isnull=False) & ~Q(dismissal=""))
                | (
                    Q(
                        state="DECIDEE",
                        approved_by__isnull=False,
                        closed_by__isnull=False,
                        held_on__isnull=False,
                    )
                    & ~Q(content="")
                    & ~Q(digest="")
                ),
                name="rectification_state_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} · {self.rank} · {self.get_state_display()}"


def current_outcome(enrolment: str, proclaimed: str) -> Coalesce:
    """What is decided today, for a query: the last rectification's word, else what was proclaimed.

    `enrolment` leads from the row to its enrolment, `proclaimed` to the outcome proclaimed.
    """
    latest = Rectification.objects.decided().filter(decision__enrolment=OuterRef(enrolment)).order_by("-rank")
    return Coalesce(Subquery(latest.values("outcome")[:1]), proclaimed)
