"""What the CRFP typed to plan hearings, as the verbs take it."""

from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class DayEntry:
    """A day of hearings as it was typed."""

    day: date
    place: str
    room: str
    starts: time
    ends: time
    break_starts: time | None = None
    break_ends: time | None = None


@dataclass(frozen=True, slots=True)
class AwayEntry:
    """When somebody cannot come; no hours: the whole day."""

    day: date
    starts: time | None = None
    ends: time | None = None
    reason: str = ""
