"""The mark grid of a CRFP: one page, saved cell by cell, or all at once without script."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.rules import part_closed_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes, writes_only
from cqp.roles import Act
from evaluations.models import Block, Mark
from evaluations.rules import retake_refusal
from evaluations.services.marks import Answer, Entry, record_sheet
from evaluations.views.grid import entries_of, grid_of, show_answers

_STATUS = {"saved": 200, "refused": 422, "conflict": 409}
_ID_MAX = 2**63 - 1


@writes
@for_act(Act.RECORD_MARK)
def mark_sheet(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """The grid of a CRFP's part; a POST saves every changed cell, each with its own answer."""
    part = _part(request, session, crfp)
    grid = grid_of(part, request.actor)
    status = 200
    if request.method == "POST":
        entries = entries_of(grid, request.POST)
        answers = record_sheet(entries=entries, by=request.actor, at=timezone.now())
        saved = sum(answer.mark is not None for answer in answers)
        if saved:
            messages.success(request, _saved(saved))
        if saved == len(answers):
            return redirect("evaluations:mark_sheet", session=session, crfp=crfp)
        grid, status = grid_of(part, request.actor), 422
        show_answers(grid, answers)
    closed = part_closed_refusal(part.session, part)
    context = {"part": part, "session": part.session, "grid": grid, "closed": closed}
    return render(request, "evaluations/mark_sheet.html", context, status=status)


@writes_only
@for_act(Act.RECORD_MARK)
def mark_save(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """Save one cell sent as JSON; the answer says saved, refused or conflict, and what is stored."""
    part = _part(request, session, crfp)
    cell = _Cell.read(request.body)
    if cell is None:
        return JsonResponse({"state": "refused", "sentence": "La demande est illisible."}, status=400)
    enrolment = get_object_or_404(
        Enrolment.objects.visible_to(request.actor).filter(part=part), pk=cell.enrolment
    )
    block = get_object_or_404(
        Block.objects.filter(regulation=part.session.adoption.regulation_id), pk=cell.block
    )
    entry = Entry(enrolment, block, cell.attempt, cell.entry, cell.version)
    (answer,) = record_sheet(entries=[entry], by=request.actor, at=timezone.now())
    data = _data_of(answer)
    return JsonResponse(data, status=_STATUS[data["state"]])


@dataclass(frozen=True, slots=True)
class _Cell:
    """What the script sends of a cell."""

    enrolment: int
    block: int
    attempt: int
    entry: str
    version: int

    @classmethod
    def read(cls, body: bytes) -> "_Cell | None":
        """The cell, or None when this is not one."""
        try:
            data = json.loads(body)
            numbers = [data[key] for key in ("enrolment", "block", "attempt", "version")]
            entry = data["entry"]
        except (ValueError, KeyError, TypeError):
            return None
        if not isinstance(entry, str) or len(entry) > 100 or "\0" in entry:
            return None
        if not all(type(number) is int and 0 <= number <= _ID_MAX for number in numbers):
            return None
        enrolment, block, attempt, version = numbers
        return cls(enrolment, block, attempt, entry, version) if attempt in Mark.Attempt.values else None


def _part(request: ActorRequest, session: str, crfp: str) -> SessionPart:
    """The actor's own part of this session; anyone else's does not exist."""
    parts = SessionPart.objects.visible_to(request.actor)
    rows = parts.select_related("session__certification", "session__adoption", "crfp")
    part = get_object_or_404(rows, session__code=session, crfp__code=crfp)
    if not hasattr(part.session, "adoption"):
        raise Http404
    return part


def _data_of(answer: Answer) -> dict[str, Any]:
    """What the script needs to show the cell, and the retake the mark may have opened."""
    if answer.mark is None:
        data: dict[str, Any] = {"state": "refused", "sentence": answer.refusal}
        if answer.stored is not None:
            data |= {"state": "conflict", "entry": answer.stored.entry, "version": answer.stored.version}
        return data
    data = {"state": "saved", "entry": answer.mark.entry, "version": answer.mark.version}
    block = answer.entry.block
    if block.retake and answer.mark.attempt == Mark.Attempt.FIRST:
        data["retake"] = {"reason": retake_refusal(block, answer.mark) or ""}
    return data


def _saved(count: int) -> str:
    return f"{count} notes enregistrées." if count > 1 else "La note est enregistrée."
