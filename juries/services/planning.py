"""Verbs of the CRFP on the hours of its juries: their days, who is heard when."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Session
from candidates.rules import scope_refusal
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from juries import planning_rules as rules
from juries.models import Hearing, HearingDay, HearingSlot, LocalJury
from juries.planning import Proposal, Span
from juries.planning_entries import DayEntry
from juries.plans import JuryPlan, PlanLine, plan_of
from juries.reading import judged_by_juries
from juries.rules import demand_of, jury_frozen_refusal
from juries.services.locks import lock_hearing, lock_jury


@transaction.atomic
def add_day(*, jury: LocalJury, entry: DayEntry, by: Actor, at: datetime) -> HearingDay:
    """Give a jury one more day to sit; the same day sent twice is made once."""
    by.must(Act.PLAN_HEARINGS)
    session, jury = lock_jury(jury)
    demand(_planning_refusal(jury, by))
    entry = _checked(entry)
    twin = jury.days.filter(day=entry.day).first()
    if twin and _entry_of(twin) == entry:
        return twin
    demand_of("day", rules.twin_day_refusal(jury.days.all(), entry.day))
    row = HearingDay.objects.create(jury=jury, **asdict(entry))
    _journal_day(session, jury, {}, _said(entry), by, at)
    return row


@transaction.atomic
def change_day(*, day: HearingDay, entry: DayEntry, by: Actor, at: datetime) -> HearingDay:
    """Change a day; refused when somebody already planned that day could no longer be heard, by name."""
    by.must(Act.PLAN_HEARINGS)
    session, jury = lock_jury(day.jury)
    demand(_planning_refusal(jury, by))
    entry = _checked(entry)
    row = jury.days.filter(pk=day.pk).first()
    if row is None:
        raise Refusal("Cette journée n’existe plus.")
    _hold_rooms(jury, [row.day, entry.day])
    before = _entry_of(row)
    if before == entry:
        return row
    demand_of("day", rules.twin_day_refusal(jury.days.all(), entry.day, row))
    _free_withdrawn(jury)
    held = _ill_placed(plan_of(jury), row)
    for name, value in asdict(entry).items():
        setattr(row, name, value)
    row.save()
    for pk, refusal in _ill_placed(plan_of(jury), row).items():
        demand(None if pk in held else refusal)
    _journal_day(session, jury, _said(before), _said(entry), by, at)
    return row


@transaction.atomic
def remove_day(*, day: HearingDay, by: Actor, at: datetime) -> None:
    """Take a day away from a jury; refused by name while somebody is heard that day."""
    by.must(Act.PLAN_HEARINGS)
    session, jury = lock_jury(day.jury)
    demand(_planning_refusal(jury, by))
    row = jury.days.filter(pk=day.pk).first()
    if row is None:
        return
    _free_withdrawn(jury)
    demand(rules.day_removal_refusal([line.name for line in plan_of(jury).heard_on(row)]))
    # An hour left behind by somebody another jury hears now holds nothing.
    row.slots.all().delete()
    before = _said(_entry_of(row))
    row.delete()
    _journal_day(session, jury, before, {}, by, at)


@transaction.atomic
def propose_plan(*, jury: LocalJury, anew: bool, by: Actor, at: datetime) -> Proposal:
    """Give an hour to every candidate of a jury who has none; returns who could not be placed, and why.

    Hours already given stay, unless everything is planned `anew`: then only what is past, or already judged,
    stays. Refused by name when somebody would lose an hour that holds.
    """
    by.must(Act.PLAN_HEARINGS)
    session, jury = lock_jury(jury)
    demand(_planning_refusal(jury, by))
    _hold_rooms(jury, jury.days.values_list("day", flat=True))
    _free_withdrawn(jury)
    plan, today = plan_of(jury), timezone.localdate(at)
    moving = _movable(plan, today) if anew else {}
    proposal = plan.propose(today, moving)
    losing = [line for line in plan.lines if line.hearing.pk in moving and line.hearing.pk in proposal.left]
    demand(rules.losing_refusal([line.name for line in losing if plan.fault(line) is None]))
    hearings = {line.hearing.pk: line.hearing for line in plan.lines}
    HearingSlot.objects.filter(hearing__in=[pk for pk in hearings if pk in moving]).delete()
    facts = []
    for one in proposal.placed:
        hearing, starts = hearings[one.person.key], rules.time_of(one.starts)
        # An hour left behind in another jury would stand in the way.
        HearingSlot.objects.filter(hearing=hearing).delete()
        slot = HearingSlot.objects.create(
            hearing=hearing, day_id=one.day.key, starts=starts, minutes=one.person.minutes
        )
        slot.day = next(day for day in plan.days if day.pk == one.day.key)
        facts += _moved(hearing, moving.get(hearing.pk), slot)
    facts += [_moved(hearings[pk], moving[pk], None)[0] for pk in proposal.left if pk in moving]
    record(chain=session.code, by=by, at=at, facts=facts)
    return proposal


@transaction.atomic
def move_hearing(*, hearing: Hearing, day: HearingDay, starts: time, by: Actor, at: datetime) -> HearingSlot:
    """Give a candidate this hour, by hand; refused with the reason."""
    by.must(Act.PLAN_HEARINGS)
    session, hearing = lock_hearing(hearing)
    jury = hearing.jury
    demand(_planning_refusal(jury, by))
    found = jury.days.filter(pk=day.pk).first()
    if found is None:
        raise Refusal("Cette journée n’est plus de ce jury.")
    _hold_rooms(jury, [found.day])
    _free_withdrawn(jury)
    plan = plan_of(jury)
    line = next((line for line in plan.lines if line.hearing.pk == hearing.pk), None)
    if line is None:
        raise Refusal(f"{hearing.enrolment.candidate.full_name} s’est désisté.")
    demand(rules.duration_refusal(line.minutes) or rules.step_refusal(starts))
    minute = rules.minute_of(starts)
    demand(plan.refusal(line, found, Span(minute, minute + line.minutes)))
    before = line.slot
    if before and _place_of(before) == (found.pk, starts, line.minutes):
        return before
    HearingSlot.objects.filter(hearing=hearing).delete()
    slot = HearingSlot.objects.create(hearing=hearing, day=found, starts=starts, minutes=line.minutes)
    record(chain=session.code, by=by, at=at, facts=_moved(hearing, before, slot))
    return slot


@transaction.atomic
def clear_hearing(*, hearing: Hearing, by: Actor, at: datetime) -> None:
    """Take a candidate's hour back; one who has none stays so."""
    by.must(Act.PLAN_HEARINGS)
    session, hearing = lock_hearing(hearing)
    demand(_planning_refusal(hearing.jury, by))
    slot = HearingSlot.objects.select_related("day").filter(hearing=hearing).first()
    if slot is None:
        return
    slot.delete()
    record(chain=session.code, by=by, at=at, facts=_moved(hearing, slot, None))


