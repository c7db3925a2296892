"""The file around a drawing: what never varies is written once, the rest for each document.

The objects are those WeasyPrint made, in the same places: only the drawing of the page, the title in the
metadata and the bookmarks, and the identifier differ from a file to the next.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import pydyf

from cqp.pdf import file_identifier
from cqp.qr import Squares
from cqp.typeset import Unfit

_LEVEL = 6  # of compression


@dataclass(frozen=True)
class Wording:
    """What varies from a document to the next: its title, its texts by `data-field`, its QR code."""

    title: str
    texts: Mapping[str, str]
    squares: Squares | None = None
    heading: str = "name"  # the field that is a heading: WeasyPrint makes a bookmark of it


class PlateFile:
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
        # The file itself and one bookmark: another heading that says the same would follow the next holder.
        if len(self._xmp) != 2 or sorted(name or "" for _, name, _ in self._named) != ["", wording.heading]:
            raise Unfit("a title is not where it was")
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
            (self._page, _stream(b"/Filter /FlateDecode", zlib.compress(drawing, _LEVEL))),
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
    names = {wording.title: None, wording.texts[wording.heading]: wording.heading}
    if title.string not in names:
        return None
    around = one.data.split(title.data)
    if len(around) != 2:
        raise Unfit("a title is written twice")
    return names[title.string], around
