"""Proposing, approving, deciding and dismissing a rectification: what will happen in words, then the act."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import JuryRule, jury_rule_of
from evaluations.scoring import account_of
from juries import rectification_rules as rules
from juries.forms.rectifications import DecidedForm, DismissalForm, ProposalForm, show_refusal
from juries.models import Certificate, Decision, ProclaimedFile, Rectification, certified_elsewhere
from juries.rectification import Outlook, Standing, standing_of, told_of
from juries.rectification_words import consequences, who_decides
from juries.services import rectifications as services
from juries.states import Outcome, RectificationState
from juries.views.rectifications import about, decider_refusal, has_blocs, open_case, own


@writes
@for_act(Act.PROPOSE_RECTIFICATION)
def rectification_propose(request: ActorRequest, pk: int) -> HttpResponse:
    """Correct what was wrong in a proclaimed file, see what it changes, then send the proposal."""
    rows = ProclaimedFile.objects.visible_to(request.actor).select_related(
        "proclamation__session__certification", "enrolment__candidate", "enrolment__part__crfp"
    )
    file = get_object_or_404(rows, enrolment=pk)
    enrolment, session = file.enrolment, file.proclamation.session
    enrolment.session, standing = session, standing_of(file)
    regulation = session.adoption.regulation
    blocks = [] if regulation.is_in_blocs else list(regulation.blocks.all())
    form = ProposalForm(request.POST or None, current=standing.current, blocks=blocks)
    outlook, at = None, timezone.now()
    if request.method == "POST" and form.is_valid():
        try:
            if "send" in request.POST:
                made = services.propose(enrolment=enrolment, by=request.actor, at=at, **form.asked)
                messages.success(request, "Rectification proposée. Une autre personne doit l’approuver.")
                return redirect("juries:rectification_detail", made.pk)
            day = timezone.localdate(at)
            _, outlook = services.look_ahead(session, enrolment, form.corrections, day)
        except Refusal as refused:
            show_refusal(form, refused)
    preview = _preview(standing, outlook, form, request.actor) if outlook else None
    return render(
        request, "juries/rectification_propose.html", _offered(standing, form) | {"preview": preview}
    )


def _offered(standing: Standing, form: ProposalForm) -> dict[str, Any]:
    """The file as it stands, and what is to be known before one proposes anything."""
    enrolment = standing.file.enrolment
    regulation = enrolment.session.adoption.regulation
    pending = Rectification.objects.pending().filter(decision__enrolment=enrolment)
    return {
        "form": form,
        "enrolment": enrolment,
        "session": enrolment.session,
        "standing": standing,
        "account": account_of(standing.current.content["result"]),
        "in_blocs": regulation.is_in_blocs,
        "pending": pending.select_related("proposed_by").first(),
        "who_decides": who_decides(jury_rule_of(regulation).rectified_by),
    }


@writes
@for_act(Act.APPROVE_RECTIFICATION)
def rectification_approve(request: ActorRequest, pk: int) -> HttpResponse:
    """Approve what somebody else proposed."""
    rectification = own(request, pk)
    return _act(
        request,
        rectification,
        Form(request.POST if request.method == "POST" else None),
        services.approve,
        refusal=rules.approval_refusal(rectification, request.actor.user, rectification.decision.enrolment),
        awaited=RectificationState.PROPOSED,
        title="Approuver la rectification",
        button="Approuver",
        done="La rectification est approuvée. La CPNEFP peut la décider.",
    )


@writes
@for_act(Act.DECIDE_RECTIFICATION)
def rectification_decide(request: ActorRequest, pk: int) -> HttpResponse:
    """Decide what was proposed and approved: from there the candidate reads the new decision."""
    rectification = own(request, pk)
    session = rectification.decision.enrolment.session
    in_sitting = jury_rule_of(session.adoption.regulation).rectified_by == JuryRule.Rectifier.SITTING
    initial = {"held_on": timezone.localdate()}
    return _act(
        request,
        rectification,
        DecidedForm(request.POST or None, initial=initial, in_sitting=in_sitting),
        services.decide,
        refusal=decider_refusal(request.actor, rectification),
        awaited=RectificationState.APPROVED,
        title="Décider la rectification en séance" if in_sitting else "Décider la rectification",
        button="Décider",
        done="La décision rectificative est prise. Le candidat la lit à la place de la première.",
    )


@writes
@for_act(Act.DISMISS_RECTIFICATION)
def rectification_dismiss(request: ActorRequest, pk: int) -> HttpResponse:
    """Set it aside, with the reason: the decision stands."""
    rectification = own(request, pk)
    return _act(
        request,
        rectification,
        DismissalForm(request.POST or None),
        services.dismiss,
        refusal=rules.dismisser_refusal(request.actor, rectification.state),
        awaited=None,
        title="Rejeter la rectification",
        button="Rejeter",
        done="La rectification est rejetée. La décision reste ce qu’elle était.",
    )


def _act(
    request: ActorRequest,
    rectification: Rectification,
    form: Form,
    verb: Callable[..., Rectification],
    *,
    refusal: str | None,
    awaited: RectificationState | None,
    title: str,
    button: str,
    done: str,
) -> HttpResponse:
    """One act on a rectification: its page, and what comes of the button."""
    if request.method == "POST" and form.is_valid():
        try:
            verb(rectification=rectification, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, done)
            return redirect("juries:rectification_detail", rectification.pk)
    if request.method == "GET" and not _is_awaited(rectification, awaited):
        return redirect("juries:rectification_detail", rectification.pk)
    context = about(open_case(rectification)) | {
        "form": form,
        "refusal": refusal,
        "title": title,
        "button": button,
        "is_dismissal": verb is services.dismiss,
    }
    return render(request, "juries/rectification_act.html", context)


def _is_awaited(rectification: Rectification, awaited: RectificationState | None) -> bool:
    """Is it at the state this act starts from? Dismissing starts from either."""
    pending = (RectificationState.PROPOSED, RectificationState.APPROVED)
    return rectification.state in ((awaited,) if awaited else pending)


def _preview(standing: Standing, outlook: Outlook, form: ProposalForm, reader: Actor) -> dict[str, Any]:
    """What the proposal would change, and what keeps it from being sent."""
    outcome = Outcome(form.cleaned_data["outcome"])
    current = standing.current
    decision = Decision.objects.get(enrolment=standing.file.enrolment_id)
    in_force = Certificate.objects.in_force().filter(decision=decision).first()
    return {
        "told": told_of(outlook.changed, outlook.content),
        "account": account_of(outlook.content["result"]),
        "is_worked_out_again": outlook.content["result"] != current.content["result"],
        "proposed": outlook.proposed,
        "outcome": outcome,
        "departs": outlook.proposed is not None and outlook.proposed != outcome,
        "refusal": rules.nothing_refusal(
            corrected=outlook.is_changed, outcome=outcome, current=current.outcome
        )
        or rules.outcome_refusal(outlook.proposed, outcome)
        or rules.held_refusal(outcome, certified_elsewhere(standing.file.enrolment, reader)),
        "consequences": consequences(
            current.outcome, outcome, in_force, has_blocs=has_blocs(standing.file.enrolment_id)
        ),
    }
