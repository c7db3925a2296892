"""The seats of a jury, its substitutes, and who is missing on the day."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes_only
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import SeatRule
from juries.forms.local import JurorForm, SubstituteForm
from juries.models import JurySeat, JurySubstitute, LocalJury
from juries.services import composition as services
from juries.services import substitutes
from juries.views.composition_page import absence_form, button, jury_of, jury_page, known_jurors


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_fill(request: ActorRequest, pk: int, rule: str) -> HttpResponse:
    """Seat somebody in one quality; refused, the page keeps what was typed."""
    jury = jury_of(request, pk)
    form = JurorForm(_rule(jury, rule), known_jurors(), request.POST)
    return _named(request, jury, form, services.seat_juror, "siège")


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_preside(request: ActorRequest, pk: int) -> HttpResponse:
    """Give the presidency to a seated juror."""
    seat = _seat(request, pk)
    return button(request, seat.jury_id, services.appoint_president, seat=seat)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_free(request: ActorRequest, pk: int) -> HttpResponse:
    """Free a seat."""
    seat = _seat(request, pk)
    return button(request, seat.jury_id, services.remove_seat, seat=seat)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_absent(request: ActorRequest, pk: int) -> HttpResponse:
    """Note that a juror did not come, and why."""
    seat = _seat(request, pk)
    form = absence_form(seat, request.POST)
    if form.is_valid():
        try:
            substitutes.note_absence(seat=seat, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("motive", refusal.sentence)
        else:
            messages.success(request, f"{seat.user.full_name} est noté absent : le siège est vide.")
            return redirect("juries:jury_edit", seat.jury_id)
    return jury_page(request, jury_of(request, seat.jury_id), refused=form)


@writes_only
@for_act(Act.COMPOSE_JURY)
def seat_present(request: ActorRequest, pk: int) -> HttpResponse:
    """Note that a juror came after all."""
    seat = _seat(request, pk)
    return button(request, seat.jury_id, substitutes.note_presence, seat=seat)


@writes_only
@for_act(Act.COMPOSE_JURY)
def substitute_name(request: ActorRequest, pk: int, rule: str) -> HttpResponse:
    """Name somebody ready to take a seat; refused, the page keeps what was typed."""
    jury = jury_of(request, pk)
    form = SubstituteForm(_rule(jury, rule), known_jurors(), request.POST)
    return _named(request, jury, form, substitutes.name_substitute, "est suppléant")


@writes_only
@for_act(Act.COMPOSE_JURY)
def substitute_remove(request: ActorRequest, pk: int) -> HttpResponse:
    """Somebody no longer stands ready."""
    substitute = _substitute(request, pk)
    return button(request, substitute.jury_id, substitutes.remove_substitute, substitute=substitute)


@writes_only
@for_act(Act.COMPOSE_JURY)
def substitute_call(request: ActorRequest, pk: int) -> HttpResponse:
    """A substitute takes the seat of an absent juror."""
    substitute = _substitute(request, pk)
    return button(request, substitute.jury_id, substitutes.call_substitute, substitute=substitute)


def _named(
    request: ActorRequest, jury: LocalJury, form: JurorForm, verb: Callable[..., Any], becomes: str
) -> HttpResponse:
    """Somebody named for a seat, by one verb; refused, the page keeps what was typed."""
    if form.is_valid():
        try:
            named = verb(jury=jury, rule=form.rule, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{named.user.full_name} {becomes} : {form.rule.label}.")
            return redirect("juries:jury_edit", jury.pk)
    return jury_page(request, jury, refused=form)


def _rule(jury: LocalJury, code: str) -> SeatRule:
    return get_object_or_404(SeatRule, code=code, regulation__adoptions__session=jury.part.session_id)


def _seat(request: ActorRequest, pk: int) -> JurySeat:
    juries = LocalJury.objects.visible_to(request.actor)
    return get_object_or_404(JurySeat.objects.select_related("jury__part"), pk=pk, jury__in=juries)


def _substitute(request: ActorRequest, pk: int) -> JurySubstitute:
    juries = LocalJury.objects.visible_to(request.actor)
    return get_object_or_404(JurySubstitute.objects.select_related("jury__part"), pk=pk, jury__in=juries)
