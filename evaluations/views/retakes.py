"""The retakes of a CRFP's part (R7): who may take a block again, the calls, the second marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates.models import SessionPart
from candidates.rules import part_closed_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import day, nbsp, plural
from cqp.workflow import Refusal
from evaluations import exports
from evaluations.forms.retakes import CallForm, WaivingForm, number_of
from evaluations.models import Mark
from evaluations.retakes import Retake, retakes_of
from evaluations.services.marks import Answer, Entry, record_sheet
from evaluations.services.retakes import call_retakes, waive_retake
from evaluations.views.parts import block_of, part_of


@dataclass(slots=True)
class Row:
    """A retake on the page, with what was typed and ticked, and why it was refused.

    `asked` is the entry a person was asked to confirm.
    """

    retake: Retake
    entry: str = ""
    version: int = 0
    asked: str = ""
    is_ticked: bool = False
    refusal: str = ""

    @property
    def is_done(self) -> bool:
        """Marked, by this person or another, with nothing left to say here."""
        return self.retake.is_taken and not self.entry


@writes
@for_act(Act.CALL_RETAKE)
def retake_list(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """Every eliminatory mark that may be taken again: call, mark, and see what it becomes."""
    part = part_of(request, session, crfp)
    retakes = retakes_of(part)
    if fmt := wanted_format(request):
        in_order = sorted(retakes, key=lambda one: one.is_taken)
        return table_response(exports.retakes(in_order), f"rattrapages-{session}-{crfp}", fmt)
    rows = [row for row in (_row(retake, request.POST) for retake in retakes) if not row.is_done]
    form = CallForm(request.POST if "convoquer" in request.POST else None)
    if request.method == "POST":
        done = _call(request, part, rows, form) if "convoquer" in request.POST else _record(request, rows)
        if done:
            messages.success(request, nbsp(done))
            return redirect(request.path)
        retakes = retakes_of(part)
    troubled = [row for row in rows if row.refusal]
    taken = {retake.key: retake for retake in retakes if retake.is_taken}
    rows = [row for row in rows if row.refusal or row.retake.key not in taken]
    for row in rows:
        taken.pop(row.retake.key, None)
    context = _about(part) | {
        "rows": rows,
        "done": taken.values(),
        "form": form,
        "troubled": troubled,
        "has_calls": any(row.retake.is_called for row in rows),
        "latest": part.session.entry_deadline,
    }
    return render(
        request, "evaluations/retake_list.html", context, status=422 if troubled or form.errors else 200
    )


@reads
@for_act(Act.CALL_RETAKE)
def retake_slips(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """The convocations to the retakes, one a candidate, to print and hand out."""
    part = part_of(request, session, crfp)
    called = [retake for retake in retakes_of(part) if retake.is_open and retake.is_called]
    return render(request, "evaluations/retake_slips.html", _about(part) | {"retakes": called})


@writes
@for_act(Act.CALL_RETAKE)
def retake_waive(request: ActorRequest, session: str, crfp: str, pk: int, block: str) -> HttpResponse:
    """Record that one candidate gives the retake up, with the motive."""
    part = part_of(request, session, crfp)
    about = block_of(part, block)
    retake = next(
        (one for one in retakes_of(part) if (one.enrolment.pk, one.block.pk) == (pk, about.pk)), None
    )
    if retake is None:
        raise Http404
    form = WaivingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            waive_retake(
                enrolment=retake.enrolment,
                block=about,
                motive=form.cleaned_data["motive"],
                by=request.actor,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{retake.enrolment.candidate.full_name} renonce au rattrapage.")
            return redirect("evaluations:retake_list", session, crfp)
    context = _about(part) | {"retake": retake, "form": form}
    return render(request, "evaluations/retake_waive.html", context, status=422 if form.errors else 200)


def _about(part: SessionPart) -> dict[str, Any]:
    return {"part": part, "session": part.session, "closed": part_closed_refusal(part.session, part)}


def _row(retake: Retake, data: Mapping[str, Any]) -> Row:
    typed = data.get(f"n-{retake.key}", "").strip()
    version = number_of(data.get(f"v-{retake.key}")) if data else retake.version
    asked = data.get(f"q-{retake.key}", "")
    return Row(retake, typed, version, asked, is_ticked=f"c-{retake.key}" in data)


def _call(request: ActorRequest, part: SessionPart, rows: Sequence[Row], form: CallForm) -> str:
    """Call the candidates ticked; what was done in words, or nothing once the form says why not."""
    takers = [(row.retake.enrolment, row.retake.block) for row in rows if row.is_ticked]
    if not form.is_valid():
        return ""
    held_on, place = form.cleaned_data["held_on"], form.cleaned_data["place"]
    try:
        call_retakes(
            part=part, takers=takers, held_on=held_on, place=place, by=request.actor, at=timezone.now()
        )
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return ""
    count = len(takers)
    return f"{count} candidat{plural(count)} convoqué{plural(count)} le {day(held_on)} à {place}."


def _record(request: ActorRequest, rows: Sequence[Row]) -> str:
    """Record the marks typed, each with its own answer; in words what they become, if all went in."""
    typed = [row for row in rows if row.entry]
    entries = [
        Entry(
            row.retake.enrolment,
            row.retake.block,
            Mark.Attempt.RETAKE,
            row.entry,
            row.version,
            confirmed=row.asked == row.entry,
        )
        for row in typed
    ]
    answers = record_sheet(entries=entries, by=request.actor, at=timezone.now())
    for row, answer in zip(typed, answers, strict=True):
        _answer(row, answer)
    saved = sum(answer.mark is not None for answer in answers)
    if not saved or saved < len(answers):
        if not typed:
            messages.info(request, "Aucune note n’a été tapée.")
        return ""
    return f"{saved} note{plural(saved)} de rattrapage enregistrée{plural(saved)}."


def _answer(row: Row, answer: Answer) -> None:
    row.refusal = answer.refusal
    if answer.question:
        row.asked = row.entry
        row.refusal = f"{answer.question} Enregistrez de nouveau pour la garder."
    elif answer.stored is not None:
        row.version = answer.stored.version
        row.refusal += " Enregistrez de nouveau pour la remplacer."
