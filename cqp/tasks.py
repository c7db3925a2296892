"""What a home page is made of: one line a task."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Task:
    """Something the person must do now: what, for whom, until when, how many left, one button."""

    title: str
    detail: str
    url: str
    button: str
    due: date | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Something the person follows: no act awaited, one line of where it stands."""

    title: str
    detail: str
    url: str
