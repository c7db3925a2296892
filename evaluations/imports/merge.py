"""One cell of a sheet that comes back: what the file says, what it said when it left, what stands now."""

import re
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from typing import TypeVar

from cqp.templatetags.fr import day_short
from evaluations.scoring import MISSING, MarkKind, ParsedMark

T = TypeVar("T")

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Step(Enum):
    """What to do of a cell."""

    NOTHING = auto()  # the file says nothing of it
    EMPTIED = auto()  # it held a mark when the file left: an import erases nothing, but this is told
    UNCHANGED = auto()  # nobody has anything new to say, or both say the same
    APPLY = auto()  # the file says something new, and nothing moved meanwhile
    CONFLICT = auto()  # both moved, each its own way


def step_between(theirs: T, current: T, base: T | None, *, nothing: T) -> Step:
    """Merge three ways where the file carries its base (not None); else compare with what stands.

    `nothing` is what an empty cell says.
    """
    if theirs == nothing:
        return Step.EMPTIED if base not in (None, nothing) else Step.NOTHING
    if theirs == current or (base is not None and theirs == base):
        return Step.UNCHANGED
    if base is None or current == base:
        return Step.APPLY
    return Step.CONFLICT


def step_of(theirs: ParsedMark, current: ParsedMark, base: ParsedMark | None) -> Step:
    """What to do of one mark; two marks are the same however they were typed."""
    said = None if base is None else _said(base)
    return step_between(_said(theirs), _said(current), said, nothing=_said(MISSING))


def _said(mark: ParsedMark) -> tuple[MarkKind, Decimal | None]:
    return mark.kind, mark.value


def day_for_a_mark(text: str) -> str | None:
    """Why a cell holds a day where a mark was meant: spreadsheets take `12.5` for the 12th of May."""
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return (
        f"le tableur a pris une note pour une date (ici le {day_short(day)}) : "
        "remettez la case au format nombre, puis retapez la note."
    )
