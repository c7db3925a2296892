"""Verbs of the CRFP for the day of a local jury: who is missing, who stands ready, who is called (R12)."""

from datetime import date, datetime

from django.db import transaction

from candidates.models import Enrolment
from candidates.rules import scope_refusal
from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.models import SeatRule
from juries import composition_rules, rules
from juries.models import JurySeat, JurySubstitute, LocalJury
from juries.reading import recorders_of, seats_of
from juries.services.composition import _journal, _juror, _named_as, _seat_data
from juries.services.locks import held_seat, lock_jury

_WHO = "suppleant"


@transaction.atomic
def name_substitute(
    *,
    jury: LocalJury,
    rule: SeatRule,
    email: str,
    last_name: str,
    first_name: str,
    by: Actor,
    at: datetime,
    quality: str = "",
    letter: str = "",
    lettered_on: date | None = None,
) -> JurySubstitute:
    """Name somebody ready to take a seat; makes the account when needed. The same person named twice is one.

    Raises Refusal as for a seat: a quality that is not admissible, somebody judge and party (R56).
    """
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(jury)
    demand(scope_refusal(jury.part, by) or rules.jury_frozen_refusal(jury))
    named = _named_as(session, rule, quality, letter, lettered_on)
    user = _juror(jury, email, last_name, first_name, by=by, at=at)
    demand(composition_rules.naming_refusal(user, seats_of(jury), *_heard(jury)))
    found = jury.substitutes.select_related("rule").filter(user=user).first()
    before = _seat_data(found, _WHO) if found else {}
    substitute = found or JurySubstitute(jury=jury, user=user)
    substitute.rule = rule
    for name, value in named.items():
        setattr(substitute, name, value)
    after = _seat_data(substitute, _WHO)
    if after != before:
        substitute.save()
        _journal(session, Act.COMPOSE_JURY, jury, before=before, after=after, by=by, at=at)
    return substitute


@transaction.atomic
def remove_substitute(*, substitute: JurySubstitute, by: Actor, at: datetime) -> None:
    """Somebody no longer stands ready; removed already, it stays so. A seat taken meanwhile stays taken."""
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(substitute.jury)
    demand(scope_refusal(jury.part, by) or rules.jury_frozen_refusal(jury))
    found = jury.substitutes.select_related("rule").filter(pk=substitute.pk).first()
    if found is None:
        return
    before = _seat_data(found, _WHO)
    found.delete()
    _journal(session, Act.COMPOSE_JURY, jury, before=before, by=by, at=at)


@transaction.atomic
def note_absence(*, seat: JurySeat, motive: str, by: Actor, at: datetime) -> JurySeat:
    """A juror did not come: the seat is empty until a substitute takes it. The same motive twice is once."""
    by.must(Act.COMPOSE_JURY)
    motive = cleaned(motive)
    demand(composition_rules.absence_refusal(motive))
    return _note(seat, motive, by=by, at=at)


@transaction.atomic
def note_presence(*, seat: JurySeat, by: Actor, at: datetime) -> JurySeat:
    """A juror noted absent came after all; present already, he or she stays so."""
    by.must(Act.COMPOSE_JURY)
    return _note(seat, None, by=by, at=at)


@transaction.atomic
def call_substitute(*, substitute: JurySubstitute, by: Actor, at: datetime) -> JurySeat:
    """A substitute takes the seat of an absent juror, or an empty one; called already, he or she stays in it.

    The presidency does not pass with the seat: somebody must be appointed. Raises Refusal while the juror
    is present, or when the substitute has become judge and party (R56).
    """
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(substitute.jury)
    demand(scope_refusal(jury.part, by) or rules.jury_frozen_refusal(jury))
    found = jury.substitutes.select_related("rule", "user").filter(pk=substitute.pk).first()
    if found is None:
        raise Refusal("Ce suppléant n’est plus désigné pour ce jury.")
    seats = seats_of(jury)
    seat = next((seat for seat in seats if seat.rule_id == found.rule_id), None)
    if seat and seat.user_id == found.user_id:
        return seat
    enrolments, recorders = _heard(jury)
    demand(
        composition_rules.calling_refusal(found, seats)
        or rules.conflict_refusal([found.user], enrolments, recorders)
    )
    before = _seat_data(seat) | {"preside": seat.is_president} if seat else {}
    reason = (seat.absence or "") if seat else ""
    seat = seat or JurySeat(jury=jury, rule=found.rule)
    seat.user, seat.quality = found.user, found.quality
    seat.letter, seat.lettered_on = found.letter, found.lettered_on
    seat.is_president, seat.absence = False, None
    seat.save()
    after = _seat_data(seat) | {"suppleant_appele": True}
    _journal(session, Act.COMPOSE_JURY, jury, before=before, after=after, reason=reason, by=by, at=at)
    return seat


def _note(seat: JurySeat, motive: str | None, *, by: Actor, at: datetime) -> JurySeat:
    session, jury = lock_jury(seat.jury)
    demand(scope_refusal(jury.part, by) or rules.jury_frozen_refusal(jury))
    seat = held_seat(jury, seat)
    before = seat.absence
    if before == motive:
        return seat
    seat.absence = motive
    seat.save(update_fields=["absence"])
    about = {"siege": seat.rule.code, "membre": seat.user_id}
    _journal(
        session,
        Act.COMPOSE_JURY,
        jury,
        before=about | {"absence": before},
        after=about | {"absence": motive},
        reason=motive or "",
        by=by,
        at=at,
    )
    return seat


def _heard(jury: LocalJury) -> tuple[list[Enrolment], dict[int, set[int]]]:
    """The candidates this jury hears, and who recorded their other marks."""
    rows = Enrolment.objects.sitting().filter(hearing__jury=jury).select_related("candidate")
    enrolments = list(rows)
    return enrolments, recorders_of(enrolments)
