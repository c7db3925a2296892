"""What a member of the national jury takes along: the agenda with its marks, on paper or in a sheet."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from cqp.sheets.answers import table_response
from cqp.workflow import Refusal, demand
from juries.deliberation import counts_of, summaries_of
from juries.preparation import (
    NOTICE,
    lines_of,
    preparation_pdf,
    preparation_refusal,
    table_of,
)
from juries.services.national import late_crfps
from juries.sitting import hidden_from


@reads
@for_act(Act.READ_DELIBERATION)
def preparation(request: ActorRequest, code: str) -> HttpResponse:
    """What the document holds, and its two forms; or why it cannot be made yet."""
    session = _session(request, code)
    refusal = _refusal(session)
    context = {
        "session": session,
        "refusal": refusal,
        "counts": None if refusal else counts_of(summaries_of(session)),
        "hidden": len(hidden_from(session, request.actor)),
        "notice": NOTICE,
    }
    return render(request, "juries/preparation.html", context)


@reads
@for_act(Act.READ_DELIBERATION)
def preparation_sheet(request: ActorRequest, code: str) -> HttpResponse:
    """The agenda as a spreadsheet."""
    session = _session(request, code)
    refusal = _refusal(session)
    if refusal:
        return _refused(refusal)
    lines = lines_of(session, hidden=hidden_from(session, request.actor))
    return table_response(table_of(session, lines), f"preparation-{code}", "xlsx")


@reads
@for_act(Act.READ_DELIBERATION)
def preparation_paper(request: ActorRequest, code: str) -> HttpResponse:
    """The agenda on paper."""
    session = _session(request, code)
    try:
        demand(_refusal(session))
        lines = lines_of(session, hidden=hidden_from(session, request.actor))
        content = preparation_pdf(session, lines, timezone.now())
    except Refusal as refusal:
        return _refused(refusal.sentence)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="preparation-{code}.pdf"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _session(request: ActorRequest, code: str) -> Session:
    rows = Session.objects.visible_to(request.actor).select_related("certification")
    return get_object_or_404(rows, code=code)


def _refusal(session: Session) -> str | None:
    return preparation_refusal(session, late_crfps(session), session.enrolments.sitting().count())


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=409, content_type="text/plain; charset=utf-8")
