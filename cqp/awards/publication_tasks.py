"""What is followed of the opening of the results."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.tasks import Followed
from juries.publication import said


def openings_awaited(actor: Actor, at: datetime) -> Iterator[Followed]:
    """The sessions proclaimed whose results are not open yet."""
    if not actor.may(Act.PUBLISH):
        return
    waiting = Session.objects.visible_to(actor).filter(state=SessionState.PROCLAIMED, results_open_at__gt=at)
    for session in waiting.select_related("certification").order_by("results_open_at", "code"):
        if session.results_open_at is not None:
            yield Followed(
                title=session.name,
                detail=f"Les résultats s’ouvrent {said(session.results_open_at)}",
                url=reverse("awards:session_awards", args=[session.code]),
            )
