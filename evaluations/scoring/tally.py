"""What one mark is worth in one block: the line of a candidate's results."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import TypeVar

from evaluations.scoring import reasons
from evaluations.scoring.marks import MISSING, MarkKind, ParsedMark
from evaluations.scoring.numbers import EXACT, format_number, plain_number, signed_number
from evaluations.scoring.reasons import Reason
from evaluations.scoring.scheme import Block
from evaluations.scoring.table import Cell

_NOTHING = Decimal(0)


class LineState(IntEnum):
    """From harmless to most serious: the worst line of a candidate commands the verdict."""

    COUNTED = 0
    ELIMINATORY = 1
    MISSING = 2
    DEFERRED = 3
    INVALID = 4


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block of one candidate: the mark that counts, its weighted points, what is to be said of it.

    `added` is what the national jury adds to the mark, which itself stays as the evaluator gave it.
    """

    block: Block
    first: ParsedMark
    retake: ParsedMark
    retake_used: bool
    state: LineState
    weighted: Decimal | None
    findings: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    added: Decimal = _NOTHING

    @property
    def mark(self) -> ParsedMark:
        """The mark that counts: the first, or the retake that replaces it."""
        return self.retake if self.retake_used else self.first

    @property
    def counted(self) -> Decimal | None:
        """What the block counts for before its coefficient, points of the jury included; None without."""
        return _counted(self.block, self.mark, self.added)

    @property
    def eliminatory(self) -> bool:
        return self.state is LineState.ELIMINATORY

    @property
    def distance(self) -> Decimal | None:
        """What counts minus the threshold, signed; None without threshold or without a mark that counts."""
        if self.block.threshold is None or self.weighted is None or self.counted is None:
            return None
        return self.counted - self.block.threshold.value

    @property
    def cell(self) -> Cell:
        """The mark in a table of candidates, its distance to the threshold under it."""
        asides = []
        if self.added and self.counted is not None:
            asides.append(f"{signed_number(self.added)} du jury : {format_number(self.counted)}")
        if self.distance is not None:
            asides.append(signed_number(self.distance))
        if self.retake_used:
            asides.append(f"rattrapage, {self.first.shown} d’abord")
        if self.eliminatory:
            return Cell(self.mark.shown, "bad", "éliminatoire", tuple(asides))
        if not self.mark.shown:
            return Cell("manque", "missing")
        return Cell(self.mark.shown, asides=tuple(asides))

    def to_data(self) -> dict[str, object]:
        """Plain values, numbers as exact strings: what a proclamation freezes."""
        block = self.block
        return {
            "code": block.code,
            "label": block.label,
            "mark": self.mark.shown,
            "first_mark": self.first.shown,
            "retake_mark": self.retake.shown,
            "retake_used": self.retake_used,
            **self._jury_data(),
            "scale": plain_number(block.mark_max),
            "coefficient": plain_number(block.coefficient),
            "weighted": None if self.weighted is None else plain_number(self.weighted),
            "weighted_max": plain_number(block.weighted_max),
            "threshold": block.threshold_text,
            "eliminatory": self.eliminatory,
            "distance": None if self.distance is None else plain_number(self.distance),
        }

    def _jury_data(self) -> dict[str, object]:
        """Nothing where the jury added nothing: a file says of itself what it needs."""
        if not self.added or self.counted is None:
            return {}
        return {"jury_points": plain_number(self.added), "counted": plain_number(self.counted)}


_STATES = {
    MarkKind.INVALID: LineState.INVALID,
    MarkKind.ABJ: LineState.DEFERRED,
    MarkKind.MISSING: LineState.MISSING,
}


