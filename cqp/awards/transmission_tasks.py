"""The legal transmission on the home page: until when, how many; and the identities it waits for."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from candidates.models import RncpRegistration, Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.awards.models import Flux
from cqp.awards.transmission import Standing, standings, to_send
from cqp.roles import Act, Role
from cqp.tasks import Followed, Task
from cqp.templatetags.fr import plural
from juries.models import Certificate

# A certification that was never registered has no holder to declare.
_REGISTERED = Exists(RncpRegistration.objects.filter(certification=OuterRef("certification")))


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """Ucanss transmits; a CRFP completes the identities of its own."""
    if actor.may(Act.TRANSMIT_HOLDERS):
        yield from _to_transmit()
    elif actor.may(Act.COMPLETE_IDENTITY):
        yield from _to_complete(actor, timezone.now())


def followed_by(actor: Actor) -> Iterator[Followed]:
    """The flux whose report is awaited."""
    if not actor.may(Act.READ_REPORT):
        return
    waiting = Flux.objects.visible_to(actor).filter(report_at__isnull=True)
    counted = waiting.defer("content").select_related("session__certification")
    for flux in counted.annotate(total=Count("passages")):
        yield Followed(
            title=f"Rapport attendu, {flux.session.name}",
            detail=f"flux {flux.identifier}, {flux.total} titulaire{plural(flux.total)}",
            url=reverse("awards:transmission", args=[flux.session.code]),
        )


def _sessions() -> QuerySet[Session]:
    rows = Session.objects.filter(_REGISTERED, state=SessionState.PROCLAIMED)
    return rows.select_related("certification")


def _to_transmit() -> Iterator[Task]:
    """Three months from the decision (R6113-17-2), the most pressing session by its due day."""
    sessions = {session.pk: session for session in _sessions()}
    for pk, standing in standings(sessions).items():
        if standing.to_send:
            yield _task(sessions[pk], standing)


def _task(session: Session, standing: Standing) -> Task:
    count, lacking = standing.to_send, standing.incomplete
    waits = f" · {lacking} identité{plural(lacking)} à compléter" if lacking else ""
    return Task(
        title=f"Transmettre {count} titulaire{plural(count)} à la Caisse des dépôts",
        detail=f"{session.name}{waits}",
        url=reverse("awards:transmission", args=[session.code]),
        button="Transmettre",
        due=standing.due,
        count=count,
    )


def _to_complete(actor: Actor, now: datetime) -> Iterator[Task]:
    """Once the results are open: before, a CRFP is not told who is certified."""
    sessions = _sessions().filter(results_open_at__lte=now)
    rows = Certificate.objects.visible_to(actor).filter(decision__enrolment__session__in=sessions)
    lacking = to_send(rows.filter(decision__enrolment__candidate__civil_status__isnull=True))
    counts = dict(
        lacking.order_by()
        .values("decision__enrolment__session")
        .annotate(n=Count("pk"))
        .values_list("decision__enrolment__session", "n")
    )
    if actor.role != Role.CRFP or not counts:
        return
    due = standings(counts)
    for session in sessions.filter(pk__in=counts):
        count = counts[session.pk]
        yield Task(
            title=f"Compléter l’identité de {count} titulaire{plural(count)}",
            detail=f"{session.name} · sexe et lieu de naissance, pour la Caisse des dépôts",
            url=reverse("awards:identity_list", args=[session.code]),
            button="Compléter",
            due=due[session.pk].due,
            count=count,
        )
