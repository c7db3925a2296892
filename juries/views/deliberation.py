"""What every page of the national jury looks up, and what it keeps from whom."""

from dataclasses import replace

from django.shortcuts import get_object_or_404

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import Actor, ActorRequest
from evaluations.visibility import AUDIENCE_OF, Datum, Phase, may_see
from juries.deliberation import Summary, summaries_of
from juries.sitting import hidden_from


def session_of(request: ActorRequest, code: str) -> Session:
    """The session of an address, if this person may see it."""
    rows = Session.objects.visible_to(request.actor).select_related("certification", "sitting")
    return get_object_or_404(rows, code=code)


def shows_decisions_to(request: ActorRequest, session: Session) -> bool:
    """What the jury decides waits for the proclamation, for everybody but the jury."""
    phase = Phase.PROCLAIMED if session.state == SessionState.PROCLAIMED else Phase.NATIONAL_JURY
    return may_see(AUDIENCE_OF[request.actor.role], Datum.OUTCOME, phase)


def summaries_for(session: Session, actor: Actor) -> list[Summary]:
    """The files as this person may see them: those he or she is recused from are a number, at the end."""
    hidden = hidden_from(session, actor)
    files = summaries_of(session)
    shown = [file for file in files if file.pk not in hidden]
    return shown + sorted(
        (_numbered(file) for file in files if file.pk in hidden), key=lambda file: file.number
    )


def _numbered(file: Summary) -> Summary:
    """Nothing but the identification number."""
    return replace(
        file,
        name=f"Candidat n° {file.number}",
        sort_key=f"zz {file.number}",
        option=(-1, "", ""),
        crfp=("", ""),
        favourable=None,
        outcome="",
        motive="",
        alerts=(),
        is_hidden=True,
    )
