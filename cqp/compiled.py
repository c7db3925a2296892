"""One layout for many documents: what WeasyPrint drew once is a plate; only what varies is drawn again.

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

The rest of the trade is in `cqp.typeset` (texts shaped and placed) and `cqp.plate_file` (the file around).

This leans on the inside of one version of WeasyPrint: with another, everything is Unfit and tests fail. To
follow a new version, change WEASYPRINT and run tests/cqp/test_compiled.py and
tests/juries/test_certificate_press.py: they compare pixels.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pydyf
import uharfbuzz
import weasyprint
from weasyprint import DEFAULT_OPTIONS
from weasyprint.draw.text import draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import VARIANTS, generate_pdf
from weasyprint.pdf.stream import Stream

from cqp.pdf import VARIANT, laid_out
from cqp.plate_file import PlateFile, Wording
from cqp.qr import Squares, runs_of
from cqp.typeset import UNITS, Cell, Ink, Row, Text, Unfit, face_of, held, repertoire, shortened

WEASYPRINT = "70.0"
_EXACT = 2e-6  # the drawing is written with six decimals


def engrave(
    html: str,
    *,
    style: str,
    wording: Wording,
    alphabets: Mapping[str, str],
    logos: Mapping[str, bytes] | None = None,
) -> "Plate":
    """Lay out the probe and return its plate; raises Unfit. `alphabets`: the letters of each field."""
    if weasyprint.__version__ != WEASYPRINT:
        raise Unfit(f"WeasyPrint {weasyprint.__version__} is not {WEASYPRINT}")
    if any(not set(said) <= set(alphabets[name]) for name, said in wording.texts.items()):
        raise Unfit("a letter is in no alphabet")
    with laid_out(html, style=style, logos=logos) as document:
        if len(document.pages) != 1 or document.metadata.title != wording.title:
            raise Unfit("more than a page, or another title")
        rows = _rows_of(document, wording, alphabets)
        options = DEFAULT_OPTIONS | VARIANTS[VARIANT][1] | {"pdf_variant": VARIANT}
        pdf = generate_pdf(document, None, 1, **options)
        return Plate(pdf, rows, wording)


def _rows_of(document: Any, wording: Wording, alphabets: Mapping[str, str]) -> list[Row]:
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
        self._letters: dict[str, tuple[uharfbuzz.Face, str, list[Ink]]] = {}
        state: dict[str, Any] = {key: pydyf.Dictionary() for key in ("ExtGState", "XObject", "ColorSpace")}
        self._aside = Stream(
            document.fonts, (0, 0, 1, 1), state, {}, None, document.color_profiles, document.output_intent
        )

    def rows(self, box: Any) -> Iterator[Row]:
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

    def _row(self, block: Any, line: Any) -> Row:
        cells, x = [], line.position_x
        for part in _parts(line):
            inside = isinstance(part, boxes.InlineBlockBox)
            at, width = (part.content_box_x(), part.width) if inside else (part.position_x, part.width)
            texts = [self._text(leaf) for leaf in (_leaves(part) if inside else [part])]
            centred = inside and _alignment(part) == "center"
            cells.append(Cell(at - x, texts, centred))
            x = at + width
        tail = line.position_x + line.width - x
        alignment = _alignment(line)
        if alignment not in ("center", "start", "left"):
            raise Unfit(f"aligned {alignment}")
        left = None if alignment == "center" else block.content_box_x()
        row = Row(left, block.content_box_x() + block.width / 2, block.width, cells, tail)
        inline_blocks = [part for part in _parts(line) if isinstance(part, boxes.InlineBlockBox)]
        if inline_blocks:
            row.next_starts = _space(block) + inline_blocks[0].margin_width() - inline_blocks[0].width
        return row

    def _field(self, leaf: Any) -> str | None:
        name = leaf.element.get("data-field") if leaf.element is not None else None
        return name if name in self.texts or name is None else self._unknown(name)

    def _unknown(self, name: str) -> str:
        raise Unfit(f"the field {name}")

    def _text(self, leaf: Any) -> Text:
        """Draw a text aside, to have its operators and its font as WeasyPrint chose it."""
        self._aside.stream.clear()
        self._aside._current_font = self._aside._current_font_size = None
        draw_text(self._aside, leaf, 0, "clip", "none")
        drawn = [shortened(pydyf._to_bytes(item)) for item in self._aside.stream]
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
        return Text(name, leaf.width, ink, operators)

    def _ink(self, leaf: Any, operator: bytes, name: str | None) -> Ink:
        """The face of a text; the letters of its field join those the file will have."""
        key = operator.split()[0].decode()[1:]
        font = next(one for one in self.fonts.values() if one.hash == key)
        face = face_of(font.file_content, font.index)
        spacing = leaf.style["letter_spacing"]
        units = round(float(operator.split()[1]) * UNITS)
        ink = Ink(face, units, 0 if spacing == "normal" else spacing, leaf.style["lang"])
        if name:
            ink.letters = frozenset(held(face, self.alphabets[name]))
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
                advances = uharfbuzz.Font(face)
                font.to_unicode.update(repertoire(face, held(face, letters)))
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


def _space(block: Any) -> float:
    """The width of the space between two inline blocks; at the end of a line it has none."""
    texts = [box for box in block.descendants() if isinstance(box, boxes.TextBox)]
    found = [box.width for box in texts if box.width and not box.text.strip()]
    if not found:
        raise Unfit("each inline block has its own line")
    return float(found[0])


def _alignment(box: Any) -> str:
    return str(box.style["text_align_all"])


# The plate: the drawing with its slots, and the file around it.


class Plate:
    """A layout ready for any number of documents of the same form."""

    def __init__(self, pdf: pydyf.PDF, rows: list[Row], wording: Wording) -> None:
        """Take what WeasyPrint drew; raises Unfit when the plate cannot give it back."""
        self._rows = rows
        self._texts = [text for row in rows for cell in row.cells for text in cell.texts]
        page = next(one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == "/Page")
        stream = next(one for one in pdf.objects if one.reference == page["Contents"])
        theirs = shortened(b"\n".join(pydyf._to_bytes(item) for item in stream.stream))
        if wording.squares:
            theirs = _with_rectangles(theirs, wording.squares)
        self._pieces = self._cut(theirs, wording.squares)
        if not _agree(self.drawing(wording), theirs):
            raise Unfit("the plate does not draw its own probe")
        self._file = PlateFile(pdf, stream, wording)

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
                if said != said.strip() or "  " in said or not said:
                    raise Unfit(f"the spaces of {said!r}")
                shown[id(text)], widths[id(text)] = text.ink.shaped(said)
        slots: dict[int, bytes] = {}
        for row in self._rows:
            for text, x in row.place(widths):
                at = b"1 0 0 -1 %b %b Tm" % (pydyf._to_bytes(x), text.height)
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


_NUMBER = re.compile(rb"-?\d+\.?\d*|-?\.\d+")


def _agree(ours: bytes, theirs: bytes) -> bool:
    """Say whether two drawings are the same, but for the last decimal of a number."""
    if ours == theirs:
        return True
    if _NUMBER.sub(b"#", ours) != _NUMBER.sub(b"#", theirs):
        return False
    pairs = zip(_NUMBER.findall(ours), _NUMBER.findall(theirs), strict=True)
    return all(one == other or abs(float(one) - float(other)) <= _EXACT for one, other in pairs)
