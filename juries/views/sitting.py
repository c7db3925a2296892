"""The sitting itself: its roll, the file in discussion, files taken apart, members who step aside, points."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Block, JuryPoints
from evaluations.scoring import account_of
from evaluations.scoring.explained import for_jury
from juries import rules, sitting_rules
from juries.deliberation import File, file_of
from juries.forms.sittings import PointsForm, RollForm, StepAsideForm
from juries.models import Floor, MemberRecusal
from juries.services import sittings as services
from juries.services.national import decision_mark
from juries.sitting import hidden_from, previous_college, roll_of
from juries.views.deliberation import session_of, shows_decisions_to
from juries.views.national_table import row_of
from juries.views.refusals import pressed, refuse


@writes
@for_act(Act.READ_DELIBERATION)
def sitting_roll(request: ActorRequest, code: str) -> HttpResponse:
    """Who is there, who is represented, who presides; the president keeps the list."""
    session = _sitting(request, code)
    roll = roll_of(session)
    may_call = request.actor.may(Act.CALL_ROLL)
    if request.method == "POST" and not may_call:
        raise PermissionDenied
    form = RollForm(request.POST or None, roll=roll)
    if request.method == "POST" and form.is_valid():
        try:
            services.call_roll(session=session, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            form = _seeing_now(RollForm, request, form, roll_of(session).mark, roll=roll_of(session))
            refuse(form, refused)
        else:
            messages.success(request, "Présences enregistrées.")
            return redirect("juries:sitting_roll", code)
    context = {
        "session": session,
        "roll": roll,
        "form": form,
        "may_call": may_call and session.state == SessionState.DELIBERATION,
        "refusal": rules.deliberation_refusal(session),
        "warning": sitting_rules.alternation_warning(roll, previous_college(session.sitting)),
    }
    return render(request, "juries/sitting_roll.html", context)


@reads
@for_act(Act.READ_DELIBERATION)
def sitting_live(request: ActorRequest, code: str) -> HttpResponse:
    """The file in discussion, on every member's own screen; only the president changes it."""
    session = _sitting(request, code)
    return render(request, "juries/sitting_live.html", {"session": session, **_discussed(request, session)})


@reads
@for_act(Act.READ_DELIBERATION)
def sitting_live_file(request: ActorRequest, code: str) -> HttpResponse:
    """The same, asked again by the page every few seconds: nothing when nothing moved."""
    session = _sitting(request, code)
    context = _discussed(request, session)
    if request.GET.get("vu") == context["mark"]:
        return HttpResponse(status=204)
    return render(request, "juries/_live_file.html", {"session": session, **context})


