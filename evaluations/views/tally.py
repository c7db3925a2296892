"""The computed proposal of one candidate, explained."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.reading import missing_of, result_of


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
    result = result_of(enrolment)
    context = {"enrolment": enrolment, "result": result, "missing": missing_of(result)}
    return render(request, "evaluations/tally_detail.html", context)
