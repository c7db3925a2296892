"""The computed proposal of one candidate, explained."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.kept import name_of, told_of
from evaluations.models import BlockSheet, Mark
from evaluations.reading import result_of
from evaluations.rules import correction_refusal, phase_of
from evaluations.scoring import account_of
from evaluations.visibility import AUDIENCE_OF, Datum, may_see


@reads
@for_act(Act.FOLLOW_SESSIONS)
def tally_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """Line by line what the result is made of; then what it comes to, and every reason in words."""
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
    phase = phase_of(enrolment.session, enrolment.part, timezone.now())
    audience = AUDIENCE_OF[request.actor.role]
    if not may_see(audience, Datum.MARKS, phase):
        raise Http404
    # The points the national jury gives are what it decides.
    result = result_of(enrolment, with_points=may_see(audience, Datum.OUTCOME, phase))
    context = {
        "enrolment": enrolment,
        "result": result,
        "account": account_of(result.to_data()),
        "histories": _histories(enrolment),
        "kept": told_of(enrolment),
        "corrections": _corrections(enrolment, request.actor),
    }
    return render(request, "evaluations/tally_detail.html", context)


def _histories(enrolment: Enrolment) -> list[tuple[str, str]]:
    """The address and the name of the history of every mark given."""
    marks = Mark.objects.filter(enrolment=enrolment).select_related("block")
    return [
        (
            reverse("evaluations:mark_history", args=[enrolment.pk, mark.block_id, mark.attempt]),
            name_of(mark),
        )
        for mark in marks.order_by("block__position", "attempt")
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
            name_of(mark),
        )
        for mark in marks.filter(kept_from=None)
        .select_related("block")
        .order_by("block__position", "attempt")
        if correction_refusal(enrolment, mark.block, sheets.get(mark.block_id), actor) is None
    ]
