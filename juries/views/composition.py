"""The CRFP composes its local juries: who sits, who is heard."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.rules import part_closed_refusal
from candidates.states import EnrolmentState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import Format, table_response, wanted_format
from cqp.workflow import Refusal
from juries import composition_rules, exports
from juries.forms.local import AssignmentForm, JuryForm
from juries.models import Hearing, JurySeat, LocalJury
from juries.reading import (
    lines_of,
    seat_rules_of,
    seats_of,
)
from juries.rules import Refusals
from juries.services import composition as services
from juries.states import JuryState
from juries.views.composition_page import button, data_of, jury_of, jury_page, rows_of

_SITTING = Q(hearings__enrolment__state=EnrolmentState.ENROLLED)


@writes
@for_act(Act.COMPOSE_JURY)
def jury_compose(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """The juries of a CRFP's part of a session, the candidates still without one, and a new jury."""
    parts = SessionPart.objects.visible_to(request.actor).select_related("session__certification", "crfp")
    part = get_object_or_404(parts, session__code=code, crfp__code=crfp)
    if fmt := wanted_format(request):
        return _file(request, part, fmt)
    form = JuryForm(request.POST or None, prefix="jury")
    if request.method == "POST" and form.is_valid():
        try:
            jury = services.create_jury(part=part, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect("juries:jury_edit", jury.pk)
    context = {
        "part": part,
        "cards": _cards_of(part),
        "without": _without_jury(part),
        "form": form,
        "refusal": part_closed_refusal(part.session, part),
    }
    return render(request, "juries/jury_compose.html", context)


def _without_jury(part: SessionPart) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.sitting().filter(part=part, hearing=None)
    return rows.select_related("candidate", "organisme")


def _file(request: ActorRequest, part: SessionPart, fmt: Format) -> HttpResponse:
    """The juries of the page as a file; `?liste=sans-jury`, the candidates still without one."""
    where = f"{part.session.code}-{part.crfp.code}"
    if request.GET.get("liste") == "sans-jury":
        return table_response(exports.without_jury(part, _without_jury(part)), f"sans-jury-{where}", fmt)
    rows = [(card.jury, card.state, card.seats, card.candidates, card.gaps) for card in _cards_of(part)]
    return table_response(exports.part_juries(part, rows), f"jurys-{where}", fmt)


@dataclass(frozen=True, slots=True)
class Card:
    """A jury in the CRFP's list: its people, its candidates, what its composition lacks."""

    jury: LocalJury
    seats: list[JurySeat]
    candidates: int
    gaps: list[str]

    @property
    def is_closed(self) -> bool:
        return self.jury.state == JuryState.CLOSED

    @property
    def state(self) -> str:
        return "Clos" if self.is_closed else "Incomplet" if self.gaps else "Composé"


def _cards_of(part: SessionPart) -> list[Card]:
    seat_rules = seat_rules_of(part)
    seats = JurySeat.objects.select_related("user", "rule").order_by("rule__position")
    juries = LocalJury.objects.filter(part=part).prefetch_related(Prefetch("seats", seats))
    return [
        Card(
            jury,
            list(jury.seats.all()),
            jury.heard,
            composition_rules.composition_gaps(seat_rules, jury.seats.all()),
        )
        for jury in juries.annotate(heard=Count("hearings", filter=_SITTING))
    ]


@writes
@for_act(Act.COMPOSE_JURY)
def jury_edit(request: ActorRequest, pk: int) -> HttpResponse:
    """One jury: its day and place, its seats by quality, its candidates."""
    jury = jury_of(request, pk)
    if fmt := wanted_format(request):
        rows = rows_of(lines_of(jury.hearings.all()), [seat.user for seat in seats_of(jury)])
        told = [(row.line, [*row.neighbours, *row.conflicts]) for row in rows]
        return table_response(exports.heard(jury, told), f"jury-{pk}", fmt)
    form = JuryForm(request.POST or None, initial=data_of(jury), prefix="jury")
    if request.method == "POST" and form.is_valid():
        try:
            services.update_jury(jury=jury, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "La date et le lieu du jury sont enregistrés.")
            return redirect("juries:jury_edit", jury.pk)
    return jury_page(request, jury, form=form)


@writes_only
@for_act(Act.COMPOSE_JURY)
def jury_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Undo a jury that hears nobody."""
    jury = jury_of(request, pk)
    try:
        services.remove_jury(jury=jury, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("juries:jury_edit", pk)
    messages.success(request, f"{jury.name} est supprimé.")
    return redirect("juries:jury_compose", jury.part.session.code, jury.part.crfp.code)


@writes_only
@for_act(Act.ASSIGN_CANDIDATES)
def candidates_assign(request: ActorRequest, pk: int) -> HttpResponse:
    """Give the ticked candidates to a jury, all or none; refused, each is named and the ticks stay."""
    jury = jury_of(request, pk)
    form = AssignmentForm(jury.part, request.POST)
    if not form.is_valid():
        return jury_page(request, jury, refusals=["Cochez au moins un candidat."])
    chosen = list(form.cleaned_data["enrolments"])
    try:
        services.assign_candidates(jury=jury, enrolments=chosen, by=request.actor, at=timezone.now())
    except Refusals as refused:
        return jury_page(request, jury, refusals=refused.sentences.values(), ticked={e.pk for e in chosen})
    except Refusal as refusal:
        return jury_page(request, jury, refusals=[refusal.sentence])
    several = "s" if len(chosen) > 1 else ""
    messages.success(request, f"{len(chosen)} candidat{several} affecté{several} à {jury.name}.")
    return redirect("juries:jury_edit", jury.pk)


@writes_only
@for_act(Act.ASSIGN_CANDIDATES)
def candidate_release(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a candidate away from a jury that has not judged yet."""
    hearings = Hearing.objects.visible_to(request.actor).select_related("jury__part")
    hearing = get_object_or_404(hearings, pk=pk)
    return button(request, hearing.jury_id, services.unassign_candidate, hearing=hearing)
