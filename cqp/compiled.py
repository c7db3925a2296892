"""One layout for many documents: what WeasyPrint drew once becomes a plate, and only what varies is drawn again.

WeasyPrint stays the one source of the layout. `engrave` lets it lay out one document, the probe, and keeps:
- the drawing operators of the page, with a slot for each text that varies or is moved by one that does;
- where these texts stand: rows of cells, centred or left aligned, read from WeasyPrint's boxes;
- every other object of the file, written once: images, fonts, structure tree.

`Plate.draw` then shapes the texts of another document with HarfBuzz, on the same faces and at Pango's scale,
moves what they move, and writes a whole file. A plate owes nothing to the words of its probe: the fonts hold
a fixed alphabet, so a document has the same bytes whichever probe engraved its plate.

A template says which elements vary by `data-field`; whatever else differs, even a longer text that takes
another class, needs another plate. **Nothing is guessed**: a text that would wrap, a letter the face lacks or
draws in an unforeseen way, a font that was replaced, raise `Unfit`, and the caller gives that document to
`cqp.pdf`. A plate that does not give back the drawing of its own probe is refused too.

This leans on the inside of one version of WeasyPrint: with another, everything is Unfit and tests fail. To
follow a new version, change WEASYPRINT, run tests/cqp/test_compiled.py and tests/juries/test_certificate_press.py:
they compare pixels. What is copied from it: how draw/text.py writes glyphs (`_Ink.shaped`), how
layout/inline.py places a line (`_Row.place`), and pydyf's object streams (`_Writer`).
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import pydyf
import uharfbuzz
import weasyprint
from weasyprint import DEFAULT_OPTIONS
from weasyprint.draw.text import draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import generate_pdf
from weasyprint.pdf.stream import Stream

from cqp.pdf import VARIANT, file_identifier, laid_out
from cqp.qr import Squares, runs_of

WEASYPRINT = "70.0"
_UNITS = 1024  # of Pango in a pixel
_ROOM = 0.01  # pixels: closer to the edge than this, whether a line wraps is WeasyPrint's to say
_EXACT = 2e-6  # the drawing is written with six decimals
_LIGATED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Unfit(Exception):
    """This document must be laid out by WeasyPrint itself. Says why; never a user's mistake."""


class OtherBreak(Unfit):
    """On this plate only: its lines break elsewhere. Another plate of the same form may do."""


@dataclass(frozen=True)
class Wording:
    """What varies from a document to the next: its title, its texts by `data-field`, its QR code."""

    title: str
    texts: Mapping[str, str]
    squares: Squares | None = None


def engrave(html: str, *, style: str, wording: Wording, alphabets: Mapping[str, str]) -> "Plate":
    """Lay out the probe and return its plate; raises Unfit. `alphabets`: the letters of each field."""
    if weasyprint.__version__ != WEASYPRINT:
        raise Unfit(f"WeasyPrint {weasyprint.__version__} is not {WEASYPRINT}")
    if any(not set(said) <= set(alphabets[name]) for name, said in wording.texts.items()):
        raise Unfit("a letter is in no alphabet")
    with laid_out(html, style=style) as document:
        if len(document.pages) != 1 or document.metadata.title != wording.title:
            raise Unfit("more than a page, or another title")
        rows = _rows_of(document, wording, alphabets)
        pdf = generate_pdf(document, None, 1, **DEFAULT_OPTIONS | {"pdf_variant": VARIANT})
        return Plate(pdf, rows, wording)


# Texts: shaped as Pango shapes them, written as WeasyPrint writes them.


