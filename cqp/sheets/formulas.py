"""What the library that reads workbooks does not tell: which cells are computed, and which have no value.

Runs in the reading process (cqp.sheets.workbook) only, and imports as little: it opens the few parts it
needs by itself, because `zipfile` would double the time that process takes to start. Every part is unpacked
up to a limit, and one that declares a document type (where entities, and what they blow up into, are written)
is refused.
"""

from __future__ import annotations

import zlib
from xml.parsers.expat import ParserCreate

TYPE_CHECKING = False  # true for the type checker, without importing `typing`
if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_PART = 20 * 1024 * 1024

_END, _ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_STORED, _DEFLATED = 0, 8
_ERRORS = ("#", "Err:")


class Marks:
    """The lines of one sheet, by their numbers in the file, that hold..."""

    def __init__(self) -> None:
        self.computed: set[int] = set()  # ...a formula and its value
        self.broken: set[int] = set()  # ...an error, or a formula nobody computed
        self.merged: set[int] = set()  # ...merged cells (OpenDocument only)


def marks_of(content: bytes, sheet: int, last: int) -> Marks | None:
    """The marks of the sheet of this rank, up to a line; None for a format that does not show its formulas.

    Raises ValueError (or the parser's error) for an archive that is not what it says.
    """
    parts = _parts(content)
    if "content.xml" in parts:
        return _OpenDocument(sheet, last).read(_part(content, parts, "content.xml"))
    if "xl/workbook.xml" not in parts:
        return None
    book, links = _Book(), _Links()
    book.read(_part(content, parts, "xl/workbook.xml"))
    links.read(_part(content, parts, "xl/_rels/workbook.xml.rels"))
    target = links.targets[book.links[sheet]]
    return _Excel(last).read(_part(content, parts, target))


# --- The archive ---


def _number(content: bytes, place: int, size: int) -> int:
    return int.from_bytes(content[place : place + size], "little")


def _parts(content: bytes) -> dict[str, tuple[int, int, int]]:
    """Name -> how it is packed, where, and how long, of every part the archive lists."""
    parts: dict[str, tuple[int, int, int]] = {}
    end = content.rfind(_END)
    place = _number(content, end + 16, 4)
    for _ in range(_number(content, end + 10, 2)):
        if content[place : place + 4] != _ENTRY:
            raise ValueError("the archive does not list its parts")
        name_end = place + 46 + _number(content, place + 28, 2)
        name = content[place + 46 : name_end].decode("utf-8", "replace").replace("\\", "/").lower()
        packed = (_number(content, place + 10, 2), _number(content, place + 42, 4))
        parts[name] = (*packed, _number(content, place + 20, 4))
        place = name_end + _number(content, place + 30, 2) + _number(content, place + 32, 2)
    return parts


def _part(content: bytes, parts: Mapping[str, tuple[int, int, int]], name: str) -> bytes:
    method, place, size = parts[name]
    start = place + 30 + _number(content, place + 26, 2) + _number(content, place + 28, 2)
    packed = content[start : start + size]
    if method == _STORED:
        return packed
    if method != _DEFLATED:
        raise ValueError("packed in an unknown way")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    part = unpacker.decompress(packed, MAX_PART)
    if unpacker.unconsumed_tail:
        raise ValueError("too big once unpacked")
    return part


# --- The parts ---


