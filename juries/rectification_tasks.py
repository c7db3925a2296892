"""Rectifications that wait for somebody: to approve, to decide."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.urls import reverse

from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.tasks import Task
from juries.models import Rectification
from juries.states import RectificationState


def rectifications_awaiting(actor: Actor) -> Iterator[Task]:
    """What this actor may approve or decide: never what they proposed or approved themselves."""
    others = Rectification.objects.visible_to(actor).exclude(proposed_by=actor.user)
    if actor.may(Act.APPROVE_RECTIFICATION):
        yield from _tasks("Approuver", others.filter(state=RectificationState.PROPOSED))
    if actor.may(Act.DECIDE_RECTIFICATION):
        approved = others.filter(state=RectificationState.APPROVED).exclude(approved_by=actor.user)
        yield from _tasks("Décider", approved)


def _tasks(verb: str, rows: QuerySet[Rectification]) -> Iterator[Task]:
    related = rows.select_related(
        "decision__enrolment__candidate", "decision__enrolment__session__certification", "proposed_by"
    )
    for row in related.defer("content", "corrections").order_by("proposed_at", "pk"):
        enrolment = row.decision.enrolment
        yield Task(
            title=f"{verb} une rectification : {enrolment.candidate.full_name}",
            detail=f"{enrolment.session.name} · proposée par {row.proposed_by.full_name}",
            url=reverse("juries:rectification_detail", args=[row.pk]),
            button="Relire",
        )
