"""Sessions: the list, one session's line of stages, its calendar."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates import exports, rules
from candidates.forms.filters import SessionFilter
from candidates.forms.sessions import ScheduleForm
from candidates.models import Session, SessionPart
from candidates.services import sessions as services
from candidates.stages import TODO, Progress, Stage, days_left, stages_of
from candidates.states import EnrolmentState, PartState, SessionState
from candidates.views.pages import page_of
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal

_SITTING = Q(enrolments__state=EnrolmentState.ENROLLED)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def session_list(request: ActorRequest) -> HttpResponse:
    """Every session, the latest first, with the candidates the actor may see."""
    actor = request.actor
    mine = _SITTING & Q(enrolments__part__crfp=actor.organisme) if actor.role == Role.CRFP else _SITTING
    rows = Session.objects.visible_to(actor).select_related("certification")
    counted = rows.annotate(candidates=Count("enrolments", filter=mine)).order_by("-exam_last_day", "code")
    chosen = SessionFilter(request.GET, counted)
    if fmt := wanted_format(request):
        return table_response(exports.sessions(chosen.qs), "sessions", fmt)
    context = {
        "filter": chosen,
        "page": page_of(request, chosen.qs),
        "may_open": actor.may(Act.OPEN_SESSION),
    }
    return render(request, "candidates/session_list.html", context)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def session_detail(request: ActorRequest, code: str) -> HttpResponse:
    """One session: where it stands, its days, and each CRFP's part."""
    actor = request.actor
    session = _session(request, code)
    today = timezone.localdate()
    parts = list(_counted(SessionPart.objects.filter(session=session)))
    visible = set(SessionPart.objects.visible_to(actor).filter(session=session).values_list("pk", flat=True))
    shown = [part for part in parts if part.pk in visible and part.total]
    if fmt := wanted_format(request):
        return table_response(exports.parts(session, shown), f"session-{code}", fmt)
    context = {
        "session": session,
        "stages": _with_doors(stages_of(session, _progress(session, parts), today), session, actor),
        "options": session.options.all(),
        "parts": shown,
        "without": [part for part in parts if part.pk in visible and not part.total],
        "candidates": sum(part.sitting for part in parts if part.pk in visible),
        "deadline_left": days_left(session.national_jury_deadline, today),
        "reschedule_refusal": rules.reschedule_refusal(session),
        "may_reschedule": actor.may(Act.RESCHEDULE_SESSION),
    }
    return render(request, "candidates/session_detail.html", context)


@writes
@for_act(Act.RESCHEDULE_SESSION)
def session_reschedule(request: ActorRequest, code: str) -> HttpResponse:
    """Move the days of a session that is still open."""
    session = _session(request, code)
    form = ScheduleForm(request.POST or None, initial=_days_of(session))
    if request.method == "POST" and form.is_valid():
        try:
            services.reschedule_session(
                session=session, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Le calendrier de la session est enregistré.")
            return redirect("candidates:session_detail", code)
    context = {
        "session": session,
        "form": form,
        "refusal": rules.reschedule_refusal(session),
        "exam_days_refusal": rules.exam_days_refusal(session),
    }
    return render(request, "candidates/session_reschedule.html", context)


_DOORS = {
    "Jury national": (Act.READ_DELIBERATION, "juries:national_table"),
    "Proclamation": (Act.READ_PROCLAMATION, "juries:proclamation_detail"),
    "Diplômes": (Act.READ_CERTIFICATES, "juries:certificate_list"),
}


def _with_doors(stages: list[Stage], session: Session, actor: Actor) -> list[Stage]:
    """Each stage of the end of a session leads to its screen, once there is something to see."""
    if session.state == SessionState.OPEN:
        return stages
    doors = {label: door for label, door in _DOORS.items() if _may_enter(label, session, actor)}
    return [
        replace(stage, url=reverse(doors[stage.label][1], args=[session.code]))
        if stage.label in doors and stage.state != TODO
        else stage
        for stage in stages
    ]


def _may_enter(label: str, session: Session, actor: Actor) -> bool:
    """A CRFP finds nothing behind the proclamation before the results are open."""
    waits = label == "Proclamation" and not session.is_published(timezone.now())
    return actor.may(_DOORS[label][0]) and (not waits or actor.may(Act.READ_DELIBERATION))


def _session(request: ActorRequest, code: str) -> Session:
    rows = Session.objects.visible_to(request.actor).select_related("certification")
    return get_object_or_404(rows, code=code)


def _counted(parts: QuerySet[SessionPart]) -> QuerySet[Any]:
    """Each part with its candidates, those who still sit and all."""
    counts = {"sitting": Count("enrolments", filter=_SITTING), "total": Count("enrolments")}
    return parts.select_related("crfp").annotate(**counts).order_by("crfp__name")


def _progress(session: Session, parts: list[Any]) -> Progress:
    """Of the whole session, whoever looks: a CRFP too sees how many others are awaited."""
    with_candidates = [part for part in parts if part.sitting]
    return Progress(
        candidates=sum(part.sitting for part in parts),
        parts=len(with_candidates),
        awaited=tuple(part.crfp.name for part in with_candidates if part.state == PartState.OPEN),
        are_results_open=session.is_published(timezone.now()),
    )


def _days_of(session: Session) -> dict[str, date]:
    names = ("enrolment_deadline", "exam_first_day", "exam_last_day", "entry_deadline")
    return {name: getattr(session, name) for name in names}
