"""The CRFP plans the hearings of a jury: its days, the hours, by proposal or by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from juries import planning_exports
from juries.attendance import attendance_pdf
from juries.forms.planning import AwayForm, DayForm, HourForm
from juries.models import Hearing, HearingDay, LocalJury, Unavailability
from juries.plans import JuryPlan, PlanLine, plan_of, sitting_elsewhere
from juries.rules import jury_frozen_refusal
from juries.services import planning as services
from juries.services.unavailabilities import record_unavailability, remove_unavailability
from juries.views.composition_page import jury_of
from juries.views.documents import document
from juries.views.refusals import pressed, refuse


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate in the plan; `said`: what no longer holds of the hour, or why there is none yet."""

    line: PlanLine
    said: str


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day of the jury, who is heard that day, by hour, and the jurors another jury expects."""

    day: HearingDay
    rows: list[Row]
    elsewhere: list[str]


@reads
@for_act(Act.PLAN_HEARINGS)
def jury_plan(request: ActorRequest, pk: int) -> HttpResponse:
    """The plan of a jury day by day, then who has no hour and why."""
    jury = jury_of(request, pk)
    plan = plan_of(jury)
    elsewhere = sitting_elsewhere(jury, plan.days)
    days = [
        DayRows(
            day,
            [Row(line, plan.fault(line) or "") for line in plan.heard_on(day)],
            elsewhere.get(day.day, []),
        )
        for day in plan.days
    ]
    left = plan.propose(timezone.localdate()).left
    unplanned = [Row(line, left.get(line.hearing.pk, "")) for line in plan.unplanned]
    if fmt := wanted_format(request):
        lines = [row.line for row in (*(row for day in days for row in day.rows), *unplanned)]
        return table_response(planning_exports.plan(jury, lines), f"auditions-{pk}", fmt)
    context = {
        "jury": jury,
        "part": jury.part,
        "days": days,
        "unplanned": unplanned,
        "placeable": any(not row.said for row in unplanned),
        "planned": len(plan.lines) - len(unplanned),
        "total": len(plan.lines),
        "refusal": jury_frozen_refusal(jury),
    }
    return render(request, "juries/planning.html", context)


@writes_only
@for_act(Act.PLAN_HEARINGS)
def plan_propose(request: ActorRequest, pk: int) -> HttpResponse:
    """Give an hour to whoever has none, or plan everything anew."""
    jury = jury_of(request, pk)
    anew = request.POST.get("anew") == "1"
    try:
        proposal = services.propose_plan(jury=jury, anew=anew, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        placed, left = len(proposal.placed), len(proposal.left)
        unplaced = f" ; {left} sans horaire, la raison est dite sur sa ligne" if left else ""
        messages.success(request, f"{placed} audition{plural(placed)} planifiée{plural(placed)}{unplaced}.")
    return redirect("juries:jury_plan", pk)


@writes
@for_act(Act.PLAN_HEARINGS)
def day_add(request: ActorRequest, pk: int) -> HttpResponse:
    """One more day for a jury; the form starts from the last one."""
    jury = jury_of(request, pk)
    last = jury.days.order_by("day").last()
    about = {"place": jury.place, "day": jury.meets_on, "starts": "09:00", "ends": "17:00"}
    initial = DayForm.data_of(last) | {"day": None} if last else about
    form = DayForm(request.POST or None, initial=initial)
    return _day_page(request, jury, None, form, partial(services.add_day, jury=jury))


@writes
@for_act(Act.PLAN_HEARINGS)
def day_edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Change a day: its date, its hours, its room."""
    day = _day(request, pk)
    form = DayForm(request.POST or None, initial=DayForm.data_of(day))
    return _day_page(request, day.jury, day, form, partial(services.change_day, day=day))


