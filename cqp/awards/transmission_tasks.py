"""The legal transmission on the home page: until when, how many; and the identities it waits for."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from candidates.models import RncpRegistration, Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.awards.models import Flux
from cqp.awards.transmission import ToSend, awaiting, deadline
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import day, plural
from juries.models import Certificate

# A certification that was never registered has no holder to declare.
_REGISTERED = Exists(RncpRegistration.objects.filter(certification=OuterRef("certification")))


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """Ucanss transmits; a CRFP completes the identities of its own."""
    if actor.may(Act.TRANSMIT_HOLDERS):
        yield from _to_transmit(actor)
    elif actor.may(Act.COMPLETE_IDENTITY):
        yield from _to_complete(actor, timezone.now())


def followed_by(actor: Actor) -> Iterator[Followed]:
    """The flux whose report is awaited, and the day it must be accepted by."""
    if not actor.may(Act.READ_REPORT):
        return
    waiting = Flux.objects.visible_to(actor).waiting().defer("content")
    oldest = Min(Coalesce("passages__certificate__rectification__held_on", "session__sitting__held_on"))
    counted = waiting.select_related("session__certification")
    for flux in counted.annotate(total=Count("passages"), oldest=oldest).order_by("made_at", "pk"):
        last_day = f" · à faire accepter au plus tard le {day(deadline(flux.oldest))}" if flux.oldest else ""
        yield Followed(
            title=f"Rapport attendu, {flux.session.name}",
            detail=f"flux {flux.identifier}, {flux.total} titulaire{plural(flux.total)}{last_day}",
            url=reverse("awards:transmission", args=[flux.session.code]),
        )


def _sessions() -> QuerySet[Session]:
    rows = Session.objects.filter(_REGISTERED, state=SessionState.PROCLAIMED)
    return rows.select_related("certification")


def _awaited(actor: Actor, sessions: QuerySet[Session]) -> Iterator[tuple[Session, ToSend]]:
    """Each of these sessions where this actor has holders to send, with how many: two queries."""
    rows = Certificate.objects.visible_to(actor).filter(decision__enrolment__session__in=sessions)
    found = {one.session: one for one in awaiting(rows)}
    for session in sessions.filter(pk__in=found):
        yield session, found[session.pk]


def _to_transmit(actor: Actor) -> Iterator[Task]:
    """Three months from the decision (R6113-17-2), the most pressing session by its due day."""
    for session, to_send in _awaited(actor, _sessions()):
        count, lacking = to_send.count, to_send.incomplete
        waits = f" · {lacking} identité{plural(lacking)} à compléter" if lacking else ""
        yield Task(
            title=f"Transmettre {count} titulaire{plural(count)} à la Caisse des dépôts",
            detail=f"{session.name}{waits}",
            url=reverse("awards:transmission", args=[session.code]),
            button="Transmettre",
            due=deadline(to_send.oldest),
            count=count,
        )


def _to_complete(actor: Actor, now: datetime) -> Iterator[Task]:
    """Once the results are open: before, a CRFP is not told who is certified."""
    if actor.role != Role.CRFP:
        return
    for session, to_send in _awaited(actor, _sessions().filter(results_open_at__lte=now)):
        count = to_send.incomplete
        if to_send.oldest_incomplete is None:
            continue
        yield Task(
            title=f"Compléter l’identité de {count} titulaire{plural(count)}",
            detail=f"{session.name} · sexe et lieu de naissance, pour la Caisse des dépôts",
            url=reverse("awards:identity_list", args=[session.code]),
            button="Compléter",
            due=deadline(to_send.oldest_incomplete),
            count=count,
        )
