"""What the page of one jury shows its CRFP: seats, substitutes, candidates heard and to assign."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.accounts.models import User
from cqp.roles import Role
from evaluations.models import SeatRule
from juries import composition_rules, rules
from juries.forms.local import JurorForm, JuryForm, MotiveForm, SubstituteForm
from juries.models import JurySeat, JurySubstitute, LocalJury
from juries.reading import (
    HearingLine,
    judged_by_juries,
    lines_of,
    organismes_of,
    people_among,
    recorders_of,
    reopening_of,
    seat_rules_of,
    seats_of,
    substitutes_of,
)
from juries.views.refusals import pressed

ABSENCE = 200  # characters of a motive


def jury_of(request: ActorRequest, pk: int) -> LocalJury:
    juries = LocalJury.objects.visible_to(request.actor)
    return get_object_or_404(juries.select_related("part__session__certification", "part__crfp"), pk=pk)


def button(request: ActorRequest, jury: int, verb: Callable[..., Any], **subject: Any) -> HttpResponse:
    """One verb behind one button; refused, its sentence is shown on the page of the jury."""
    pressed(request, verb, **subject)
    return redirect("juries:jury_edit", jury)


def jury_page(
    request: ActorRequest,
    jury: LocalJury,
    *,
    form: JuryForm | None = None,
    refused: forms.Form | None = None,
    refusals: Iterable[str] = (),
    ticked: Collection[int] = (),
) -> HttpResponse:
    """The page of one jury, with the form that was refused as it was typed."""
    seats, seat_rules = seats_of(jury), seat_rules_of(jury.part)
    substitutes = substitutes_of(jury)
    jurors = people_among(seats, substitutes)
    lines = lines_of(jury.hearings.all())
    proposals = _proposals(jury, jurors, ticked)
    context = {
        "jury": jury,
        "part": jury.part,
        "form": form or JuryForm(initial=data_of(jury), prefix="jury"),
        "chairs": _chairs(seat_rules, seats, substitutes, refused),
        "gaps": composition_rules.composition_gaps(seat_rules, seats),
        "rows": rows_of(lines, jurors),
        "proposals": proposals,
        "assignable": any(proposal.refusal is None for proposal in proposals),
        "refusals": list(refusals),
        "refusal": rules.jury_frozen_refusal(jury),
        "minutes": jury.minutes.defer("content"),
        "reopening": reopening_of(jury),
    }
    return render(request, "juries/jury_edit.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate of the jury, with what forbids a juror to judge, and what deserves a look (R56, A26)."""

    line: HearingLine
    conflicts: list[str]
    neighbours: list[str]


def rows_of(lines: Sequence[HearingLine], jurors: Sequence[User]) -> list[Row]:
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


def data_of(jury: LocalJury) -> dict[str, Any]:
    return {"name": jury.name, "meets_on": jury.meets_on, "place": jury.place}


def known_jurors() -> list[User]:
    """Every juror of the network: a jury may need somebody from elsewhere."""
    return list(User.objects.filter(memberships__role=Role.JUROR, is_active=True).distinct())


@dataclass(frozen=True, slots=True)
class Chair:
    """A seat the regulation asks for: who sits in it, who stands ready, and the forms of both."""

    rule: SeatRule
    seat: JurySeat | None
    form: JurorForm
    absence: MotiveForm | None
    substitutes: list[JurySubstitute]
    substitute: SubstituteForm

    @property
    def is_empty(self) -> bool:
        """Nobody sits there today: a substitute may be called."""
        return self.seat is None or not self.seat.is_present

    @property
    def called(self) -> JurySubstitute | None:
        """The substitute who took the seat."""
        user = self.seat.user_id if self.seat else None
        return next((one for one in self.substitutes if one.user_id == user), None)


def _chairs(
    seat_rules: Sequence[SeatRule],
    seats: Sequence[JurySeat],
    substitutes: Sequence[JurySubstitute],
    refused: forms.Form | None,
) -> list[Chair]:
    taken = {seat.rule_id: seat for seat in seats}
    already = {user.pk for user in people_among(seats, substitutes)}
    jurors = [user for user in known_jurors() if user.pk not in already]

    def chair(rule: SeatRule) -> Chair:
        seat = taken.get(rule.pk)
        absence = absence_form(seat) if seat else None
        made: list[Any] = [JurorForm(rule, jurors, seat=seat), absence, SubstituteForm(rule, jurors)]
        if refused and refused.prefix in (prefixes := [form.prefix if form else "" for form in made]):
            made[prefixes.index(refused.prefix)] = refused
        ready = [one for one in substitutes if one.rule_id == rule.pk]
        return Chair(rule, seat, made[0], made[1], ready, made[2])

    return [chair(rule) for rule in seat_rules]


def absence_form(seat: JurySeat, data: Any = None) -> MotiveForm:
    """Why this juror is missing."""
    return MotiveForm(data, limit=ABSENCE, prefix=f"absence-{seat.pk}")


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
        refusal = composition_rules.assignment_refusal(enrolment, jury, jurors, recorders)
        if hearing and not refusal:
            refusal = composition_rules.leaving_refusal(
                enrolment, hearing.jury, judged=enrolment.pk in judged
            )
        leaves = hearing.jury if hearing else None
        found.append(Proposal(enrolment, leaves, refusal, enrolment.pk in ticked))
    return sorted(found, key=lambda proposal: proposal.leaves is not None)
