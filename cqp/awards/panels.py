"""The page of a proclaimed session: one panel a matter, each made by the module it is about."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go from a panel."""

    label: str
    url: str
    icon: str = "arrow-right"


@dataclass(frozen=True, slots=True)
class Panel:
    """Where one matter stands for a session: one sentence, a few figures, where to go."""

    title: str
    sentence: str
    facts: Sequence[tuple[str, str]] = ()
    links: Sequence[Link] = ()
    is_late: bool = False
