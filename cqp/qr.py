"""The QR code a document carries: which squares are dark for a text, always the same ones.

The correction level and the mask are fixed and the size follows from the length, where an encoder would
otherwise choose: so the code of a text never changes, and codes of one length are an affine function of
their bits. Flipping one bit of the text flips the same squares whatever the rest says, which lets
`QrFamily` draw a code in a hundredth of the time, by exclusive-or.
"""

import re
from collections.abc import Iterator
from functools import cache

import segno

LEVEL = (
    "m"  # a quarter of the squares may be torn, stained or folded at level q; 15 % at m is plenty on paper
)
MASK = 3

# The squares of a code: its side, and the squares read line by line as the bits of one number.
Squares = tuple[int, int]
_DARK = re.compile("1+")


def squares_of(text: str) -> Squares:
    """Return the code of a text."""
    code = segno.make_qr(text, error=LEVEL, mask=MASK, mode="byte", encoding="latin1", boost_error=False)
    rows = ["".join("1" if square else "0" for square in row) for row in code.matrix]
    return len(rows), int("".join(rows), 2)


def runs_of(squares: Squares) -> Iterator[tuple[int, int, int]]:
    """Yield each run of dark squares: line, first column, column after the last."""
    side, bits = squares
    written = f"{bits:0{side * side}b}"
    for y in range(side):
        for run in _DARK.finditer(written[y * side : (y + 1) * side]):
            yield y, run.start(), run.end()


def paths_of(text: str) -> dict[str, object]:
    """Return what a template needs to draw the code of a text: its side, and a path of SVG for each run."""
    squares = squares_of(text)
    paths = [f"M{start} {y}H{end}V{y + 1}H{start}Z" for y, start, end in runs_of(squares)]
    return {"side": squares[0], "paths": paths}


class QrFamily:
    """The codes of all texts of one length that begin alike."""

    def __init__(self, like: str) -> None:
        """Take one text of the family; the others are compared with it."""
        self._like = like.encode("latin1")
        self.side, self._bits = squares_of(like)
        self._flips = cache(self._flips_of)

    def squares_of(self, text: str) -> Squares:
        """Return the same as the function of that name; ValueError for a text of another length."""
        bits = self._bits
        for place, (old, new) in enumerate(zip(self._like, text.encode("latin1"), strict=True)):
            if old != new:
                bits ^= self._flips(place, old ^ new)
        return self.side, bits

    def _flips_of(self, place: int, difference: int) -> int:
        """Which squares change when the byte at that place changes by these bits."""
        changed = bytearray(self._like)
        changed[place] ^= difference
        return self._bits ^ squares_of(changed.decode("latin1"))[1]