def _planning_refusal(jury: LocalJury, by: Actor) -> str | None:
    return scope_refusal(jury.part, by) or jury_frozen_refusal(jury)


def _hold_rooms(jury: LocalJury, days: Iterable[date]) -> None:
    """Hold the days this CRFP's juries sit on those dates: two juries never take one room at once."""
    rows = HearingDay.objects.filter(jury__part__crfp=jury.part.crfp_id, day__in=list(days))
    list(rows.select_for_update(of=("self",)).order_by("pk"))


def _free_withdrawn(jury: LocalJury) -> None:
    """Somebody who withdrew, or whom another jury hears now, holds no hour here any more."""
    slots = HearingSlot.objects.filter(day__jury=jury)
    slots.filter(hearing__enrolment__state=EnrolmentState.WITHDRAWN).delete()
    slots.exclude(hearing__jury=jury).delete()


def _ill_placed(plan: JuryPlan, day: HearingDay) -> dict[int, str]:
    """Who could not be heard at the hour given that day, and why, by hearing."""
    found = {}
    for line in plan.heard_on(day):
        if line.slot and (refusal := plan.refusal(line, line.slot.day, rules.span_of(line.slot))):
            found[line.hearing.pk] = refusal
    return found


def _movable(plan: JuryPlan, today: date) -> dict[int, HearingSlot]:
    """The hours that may change: those to come, of candidates nobody has judged."""
    judged = judged_by_juries([line.hearing.enrolment for line in plan.lines])

    def may_move(line: PlanLine) -> bool:
        return line.hearing.enrolment_id not in judged

    return {
        line.hearing.pk: line.slot
        for line in plan.lines
        if line.slot and line.slot.day.day >= today and may_move(line)
    }


def _checked(entry: DayEntry) -> DayEntry:
    """The day as it is kept; raises Refusals beside the field concerned."""
    demand_of("ends", rules.ending_refusal(entry.starts, entry.ends))
    pause = entry.break_starts, entry.break_ends
    demand_of("break_ends", rules.break_refusal(entry.starts, entry.ends, *pause))
    return replace(entry, place=cleaned(entry.place), room=cleaned(entry.room))


def _entry_of(day: HearingDay) -> DayEntry:
    return DayEntry(**{name: getattr(day, name) for name in DayEntry.__dataclass_fields__})


def _place_of(slot: HearingSlot) -> tuple[int, time, int]:
    return slot.day_id, slot.starts, slot.minutes


def _said(entry: DayEntry) -> dict[str, Any]:
    """A day, as the journal says it."""
    pause = f"{entry.break_starts:%H:%M}-{entry.break_ends:%H:%M}" if entry.break_starts else ""
    return {
        "jour": entry.day.isoformat(),
        "lieu": entry.place,
        "salle": entry.room,
        "heures": f"{entry.starts:%H:%M}-{entry.ends:%H:%M}",
        "pause": pause,
    }


def _heard(slot: HearingSlot | None) -> dict[str, Any]:
    if slot is None:
        return {}
    hours = f"{slot.starts:%H:%M}"
    return {
        "jury": slot.day.jury_id,
        "jour": slot.day.day.isoformat(),
        "heure": hours,
        "minutes": slot.minutes,
    }


def _moved(hearing: Hearing, before: HearingSlot | None, after: HearingSlot | None) -> list[Fact]:
    """What the journal says of an hour given, changed or taken back; nothing when it is the same."""
    was, now = _heard(before), _heard(after)
    if was == now:
        return []
    subject = f"inscription {hearing.enrolment_id}"
    return [Fact(Act.PLAN_HEARINGS, subject, hearing.enrolment_id, before=was, after=now)]


def _journal_day(
    session: Session,
    jury: LocalJury,
    before: dict[str, Any],
    after: dict[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    fact = Fact(Act.PLAN_HEARINGS, f"jury {jury.pk}", before=before, after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
