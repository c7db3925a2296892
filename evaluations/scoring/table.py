"""What a table of candidates shows of a result, whatever the regulation: columns and cells, in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and, smaller, what its cells are out of."""

    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its tone: "" as it should be, "bad" against the candidate, "missing" still awaited.

    `said` tells a screen reader what the tone tells the eye; `asides` stand under the text.
    """

    text: str
    tone: str = ""
    said: str = ""
    asides: tuple[str, ...] = ()
