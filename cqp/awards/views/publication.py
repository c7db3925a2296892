"""After the proclamation: the page of a session, and the opening of its results."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor, ActorRequest
from cqp.awards import publication_panel
from cqp.awards.panels import Panel
from cqp.awards.publication_rules import movable_refusal
from cqp.awards.services.publication import set_opening
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.forms.publication import LATER, OpeningForm
from juries.publication import said

# One panel a matter, in the order of the work; a module which has nothing to say to this reader gives None.
PANELS: tuple[Callable[[Session, Actor, datetime], Panel | None], ...] = (publication_panel.panel,)


@reads
@for_act(Act.PUBLISH)
def session_awards(request: ActorRequest, code: str) -> HttpResponse:
    """What follows a proclamation: where each matter stands, and where to go on."""
    session, at = proclaimed_session(request, code), timezone.now()
    found = [panel_of(session, request.actor, at) for panel_of in PANELS]
    context = {"session": session, "panels": [panel for panel in found if panel is not None]}
    return render(request, "awards/session_awards.html", context)


@writes
@for_act(Act.PUBLISH)
def results_opening(request: ActorRequest, code: str) -> HttpResponse:
    """Bring the opening of the results forward, or postpone it, while they are not open."""
    session, at = proclaimed_session(request, code), timezone.now()
    refusal = movable_refusal(session, at)
    form = OpeningForm(request.POST or None, proclaimed_at=session.proclamation.at, initial=_initial(session))
    if request.method == "POST" and form.is_valid():
        opens_at = form.cleaned_data["opens_at"]
        try:
            session = set_opening(session=session, opens_at=opens_at, by=request.actor, at=at)
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _moved(session, at))
            return redirect("awards:session_awards", code)
    context = {
        "session": session,
        "form": form,
        "refusal": refusal,
        "sentence": publication_panel.sentence_of(session, at),
    }
    return render(request, "awards/results_opening.html", context)


def proclaimed_session(request: ActorRequest, code: str) -> Session:
    """A proclaimed session one may follow; 404 otherwise."""
    rows: QuerySet[Session] = Session.objects.visible_to(request.actor).filter(state=SessionState.PROCLAIMED)
    return get_object_or_404(rows.select_related("certification", "proclamation"), code=code)


def _initial(session: Session) -> dict[str, object]:
    """What is chosen today."""
    if session.results_open_at is None:
        return {}
    local = timezone.localtime(session.results_open_at)
    return {"when": LATER, "opens_on": local.date(), "opens_hour": local.time()}


def _moved(session: Session, at: datetime) -> str:
    if session.results_open_at is None or session.is_published(at):
        return "Les résultats sont ouverts."
    return f"Les résultats s’ouvriront {said(session.results_open_at)}."