@dataclass
class _Ink:
    """A face at a size: turns a text into the operator that shows it, and its width."""

    face: uharfbuzz.Face
    units: int  # the size, in units of Pango
    letter_spacing: float  # in pixels
    language: str
    widths: dict[int, int] = field(default_factory=dict)  # of the glyphs the file will have

    def __post_init__(self) -> None:
        self.font = uharfbuzz.Font(self.face)
        self.font.scale = (self.units, self.units)
        self.size = self.units / _UNITS
        self.spacing = int(self.letter_spacing * _UNITS)
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
        return _shortened(f"[{string}] TJ".encode()), total / _UNITS + self.letter_spacing

    def _left(self) -> int:
        """How much of the space between two letters Pango gives to the second one."""
        half = self.spacing // 2
        return half if self.spacing % _UNITS else (half + _UNITS // 2) // _UNITS * _UNITS

    def _piece(self, glyph: int, advance: int, moved: bool) -> str:
        """One glyph in the words of WeasyPrint: offset, number, then what its width lacks."""
        offset = self._left() / self.size if moved else 0.0
        kerning = self.widths[glyph] + offset - advance * 1000 * (1 / _UNITS) / self.size
        before = f">{-offset}<" if offset else ""
        return f"{before}{glyph:04x}" + (f">{int(kerning)}<" if kerning else "")


@cache
def _face_of(data: bytes, index: int) -> uharfbuzz.Face:
    return uharfbuzz.Face(data, index)


@cache
def _repertoire(face: uharfbuzz.Face, alphabet: str) -> dict[int, str]:
    """Which glyphs may show these letters, alone or ligated, with the text each stands for."""
    ink = _Ink(face, face.upem, 0, "fr")
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


# Rows: where texts stand, and what moves when one of them has another width.


@dataclass
class _Text:
    """A text of a row: its field, or the width it always has; the operators WeasyPrint drew it with."""

    field: str | None
    width: float
    ink: _Ink
    operators: list[bytes]

    @property
    def height(self) -> bytes:
        return self.operators[0].split()[5]


@dataclass
class _Cell:
    """Texts under one another, as wide as the widest, each centred in it; `gap`: what stands before."""

    gap: float
    texts: list[_Text]
    centred: bool


@dataclass
class _Row:
    """Cells beside one another on one line."""

    left: float | None  # where a left aligned row starts; None: it is centred
    centre: float
    room: float
    cells: list[_Cell]
    tail: float  # after the last cell
    next_starts: float | None = None  # what the first cell of the next line has around it, and a space
    next_row: "_Row | None" = None

    def place(self, widths: Mapping[int, float]) -> Iterator[tuple[_Text, float]]:
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


def _width(cell: _Cell, widths: Mapping[int, float]) -> float:
    return max(widths[id(text)] for text in cell.texts)


def _rows_of(document: Any, wording: Wording, alphabets: Mapping[str, str]) -> list[_Row]:
    """Read the rows that hold a field; the fonts of the document get the letters these fields may need."""
    reader = _Reader(document, wording.texts, alphabets)
    rows = list(reader.rows(document.pages[0]._page_box))
    if sorted(reader.found) != sorted(wording.texts):
        raise Unfit(f"fields {sorted(reader.found)}")
    reader.fill_fonts()
    return rows


class _Reader:
    """Reads WeasyPrint's boxes."""

    def __init__(self, document: Any, texts: Mapping[str, str], alphabets: Mapping[str, str]) -> None:
        self.texts, self.alphabets = texts, alphabets
        self.found: list[str] = []
        self.fonts = document.fonts
        self._letters: dict[str, tuple[uharfbuzz.Face, str, list[_Ink]]] = {}
        state: dict[str, Any] = {key: pydyf.Dictionary() for key in ("ExtGState", "XObject", "ColorSpace")}
        self._aside = Stream(
            document.fonts, (0, 0, 1, 1), state, {}, None, document.color_profiles, document.output_intent
        )

    def rows(self, box: Any) -> Iterator[_Row]:
        """Yield the rows below a box that hold a field."""
        lines, previous = [], None
        for child in (getattr(child, "_box", child) for child in getattr(box, "children", [])):
            if not isinstance(child, boxes.LineBox):
                yield from self.rows(child)
            elif any(self._field(leaf) for leaf in _leaves(child)):
                lines.append(child)
        for line in lines:
            row = self._row(box, line)
            if previous:
                previous.next_row = row
            previous = row if row.next_starts is not None else None
            yield row

    def _row(self, block: Any, line: Any) -> _Row:
        cells, x = [], line.position_x
        for part in _parts(line):
            inside = isinstance(part, boxes.InlineBlockBox)
            at, width = (part.content_box_x(), part.width) if inside else (part.position_x, part.width)
            texts = [self._text(leaf) for leaf in (_leaves(part) if inside else [part])]
            centred = inside and _alignment(part) == "center"
            cells.append(_Cell(at - x, texts, centred))
            x = at + width
        tail = line.position_x + line.width - x
        alignment = _alignment(line)
        if alignment not in ("center", "start", "left"):
            raise Unfit(f"aligned {alignment}")
        left = None if alignment == "center" else block.content_box_x()
        row = _Row(left, block.content_box_x() + block.width / 2, block.width, cells, tail)
        inline_blocks = [part for part in _parts(line) if isinstance(part, boxes.InlineBlockBox)]
        if inline_blocks:
            part, space = inline_blocks[0], self._space(block)
            row.next_starts = space + part.margin_width() - part.width
        return row

    def _space(self, block: Any) -> float:
        """The width of the space between two inline blocks."""
        spaces = [box for box in block.descendants() if isinstance(box, boxes.TextBox)]
        blank = [box.width for box in spaces if not box.text.strip() and box.width]
        return blank[0] if blank else 0.0

    def _field(self, leaf: Any) -> str | None:
        name = leaf.element.get("data-field") if leaf.element is not None else None
        return name if name in self.texts or name is None else self._unknown(name)

    def _unknown(self, name: str) -> str:
        raise Unfit(f"the field {name}")

    def _text(self, leaf: Any) -> _Text:
        """Draw a text aside, to have its operators and its font as WeasyPrint chose it."""
        self._aside.stream.clear()
        self._aside._current_font = self._aside._current_font_size = None
        draw_text(self._aside, leaf, 0, "clip", "none")
        drawn = [_shortened(pydyf._to_bytes(item)) for item in self._aside.stream]
        start = drawn.index(b"BT") + 1
        operators = drawn[start : drawn.index(b"ET")]
        if [one.split()[-1] for one in operators] != [b"Tm", b"Tf", b"TJ"]:
            raise Unfit(f"{leaf.text!r} takes several fonts")
        name = self._field(leaf)
        ink = self._ink(leaf, operators[1], name)
        if name:
            if leaf.text != self.texts[name]:
                raise Unfit(f"{name} reads {leaf.text!r}")
            self.found.append(name)
        return _Text(name, leaf.width, ink, operators)

    def _ink(self, leaf: Any, operator: bytes, name: str | None) -> _Ink:
        """The face of a text; the letters of its field join those the file will have."""
        key = operator.split()[0].decode()[1:]
        font = next(one for one in self.fonts.values() if one.hash == key)
        face = _face_of(font.file_content, font.index)
        spacing = leaf.style["letter_spacing"]
        units = round(float(operator.split()[1]) * _UNITS)
        ink = _Ink(face, units, 0 if spacing == "normal" else spacing, leaf.style["lang"])
        if name:
            _face, letters, inks = self._letters.get(key, (face, "", []))
            self._letters[key] = (face, letters + self.alphabets[name], [*inks, ink])
        return ink

    def fill_fonts(self) -> None:
        """Make the file hold every letter of the fields, whatever the probe says."""
        for font in self.fonts.values():
            font.to_unicode.clear()
            font.widths.clear()
            if font.hash in self._letters:
                face, letters, inks = self._letters[font.hash]
                alphabet = "".join(dict.fromkeys(letters))
                advances = uharfbuzz.Font(face)
                font.to_unicode.update(_repertoire(face, alphabet))
                for glyph in font.to_unicode:
                    font.widths[glyph] = round(advances.get_glyph_h_advance(glyph) * 1000 / face.upem)
                for ink in inks:
                    ink.widths = dict(font.widths)


def _parts(line: Any) -> Iterator[Any]:
    """Yield what stands on a line: its texts, and its inline blocks as a whole; no blank."""
    for child in line.children:
        if isinstance(child, boxes.TextBox):
            if child.text.strip():
                yield child
        elif isinstance(child, boxes.InlineBlockBox):
            yield child
        elif isinstance(child, boxes.InlineBox):
            yield from _parts(child)
        else:
            raise Unfit(f"a {type(child).__name__} on a line")


def _leaves(box: Any) -> list[Any]:
    return [one for one in box.descendants() if isinstance(one, boxes.TextBox) and one.text.strip()]


def _alignment(box: Any) -> str:
    return str(box.style["text_align_all"])


# The plate: the drawing with its slots, and the file around it.


class Plate:
    """A layout ready for any number of documents of the same form."""

    def __init__(self, pdf: pydyf.PDF, rows: list[_Row], wording: Wording) -> None:
        """Take what WeasyPrint drew; raises Unfit when the plate cannot give it back."""
        self._rows = rows
        self._texts = [text for row in rows for cell in row.cells for text in cell.texts]
        page = next(one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == "/Page")
        stream = next(one for one in pdf.objects if one.reference == page["Contents"])
        theirs = _shortened(b"\n".join(pydyf._to_bytes(item) for item in stream.stream))
        if wording.squares:
            theirs = _with_rectangles(theirs, wording.squares)
        self._pieces = self._cut(theirs, wording.squares)
        if not _agree(self.drawing(wording), theirs):
            raise Unfit("the plate does not draw its own probe")
        self._file = _Writer(pdf, stream, wording)

    def draw(self, wording: Wording, *, identifier: str) -> bytes:
        """Return the file of another document; raises Unfit."""
        return self._file.write(self.drawing(wording), wording, identifier)

    def drawing(self, wording: Wording) -> bytes:
        """Return the operators of the page; raises Unfit."""
        shown: dict[int, bytes] = {}
        widths: dict[int, float] = {}
        for text in self._texts:
            if text.field is None:
                shown[id(text)], widths[id(text)] = text.operators[2], text.width
            else:
                said = wording.texts[text.field]
                if not said or said != " ".join(said.split(" ")) or said.strip() != said or "  " in said:
                    raise Unfit(f"the spaces of {said!r}")
                shown[id(text)], widths[id(text)] = text.ink.shaped(said)
        slots: dict[int, bytes] = {}
        for row in self._rows:
            for text, x in row.place(widths):
                at = b"1 0 0 -1 %b %b Tm" % (_number(x), text.height)
                slots[id(text)] = b"\n".join((at, text.operators[1], shown[id(text)]))
        if wording.squares:
            slots[0] = _squares_drawn(wording.squares)
        return b"".join(slots[one] if isinstance(one, int) else one for one in self._pieces)

    def _cut(self, theirs: bytes, squares: Squares | None) -> list[bytes | int]:
        """Cut the drawing at each slot; every one is there exactly once."""
        sought = {id(text): b"\n".join(text.operators) for text in self._texts}
        if squares:
            sought[0] = _squares_drawn(squares)
        for drawn in sought.values():
            if theirs.count(drawn) != 1:
                raise Unfit("a text is not drawn once")
        pieces: list[bytes | int] = []
        start = 0
        for slot in sorted(sought, key=lambda one: theirs.index(sought[one])):
            at = theirs.index(sought[slot])
            pieces += [theirs[start:at], slot]
            start = at + len(sought[slot])
        return [*pieces, theirs[start:]]


class _Writer:
    """Writes files that differ by their drawing, title, bookmarks and identifier only."""

    def __init__(self, pdf: pydyf.PDF, stream: Any, wording: Wording) -> None:
        self._page = stream.number
        pdf.add_object(pdf.info)
        metadata = next(one for one in pdf.objects if one.reference == pdf.catalog["Metadata"])
        self._metadata = metadata.number
        self._xmp = b"\n".join(metadata.stream).split(escape(wording.title).encode())
        self._named: list[tuple[int, str | None, list[bytes]]] = []
        for one in pdf.objects:
            named = _named_by(one, wording)
            if named is not None:
                self._named.append((one.number, named[0], named[1]))
        if len(self._xmp) != 2 or not any(number == pdf.info.number for number, _, _ in self._named):
            raise Unfit("the title is not where it was")
        self._lay_down(pdf)

    def _lay_down(self, pdf: pydyf.PDF) -> None:
        """Write once what never varies: the streams, and the other objects in one stream."""
        varying = {self._page, self._metadata, *(number for number, _, _ in self._named)}
        fixed = [one for one in pdf.objects if one.number not in varying and one.free != "f"]
        head, places = bytearray(b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"), {0: (0, 0, 65535)}
        plain = [one for one in fixed if one.compressible]
        for one in fixed:
            if not one.compressible:
                places[one.number] = (1, len(head), 0)
                head += one.indirect + b"\n"
        container = len(pdf.objects)
        bodies, index, at = [], [], 0
        for rank, one in enumerate(plain):
            places[one.number] = (2, container, rank)
            bodies.append(one.data)
            index += [one.number, at]
            at += len(bodies[-1]) + 1
        numbers = " ".join(map(str, index)).encode()
        extra = {"Type": "/ObjStm", "N": len(plain), "First": len(numbers) + 1}
        packed = pydyf.Stream([numbers, *bodies], extra, compress=True)
        packed.number = container
        places[container] = (1, len(head), 0)
        self._head = bytes(head) + packed.indirect + b"\n"
        self._table = container + 1
        self._places = bytearray().join(
            struct.pack(">BIH", *places.get(number, (1, 0, 0))) for number in range(self._table + 1)
        )
        roots = b"/Root %b /Info %b" % (pdf.catalog.reference, pdf.info.reference)
        self._trailer = b"/Type /XRef /W [1 4 2] /Size %d %b" % (self._table + 1, roots)

    def write(self, drawing: bytes, wording: Wording, identifier: str) -> bytes:
        """Return the whole file."""
        xmp = escape(wording.title).encode().join(self._xmp)
        bodies = [
            (self._page, _stream(b"/Filter /FlateDecode", zlib.compress(drawing, 6))),
            (self._metadata, _stream(b"/Type /Metadata /Subtype /XML", xmp)),
        ]
        for number, name, around in self._named:
            said = wording.title if name is None else wording.texts[name]
            bodies.append((number, pydyf.String(said).data.join(around)))
        places, out, at = bytearray(self._places), [self._head], len(self._head)
        for number, body in bodies:
            struct.pack_into(">BIH", places, number * 7, 1, at, 0)
            out.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
            at += len(out[-1])
        struct.pack_into(">BIH", places, self._table * 7, 1, at, 0)
        name = pydyf.String(file_identifier(identifier)).data
        table = _stream(b"%b /ID [%b %b]" % (self._trailer, name, name), bytes(places))
        out.append(b"%d 0 obj\n%b\nendobj\nstartxref\n%d\n%%%%EOF\n" % (self._table, table, at))
        return b"".join(out)


def _stream(extra: bytes, body: bytes) -> bytes:
    return b"<<%b /Length %d>>\nstream\n%b\nendstream" % (extra, len(body), body)


def _named_by(one: Any, wording: Wording) -> tuple[str | None, list[bytes]] | None:
    """Say which text names an object, and what is written around it; None for an object no text names."""
    title = one.get("Title") if isinstance(one, dict) else None
    if title is None:
        return None
    names = {wording.title: None} | {said: name for name, said in wording.texts.items()}
    if title.string not in names:
        return None
    around = one.data.split(title.data)
    if len(around) != 2:
        raise Unfit("a title is written twice")
    return names[title.string], around


def _shortened(drawing: bytes) -> bytes:
    """Leave out the moves of nothing WeasyPrint writes after most glyphs: a third of a drawing."""
    return drawing.replace(b">0<", b"").replace(b">0]", b">]")


def _squares_drawn(squares: Squares) -> bytes:
    return b"\n".join(b"%d %d %d 1 re" % (start, y, end - start) for y, start, end in runs_of(squares))


def _with_rectangles(theirs: bytes, squares: Squares) -> bytes:
    """Write the QR code with rectangles, which by definition are the paths WeasyPrint makes of it."""
    paths = b"\n".join(
        b"%d %d m\n%d %d l\n%d %d l\n%d %d l\nh" % (start, y, end, y, end, y + 1, start, y + 1)
        for y, start, end in runs_of(squares)
    )
    if theirs.count(paths) != 1:
        raise Unfit("the QR code is not drawn once")
    return theirs.replace(paths, _squares_drawn(squares))


def _number(value: float) -> bytes:
    return pydyf._to_bytes(value)  # type: ignore[no-any-return]


_NUMBER = re.compile(rb"-?\d+\.?\d*|-?\.\d+")


def _agree(ours: bytes, theirs: bytes) -> bool:
    """Say whether two drawings are the same, but for the last decimal of a number."""
    if ours == theirs:
        return True
    if _NUMBER.sub(b"#", ours) != _NUMBER.sub(b"#", theirs):
        return False
    pairs = zip(_NUMBER.findall(ours), _NUMBER.findall(theirs), strict=True)
    return all(one == other or abs(float(one) - float(other)) <= _EXACT for one, other in pairs)
