"""The CRFP composes its local juries: who sits, who is heard."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.rules import part_closed_refusal
from candidates.states import EnrolmentState
from cqp.accounts.actor import ActorRequest
from cqp.accounts.models import User
from cqp.http import for_act, writes, writes_only
from cqp.roles import Act, Role
from cqp.sheets.answers import Format, table_response, wanted_format
from cqp.workflow import Refusal
from evaluations.models import SeatRule
from juries import exports, rules
from juries.forms.local import AssignmentForm, JurorForm, JuryForm
from juries.models import Hearing, JurySeat, LocalJury
from juries.reading import (
    HearingLine,
    judged_by_juries,
    lines_of,
    organismes_of,
    recorders_of,
    seat_rules_of,
    seats_of,
)
from juries.rules import Refusals
from juries.services import composition as services
from juries.states import JuryState

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
        Card(jury, list(jury.seats.all()), jury.heard, rules.composition_gaps(seat_rules, jury.seats.all()))
        for jury in juries.annotate(heard=Count("hearings", filter=_SITTING))
    ]


@writes
@for_act(Act.COMPOSE_JURY)
def jury_edit(request: ActorRequest, pk: int) -> HttpResponse:
    """One jury: its day and place, its seats by quality, its candidates."""
    jury = _jury(request, pk)
    if fmt := wanted_format(request):
        rows = _rows(lines_of(jury.hearings.all()), [seat.user for seat in seats_of(jury)])
        told = [(row.line, [*row.neighbours, *row.conflicts]) for row in rows]
        return table_response(exports.heard(jury, told), f"jury-{pk}", fmt)
    form = JuryForm(request.POST or None, initial=_data_of(jury), prefix="jury")
    if request.method == "POST" and form.is_valid():
        try:
            services.update_jury(jury=jury, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "La date et le lieu du jury sont enregistrés.")
            return redirect("juries:jury_edit", jury.pk)
    return _page(request, jury, form=form)


@writes_only
@for_act(Act.COMPOSE_JURY)
def jury_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Undo a jury that hears nobody."""
    jury = _jury(request, pk)
    try:
        services.remove_jury(jury=jury, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("juries:jury_edit", pk)
    messages.success(request, f"{jury.name} est supprimé.")
    return redirect("juries:jury_compose", jury.part.session.code, jury.part.crfp.code)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_fill(request: ActorRequest, pk: int, rule: str) -> HttpResponse:
    """Seat somebody in one quality; refused, the page keeps what was typed."""
    jury = _jury(request, pk)
    seat_rule = get_object_or_404(SeatRule, code=rule, regulation__adoptions__session=jury.part.session_id)
    form = JurorForm(seat_rule, _known_jurors(), request.POST)
    if form.is_valid():
        try:
            seat = services.seat_juror(
                jury=jury, rule=seat_rule, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{seat.user.full_name} siège : {seat_rule.label}.")
            return redirect("juries:jury_edit", jury.pk)
    return _page(request, jury, seat_form=form)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_preside(request: ActorRequest, pk: int) -> HttpResponse:
    """Give the presidency to a seated juror."""
    seat = _seat(request, pk)
    return _button(request, seat.jury_id, services.appoint_president, seat=seat)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_free(request: ActorRequest, pk: int) -> HttpResponse:
    """Free a seat."""
    seat = _seat(request, pk)
    return _button(request, seat.jury_id, services.remove_seat, seat=seat)


@writes_only
@for_act(Act.ASSIGN_CANDIDATES)
def candidates_assign(request: ActorRequest, pk: int) -> HttpResponse:
    """Give the ticked candidates to a jury, all or none; refused, each is named and the ticks stay."""
    jury = _jury(request, pk)
    form = AssignmentForm(jury.part, request.POST)
    if not form.is_valid():
        return _page(request, jury, refusals=["Cochez au moins un candidat."])
    chosen = list(form.cleaned_data["enrolments"])
    try:
        services.assign_candidates(jury=jury, enrolments=chosen, by=request.actor, at=timezone.now())
    except Refusals as refused:
        return _page(request, jury, refusals=refused.sentences.values(), ticked={e.pk for e in chosen})
    except Refusal as refusal:
        return _page(request, jury, refusals=[refusal.sentence])
    several = "s" if len(chosen) > 1 else ""
    messages.success(request, f"{len(chosen)} candidat{several} affecté{several} à {jury.name}.")
    return redirect("juries:jury_edit", jury.pk)


@writes_only
@for_act(Act.ASSIGN_CANDIDATES)
def candidate_release(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a candidate away from a jury that has not judged yet."""
    hearings = Hearing.objects.visible_to(request.actor).select_related("jury__part")
    hearing = get_object_or_404(hearings, pk=pk)
    return _button(request, hearing.jury_id, services.unassign_candidate, hearing=hearing)


def _jury(request: ActorRequest, pk: int) -> LocalJury:
    juries = LocalJury.objects.visible_to(request.actor)
    return get_object_or_404(juries.select_related("part__session__certification", "part__crfp"), pk=pk)


def _seat(request: ActorRequest, pk: int) -> JurySeat:
    juries = LocalJury.objects.visible_to(request.actor)
    return get_object_or_404(JurySeat.objects.select_related("jury__part"), pk=pk, jury__in=juries)


def _button(request: ActorRequest, jury: int, verb: Callable[..., Any], **subject: Any) -> HttpResponse:
    """One verb behind one button; refused, its sentence is shown on the page of the jury."""
    try:
        verb(by=request.actor, at=timezone.now(), **subject)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("juries:jury_edit", jury)


def _page(
    request: ActorRequest,
    jury: LocalJury,
    *,
    form: JuryForm | None = None,
    seat_form: JurorForm | None = None,
    refusals: Iterable[str] = (),
    ticked: Collection[int] = (),
) -> HttpResponse:
    """The page of one jury, with the form that was refused as it was typed."""
    seats, seat_rules = seats_of(jury), seat_rules_of(jury.part)
    jurors = [seat.user for seat in seats]
    lines = lines_of(jury.hearings.all())
    proposals = _proposals(jury, jurors, ticked)
    context = {
        "jury": jury,
        "part": jury.part,
        "form": form or JuryForm(initial=_data_of(jury), prefix="jury"),
        "chairs": _chairs(seat_rules, seats, seat_form),
        "gaps": rules.composition_gaps(seat_rules, seats),
        "rows": _rows(lines, jurors),
        "proposals": proposals,
        "assignable": any(proposal.refusal is None for proposal in proposals),
        "refusals": list(refusals),
        "refusal": rules.jury_frozen_refusal(jury),
    }
    return render(request, "juries/jury_edit.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate of the jury, with what forbids a juror to judge, and what deserves a look (R56, A26)."""

    line: HearingLine
    conflicts: list[str]
    neighbours: list[str]


def _rows(lines: Sequence[HearingLine], jurors: Sequence[User]) -> list[Row]:
    organismes = organismes_of(jurors)
    enrolments = [line.enrolment for line in lines]
    conflicts = rules.conflicts_of(jurors, enrolments, recorders_of(enrolments))
    return [
        Row(
            line,
            conflicts.get(line.enrolment.pk, []),
            rules.neighbours_of(jurors, line.enrolment, organismes),
        )
        for line in lines
    ]


def _data_of(jury: LocalJury) -> dict[str, Any]:
    return {"name": jury.name, "meets_on": jury.meets_on, "place": jury.place}


def _known_jurors() -> list[User]:
    """Every juror of the network: a jury may need somebody from elsewhere."""
    return list(User.objects.filter(memberships__role=Role.JUROR, is_active=True).distinct())


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat the regulation asks for: who sits in it, or the form to fill it."""

    rule: SeatRule
    seat: JurySeat | None
    form: JurorForm


def _chairs(
    seat_rules: Sequence[SeatRule], seats: Sequence[JurySeat], refused: JurorForm | None
) -> list[Chair]:
    taken = {seat.rule_id: seat for seat in seats}
    seated = {seat.user_id for seat in seats}
    jurors = [user for user in _known_jurors() if user.pk not in seated]
    return [
        Chair(
            rule,
            taken.get(rule.pk),
            refused if refused and refused.rule == rule else JurorForm(rule, jurors),
        )
        for rule in seat_rules
    ]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate this jury could hear, the jury left behind, or why it cannot be."""

    enrolment: Enrolment
    leaves: LocalJury | None
    refusal: str | None
    ticked: bool


def _proposals(jury: LocalJury, jurors: Sequence[User], ticked: Collection[int]) -> list[Proposal]:
    """Those without jury first, then those of other juries."""
    rows = Enrolment.objects.sitting().filter(part=jury.part).exclude(hearing__jury=jury)
    rows = rows.select_related("candidate", "organisme", "option", "hearing__jury")
    enrolments = list(rows)
    judged, recorders = judged_by_juries(enrolments), recorders_of(enrolments)
    found = []
    for enrolment in enrolments:
        hearing = getattr(enrolment, "hearing", None)
        refusal = rules.assignment_refusal(enrolment, jury, jurors, recorders)
        if hearing and not refusal:
            refusal = rules.leaving_refusal(enrolment, hearing.jury, judged=enrolment.pk in judged)
        leaves = hearing.jury if hearing else None
        found.append(Proposal(enrolment, leaves, refusal, enrolment.pk in ticked))
    return sorted(found, key=lambda proposal: proposal.leaves is not None)
