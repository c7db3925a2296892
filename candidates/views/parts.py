"""A CRFP's desk for a session: its candidates, what is due, what it may still do."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from candidates import exports, rules
from candidates.forms.filters import EnrolmentFilter
from candidates.models import Enrolment, SessionPart
from candidates.stages import days_left
from candidates.states import EnrolmentState
from candidates.views.pages import page_of, part_or_404
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format


@reads
@for_act(Act.FOLLOW_SESSIONS)
def part_detail(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The candidates of a CRFP in a session, with search, filters and pages."""
    part = part_or_404(request, code, crfp)
    chosen = EnrolmentFilter(request.GET, _rows(request, part), part=part)
    if fmt := wanted_format(request):
        return table_response(exports.candidates(part, chosen.qs), f"candidats-{code}-{crfp}", fmt)
    today = timezone.localdate()
    context = {
        "part": part,
        "session": part.session,
        "filter": chosen,
        "page": page_of(request, chosen.qs),
        "sort": request.GET.get("sort", ""),
        "has_options": bool(part.session.options.all()),
        "counts": _counts(part),
        "is_desk": request.actor.role == Role.CRFP,
        "enrol_refusal": rules.enrolment_refusal(part.session, part, today),
        "closed_refusal": rules.part_closed_refusal(part.session, part),
        "transmit_refusal": rules.jury_work_refusal(part.session, part),
        "enrolment_left": days_left(part.session.enrolment_deadline, today),
        "entry_left": days_left(part.session.entry_deadline, today),
    }
    return render(request, "candidates/part_detail.html", context)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def identification_slips(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The identification numbers, one slip a candidate, to print and hand out at the written exam (R37)."""
    part = part_or_404(request, code, crfp)
    enrolments = _rows(request, part).filter(state=EnrolmentState.ENROLLED)
    site = request.build_absolute_uri("/")
    context = {"part": part, "session": part.session, "enrolments": enrolments, "site": site}
    return render(request, "candidates/identification_slips.html", context)


def _rows(request: ActorRequest, part: SessionPart) -> QuerySet[Enrolment]:
    """The part's candidates, with everything a row shows."""
    rows = Enrolment.objects.visible_to(request.actor).filter(part=part)
    return rows.select_related("candidate", "option", "organisme", "tutor", "manager")


def _counts(part: SessionPart) -> dict[str, int]:
    """How many sit, how many withdrew."""
    return part.enrolments.aggregate(
        sitting=Count("pk", filter=Q(state=EnrolmentState.ENROLLED)),
        withdrawn=Count("pk", filter=Q(state=EnrolmentState.WITHDRAWN)),
        without_pass=Count(
            "pk", filter=Q(state=EnrolmentState.ENROLLED, pass_followed=Enrolment.Pass.UNKNOWN)
        ),
    )