def weigh(
    block: Block, first: ParsedMark, retake: ParsedMark = MISSING, added: Decimal = _NOTHING
) -> BlockLine:
    """The line of this block; `added` are the points of the national jury, on the block's scale.

    A retake counts only after an eliminatory first mark, and replaces it (R7, A6). An unjustified absence is
    worth 0, so it may be eliminatory and open the retake; at the retake it is worth 0 again. A justified
    absence or an unreadable first mark opens nothing. A retake that cannot count is ignored and noted, but an
    unreadable one is invalid even then: bad input is never passed over.

    Points go to a mark, never to an absence, and never above the scale; a retake stays open as it was.
    """
    if not block.retake and not retake.is_missing:
        raise ValueError(f"{block.code} ne prévoit pas de rattrapage")
    used = not retake.is_missing and _eliminates(block, first)
    mark = retake if used else first
    counted = _counted(block, mark, added)
    state = _state(block, mark, counted)
    if retake.kind is MarkKind.INVALID:
        state = LineState.INVALID
    weighted = None
    if state <= LineState.ELIMINATORY and counted is not None:
        weighted = EXACT.multiply(counted, block.coefficient)
    return BlockLine(
        block=block,
        first=first,
        retake=retake,
        retake_used=used,
        state=state,
        weighted=weighted,
        findings=_findings(block, first, retake, state, used, counted),
        notes=_notes(block, first, retake, used, added, counted) if state is not LineState.INVALID else (),
        added=added if mark.value is not None else _NOTHING,
    )


def _counted(block: Block, mark: ParsedMark, added: Decimal) -> Decimal | None:
    """A mark and the jury's points, within the scale; an absence stays one."""
    if not added or mark.value is None:
        return mark.points
    return min(EXACT.add(mark.value, added), block.mark_max)


def _eliminates(block: Block, mark: ParsedMark) -> bool:
    return _below(block, mark.points)


def _below(block: Block, points: Decimal | None) -> bool:
    return block.threshold is not None and points is not None and block.threshold.eliminates(points)


def _state(block: Block, mark: ParsedMark, counted: Decimal | None) -> LineState:
    if _below(block, counted):
        return LineState.ELIMINATORY
    return _STATES.get(mark.kind, LineState.COUNTED)


def _findings(
    block: Block,
    first: ParsedMark,
    retake: ParsedMark,
    state: LineState,
    used: bool,
    counted: Decimal | None,
) -> tuple[Reason, ...]:
    mark = retake if used else first
    match state:
        case LineState.INVALID:
            texts = (
                (block.code, block.label, first),
                (block.retake_code, f"{block.label}, rattrapage", retake),
            )
            return tuple(reasons.invalid(about, label, m.problem) for about, label, m in texts if m.problem)
        case LineState.DEFERRED:
            return (reasons.deferred(block, retake=used),)
        case LineState.MISSING:
            return (reasons.missing(block),)
        case LineState.ELIMINATORY if block.threshold is not None and counted is not None:
            absent = mark.kind is MarkKind.ABS
            return (reasons.eliminatory(block, block.threshold, counted, absent=absent),)
    return ()


def _notes(
    block: Block,
    first: ParsedMark,
    retake: ParsedMark,
    used: bool,
    added: Decimal,
    counted: Decimal | None,
) -> tuple[Reason, ...]:
    notes = []
    if used:
        notes.append(reasons.retake_replaces(block, first.shown, retake.shown))
    elif not retake.is_missing:
        notes.append(reasons.retake_ignored(block, first.shown, retake.shown))
    if (retake if used else first).kind is MarkKind.ABS:
        notes.append(reasons.absent_counts_zero(block))
    mark = retake if used else first
    if added and mark.value is not None and counted is not None:
        notes.append(reasons.jury_points(block, mark.value, added, counted))
    return tuple(notes)


Raw = TypeVar("Raw", bound=Hashable)


class LineTable(dict[Raw, BlockLine]):
    """The lines of one block by raw mark, worked out once each: a scale has few values, a session many marks.

    `read` turns a raw mark (a typed text, a stored pair…) into a ParsedMark. Bounded, so that a hostile file
    of ever different texts cannot fill the memory.
    """

    _MOST = 20_000

    def __init__(self, block: Block, read: Callable[[Raw, Decimal], ParsedMark]) -> None:
        super().__init__()
        self.block = block
        self.read = read

    def __missing__(self, raw: Raw) -> BlockLine:
        line = weigh(self.block, self.read(raw, self.block.mark_max))
        if len(self) < self._MOST:
            self[raw] = line
        return line

    def with_retake(self, raw: Raw, raw_retake: Raw) -> BlockLine:
        """The line of a first mark and its retake."""
        scale = self.block.mark_max
        return weigh(self.block, self.read(raw, scale), self.read(raw_retake, scale))

    @staticmethod
    def with_points(line: BlockLine, added: Decimal) -> BlockLine:
        """The same line with the jury's points."""
        return weigh(line.block, line.first, line.retake, added)
