"""The computed proposal of one candidate, explained."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.models import Block, BlockSheet, Mark
from evaluations.reading import result_of
from evaluations.rules import correction_refusal, phase_of
from evaluations.scoring import BlockLine, Result
from evaluations.visibility import AUDIENCE_OF, Datum, may_see


@reads
@for_act(Act.FOLLOW_SESSIONS)
def tally_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """Block by block: mark, points, threshold, distance; then the total and every reason in words."""
    rows = Enrolment.objects.visible_to(request.actor)
    related = rows.select_related(
        "candidate",
        "option",
        "organisme",
        "part__crfp",
        "session__certification",
        "session__adoption__regulation",
    )
    enrolment = get_object_or_404(related, pk=pk)
    phase = phase_of(enrolment.session, enrolment.part, timezone.localdate())
    if not may_see(AUDIENCE_OF[request.actor.role], Datum.MARKS, phase):
        raise Http404
    result = result_of(enrolment)
    context = {
        "enrolment": enrolment,
        "result": result,
        "lines": _with_histories(enrolment, result),
        "corrections": _corrections(enrolment, request.actor),
    }
    return render(request, "evaluations/tally_detail.html", context)


def _with_histories(enrolment: Enrolment, result: Result) -> list[tuple[BlockLine, list[str]]]:
    """Each line with the addresses of its histories: the first mark's, and the retake's where it counts."""
    blocks = Block.objects.filter(regulation=enrolment.session.adoption.regulation_id)
    ids = dict(blocks.values_list("code", "pk"))
    return [
        (
            line,
            [
                reverse("evaluations:mark_history", args=[enrolment.pk, ids[line.block.code], attempt])
                for attempt in ((1, 2) if line.retake_used else (1,))
            ],
        )
        for line in result.lines
    ]


def _corrections(enrolment: Enrolment, actor: Actor) -> list[tuple[str, int, str]]:
    """The transmitted marks this actor may correct: block, attempt, label."""
    if not actor.may(Act.CORRECT_MARK):
        return []
    sheets = {sheet.block_id: sheet for sheet in BlockSheet.objects.counted().filter(part=enrolment.part)}
    marks = Mark.objects.filter(enrolment=enrolment).exclude(outcome=Mark.Outcome.NONE)
    return [
        (
            mark.block.code,
            mark.attempt,
            mark.block.label if mark.attempt == Mark.Attempt.FIRST else f"{mark.block.label} (rattrapage)",
        )
        for mark in marks.select_related("block").order_by("block__position", "attempt")
        if correction_refusal(enrolment, mark.block, sheets.get(mark.block_id), actor) is None
    ]
