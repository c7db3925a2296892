"""Decisions rectified after the proclamation: the list, each with its chain, the procès-verbal."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from evaluations.models import jury_rule_of
from evaluations.scoring import account_of
from juries import proclaimed_exports, rectification_minutes
from juries import rectification_rules as rules
from juries.certificate_status import status_of, with_status
from juries.forms.rectifications import RectificationFilter
from juries.models import BlocCertificate, Certificate, ProclaimedFile, Rectification
from juries.rectification import Case, case_of, standing_of, stepped_aside
from juries.rectification_words import consequences, who_decides
from juries.states import RectificationState
from juries.views.certificates import is_locked
from juries.views.documents import document

ROWS = 50


@reads
@for_act(Act.READ_RECTIFICATIONS)
def rectification_list(request: ActorRequest) -> HttpResponse:
    """The rectifications one may read, the latest proposed first."""
    rows = with_file(Rectification.objects.visible_to(request.actor)).defer("content", "corrections")
    chosen = RectificationFilter(request.GET, rows.order_by("-proposed_at", "-pk"))
    if fmt := wanted_format(request):
        return table_response(proclaimed_exports.rectifications(chosen.qs), "rectifications", fmt)
    page = Paginator(chosen.qs, ROWS).get_page(request.GET.get("page"))
    context = {"filter": chosen, "page": page, "sort": request.GET.get("sort", "")}
    return render(request, "juries/rectification_list.html", context)


@reads
@for_act(Act.READ_RECTIFICATIONS)
def rectification_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """What was decided, what was wrong, what is decided instead, and what each may do now."""
    rectification = own(request, pk)
    case = open_case(rectification)
    return render(request, "juries/rectification_detail.html", about(case) | _doors(request, rectification))


@reads
@for_act(Act.READ_CERTIFICATES)
def rectification_pdf(request: ActorRequest, pk: int) -> HttpResponse:
    """The procès-verbal of a decided rectification; the candidate's own, once the number is given (R37)."""
    rectification = own(request, pk)
    enrolment = rectification.decision.enrolment
    if rectification.state != RectificationState.DECIDED:
        raise Http404
    if is_locked(request, enrolment.pk):
        return redirect("juries:own_results")
    standing = standing_of(_file(rectification))
    step = next(step for step in standing.steps if step.rank == rectification.rank)
    name = f"pv-rectificatif-{enrolment.session.code}-{enrolment.pk}-{rectification.rank}.pdf"
    return document(lambda: rectification_minutes.rectification_pdf(standing, step), name)


def with_file(rows: Any) -> Any:
    """With whom each is about and who did what."""
    return rows.select_related(
        "decision__enrolment__candidate",
        "decision__enrolment__session__certification",
        "decision__enrolment__part__crfp",
        "proposed_by",
        "approved_by",
        "closed_by",
    )


def own(request: ActorRequest, pk: int) -> Rectification:
    """A rectification one may read."""
    found: Rectification = get_object_or_404(
        with_file(Rectification.objects.visible_to(request.actor)), pk=pk
    )
    return found


def open_case(rectification: Rectification) -> Case:
    """The rectification beside what it rectifies."""
    regulation = rectification.decision.enrolment.session.adoption.regulation
    return case_of(rectification, _file(rectification), regulation)


def about(case: Case) -> dict[str, Any]:
    """What every page says of a rectification."""
    rectification = case.rectification
    decision, session = rectification.decision, rectification.decision.enrolment.session
    delivered = Certificate.objects.filter(decision=decision)
    rectified_by = jury_rule_of(session.adoption.regulation).rectified_by
    return {
        "case": case,
        "rectification": rectification,
        "enrolment": decision.enrolment,
        "session": session,
        "was": account_of(case.before.content["result"]),
        "now": account_of(case.content["result"]),
        "chain": with_file(decision.rectifications.order_by("rank")),
        "certificates": [(one, status_of(one)) for one in with_status(delivered.order_by("pk"))],
        "who_decides": who_decides(rectified_by),
        "consequences": consequences(
            case.before.outcome,
            case.outcome,
            delivered.in_force().first(),
            has_blocs=has_blocs(decision.enrolment_id),
        ),
    }


def has_blocs(enrolment: int) -> bool:
    """Were certificates of blocs delivered to this candidate?"""
    return BlocCertificate.objects.filter(acquired__enrolment=enrolment).exists()


def _file(rectification: Rectification) -> ProclaimedFile:
    rows = ProclaimedFile.objects.select_related("proclamation__session__certification")
    return rows.get(enrolment=rectification.decision.enrolment_id)


def decider_refusal(actor: Actor, rectification: Rectification) -> str | None:
    """Why this person may not decide it; None when they may."""
    enrolment = rectification.decision.enrolment
    aside = stepped_aside(actor.user, enrolment)
    return rules.decider_refusal(rectification, actor.user, enrolment, stepped_aside=aside)


def _doors(request: ActorRequest, rectification: Rectification) -> dict[str, Any]:
    """What this person may do now, or the sentence that says why not."""
    actor, state, enrolment = request.actor, rectification.state, rectification.decision.enrolment
    proposed, approved = RectificationState.PROPOSED, RectificationState.APPROVED
    return {
        "may_approve": state == proposed and actor.may(Act.APPROVE_RECTIFICATION),
        "approval_refusal": rules.approval_refusal(rectification, actor.user, enrolment),
        "may_decide": state == approved and actor.may(Act.DECIDE_RECTIFICATION),
        "decider_refusal": decider_refusal(actor, rectification),
        "may_dismiss": state in (proposed, approved) and actor.may(Act.DISMISS_RECTIFICATION),
        "dismisser_refusal": rules.dismisser_refusal(actor, state),
        "is_pending": state in (proposed, approved),
    }
