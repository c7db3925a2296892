"""One mark as somebody wrote it: the only parser, for the grid, the imports and the command."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from evaluations.scoring.numbers import format_number
from evaluations.scoring.typography import typeset

_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,9})(?:[.,](?P<decimals>[0-9]+))?")
_MAX_DECIMALS = 2  # reading A3: the grain of a mark
_SHOWN = 20  # characters of a hostile text worth repeating to its author


class MarkKind(StrEnum):
    """What a mark can be. The values are those stored with a recorded mark."""

    NOTE = "NOTE"
    ABS = "ABS"  # unjustified absence: counts 0 (A5)
    ABJ = "ABJ"  # justified absence: the candidate is deferred (A5)
    MISSING = "VIDE"
    INVALID = "INVALIDE"


@dataclass(frozen=True, slots=True)
class ParsedMark:
    """A mark once read: its kind, its exact value if any, the text given, the problem in French if any."""

    kind: MarkKind
    value: Decimal | None = None
    text: str = ""
    problem: str = ""

    @property
    def points(self) -> Decimal | None:
        """What the mark counts for before its coefficient: ABS is 0; None when it does not count."""
        return Decimal(0) if self.kind is MarkKind.ABS else self.value

    @property
    def shown(self) -> str:
        """The mark for a French reader: "12,5", "ABS", "ABJ", the faulty text, or nothing."""
        if self.value is not None:
            return format_number(self.value)
        return self.text if self.kind is MarkKind.INVALID else "" if self.is_missing else self.kind.value

    @property
    def is_missing(self) -> bool:
        return self.kind is MarkKind.MISSING


MISSING = ParsedMark(MarkKind.MISSING)
_ABSENCES = {kind.value: ParsedMark(kind, text=kind.value) for kind in (MarkKind.ABS, MarkKind.ABJ)}


def parse_mark(text: str, scale: Decimal) -> ParsedMark:
    """Read `12,5`, `12.5`, `ABS`, `ABJ` (any case, spaces around) or nothing, on a scale from 0 to `scale`.

    Never raises: what cannot be read is INVALID and carries one French sentence saying why.
    """
    text = text.strip()
    if not text:
        return MISSING
    absence = _ABSENCES.get(text.upper())
    if absence is not None:
        return absence
    problem = _problem(text, scale)
    if problem:
        return ParsedMark(MarkKind.INVALID, text=printable(text), problem=typeset(problem))
    return ParsedMark(MarkKind.NOTE, Decimal(text.replace(",", ".")), text)


def recorded_mark(kind: str, value: Decimal | None, scale: Decimal) -> ParsedMark:
    """A mark that was stored as a kind and a value, held to the same rules as a typed one."""
    if kind == MarkKind.NOTE:
        return parse_mark("" if value is None else format_number(value), scale)
    return parse_mark("" if kind == MarkKind.MISSING else kind, scale)


def printable(text: str) -> str:
    """A hostile text made fit for a sentence: short, on one line, without control characters."""
    clean = " ".join(text[: _SHOWN + 1].split())
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in clean[:_SHOWN])
    return shown + "…" if len(text) > _SHOWN else shown


def _problem(text: str, scale: Decimal) -> str:
    """Why this text is not a mark on this scale, in one French sentence; empty when it is one."""
    number = _NUMBER.fullmatch(text)
    bounds = f"de 0 à {format_number(scale)}"
    if number is None:
        return f"« {printable(text)} » n’est pas une note, on attend un nombre {bounds}, ABS ou ABJ."
    if number["sign"]:
        return f"La note {printable(text)} est négative, on attend un nombre {bounds}."
    if len(number["decimals"] or "") > _MAX_DECIMALS:
        return f"La note {printable(text)} a plus de deux décimales."
    if Decimal(text.replace(",", ".")) > scale:
        return f"La note {printable(text)} est hors barème, on attend un nombre {bounds}."
    return ""
