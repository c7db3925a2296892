"""One file before the national jury: its whole story, the vote, the decision."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.bloc_reading import judgements_of
from evaluations.models import Block
from evaluations.scoring import account_of
from evaluations.scoring.explained import Decided, for_jury
from juries import rules, sitting_rules
from juries.certificate_status import latest_of
from juries.deliberation import File, Summary, file_of
from juries.forms.national import DecisionForm
from juries.forms.sittings import BallotsForm
from juries.models import MemberRecusal
from juries.services import national as services
from juries.sitting import Roll, hidden_from, recused_from, roll_of
from juries.states import Outcome
from juries.views.deliberation import session_of, shows_decisions_to, summaries_for
from juries.views.national_table import Query, row_of
from juries.views.refusals import refuse


@writes
@for_act(Act.READ_DELIBERATION)
def decide(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """The whole story of one candidate, and the jury's decision."""
    session = session_of(request, code)
    query = Query.of(request, with_decisions=shows_decisions_to(request, session))
    sitting = Enrolment.objects.visible_to(request.actor).sitting()
    sitting = sitting.exclude(session__state=SessionState.OPEN).select_related("session")
    enrolment = get_object_or_404(sitting, session=session, pk=pk)
    if request.method == "POST" and not request.actor.may(Act.DECIDE):
        raise PermissionDenied
    if pk in hidden_from(session, request.actor):
        context = {"session": session, "number": enrolment.number, "query": query}
        return render(request, "juries/file_hidden.html", context)
    file, roll = file_of(enrolment), roll_of(session)
    form = DecisionForm(request.POST or None, proposed=file.proposed, initial=_initial(file))
    ballots = BallotsForm(request.POST or None, file=file, rule=roll.rule)
    if request.method == "POST" and form.is_valid() and ballots.is_valid():
        # Before deciding: a file decided may leave the list that was asked for.
        target = _after(request, session, pk, query)
        try:
            services.decide(
                enrolment=file.enrolment,
                by=request.actor,
                at=timezone.now(),
                ballots=ballots.ballots,
                **form.cleaned_data,
            )
        except Refusal as refused:
            form = _again(request, pk, form, ballots, refused)
        else:
            messages.success(request, f"Décision enregistrée pour {file.name}.")
            return redirect(target)
    return render(request, "juries/decide.html", _page(request, session, file, roll, query, form, ballots))


def _page(
    request: ActorRequest,
    session: Session,
    file: File,
    roll: Roll,
    query: Query,
    form: DecisionForm,
    ballots: BallotsForm,
) -> dict[str, Any]:
    may_decide = request.actor.may(Act.DECIDE)
    refusal = _refusal(request, session, file, roll)
    deliberates = session.state == SessionState.DELIBERATION
    shows = shows_decisions_to(request, session)
    decided = Decided[Outcome(file.outcome).name] if shows and file.outcome else None
    trace = file.result.to_data()
    return {
        "session": session,
        "file": file,
        "enrolment": file.enrolment,
        "explained": for_jury(trace, decided),
        "row": row_of(file),
        "account": account_of(trace),
        "judgements": judgements_of(file.enrolment),
        "form": form if may_decide and not refusal else None,
        "ballots": ballots,
        "refusal": refusal,
        "may_decide": may_decide,
        "shows_decisions": shows,
        "query": query,
        "rectified": latest_of(file.decision) if file.decision else None,
        "recusals": MemberRecusal.objects.filter(enrolment=file.pk).select_related("member__user"),
        "is_extracted": hasattr(file.enrolment, "extraction"),
        "may_act": may_decide and deliberates and sitting_rules.member_refusal(roll, request.actor) is None,
        "may_call": request.actor.may(Act.CALL_FILE) and deliberates,
        "point_blocks": _point_blocks(file, roll) if deliberates else [],
        **_neighbours(query.asked(summaries_for(session, request.actor)), file.pk),
    }


def _refusal(request: ActorRequest, session: Session, file: File, roll: Roll) -> str | None:
    """Why nothing can be decided here, now, by this person."""
    known = rules.deliberation_refusal(session) or rules.decision_refusal(
        request.actor, file.enrolment, file.result
    )
    if known or not request.actor.may(Act.DECIDE):
        return known
    return (
        sitting_rules.quorum_refusal(roll)
        or sitting_rules.member_refusal(roll, request.actor)
        or sitting_rules.voice_refusal(roll, recused_from(file.enrolment, roll))
    )


def _point_blocks(file: File, roll: Roll) -> list[tuple[Block, dict[str, Any] | None]]:
    """The blocks where the jury may add points, each with those it added; none when none may be."""
    if roll.rule.points_max is None:
        return []
    given = {one["block"]: one for one in file.evidence.get("points", [])}
    blocks = Block.objects.filter(regulation__adoptions__session=file.enrolment.session_id)
    return [(one, given.get(one.code)) for one in blocks]


def _initial(file: File) -> dict[str, str]:
    decision = file.decision
    seen = services.decision_mark(file)
    if decision is None:
        proposed = file.proposed if not file.alerts or file.proposed == Outcome.DEFERRED else None
        return {"outcome": proposed or "", "motive": "", "seen": seen}
    return {"outcome": decision.outcome, "motive": decision.motive, "seen": seen}


def _again(
    request: ActorRequest, pk: int, form: DecisionForm, ballots: BallotsForm, refusal: Refusal
) -> DecisionForm:
    """The same form with the refusal, nothing lost; after a conflict it has seen the other decision."""
    data = request.POST.copy()
    now = file_of(Enrolment.objects.select_related("session").get(pk=pk))
    data["seen"] = services.decision_mark(now)
    fresh = DecisionForm(data, proposed=None)
    fresh.fields["outcome"] = form.fields["outcome"]
    if isinstance(refusal, rules.Refusals) and "ballots" in refusal.sentences:
        ballots.add_error(None, refusal.sentences["ballots"])
        fresh.is_valid()
    else:
        refuse(fresh, refusal)
    return fresh


def _after(request: ActorRequest, session: Session, pk: int, query: Query) -> str:
    """Where to go once decided: the next undecided file of the list, or back to the same file."""
    if "next" not in request.POST:
        return reverse("juries:decide", args=[session.code, pk]) + query.address
    asked = query.asked(summaries_for(session, request.actor))
    here = next((i for i, one in enumerate(asked) if one.pk == pk), -1)
    following = (*asked[here + 1 :], *asked[: max(here, 0)])
    left = [one for one in following if not one.is_decided and not one.is_hidden]
    if not left:
        return reverse("juries:national_table", args=[session.code]) + query.address
    return reverse("juries:decide", args=[session.code, left[0].pk]) + query.address


def _neighbours(asked: Sequence[Summary], pk: int) -> dict[str, Any]:
    here = next((i for i, one in enumerate(asked) if one.pk == pk), None)
    if here is None:
        return {"previous": None, "following": None, "rank": None, "asked": len(asked)}
    return {
        "previous": asked[here - 1] if here else None,
        "following": asked[here + 1] if here + 1 < len(asked) else None,
        "rank": here + 1,
        "asked": len(asked),
    }