class _Part:
    """One XML part, told element by element; names come without their space, which writers choose freely."""

    def opened(self, name: str, values: Mapping[str, str]) -> None: ...

    def closed(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...

    def parse(self, part: bytes) -> None:
        parser = ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.ordered_attributes = True
        parser.StartDoctypeDeclHandler = _refuse_document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self.text
        parser.Parse(part, True)

    def _start(self, name: str, pairs: list[str]) -> None:
        values: dict[str, str] = {}
        for place in range(0, len(pairs), 2):
            key, value = pairs[place].rpartition(" ")[2], pairs[place + 1]
            # LibreOffice gives the type twice, the second time in its own space: an error wins.
            if values.get(key) != "error":
                values[key] = value
        self.opened(name.rpartition(" ")[2], values)

    def _end(self, name: str) -> None:
        self.closed(name.rpartition(" ")[2])


def _refuse_document_type(*_: object) -> None:
    raise ValueError("a workbook declares no document type")


class _Book(_Part):
    """The sheets of an Excel workbook, in order, by the link that leads to each."""

    def __init__(self) -> None:
        self.links: list[str] = []

    def read(self, part: bytes) -> None:
        self.parse(part)

    def opened(self, name: str, values: Mapping[str, str]) -> None:
        if name == "sheet":
            self.links.append(values["id"])


class _Links(_Part):
    """Where each link of an Excel workbook leads."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def read(self, part: bytes) -> None:
        self.parse(part)

    def opened(self, name: str, values: Mapping[str, str]) -> None:
        if name == "Relationship":
            target = values["Target"].lower()
            absolute = target.startswith(("/", "xl/"))
            self.targets[values["Id"]] = target.lstrip("/") if absolute else f"xl/{target}"


class _Excel(_Part):
    """One sheet of an Excel workbook: `c` holds a formula `f` and a value `v`, of a type `t`."""

    def __init__(self, last: int) -> None:
        self.marks = Marks()
        self.last = last
        self.row = 0
        self.kind = ""
        self.formula = self.in_value = self.value = False

    def read(self, part: bytes) -> Marks:
        self.parse(part)
        return self.marks

    def opened(self, name: str, values: Mapping[str, str]) -> None:
        if name == "row":
            self.row = int(values.get("r", self.row + 1))
        elif name == "c":
            self.kind = values.get("t", "")
            self.formula = self.value = False
        elif name == "f":
            self.formula = True
        self.in_value = name == "v"

    def text(self, text: str) -> None:
        self.value = self.value or (self.in_value and bool(text.strip()))

    def closed(self, name: str) -> None:
        self.in_value = False
        if name != "c" or self.row > self.last:
            return
        # A formula that gives an empty text says so ("str"); without a value, nobody ever computed it.
        if self.kind == "e" or (self.formula and not self.value and self.kind != "str"):
            self.marks.broken.add(self.row)
        elif self.formula:
            self.marks.computed.add(self.row)


class _OpenDocument(_Part):
    """One table of an OpenDocument: a row, like a cell, stands for as many as it says it is repeated."""

    def __init__(self, sheet: int, last: int) -> None:
        self.marks = Marks()
        self.sheet, self.last = sheet, last
        self.rank, self.depth, self.row, self.repeated = -1, 0, 1, 1
        self.formula, self.written, self.kind, self.shown = False, False, "", ""
        self.found: set[str] = set()

    def read(self, part: bytes) -> Marks:
        self.parse(part)
        return self.marks

    def opened(self, name: str, values: Mapping[str, str]) -> None:
        if name == "table":
            self.rank += self.depth == 0
            self.depth += 1
        if self.rank != self.sheet:
            return
        if name == "table-row":
            self.repeated = int(values.get("number-rows-repeated", 1))
            self.found = set()
        elif name == "table-cell":
            self.formula, self.written = "formula" in values, False
            self.kind, self.shown = values.get("value-type", ""), ""
            spans = (values.get("number-columns-spanned", "1"), values.get("number-rows-spanned", "1"))
            if spans != ("1", "1"):
                self.found.add("merged")
        elif name == "p":
            self.written = True

    def text(self, text: str) -> None:
        if self.formula and len(self.shown) < 10:
            self.shown += text.lstrip()

    def closed(self, name: str) -> None:
        if name == "table":
            self.depth -= 1
        if self.rank != self.sheet:
            return
        if name == "table-cell":
            self._judge()
            self.formula = False
        elif name == "table-row":
            for mark in self.found:
                lines = range(self.row, min(self.row + self.repeated, self.last + 1))
                getattr(self.marks, mark).update(lines)
            self.row += self.repeated

    def _judge(self) -> None:
        """An error has no type of its own in the norm: it is shown, with an empty text or 0 as its value.

        LibreOffice gives no type to a formula whose value is an empty text, but writes that text.
        """
        computed = bool(self.kind) or self.written
        wrong = self.formula and (not computed or self.shown.startswith(_ERRORS))
        if self.kind == "error" or wrong:
            self.found.add("broken")
        elif self.formula:
            self.found.add("computed")