@writes_only
@for_act(Act.CALL_FILE)
def file_call(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """Show this file to every member."""
    enrolment = _enrolment(request, code, pk)
    done = pressed(request, services.call_file, session=enrolment.session, enrolment=enrolment)
    return redirect("juries:sitting_live", code) if done else redirect("juries:decide", code, pk)


@writes_only
@for_act(Act.CALL_FILE)
def file_dismiss(request: ActorRequest, code: str) -> HttpResponse:
    """End the discussion of the file in view."""
    session = _sitting(request, code)
    pressed(request, services.call_file, session=session, enrolment=None)
    return redirect("juries:sitting_live", code)


@writes_only
@for_act(Act.EXTRACT_FILE)
def file_extract(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """Take a file out of those adopted together."""
    enrolment = _enrolment(request, code, pk)
    if pressed(request, services.extract_file, enrolment=enrolment):
        messages.success(request, f"{enrolment.candidate.full_name} : le dossier sera examiné à part.")
    return redirect("juries:national_table", code)


@writes_only
@for_act(Act.EXTRACT_FILE)
def file_put_back(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """Put a file back among those adopted together."""
    enrolment = _enrolment(request, code, pk)
    pressed(request, services.put_back_file, enrolment=enrolment)
    return redirect("juries:decide", code, pk)


@writes
@for_act(Act.STEP_ASIDE)
def file_step_aside(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """Step aside for one file, with the motive."""
    session = _sitting(request, code)
    if MemberRecusal.objects.filter(enrolment=pk, member__user=request.actor.user).exists():
        return redirect("juries:national_table", code)  # the other click of a double click won
    enrolment = _enrolment(request, session.code, pk)
    form = StepAsideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.step_aside(enrolment=enrolment, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"Vous êtes récusé pour le dossier n° {enrolment.number}.")
            return redirect("juries:national_table", code)
    return render(request, "juries/file_step_aside.html", {"enrolment": enrolment, "form": form})


@writes
@for_act(Act.GIVE_POINTS)
def file_points(request: ActorRequest, code: str, pk: int, block_code: str) -> HttpResponse:
    """Add points of the jury to one mark, argued, or take them back."""
    enrolment = _enrolment(request, code, pk)
    blocks = Block.objects.filter(regulation__adoptions__session=enrolment.session)
    chosen = get_object_or_404(blocks, code=block_code)
    given = JuryPoints.objects.filter(enrolment=enrolment, block=chosen).first()
    mark = services.points_mark(given)
    form = PointsForm(request.POST or None, given=given, seen=mark)
    if request.method == "POST" and form.is_valid():
        about: dict[str, Any] = {"enrolment": enrolment, "block": chosen}
        try:
            services.give_points(**about, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            given = JuryPoints.objects.filter(enrolment=enrolment, block=chosen).first()
            mark = services.points_mark(given)
            form = _seeing_now(PointsForm, request, form, mark, given=given, seen=mark)
            refuse(form, refused)
        else:
            return redirect("juries:decide", code, pk)
    file = file_of(enrolment)
    context = {
        "session": enrolment.session,
        "file": file,
        "chosen": chosen,
        "given": given,
        "rule": roll_of(enrolment.session).rule,
        "form": form,
        "account": account_of(file.result.to_data()),
    }
    return render(request, "juries/file_points.html", context)


def _seeing_now(
    kind: Callable[..., Form], request: ActorRequest, form: Form, mark: str, **about: object
) -> Any:
    """The same form, nothing lost, which has now seen the newest state: sent again it replaces it."""
    data = request.POST.copy()
    data["seen"] = mark
    fresh = kind(data, **about)
    fresh.is_valid()
    return fresh


def _sitting(request: ActorRequest, code: str) -> Session:
    """A session whose sitting is open, or over."""
    session = session_of(request, code)
    get_object_or_404(Session.objects.filter(sitting__isnull=False), pk=session.pk)
    return session


def _enrolment(request: ActorRequest, code: str, pk: int) -> Enrolment:
    """A candidate before the jury, by name: not for a member who is recused."""
    session = _sitting(request, code)
    rows = Enrolment.objects.visible_to(request.actor).sitting().select_related("candidate", "session")
    return get_object_or_404(rows.exclude(pk__in=hidden_from(session, request.actor)), session=session, pk=pk)


def _discussed(request: ActorRequest, session: Session) -> dict[str, Any]:
    """The file in discussion as this person may see it, and a mark of its state."""
    floor = Floor.objects.filter(sitting__session=session).select_related("enrolment__session").first()
    enrolment = floor.enrolment if floor and session.state == SessionState.DELIBERATION else None
    context: dict[str, Any] = {
        "floor": floor,
        "file": None,
        "number": "",
        "mark": session.state,
        "may_call": request.actor.may(Act.CALL_FILE) and session.state == SessionState.DELIBERATION,
        "may_decide": request.actor.may(Act.DECIDE),
        "shows_decisions": shows_decisions_to(request, session),
    }
    if floor is None or enrolment is None:
        return context
    if enrolment.pk in hidden_from(session, request.actor):
        return context | {"number": enrolment.number, "mark": f"{floor.since.isoformat()} n"}
    file = file_of(enrolment)
    seen = decision_mark(file) if context["shows_decisions"] else file.basis[:16]
    mark = f"{floor.since.isoformat()} {seen}"
    return context | {"mark": mark, **_shown(file)}


def _shown(file: File) -> dict[str, Any]:
    trace = file.result.to_data()
    explained = for_jury(trace, None)  # the decision has its own line there
    return {"file": file, "row": row_of(file), "account": account_of(trace), "explained": explained}
