"""The history of one mark: what it was, who wrote it, when, how and why."""

from collections.abc import Mapping

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.history import history_of, origin_of
from evaluations.models import Block, BlockSheet, Mark
from evaluations.rules import kept_refusal, mark_refusal, phase_of, sheet_refusal
from evaluations.views.grid import column_of
from evaluations.visibility import AUDIENCE_OF, Datum, may_see


@reads
@for_act(Act.FOLLOW_SESSIONS)
def mark_history(request: ActorRequest, pk: int, block: int, attempt: int) -> HttpResponse:
    """Every version of a mark, the latest first; the dialog of the grid asks for the list alone."""
    rows = Enrolment.objects.visible_to(request.actor).select_related(
        "candidate", "part__crfp", "session__certification", "session__adoption"
    )
    enrolment = get_object_or_404(rows, pk=pk)
    phase = phase_of(enrolment.session, enrolment.part, timezone.now())
    if attempt not in Mark.Attempt.values or not may_see(AUDIENCE_OF[request.actor.role], Datum.MARKS, phase):
        raise Http404
    own = Block.objects.filter(regulation=enrolment.session.adoption.regulation_id)
    marked = get_object_or_404(own, pk=block)
    marks = {mark.attempt: mark for mark in enrolment.marks.filter(block=marked)}
    told = origin_of(marks.get(attempt)) or (enrolment.pk, marked)
    context = {
        "enrolment": enrolment,
        "block": marked,
        "column": column_of(marked, attempt),
        "key": f"{enrolment.pk}-{marked.pk}-{attempt}",
        "versions": history_of(*told, attempt),
        "origin": kept_refusal(marks.get(attempt)),
        "stored": marks.get(attempt),
        "may_restore": _restoring_refusal(request, enrolment, marked, attempt, marks) is None,
    }
    whole = "fragment" not in request.GET
    return render(request, f"evaluations/{'mark_history' if whole else '_mark_history'}.html", context)


def _restoring_refusal(
    request: ActorRequest, enrolment: Enrolment, block: Block, attempt: int, marks: Mapping[int, Mark]
) -> str | None:
    """May this actor put an old value back, as they would type it?"""
    if not request.actor.may(Act.RECORD_MARK):
        return "Votre rôle ne permet pas cet acte."
    sheet = BlockSheet.objects.counted().filter(part=enrolment.part, block=block).first()
    mark, first = marks.get(attempt), marks.get(Mark.Attempt.FIRST)
    return (
        kept_refusal(mark)
        or sheet_refusal(sheet, attempt, mark)
        or mark_refusal(enrolment, block, attempt, first, request.actor)
    )
