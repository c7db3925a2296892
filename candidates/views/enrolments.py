"""One enrolment: making it, reading it, correcting it, giving up, and the derogation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates import rules
from candidates.forms.choices import Choices
from candidates.forms.enrolments import EnrolmentForm, MotiveForm
from candidates.imports.lines import initial_of, line_of
from candidates.models import Enrolment, SessionPart
from candidates.services import enrolments as services
from candidates.states import EnrolmentState
from candidates.views.pages import part_or_404
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.workflow import Refusal

LONGEST_ID = 18


@writes
@for_act(Act.ENROL)
def enrol(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """Enrol one candidate, then offer the next."""
    part = part_or_404(request, code, crfp)
    refusal = rules.enrolment_refusal(part.session, part, timezone.localdate())
    form = EnrolmentForm(
        request.POST or None, initial=_coming_back(request, part), choices=Choices.of(part.session)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.enrol(part=part, line=line_of(form), by=request.actor, at=timezone.now())
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(
                request, f"{made.candidate.full_name} est inscrit ; son numéro est {made.number}."
            )
            again = "again" in request.POST
            return redirect(request.path) if again else redirect("candidates:enrolment_detail", made.pk)
    return _form_page(request, part, form, refusal=refusal)


@writes
@for_act(Act.EDIT_ENROLMENT)
def enrolment_edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Correct an enrolment while its part is open."""
    enrolment = _enrolment(request, pk)
    part = enrolment.part
    choices = Choices.of(enrolment.session)
    form = EnrolmentForm(request.POST or None, initial=initial_of(enrolment), choices=choices)
    if request.method == "POST" and form.is_valid():
        try:
            services.update_enrolment(
                enrolment=enrolment, line=line_of(form), by=request.actor, at=timezone.now()
            )
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, "L’inscription est enregistrée.")
            return redirect("candidates:enrolment_detail", pk)
    refusal = _file_refusal(enrolment, request.actor)
    return _form_page(request, part, form, enrolment=enrolment, refusal=refusal)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def enrolment_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """Everything about one enrolment, and what may still be done with it."""
    enrolment = _enrolment(request, pk)
    actor = request.actor
    closed = _file_refusal(enrolment, actor)
    context = {
        "enrolment": enrolment,
        "candidate": enrolment.candidate,
        "part": enrolment.part,
        "session": enrolment.session,
        "is_withdrawn": enrolment.state == EnrolmentState.WITHDRAWN,
        "closed_refusal": closed,
        "enrolment_refusal": rules.enrolment_refusal(enrolment.session, enrolment.part, timezone.localdate()),
        "withdrawal_refusal": rules.withdrawal_refusal(enrolment),
        "may_edit": actor.may(Act.EDIT_ENROLMENT),
        "may_withdraw": actor.may(Act.WITHDRAW),
        "may_derogate": actor.may(Act.GRANT_DEROGATION),
        "may_recognise": actor.may(Act.RECOGNISE_BLOC),
    }
    return render(request, "candidates/enrolment_detail.html", context)


@writes
@for_act(Act.WITHDRAW)
def enrolment_withdraw(request: ActorRequest, pk: int) -> HttpResponse:
    """Record that a candidate gives up, with the motive."""
    enrolment = _enrolment(request, pk)
    said = request.POST.get("motive", "").strip()
    if enrolment.state == EnrolmentState.WITHDRAWN and said == enrolment.withdrawal_motive:
        return redirect("candidates:enrolment_detail", pk)  # a second click: it is done already
    return _motive_page(
        request,
        enrolment,
        template="candidates/enrolment_withdraw.html",
        verb=services.withdraw,
        refusal=rules.withdrawal_refusal(enrolment),
        done=f"Le désistement de {enrolment.candidate.full_name} est enregistré.",
    )


@writes
@for_act(Act.GRANT_DEROGATION)
def derogation_grant(request: ActorRequest, pk: int) -> HttpResponse:
    """Lift the two-year limit for one candidate, with the motive (R31)."""
    enrolment = _enrolment(request, pk)
    return _motive_page(
        request,
        enrolment,
        template="candidates/derogation_grant.html",
        verb=services.grant_derogation,
        refusal=_file_refusal(enrolment, request.actor),
        done=f"La dérogation de {enrolment.candidate.full_name} est accordée.",
    )


def _enrolment(request: ActorRequest, pk: int) -> Enrolment:
    rows = Enrolment.objects.visible_to(request.actor).select_related(
        "candidate", "session__certification", "part__crfp", "part__session", "option",
        "organisme", "tutor", "manager", "corrector", "derogation_by",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


def _file_refusal(enrolment: Enrolment, actor: Actor) -> str | None:
    closed = rules.part_closed_refusal(enrolment.session, enrolment.part)
    return closed or rules.own_file_refusal(enrolment, actor)


def _coming_back(request: ActorRequest, part: SessionPart) -> dict[str, Any]:
    """What the form says already of somebody who withdrew (`?reprendre=`): nothing is typed twice."""
    asked = request.GET.get("reprendre", "")
    if not asked.isdecimal() or len(asked) > LONGEST_ID:
        return {}
    rows = Enrolment.objects.visible_to(request.actor).filter(part=part, state=EnrolmentState.WITHDRAWN)
    gone = rows.select_related("candidate", "option", "organisme", "tutor", "manager", "corrector")
    found = gone.filter(pk=int(asked)).first()
    return initial_of(found) if found else {}


def _form_page(
    request: ActorRequest,
    part: SessionPart,
    form: EnrolmentForm,
    *,
    refusal: str | None,
    enrolment: Enrolment | None = None,
) -> HttpResponse:
    """The form's page; what was typed stays, whatever was refused."""
    context: dict[str, Any] = {
        "part": part,
        "session": part.session,
        "form": form,
        "enrolment": enrolment,
        "refusal": refusal,
        "back_url": _back_url(part, enrolment),
    }
    template = "candidates/enrolment_edit.html" if enrolment else "candidates/enrol.html"
    return render(request, template, context)


def _back_url(part: SessionPart, enrolment: Enrolment | None) -> str:
    if enrolment:
        return reverse("candidates:enrolment_detail", args=[enrolment.pk])
    return reverse("candidates:part_detail", args=[part.session.code, part.crfp.code])


def _motive_page(
    request: ActorRequest,
    enrolment: Enrolment,
    *,
    template: str,
    verb: Callable[..., Enrolment],
    refusal: str | None,
    done: str,
) -> HttpResponse:
    """An act that needs its motive: the form, or the verb."""
    form = MotiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at: datetime = timezone.now()
        try:
            verb(enrolment=enrolment, motive=form.cleaned_data["motive"], by=request.actor, at=at)
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, done)
            return redirect("candidates:enrolment_detail", enrolment.pk)
    context = {"enrolment": enrolment, "part": enrolment.part, "session": enrolment.session, "form": form}
    return render(request, template, context | {"refusal": refusal})
