"""The second entry of a block, blind, and the differences a named person settles."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates.models import Enrolment
from candidates.rules import part_closed_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.rules import retyping_refusal
from evaluations.services import sheets as services
from evaluations.services.sheets import Retyped
from evaluations.standing import Checked
from evaluations.views.parts import block_of, part_of
from evaluations.views.sheets import standing_of


@dataclass(frozen=True, slots=True)
class _Field:
    """One mark to type again: whose it is, what was typed and refused. Never what stands already."""

    enrolment: Enrolment
    attempt: int
    entry: str = ""
    refusal: str = ""

    @property
    def name(self) -> str:
        return f"r-{self.enrolment.pk}-{self.attempt}"

    @property
    def is_retake(self) -> bool:
        return self.attempt == Mark.Attempt.RETAKE


@writes
@for_act(Act.RETYPE_MARK)
def sheet_retype(request: ActorRequest, session: str, crfp: str, block: str) -> HttpResponse:
    """Type again the marks somebody else typed first, without seeing them."""
    part = part_of(request, session, crfp)
    standing = standing_of(part, block_of(part, block))
    waiting = standing.to_retype
    mine = [item for item in waiting if retyping_refusal(item.mark, request.actor) is None]
    fields = [_Field(item.mark.enrolment, item.mark.attempt) for item in mine]
    closed = part_closed_refusal(part.session, part)
    status = 200
    if request.method == "POST":
        typed = [
            Retyped(field.enrolment, field.attempt, request.POST.get(field.name, "")[:20])
            for field in fields
            if request.POST.get(field.name, "").strip()
        ]
        try:
            answers = services.retype_marks(
                part=part, block=standing.block, typed=typed, by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return redirect("evaluations:sheet_list", session, crfp)
        kept = _tell(request, fields, answers)
        if kept == len(answers):
            return redirect("evaluations:sheet_list", session, crfp)
        fields, status = _left(fields, answers), 422
    context = {
        "part": part,
        "session": part.session,
        "subject": standing.block,
        "standing": standing,
        "fields": fields,
        "others": len(waiting) - len(mine),
        "closed": closed,
    }
    return render(request, "evaluations/sheet_retype.html", context, status=status)


@writes
@for_act(Act.SETTLE_MARK)
def sheet_settle(request: ActorRequest, session: str, crfp: str, block: str) -> HttpResponse:
    """Both entries side by side, with their authors; one is kept, by whoever presses the button."""
    part = part_of(request, session, crfp)
    standing = standing_of(part, block_of(part, block))
    if request.method == "POST":
        item = _chosen(standing.differences, request.POST.get("note", ""))
        if item is None:
            messages.info(request, "Cet écart n’est plus à trancher.")
            return redirect("evaluations:sheet_settle", session, crfp, block)
        version = request.POST.get("version", "")
        try:
            services.settle_mark(
                enrolment=item.mark.enrolment,
                block=standing.block,
                attempt=item.mark.attempt,
                kept=request.POST.get("garder", ""),
                version=int(version) if version.isdecimal() and len(version) < 10 else 0,
                by=request.actor,
                at=timezone.now(),
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"{item.mark.enrolment.candidate.full_name} : l’écart est tranché.")
        return redirect("evaluations:sheet_settle", session, crfp, block)
    context = {"part": part, "session": part.session, "subject": standing.block, "standing": standing}
    return render(request, "evaluations/sheet_settle.html", context)


def _tell(request: ActorRequest, fields: list[_Field], answers: list[Retyped]) -> int:
    """Say how many were kept (and return it), and how many came after somebody else."""
    late = _typed_in_vain(request.POST, fields)
    if late:
        s = plural(late)
        messages.warning(request, f"{late} note{s} déjà ressaisie{s} par quelqu’un d’autre.")
    kept = sum(not answer.refusal for answer in answers)
    if kept:
        messages.success(request, f"{kept} note{plural(kept)} ressaisie{plural(kept)}.")
    return kept


def _typed_in_vain(data: Mapping[str, str], fields: list[_Field]) -> int:
    """How many marks were typed that somebody else has typed meanwhile."""
    known = {field.name for field in fields}
    return sum(name.startswith("r-") and bool(data[name].strip()) and name not in known for name in data)


def _chosen(items: list[Checked], key: str) -> Checked | None:
    return next((item for item in items if f"{item.mark.enrolment_id}-{item.mark.attempt}" == key), None)


def _left(fields: list[_Field], answers: list[Retyped]) -> list[_Field]:
    """What is still to type: what was refused as it was typed, what was left empty; never what was kept."""
    said = {(answer.enrolment.pk, answer.attempt): answer for answer in answers}
    left = []
    for field in fields:
        answer = said.get((field.enrolment.pk, field.attempt))
        if answer is None:
            left.append(field)
        elif answer.refusal:
            left.append(_Field(field.enrolment, field.attempt, answer.entry, answer.refusal))
    return left
