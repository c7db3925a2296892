"""Those who may sit again: the list, what comes next for each, and enrolling them with what they keep."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import nbsp
from cqp.workflow import Refusal
from juries import proclaimed_exports
from juries.forms.retakes import AgainFilter
from juries.retakes import failed_or_deferred, outcome_of, plan_of, sitting_again, until_of, with_plan
from juries.services.retakes import re_enrol

ROWS = 50


@reads
@for_act(Act.READ_PROCLAMATION)
def retake_plans(request: ActorRequest) -> HttpResponse:
    """Candidates of proclaimed sessions, not certified or deferred, who are not enrolled again yet."""
    rows = with_plan(sitting_again(Enrolment.objects.visible_to(request.actor), request.actor))
    chosen = AgainFilter(request.GET, rows.order_by("-session__exam_last_day", "candidate__sort_key", "pk"))
    if fmt := wanted_format(request):
        return table_response(proclaimed_exports.sitting_again(map(_row, chosen.qs)), "a-representer", fmt)
    page = Paginator(chosen.qs, ROWS).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": page,
        "rows": list(map(_row, page)),
        "sort": request.GET.get("sort", ""),
        "is_desk": request.actor.may(Act.RE_ENROL),
    }
    return render(request, "juries/retake_plans.html", context)


@reads
@for_act(Act.READ_PROCLAMATION)
def retake_plan(request: ActorRequest, pk: int) -> HttpResponse:
    """What one candidate keeps and why, what is to be taken again, until when, and the sessions open."""
    plan = plan_of(_source(request, pk), timezone.localdate())
    context = {"plan": plan, "enrolment": plan.enrolment, "is_desk": request.actor.may(Act.RE_ENROL)}
    return render(request, "juries/retake_plan.html", context)


@writes_only
@for_act(Act.RE_ENROL)
def re_enrolment(request: ActorRequest, pk: int, code: str) -> HttpResponse:
    """Enrol the candidate again in a session, with all that is kept; then the enrolment, to be completed."""
    source = _source(request, pk)
    parts = SessionPart.objects.visible_to(request.actor).select_related("session", "crfp")
    part = get_object_or_404(parts, session__code=code)
    try:
        made = re_enrol(enrolment=source, part=part, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, nbsp(f"L’inscription n’est pas faite. {refusal.sentence}"))
        return redirect("juries:retake_plan", pk)
    name = made.candidate.full_name
    messages.success(
        request, nbsp(f"{name} est réinscrit : vérifiez ce qui a changé. Son numéro est {made.number}.")
    )
    return redirect("candidates:enrolment_detail", made.pk)


def _source(request: ActorRequest, pk: int) -> Enrolment:
    """An enrolment one may look at, of which the proclamation says that the candidate may sit again."""
    rows = failed_or_deferred(with_plan(Enrolment.objects.visible_to(request.actor)), request.actor)
    return get_object_or_404(rows, pk=pk)


def _row(enrolment: Enrolment) -> proclaimed_exports.AgainRow:
    regulation = enrolment.session.adoption.regulation
    return proclaimed_exports.AgainRow(enrolment, outcome_of(enrolment), until_of(enrolment, regulation))
