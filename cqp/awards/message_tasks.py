"""What the messages await of Ucanss: preparing them, looking at those that failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.awards.models import Message
from cqp.roles import Act
from cqp.tasks import Task
from cqp.templatetags.fr import plural
from juries.models import Rectification

# A session that opened its results long before tells nobody any more.
RECENT = timedelta(days=30)


def tasks_of(actor: Actor) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.may(Act.WRITE_MESSAGE):
        yield from _to_write()
    if actor.may(Act.RESEND_MESSAGE):
        yield from _failed()


def _to_write() -> Iterator[Task]:
    """Sessions whose results open, or a rectification, that nobody was told."""
    since = timezone.now() - RECENT
    told = Message.objects.filter(session=OuterRef("pk"))
    sessions = Session.objects.filter(state=SessionState.PROCLAIMED).select_related("certification")
    for session in sessions.filter(~Exists(told), results_open_at__gte=since).order_by("results_open_at"):
        yield _task(session, "Prévenir de l’ouverture des résultats", "Préparer", "awards:messages_write")
    for session in sessions.filter(Exists(told)).filter(pk__in=_rectified_untold(since)).order_by("code"):
        yield _task(session, "Prévenir d’une décision rectificative", "Préparer", "awards:messages_write")


def _rectified_untold(since: datetime) -> QuerySet[Rectification, Any]:
    key = Concat(
        Value("rectification:"), Cast(OuterRef("pk"), CharField()), Value(":candidat"),
        output_field=CharField(),
    )  # fmt: skip
    told = Message.objects.filter(key=key)
    rows = Rectification.objects.decided().filter(~Exists(told), closed_at__gte=since)
    reached = rows.exclude(decision__enrolment__candidate__email="")
    return reached.values("decision__enrolment__session")


def _failed() -> Iterator[Task]:
    counts = Message.objects.failed().order_by().values(code=F("session__code")).annotate(count=Count("pk"))
    found = {row["code"]: row["count"] for row in counts}
    sessions = Session.objects.filter(code__in=found).select_related("certification").order_by("code")
    for session in sessions:
        count = found[session.code]
        title = f"{count} message{plural(count)} en échec"
        yield _task(session, title, "Voir", "awards:message_list", count)


def _task(session: Session, title: str, button: str, view: str, count: int | None = None) -> Task:
    url = reverse(view, args=[session.code])
    if view == "awards:message_list":
        url += "?etat=EN_ECHEC"
    return Task(title=title, detail=session.name, url=url, button=button, count=count)
