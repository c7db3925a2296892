"""What the messages await of Ucanss: preparing them, looking at those that failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.awards.message_recipients import to_tell
from cqp.awards.models import Message
from cqp.roles import Act, Role
from cqp.tasks import Task
from cqp.templatetags.fr import plural
from juries.models import ProclaimedFile, Rectification

# A session that opened its results long before tells nobody any more.
RECENT = timedelta(days=30)


def tasks_of(actor: Actor) -> Iterator[Task]:
    """The acts awaited from this actor."""
    if actor.may(Act.WRITE_MESSAGE):
        yield from _to_write()
    if actor.may(Act.RESEND_MESSAGE):
        yield from _failed()


def _to_write() -> Iterator[Task]:
    """Sessions whose results open, or a rectification, that nobody was told, though a message would."""
    since = timezone.now() - RECENT
    told = Message.objects.filter(session=OuterRef("pk"))
    sessions = Session.objects.filter(state=SessionState.PROCLAIMED).select_related("certification")
    untold = sessions.filter(~Exists(told), _reached(), results_open_at__gte=since)
    for session in untold.order_by("results_open_at", "code"):
        yield _task(session, "Prévenir de l’ouverture des résultats", "Préparer", "awards:messages_write")
    for session in sessions.filter(Exists(told)).filter(pk__in=_rectified_untold(since)).order_by("code"):
        yield _task(session, "Prévenir d’une décision rectificative", "Préparer", "awards:messages_write")


def _reached() -> Q:
    """Has somebody proclaimed in this session an address, or a reader in the organisme?"""
    files = ProclaimedFile.objects.filter(proclamation__session=OuterRef("pk"))
    with_address = files.exclude(enrolment__candidate__email="")
    return Q(Exists(with_address)) | Q(Exists(files.filter(_is_read("enrolment__organisme"))))


def _rectified_untold(since: datetime) -> QuerySet[Rectification, Any]:
    about = Concat(
        Value("rectification:"), Cast(OuterRef("pk"), CharField()), Value(":"), output_field=CharField()
    )
    told = Message.objects.filter(key__startswith=about)
    rows = to_tell().filter(~Exists(told), closed_at__gte=since)
    with_address = ~Q(decision__enrolment__candidate__email="")
    reached = rows.filter(with_address | _is_read("decision__enrolment__organisme"))
    return reached.values("decision__enrolment__session")


def _is_read(to_organisme: str) -> Q:
    """Does the organisme this path leads to have somebody who reads the results?"""
    readers = Membership.objects.filter(role=Role.ORGANISME, user__is_active=True)
    return Q(**{f"{to_organisme}__in": readers.values("organisme")})


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
