"""Juries with days and hours, by the real services."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.test import override_settings
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from juries.models import Hearing, HearingDay, HearingSlot, LocalJury, Summons, Unavailability
from juries.planning_entries import AwayEntry, DayEntry
from juries.services.planning import add_day, move_hearing, propose_plan
from juries.services.summons import summon
from juries.services.unavailabilities import record_unavailability
from tests.cast import Cast
from tests.juries.scenes import composed_jury


def in_days(count: int) -> date:
    return timezone.localdate() + timedelta(days=count)


def day_entry(count: int = 25, **changes: Any) -> DayEntry:
    """A day in so many days, in room A of Lyon, from nine to five with a break at noon."""
    values: dict[str, Any] = {
        "day": in_days(count),
        "place": "CRFP de Lyon, 12 rue Garibaldi",
        "room": "Salle A",
        "starts": time(9),
        "ends": time(17),
        "break_starts": time(12),
        "break_ends": time(13),
    }
    return DayEntry(**(values | changes))


def new_day(cast: Cast, jury: LocalJury, count: int = 25, **changes: Any) -> HearingDay:
    return add_day(jury=jury, entry=day_entry(count, **changes), by=cast.clerk, at=timezone.now())


def planned_jury(
    cast: Cast, part: SessionPart, enrolments: Sequence[Enrolment], name: str = "Jury 1", **changes: Any
) -> LocalJury:
    """A composed jury with one day, and everybody planned that day."""
    jury = composed_jury(cast, part, enrolments, name)
    new_day(cast, jury, **changes)
    propose_plan(jury=jury, anew=False, by=cast.clerk, at=timezone.now())
    return jury


def move(cast: Cast, enrolment: Enrolment, day: HearingDay, starts: time) -> HearingSlot:
    hearing = Hearing.objects.get(enrolment=enrolment)
    return move_hearing(hearing=hearing, day=day, starts=starts, by=cast.clerk, at=timezone.now())


def away(
    cast: Cast, enrolment: Enrolment, day: date, starts: time | None = None, ends: time | None = None
) -> Unavailability:
    entry = AwayEntry(day, starts, ends, "Rendez-vous médical")
    return record_unavailability(enrolment=enrolment, entry=entry, by=cast.clerk, at=timezone.now())


def hours_of(jury: LocalJury) -> list[str]:
    """« 09:00 Arnaud », in the order of the days."""
    slots = HearingSlot.objects.filter(day__jury=jury).select_related("hearing__enrolment__candidate")
    return [
        f"{slot.starts:%H:%M} {slot.hearing.enrolment.candidate.birth_name}"
        for slot in slots.order_by("day__day", "starts")
    ]


def unreachable() -> override_settings:
    """While it lasts, the server of messages does not answer."""
    backend = f"{EmailBackend.__module__}.{EmailBackend.__name__}"
    return override_settings(EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=9)


def unsent(cast: Cast, jury: LocalJury) -> Summons:
    """The convocation of the first planned of a jury, whose message did not leave."""
    with unreachable():
        return summon(jury=jury, by=cast.clerk, at=timezone.now()).written[0]
