"""Marks worth a second look before they are kept: pure, exact, in whole numbers of hundredths.

Nothing here refuses a mark: it only says that a person should confirm it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# Below this many other marks, a group says nothing of what is usual in it.
MIN_GROUP = 5
_FAR, _CLEARLY, _NEAR = 3, 2, 1  # standard deviations


class Unusual(StrEnum):
    """Why a mark deserves a second look. The values are those stored with a recorded mark."""

    SLIP = "FRAPPE"  # a digit or a comma probably missing: 2 for 12
    FAR = "ECART"  # three standard deviations from the others of its block
    CROSSING = "SEUIL"  # a correction that changes what the mark or the total decides


@dataclass(frozen=True, slots=True)
class Group:
    """The other marks of a block: how many, their sum and the sum of their squares, in hundredths."""

    count: int = 0
    total: int = 0
    squares: int = 0

    @classmethod
    def of(cls, values: Iterable[Decimal]) -> "Group":
        """The group of these marks; each has two decimals at most."""
        points = [_hundredths(value) for value in values]
        return cls(len(points), sum(points), sum(p * p for p in points))

    def without(self, value: Decimal | None) -> "Group":
        """The same group, one mark left out; `None` leaves nothing out."""
        if value is None:
            return self
        points = _hundredths(value)
        return Group(self.count - 1, self.total - points, self.squares - points * points)

    def is_beyond(self, value: Decimal, deviations: int) -> bool:
        """Is this mark more than so many standard deviations from the mean? Exact: no root is drawn."""
        distance = self.count * _hundredths(value) - self.total
        variance = self.count * self.squares - self.total * self.total
        return distance * distance > deviations * deviations * variance


def probably_meant(value: Decimal, scale: Decimal, group: Group) -> Decimal | None:
    """The mark a slip of the finger may have hidden: 12 typed 2, 12,5 typed 1,25; None when plausible.

    Only where the mark is far from a group of five others at least, and the other reading close to it.
    """
    if group.count < MIN_GROUP or not group.is_beyond(value, _CLEARLY):
        return None
    for meant in (value + 10, value * 10):
        if value < 10 and meant != value and meant <= scale and not group.is_beyond(meant, _NEAR):
            return meant
    return None


def is_far(value: Decimal, group: Group) -> bool:
    """Is this mark more than three standard deviations from five others at least?"""
    return group.count >= MIN_GROUP and group.is_beyond(value, _FAR)


def _hundredths(value: Decimal) -> int:
    return int(value.scaleb(2))
