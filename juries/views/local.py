"""The jurors' screens: their juries, their candidates, the closing; one hearing is in hearings.py."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries import exports, rules
from juries.forms.local import IncidentsForm
from juries.local_deliberation import COMPARED, deliberated
from juries.models import Hearing, LocalJury
from juries.reading import (
    HearingLine,
    by_hour,
    closing_refusal,
    lines_of,
    own_recusals,
    reopening_of,
    seats_of,
)
from juries.services import local as services
from juries.states import JuryState


@dataclass(frozen=True, slots=True)
class Row:
    """A jury in a juror's list, with how many of this juror's candidates are settled."""

    jury: LocalJury
    total: int
    settled: int


@reads
@for_act(Act.SIT_IN_JURY)
def jury_list(request: ActorRequest) -> HttpResponse:
    """The juries this person sits in, and how many candidates are left in each."""
    juries = _juries(request).order_by("-meets_on", "name").prefetch_related("days")
    lines = lines_of(Hearing.objects.visible_to(request.actor))
    heard = Counter(line.hearing.jury_id for line in lines)
    settled = Counter(line.hearing.jury_id for line in lines if line.settled)
    rows = [Row(jury, heard[jury.pk], settled[jury.pk]) for jury in juries]
    opened = [row for row in rows if row.jury.state == JuryState.OPEN]
    closed = [row for row in rows if row.jury.state == JuryState.CLOSED]
    if fmt := wanted_format(request):
        told = [(row.jury, row.settled, row.total) for row in (*opened, *closed)]
        return table_response(exports.juror_juries(told), "jurys", fmt)
    context = {"open": opened, "closed": closed}
    return render(request, "juries/jury_list.html", context)


@reads
@for_act(Act.SIT_IN_JURY)
def jury_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """One jury: who sits, whom this juror hears and what is settled, and the closing for the president."""
    jury = get_object_or_404(_juries(request), pk=pk)
    lines = by_hour(lines_of(jury.hearings.visible_to(request.actor)))
    recusals = own_recusals(jury, request.actor)
    if fmt := wanted_format(request):
        return table_response(exports.jury_candidates(jury, lines), f"jury-{pk}", fmt)
    seats = seats_of(jury)
    presides = rules.presidency_refusal(seats, request.actor) is None
    context = {
        "jury": jury,
        "seats": seats,
        "lines": lines,
        "settled": sum(line.settled for line in lines),
        "next": next((line for line in lines if not line.settled), None),
        "has_hours": any(line.slot for line in lines),
        "recusals": recusals,
        "recused": jury.hearings.sitting().count() - len(lines) - len(recusals),
        "minutes": jury.minutes.defer("content"),
        "reopening": reopening_of(jury),
        "presides": presides,
        "frozen": rules.jury_frozen_refusal(jury),
        "refusal": _closing_refusal(request, jury) if presides else None,
    }
    return render(request, "juries/jury_detail.html", context)


@writes
@for_act(Act.CLOSE_JURY)
def jury_close(request: ActorRequest, pk: int) -> HttpResponse:
    """The deliberation: every candidate, what deserves a second look, the incidents; then the one button."""
    jury = get_object_or_404(_juries(request), pk=pk)
    form = IncidentsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close_jury(jury=jury, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{jury.name} est clos : ce qu’il a jugé est figé.")
            return redirect("juries:jury_detail", jury.pk)
    lines = lines_of(jury.hearings.visible_to(request.actor))
    presidency = rules.presidency_refusal(seats_of(jury), request.actor)
    context = {
        "jury": jury,
        "consequences": _consequences(lines),
        "exceptions": _exceptions(lines),
        "rows": [deliberated(line) for line in lines],
        "compared": COMPARED,
        "recusals": own_recusals(jury, request.actor),
        "form": form,
        "refusal": presidency or _closing_refusal(request, jury),
    }
    return render(request, "juries/jury_close.html", context)


def _juries(request: ActorRequest) -> QuerySet[LocalJury]:
    juries = LocalJury.objects.visible_to(request.actor)
    return juries.select_related("part__session__certification", "part__crfp")


def _closing_refusal(request: ActorRequest, jury: LocalJury) -> str | None:
    return closing_refusal(jury, seats_of(jury), lines_of(jury.hearings.all()), request.actor)


def _consequences(lines: Sequence[HearingLine]) -> list[str]:
    """What the closing freezes, in counts."""
    opinions = [line.opinion for line in lines if line.opinion]
    favourable = sum(opinion.favourable for opinion in opinions)
    excused = sum(line.deferred for line in lines)
    sentences = [
        f"Les notes, les blocs et les avis de {_count(len(lines), 'candidat')} sont figés : "
        "personne ne pourra plus les modifier.",
        f"{_count(favourable, 'avis', 'avis')} d’attribution, "
        f"{_count(len(opinions) - favourable, 'avis', 'avis')} de non-attribution.",
    ]
    if excused:
        several = "s" if excused > 1 else ""
        sentences.append(f"{_count(excused, 'candidat')} en absence justifiée : proposé{several} au report.")
    return [*sentences, "Le CRFP pourra transmettre les dossiers au jury national."]


def _count(number: int, noun: str, several: str = "") -> str:
    return f"{number} {noun if number < 2 else several or noun + 's'}"


def _exceptions(lines: Sequence[HearingLine]) -> list[dict[str, str]]:
    """The unfavourable opinions, by name, each with its argument."""
    return [
        {
            "label": line.enrolment.candidate.full_name,
            "url": reverse("juries:hearing", args=[line.hearing.pk]),
            "detail": line.opinion.argument,
        }
        for line in lines
        if line.opinion and not line.opinion.favourable
    ]
