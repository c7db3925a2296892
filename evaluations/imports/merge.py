"""One cell of a sheet that comes back: what the file says, what it said when it left, what stands now."""

import re
from datetime import date
from enum import Enum, auto

from cqp.templatetags.fr import day_short
from evaluations.scoring import ParsedMark

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Step(Enum):
    """What to do of a cell."""

    NOTHING = auto()  # the file says nothing of it
    EMPTIED = auto()  # it held a mark when the file left: an import erases nothing, but this is told
    UNCHANGED = auto()  # nobody has anything new to say, or both say the same
    APPLY = auto()  # the file says something new, and nothing moved meanwhile
    CONFLICT = auto()  # both moved, each its own way


def step_of(theirs: ParsedMark, current: ParsedMark, base: ParsedMark | None) -> Step:
    """Merge three ways when the file carries its base; compare with what stands when it does not."""
    if theirs.is_missing:
        return Step.EMPTIED if base and not base.is_missing else Step.NOTHING
    if same(theirs, current) or (base is not None and same(theirs, base)):
        return Step.UNCHANGED
    if base is None or same(current, base):
        return Step.APPLY
    return Step.CONFLICT


def same(one: ParsedMark, other: ParsedMark) -> bool:
    """Do both say the same mark, however it was typed?"""
    return (one.kind, one.value) == (other.kind, other.value)


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
