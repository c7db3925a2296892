"""The sheets of a part, block by block: how far, who answers, what is to be checked, the transmission."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from candidates.rules import part_closed_refusal
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from evaluations import exports
from evaluations.forms.sheets import SheetForm
from evaluations.models import Block, Mark
from evaluations.rules import responsible_refusal, retyping_refusal
from evaluations.services import sheets as services
from evaluations.standing import Standing, standings_of
from evaluations.views.parts import block_of, part_of


@reads
@for_act(Act.FOLLOW_SESSIONS)
def sheet_list(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """Every block the CRFP answers for: entered, checked, transmitted; what may be done, or why not."""
    part = part_of(request, session, crfp)
    standings = standings_of(part)
    if fmt := wanted_format(request):
        return table_response(exports.sheets(standings), f"epreuves-{session}-{crfp}", fmt)
    context = {
        "part": part,
        "session": part.session,
        "standings": [_shown(standing, request.actor) for standing in standings],
        "submitted": sum(standing.sheet.is_submitted for standing in standings),
        "closed": part_closed_refusal(part.session, part),
        "is_desk": request.actor.may(Act.SUBMIT_SHEET),
        "has_retakes": any(standing.block.retake for standing in standings),
    }
    return render(request, "evaluations/sheet_list.html", context)


@writes
@for_act(Act.SET_SHEET)
def sheet_edit(request: ActorRequest, session: str, crfp: str, block: str) -> HttpResponse:
    """Name the responsible of a block, choose its double entry."""
    part = part_of(request, session, crfp)
    standing = standing_of(part, block_of(part, block))
    form = SheetForm(request.POST or None, sheet=standing.sheet)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_sheet(
                part=part, block=standing.block, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{standing.block.label} : la feuille est réglée.")
            return redirect("evaluations:sheet_list", session, crfp)
    context = _about(part, standing) | {"form": form}
    return render(request, "evaluations/sheet_edit.html", context, status=422 if form.errors else 200)


@writes
@for_act(Act.SUBMIT_SHEET)
def sheet_submit(request: ActorRequest, session: str, crfp: str, block: str) -> HttpResponse:
    """What transmitting the marks of a block does, with its exceptions by name; then the one button."""
    part = part_of(request, session, crfp)
    standing = standing_of(part, block_of(part, block))
    if request.method == "POST":
        try:
            services.submit_sheet(part=part, block=standing.block, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, f"Rien n’a été transmis. {refusal.sentence}")
            return redirect("evaluations:sheet_submit", session, crfp, block)
        messages.success(request, f"{standing.block.label} : les notes sont transmises.")
        return redirect("evaluations:sheet_list", session, crfp)
    closed = part_closed_refusal(part.session, part) or responsible_refusal(standing.sheet, request.actor)
    context = _about(part, standing) | {
        "consequences": _consequences(standing),
        "exceptions": _exceptions(part, standing),
        "refusal": closed or " ".join(standing.refusals),
    }
    return render(request, "evaluations/sheet_submit.html", context)


def _shown(standing: Standing, actor: Actor) -> tuple[Standing, str | None, bool]:
    """A sheet, why this actor may not transmit it, and whether they have marks to type again."""
    mine = any(retyping_refusal(item.mark, actor) is None for item in standing.to_retype)
    return standing, responsible_refusal(standing.sheet, actor), mine


def standing_of(part: SessionPart, block: Block) -> Standing:
    """Where one block of the part stands."""
    (standing,) = standings_of(part, [block.pk])
    return standing


def _about(part: SessionPart, standing: Standing) -> dict[str, Any]:
    return {"part": part, "session": part.session, "standing": standing, "subject": standing.block}


def _consequences(standing: Standing) -> list[str]:
    several = "s" if standing.done > 1 else ""
    verified = len(standing.checked)
    return [
        f"{standing.block.label} : {standing.done} note{several} transmise{several}.",
        "Ces notes ne changent plus que par une correction motivée, signée et datée ; "
        "un avis de jury donné avant une correction devra être confirmé.",
        *([f"{verified} note{plural(verified)} saisie{plural(verified)} deux fois."] if verified else []),
    ]


def _exceptions(part: SessionPart, standing: Standing) -> list[dict[str, str]]:
    """The marks somebody should know of before they leave: absences, unusual ones that were confirmed."""
    rows = Mark.objects.filter(enrolment__part=part, block=standing.block).select_related(
        "enrolment__candidate"
    )
    told = rows.filter(enrolment__state=EnrolmentState.ENROLLED).exclude(
        unusual=None, outcome__in=[Mark.Outcome.NOTE, Mark.Outcome.NONE]
    )
    return [
        {
            "label": mark.enrolment.candidate.full_name,
            "url": reverse("evaluations:tally_detail", args=[mark.enrolment_id]),
            "detail": f"{mark.entry}{f', {mark.get_unusual_display().lower()}' if mark.unusual else ''}",
        }
        for mark in told.order_by("enrolment__candidate__sort_key", "attempt")
    ]
