"""What the planning of hearings awaits: hours to give, candidates to tell; and the candidate's own hour."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from candidates.states import PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.tasks import Task
from cqp.templatetags.fr import plural
from juries.models import Hearing, LocalJury, Summons
from juries.states import JuryState
from juries.summons import content_of, told_of, when_of


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.may(Act.PLAN_HEARINGS):
        yield from _to_plan(actor)
    if actor.may(Act.SUMMON):
        yield from _to_tell(actor, today)
    if actor.may(Act.READ_OWN_RESULT):
        yield from _own_hearing(actor, today)


def _to_plan(actor: Actor) -> Iterator[Task]:
    """Juries with candidates who have neither an hour nor an opinion yet."""
    unplanned = Q(slot=None) | ~Q(slot__day__jury=F("jury"))
    left = _open_hearings(actor).filter(unplanned, opinion=None)
    counts = Counter(left.values_list("jury", flat=True))
    for jury in _juries(counts):
        count = counts[jury.pk]
        yield Task(
            title=f"Planifier {count} audition{plural(count)}",
            detail=f"{jury.name} · {jury.part.session.name}",
            url=reverse("juries:jury_plan", args=[jury.pk]),
            button="Planifier",
            due=jury.meets_on,
            count=count,
        )


def _to_tell(actor: Actor, today: date) -> Iterator[Task]:
    """Juries with candidates whose hour to come is not the one they were told."""
    planned = _open_hearings(actor).filter(slot__day__jury=F("jury"), slot__day__day__gte=today)
    hearings = list(planned.select_related("slot__day", "jury", "enrolment__candidate", "enrolment__option"))
    told = {row.enrolment_id: content_of(row)["told"] for row in _last_of(hearings)}
    due = [one for one in hearings if told.get(one.enrolment_id) != told_of(one, one.slot)]
    counts = Counter(one.jury_id for one in due)
    for jury in _juries(counts):
        count = counts[jury.pk]
        first = min(one.slot.day.day for one in due if one.jury_id == jury.pk)
        yield Task(
            title=f"Convoquer {count} candidat{plural(count)}",
            detail=f"{jury.name} · {jury.part.session.name}",
            url=reverse("juries:summons_list", args=[jury.pk]),
            button="Convoquer",
            due=first,
            count=count,
        )


def _own_hearing(actor: Actor, today: date) -> Iterator[Task]:
    """The hearing a candidate was told of, until its day is over."""
    mine = Hearing.objects.sitting().filter(
        enrolment__candidate__user=actor.user, jury__part__session__state=SessionState.OPEN
    )
    hearings = {
        one.enrolment_id: one
        for one in mine.select_related(
            "slot__day",
            "jury",
            "enrolment__candidate",
            "enrolment__option",
            "enrolment__session__certification",
        )
    }
    for row in _last_of(list(hearings.values())):
        content, hearing = content_of(row), hearings[row.enrolment_id]
        when = when_of(content)
        if when.day < today:
            continue
        slot = getattr(hearing, "slot", None)
        changing = content["told"] != told_of(hearing, slot)
        place = ", ".join(filter(None, (content["told"]["place"], content["told"]["room"])))
        again = "Votre CRFP la modifie : attendez une nouvelle convocation · " if changing else ""
        yield Task(
            title=f"Audition le {when.words}",
            detail=f"{again}{place} · {hearing.enrolment.session.name}",
            url=reverse("juries:own_summons", args=[row.pk]),
            button="Voir ma convocation",
        )


def _open_hearings(actor: Actor) -> QuerySet[Hearing]:
    opened = Q(jury__state=JuryState.OPEN, jury__part__state=PartState.OPEN)
    return Hearing.objects.visible_to(actor).sitting().filter(opened)


def _juries(counts: Counter[int]) -> list[LocalJury]:
    juries = LocalJury.objects.filter(pk__in=counts).select_related("part__session__certification")
    return list(juries.order_by("meets_on", "pk"))


def _last_of(hearings: list[Hearing]) -> list[Summons]:
    """The last convocation of each of these candidates, if any."""
    rows = Summons.objects.filter(enrolment__in=[one.enrolment_id for one in hearings])
    return list({row.enrolment_id: row for row in rows.order_by("enrolment", "rank")}.values())
