"""How the local juries of a session marked, side by side."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from juries import exports
from juries.fairness import SPREAD_FROM, comparisons_of


@reads
@for_act(Act.READ_DELIBERATION)
def fairness(request: ActorRequest, code: str) -> HttpResponse:
    """Means, spreads and sizes by jury, once the sitting is open; nobody by name."""
    rows = Session.objects.visible_to(request.actor).select_related("certification")
    session = get_object_or_404(rows, code=code)
    comparisons = [] if session.state == SessionState.OPEN else comparisons_of(session)
    if fmt := wanted_format(request):
        return table_response(exports.fairness(session, comparisons), f"equite-{code}", fmt)
    context = {
        "session": session,
        "comparisons": comparisons,
        "lines": [line for one in comparisons for line in (*one.marks, *one.shares)],
        "spread_from": SPREAD_FROM,
    }
    return render(request, "juries/fairness.html", context)
