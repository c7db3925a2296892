"""Texts as Pango shapes them and WeasyPrint writes and places them, without either: the words of a plate.

An `Ink` is a face at a size. A `Row` is a line of a layout: cells beside one another, texts in a cell under
one another; when a text has another width, the row says where each of its texts stands now.
What is copied: shaping from Pango 1.50, glyphs from `draw/text.py` and places from `layout/inline.py` of
WeasyPrint. See `cqp.compiled`, which reads both from a layout and checks that they give it back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import uharfbuzz

UNITS = 1024  # of Pango in a pixel
_ROOM = 0.01  # pixels: closer to the edge than this, whether a line wraps is WeasyPrint's to say
_LIGATED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Unfit(Exception):
    """This document must be laid out by WeasyPrint itself. Says why; never a user's mistake."""


class OtherBreak(Unfit):
    """On this plate only: its lines break elsewhere. Another plate of the same form may do."""


@dataclass
class Ink:
    """A face at a size: turns a text into the operator that shows it, and its width."""

    face: uharfbuzz.Face
    units: int  # the size, in units of Pango
    letter_spacing: float  # in pixels
    language: str
    # What its field may say, and the widths of the glyphs the file will have.
    letters: frozenset[str] = frozenset()
    widths: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.font = uharfbuzz.Font(self.face)
        self.font.scale = (self.units, self.units)
        self.size = self.units / UNITS
        self.spacing = int(self.letter_spacing * UNITS)
        self.features = {"liga": False, "clig": False, "dlig": False} if self.spacing else {}
        self._pieces: dict[tuple[int, int, bool], str] = {}

    def glyphs(self, text: str) -> tuple[Sequence[Any], Sequence[Any]]:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.language = self.language
        uharfbuzz.shape(self.font, buffer, self.features)
        return buffer.glyph_infos, buffer.glyph_positions

    def shaped(self, text: str) -> tuple[bytes, float]:
        """Return the operator and the width in pixels; raises Unfit for what the file does not hold."""
        if not self.letters.issuperset(text):
            raise Unfit(f"a letter of {text!r}")
        infos, positions = self.glyphs(text)
        last, total, written, left = len(infos) - 1, 0, ["<"], self._left()
        for rank, (info, at) in enumerate(zip(infos, positions, strict=True)):
            if at.x_offset or at.y_offset or info.codepoint not in self.widths:
                raise Unfit(f"a glyph of {text!r}")
            advance, moved = at.x_advance, bool(self.spacing and rank)
            if moved:
                advance += left
            if self.spacing and rank < last:
                advance += self.spacing - left
            total += advance
            key = (info.codepoint, advance, moved)
            piece = self._pieces.get(key)
            if piece is None:
                piece = self._pieces[key] = self._piece(*key)
            written.append(piece)
        string = "".join(written)
        string = string[:-1] if string[-1] == "<" else f"{string}>"
        return shortened(f"[{string}] TJ".encode()), total / UNITS + self.letter_spacing

    def _left(self) -> int:
        """How much of the space between two letters Pango gives to the second one."""
        half = self.spacing // 2
        return half if self.spacing % UNITS else (half + UNITS // 2) // UNITS * UNITS

    def _piece(self, glyph: int, advance: int, moved: bool) -> str:
        """One glyph in the words of WeasyPrint: offset, number, then what its width lacks."""
        offset = self._left() / self.size if moved else 0.0
        kerning = self.widths[glyph] + offset - advance * 1000 * (1 / UNITS) / self.size
        before = f">{-offset}<" if offset else ""
        return f"{before}{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")


@cache
def face_of(data: bytes, index: int) -> uharfbuzz.Face:
    return uharfbuzz.Face(data, index)


def held(face: uharfbuzz.Face, alphabet: str) -> str:
    """Keep the letters a face has as such: HarfBuzz would compose the others, Pango takes another face."""
    had = face.unicodes  # a new set each time it is asked
    return "".join(letter for letter in dict.fromkeys(alphabet) if ord(letter) in had)


@cache
def repertoire(face: uharfbuzz.Face, alphabet: str) -> dict[int, str]:
    """Which glyphs may show these letters, alone or ligated, with the text each stands for."""
    ink = Ink(face, face.upem, 0, "fr")
    pairs = [a + b for a in alphabet if a in _LIGATED for b in alphabet if b in _LIGATED]
    longer = [f"ff{letter}" for letter in "bfhijklt"] if pairs else []
    found: dict[int, str] = {}
    for text in [*alphabet, *pairs, *longer]:
        infos = ink.glyphs(text)[0]
        starts = [info.cluster for info in infos]
        for info, start, end in zip(infos, starts, [*starts[1:], len(text)], strict=True):
            found.setdefault(info.codepoint, text[start:end])
    found.pop(0, None)
    return found


@dataclass
class Text:
    """A text of a row: its field, or the width it always has; the operators WeasyPrint drew it with."""

    field: str | None
    width: float
    ink: Ink
    operators: list[bytes]

    @property
    def height(self) -> bytes:
        return self.operators[0].split()[5]


@dataclass
class Cell:
    """Texts under one another, as wide as the widest, each centred in it; `gap`: what stands before."""

    gap: float
    texts: list[Text]
    centred: bool


@dataclass
class Row:
    """Cells beside one another on one line."""

    left: float | None  # where a left aligned row starts; None: it is centred
    centre: float
    room: float
    cells: list[Cell]
    tail: float  # after the last cell
    next_starts: float | None = None  # what the first cell of the next line has around it, and a space
    next_row: "Row | None" = None

    def place(self, widths: Mapping[int, float]) -> Iterator[tuple[Text, float]]:
        """Yield each text with its abscissa, for the widths by identity of text; raises Unfit if it wraps."""
        total = self.total(widths)
        if total > self.room - _ROOM:
            raise (OtherBreak if len(self.cells) > 1 else Unfit)("a line is too long")
        if self.next_row and self.next_starts is not None:
            first = _width(self.next_row.cells[0], widths)
            if total + self.next_starts + first < self.room + _ROOM:
                raise OtherBreak("a line would take one cell more")
        x = self.centre - total / 2 if self.left is None else self.left
        for cell in self.cells:
            x, width = x + cell.gap, _width(cell, widths)
            for text in cell.texts:
                yield text, x + (width - widths[id(text)]) / 2 if cell.centred else x
            x += width

    def total(self, widths: Mapping[int, float]) -> float:
        return sum(cell.gap + _width(cell, widths) for cell in self.cells) + self.tail


def _width(cell: Cell, widths: Mapping[int, float]) -> float:
    return max(widths[id(text)] for text in cell.texts)


def shortened(drawing: bytes) -> bytes:
    """Leave out the moves of nothing WeasyPrint writes after most glyphs: a third of a drawing."""
    return drawing.replace(b">0<", b"").replace(b">0]", b">]")