@writes_only
@for_act(Act.PLAN_HEARINGS)
def day_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Take away a day that hears nobody."""
    day = _day(request, pk)
    return _button(request, day.jury_id, services.remove_day, day=day)


@reads
@for_act(Act.PLAN_HEARINGS)
def day_attendance(request: ActorRequest, pk: int) -> HttpResponse:
    """The attendance sheet of a day, to be printed and signed."""
    day = _day(request, pk)
    return document(lambda: attendance_pdf(day), f"emargement-{day.day.isoformat()}.pdf")


@writes
@for_act(Act.PLAN_HEARINGS)
def hearing_hour(request: ActorRequest, pk: int) -> HttpResponse:
    """One candidate: the hour, by hand, and when he or she cannot come."""
    hearing = _hearing(request, pk)
    plan = plan_of(hearing.jury)
    line = _line(plan, hearing)
    initial = {"day": line.slot.day_id, "starts": line.slot.starts} if line.slot else {}
    form = HourForm(plan.days, request.POST or None, initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_hearing(hearing=hearing, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("starts", refusal.sentence)
        else:
            messages.success(request, f"{line.name} : l’heure est donnée.")
            return redirect("juries:jury_plan", hearing.jury_id)
    return _hour_page(request, plan, line, form=form)


@writes_only
@for_act(Act.PLAN_HEARINGS)
def hearing_clear(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a candidate's hour back."""
    hearing = _hearing(request, pk)
    return _button(request, hearing.jury_id, services.clear_hearing, hearing=hearing)


@writes_only
@for_act(Act.PLAN_HEARINGS)
def away_add(request: ActorRequest, pk: int) -> HttpResponse:
    """Note when a candidate cannot come; refused, the page keeps what was typed."""
    hearing = _hearing(request, pk)
    form = AwayForm(request.POST, prefix="away")
    if form.is_valid():
        try:
            record_unavailability(
                enrolment=hearing.enrolment, entry=form.entry, by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, "L’indisponibilité est notée.")
            return redirect("juries:hearing_hour", pk)
    plan = plan_of(hearing.jury)
    return _hour_page(request, plan, _line(plan, hearing), away=form)


@writes_only
@for_act(Act.PLAN_HEARINGS)
def away_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """The candidate can come after all."""
    hearings = Hearing.objects.visible_to(request.actor).sitting()
    rows = Unavailability.objects.filter(enrolment__hearing__in=hearings)
    row = get_object_or_404(rows.select_related("enrolment__part", "enrolment__hearing"), pk=pk)
    hearing = row.enrolment.hearing
    pressed(request, remove_unavailability, unavailability=row)
    return redirect("juries:hearing_hour", hearing.pk)


def _day(request: ActorRequest, pk: int) -> HearingDay:
    days = HearingDay.objects.filter(jury__in=LocalJury.objects.visible_to(request.actor))
    return get_object_or_404(
        days.select_related("jury__part__session__certification", "jury__part__crfp"), pk=pk
    )


def _hearing(request: ActorRequest, pk: int) -> Hearing:
    hearings = Hearing.objects.visible_to(request.actor).sitting()
    related = ("jury__part__session__certification", "jury__part__crfp", "enrolment__part")
    return get_object_or_404(hearings.select_related(*related), pk=pk)


def _line(plan: JuryPlan, hearing: Hearing) -> PlanLine:
    return next(line for line in plan.lines if line.hearing.pk == hearing.pk)


def _button(request: ActorRequest, jury: int, verb: Callable[..., Any], **subject: Any) -> HttpResponse:
    """One verb behind one button; refused, its sentence is shown on the plan."""
    pressed(request, verb, **subject)
    return redirect("juries:jury_plan", jury)


def _day_page(
    request: ActorRequest,
    jury: LocalJury,
    day: HearingDay | None,
    form: DayForm,
    act: Callable[..., HearingDay],
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            act(entry=form.entry, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("juries:jury_plan", jury.pk)
    context = {
        "jury": jury,
        "part": jury.part,
        "day": day,
        "form": form,
        "refusal": jury_frozen_refusal(jury),
    }
    return render(request, "juries/planning_day.html", context, status=422 if form.errors else 200)


def _hour_page(
    request: ActorRequest,
    plan: JuryPlan,
    line: PlanLine,
    *,
    form: HourForm | None = None,
    away: AwayForm | None = None,
) -> HttpResponse:
    """The page of one candidate's hour, with the form that was refused as it was typed."""
    initial = {"day": line.slot.day_id, "starts": line.slot.starts} if line.slot else {}
    form = form or HourForm(plan.days, None, initial)
    away = away or AwayForm(prefix="away")
    context = {
        "jury": plan.jury,
        "part": plan.jury.part,
        "line": line,
        "fault": plan.fault(line),
        "form": form,
        "away": away,
        "has_days": bool(plan.days),
        "refusal": jury_frozen_refusal(plan.jury),
    }
    status = 422 if form.errors or away.errors else 200
    return render(request, "juries/planning_hour.html", context, status=status)
