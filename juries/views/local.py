"""The jurors' screens: their juries, their candidates, one hearing, the closing."""

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
from juries.forms.local import HearingForm
from juries.models import Hearing, LocalJury
from juries.plans import hour_order
from juries.reading import HearingLine, closing_refusal, judging_refusal, lines_of, seats_of
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
    lines = _by_hour(lines_of(jury.hearings.visible_to(request.actor)))
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
        "recused": jury.hearings.sitting().count() - len(lines),
        "presides": presides,
        "frozen": rules.jury_frozen_refusal(jury),
        "refusal": _closing_refusal(jury) if presides else None,
    }
    return render(request, "juries/jury_detail.html", context)


@writes
@for_act(Act.SIT_IN_JURY)
def hearing(request: ActorRequest, pk: int) -> HttpResponse:
    """One candidate on one sheet: the jury's marks, its opinion; previous and next."""
    hearings = Hearing.objects.visible_to(request.actor).sitting().select_related("jury__part__session")
    subject = get_object_or_404(hearings, pk=pk)
    lines = _by_hour(lines_of(subject.jury.hearings.visible_to(request.actor)))
    place = next(n for n, line in enumerate(lines) if line.hearing.pk == subject.pk)
    line = lines[place]
    form = HearingForm(line, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, subject, form)
        except rules.Refusals as refused:
            form.refuse(refused.sentences, lines_of(Hearing.objects.filter(pk=subject.pk))[0])
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{line.enrolment.candidate.full_name} : enregistré.")
            return redirect("juries:hearing", subject.pk)
    context = {
        "line": line,
        "jury": subject.jury,
        "form": form,
        "previous": lines[place - 1] if place else None,
        "following": lines[place + 1] if place + 1 < len(lines) else None,
        "position": place + 1,
        "total": len(lines),
        "refusal": judging_refusal(line.hearing, request.actor),
    }
    return render(request, "juries/hearing.html", context)


@writes
@for_act(Act.CLOSE_JURY)
def jury_close(request: ActorRequest, pk: int) -> HttpResponse:
    """What closing will freeze, with the unfavourable opinions by name; then the one button."""
    jury = get_object_or_404(_juries(request), pk=pk)
    if request.method == "POST":
        try:
            services.close_jury(jury=jury, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"{jury.name} est clos : ce qu’il a jugé est figé.")
        return redirect("juries:jury_detail", jury.pk)
    lines = lines_of(jury.hearings.visible_to(request.actor))
    presidency = rules.presidency_refusal(seats_of(jury), request.actor)
    context = {
        "jury": jury,
        "consequences": _consequences(lines),
        "exceptions": _exceptions(lines),
        "refusal": presidency or _closing_refusal(jury),
    }
    return render(request, "juries/jury_close.html", context)


def _by_hour(lines: Sequence[HearingLine]) -> list[HearingLine]:
    """As the jury hears them; by name where the CRFP gave no hour."""
    return sorted(lines, key=lambda line: hour_order(line.hearing))


def _juries(request: ActorRequest) -> QuerySet[LocalJury]:
    juries = LocalJury.objects.visible_to(request.actor)
    return juries.select_related("part__session__certification", "part__crfp")


def _record(request: ActorRequest, subject: Hearing, form: HearingForm) -> None:
    given = form.opinion_given()
    services.record_hearing(
        hearing=subject,
        marks=[services.MarkEntry(*entry) for entry in form.entries()],
        opinion=services.OpinionEntry(*given) if given else None,
        by=request.actor,
        at=timezone.now(),
    )


def _closing_refusal(jury: LocalJury) -> str | None:
    return closing_refusal(jury, seats_of(jury), lines_of(jury.hearings.all()))


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
