"""Several tests of one continuous assessment, and the mark they make (reading A28)."""

from collections.abc import Sequence
from decimal import Decimal

from evaluations.scoring.marks import MISSING, MarkKind, ParsedMark


def mean_mark(tests: Sequence[ParsedMark]) -> ParsedMark:
    """The mark of a block from its tests, all on the block's own scale.

    The mean of what counts, quantised once, half up, to two decimals. An unjustified absence counts 0 (A5);
    a justified one leaves its test out, and the whole mark is ABJ when no test is left. Missing while one of
    them is not entered, or when there is none. Raises ValueError for an unreadable test: never averaged.
    """
    if any(test.kind is MarkKind.INVALID for test in tests):
        raise ValueError("Une note de contrôle est illisible")
    if not tests or any(test.is_missing for test in tests):
        return MISSING
    points = [test.points for test in tests if test.points is not None]
    if not points:
        return ParsedMark(MarkKind.ABJ, text=MarkKind.ABJ.value)
    if all(test.kind is MarkKind.ABS for test in tests if test.points is not None):
        return ParsedMark(MarkKind.ABS, text=MarkKind.ABS.value)
    total, count = int(sum(points, Decimal(0)).scaleb(2)), len(points)
    half_up = (2 * total + count) // (2 * count)
    return ParsedMark(MarkKind.NOTE, Decimal(half_up).scaleb(-2))
