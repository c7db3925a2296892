"""One PDF of many, for the printer: each document once, its bookmark, and what they share written once.

Documents are copied object by object to the file as they come, so memory holds numbers and digests only.
What hangs from a page (fonts, images, colours) is recognised by its bytes: the second certificate reuses what
the first one wrote. Pages and structure elements, which know their place, are always written anew: the tags
of every document stand in one tree. What belongs to a single file (its signature, its own bookmarks) stays
behind: the book is a working copy, the single files are the documents.
"""

import hashlib
from array import array
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Name

_LEAF = 64  # pages a node of the page tree holds: a flat list of thousands is slow to open
_OWN_PAGE_KEYS = {"/Type", "/Parent", "/StructParents", "/Annots", "/AA", "/B", "/Metadata"}
_CELLS = {"/ID", "/Headers"}  # what the cells of tables are called, and call one another
_SHEET = """<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>fr</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


class Book:
    """The PDF being written to `out`, which starts empty: `add` each document, then `close` once."""

    def __init__(self, out: BinaryIO, title: str) -> None:
        self._out = out
        self._title = title
        self._offsets = array("Q", [0])
        self._at = 0
        self.shared: dict[bytes, int] = {}
        self._name = hashlib.sha256(title.encode())
        self._leaves: list[tuple[int, list[int]]] = []
        self._marks: list[tuple[int, str, int]] = []
        self._intents = b""
        self._roles: dict[str, bytes] = {}
        self._structure: list[bytes] = []
        self.parents: list[bytes] = []  # what each page, each annotation belongs to in the structure
        self._emit(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self.catalogue, self.pages, self.tree = self.reserve(), self.reserve(), self.reserve()

    def add(self, document: bytes, title: str) -> None:
        """Append a document, under a bookmark of this title."""
        self._name.update(document)
        with pikepdf.open(BytesIO(document)) as source:
            copy = _Copy(self, source)
            first = copy.pages()
            self._marks.append((self.reserve(), title, first))
            self._structure += copy.structure()
            self._roles |= copy.roles()
            self._intents = self._intents or copy.intents()

    def close(self) -> None:
        """What only the end knows: the bookmarks, the trees, the table of the objects."""
        outlines = self._outlines()
        nodes = []
        for number, pages in self._leaves:
            kids, count = _refs(pages), len(pages)
            self.write(
                number, b"<</Type/Pages/Parent %s/Count %d/Kids[%s]>>" % (_ref(self.pages), count, kids)
            )
            nodes.append(number)
        total = sum(len(pages) for _, pages in self._leaves)
        self.write(self.pages, b"<</Type/Pages/Count %d/Kids[%s]>>" % (total, _refs(nodes)))
        parents = self.reserve()
        entries = b" ".join(b"%d %s" % pair for pair in enumerate(self.parents))
        self.write(parents, b"<</Nums[%s]>>" % entries)
        roles = b"/RoleMap<<%s>>" % b"".join(_named(name) + b" " + role for name, role in self._roles.items())
        self.write(
            self.tree,
            b"<</Type/StructTreeRoot/ParentTree %s/ParentTreeNextKey %d%s/K[%s]>>"
            % (_ref(parents), len(self.parents), roles if self._roles else b"", b" ".join(self._structure)),
        )
        self._catalogue(outlines)
        self._table()

    def leaf(self) -> int:
        """The node of the page tree the next page hangs from."""
        if not self._leaves or len(self._leaves[-1][1]) == _LEAF:
            self._leaves.append((self.reserve(), []))
        return self._leaves[-1][0]

    def hang(self, page: int) -> None:
        self._leaves[-1][1].append(page)

    def reserve(self) -> int:
        """A number for an object written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def write(self, number: int, body: bytes, stream: bytes | None = None) -> None:
        """Write an object under the number it was given."""
        self._offsets[number] = self._at
        tail = b"" if stream is None else b"\nstream\n%s\nendstream" % stream
        self._emit(b"%d 0 obj\n%s%s\nendobj\n" % (number, body, tail))

    def _emit(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def _outlines(self) -> int:
        root, last = self.reserve(), len(self._marks) - 1
        for rank, (number, title, page) in enumerate(self._marks):
            beside = b"/Prev %s" % _ref(self._marks[rank - 1][0]) if rank else b""
            beside += b"/Next %s" % _ref(self._marks[rank + 1][0]) if rank < last else b""
            body = b"<</Title%s/Parent %s/Dest[%s/Fit]%s>>" % (_text(title), _ref(root), _ref(page), beside)
            self.write(number, body)
        ends = (
            b"/First %s/Last %s" % (_ref(self._marks[0][0]), _ref(self._marks[-1][0])) if self._marks else b""
        )
        self.write(root, b"<</Type/Outlines/Count %d%s>>" % (len(self._marks), ends))
        return root

    def _catalogue(self, outlines: int) -> None:
        metadata = self.reserve()
        sheet = _SHEET.format(title=escape(self._title)).encode()
        self.write(metadata, b"<</Type/Metadata/Subtype/XML/Length %d>>" % len(sheet), sheet)
        self.write(
            self.catalogue,
            b"<</Type/Catalog/Version/1.7/Lang(fr)/MarkInfo<</Marked true>>/PageMode/UseOutlines"
            b"/ViewerPreferences<</DisplayDocTitle true>>/Pages %s/Outlines %s/StructTreeRoot %s"
            b"/Metadata %s%s>>"
            % (
                *map(_ref, (self.pages, outlines, self.tree, metadata)),
                b"/OutputIntents " + self._intents if self._intents else b"",
            ),
        )

    def _table(self) -> None:
        information = self.reserve()
        self.write(information, b"<</Title%s>>" % _text(self._title))
        start, size = self._at, len(self._offsets)
        self._emit(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for offset in self._offsets[1:]:
            self._emit(b"%010d 00000 n \n" % offset)
        name = self._name.hexdigest()[:32].encode()
        self._emit(
            b"trailer\n<</Size %d/Root %s/Info %s/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (size, _ref(self.catalogue), _ref(information), name, name, start)
        )


class _Copy:
    """One document on its way into the book: `_numbers` says what each of its objects became."""

    def __init__(self, book: Book, source: pikepdf.Pdf) -> None:
        self._book = book
        self._source = source
        self._pages: list[Any] = [page.obj for page in source.pages]
        self._numbers: dict[tuple[int, int], int] = {page.objgen: book.reserve() for page in self._pages}
        self._open: set[tuple[int, int]] = set()
        self._root: Any = source.Root.get("/StructTreeRoot")
        if self._root is not None:
            self._numbers[self._root.objgen] = book.tree

    def pages(self) -> int:
        """Copy the pages; returns the number of the first."""
        parents = dict(_leaves(self._root.ParentTree)) if self._root is not None else {}
        for page in self._pages:
            number, leaf = self._numbers[page.objgen], self._book.leaf()
            body = b"/Type/Page/Parent %s" % _ref(leaf)
            if (key := page.get("/StructParents")) is not None and int(key) in parents:
                body += b"/StructParents %d" % self._belongs(parents[int(key)])
            if annotations := [one for one in page.get("/Annots", []) if one.get("/Subtype") != Name.Widget]:
                copied = b" ".join(self._annotation(one, parents) for one in annotations)
                body += b"/Annots[%s]" % copied
            self._book.write(number, b"<<%s%s>>" % (body, self._items(page, _OWN_PAGE_KEYS)))
            self._book.hang(number)
        return self._numbers[self._pages[0].objgen]

    def structure(self) -> list[bytes]:
        """The elements this document puts at the root of the tags."""
        if self._root is None or "/K" not in self._root:
            return []
        kids = self._root.K
        return [self.value(kid) for kid in (kids if isinstance(kids, pikepdf.Array) else [kids])]

    def roles(self) -> dict[str, bytes]:
        roles = self._root.get("/RoleMap") if self._root is not None else None
        return {} if roles is None else {name: self.value(role) for name, role in roles.items()}

    def intents(self) -> bytes:
        intents = self._source.Root.get("/OutputIntents")
        return b"" if intents is None else self.value(intents)

    def value(self, thing: Any) -> bytes:
        """A value as the book writes it."""
        if isinstance(thing, pikepdf.Object):
            if thing.is_indirect and not isinstance(thing, Name | pikepdf.String):
                return _ref(self._number(thing))
            return self._direct(thing)
        if isinstance(thing, bool):
            return b"true" if thing else b"false"
        if thing is None:
            return b"null"
        return (f"{thing:f}" if isinstance(thing, Decimal) else str(thing)).encode()

    def _direct(self, thing: pikepdf.Object) -> bytes:
        if isinstance(thing, pikepdf.Array):
            return b"[%s]" % b" ".join(map(self.value, thing))
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            return b"<<%s>>" % self._items(thing, set())
        return thing.unparse()

    def _items(self, thing: Any, left_out: set[str]) -> bytes:
        return b"".join(
            b"%s %s" % (_named(key), self._called(inner) if key in _CELLS else self.value(inner))
            for key, inner in thing.items()
            if key not in left_out
        )

    def _called(self, thing: Any) -> bytes:
        """The name of a cell, or of several: documents name theirs alike, the book needs each once."""
        if isinstance(thing, pikepdf.Array):
            return b"[%s]" % b" ".join(map(self._called, thing))
        return pikepdf.String(b"%d-%s" % (self._numbers[self._pages[0].objgen], bytes(thing))).unparse()

    def _number(self, thing: Any) -> int:
        """What an object of the document is in the book, written now if it is not there yet."""
        key = thing.objgen
        if key in self._numbers:
            return self._numbers[key]
        is_element = isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == Name.StructElem
        if is_element or key in self._open:  # it knows its place, or leads back to itself: on its own
            self._numbers[key] = self._book.reserve()
            if not is_element:
                return self._numbers[key]
        self._open.add(key)
        body = self._direct(thing)
        stream = thing.read_raw_bytes() if isinstance(thing, pikepdf.Stream) else None
        self._open.discard(key)
        if key not in self._numbers:
            digest = hashlib.sha256(body + b"\0" + (stream or b"")).digest()
            known = self._book.shared.get(digest)
            if known is not None:
                self._numbers[key] = known
                return known
            self._numbers[key] = self._book.shared[digest] = self._book.reserve()
        self._book.write(self._numbers[key], body, stream)
        return self._numbers[key]

    def _annotation(self, thing: Any, parents: dict[int, Any]) -> bytes:
        number = self._numbers[thing.objgen] = self._book.reserve()
        body = self._items(thing, {"/StructParent"})
        if (key := thing.get("/StructParent")) is not None and int(key) in parents:
            body += b"/StructParent %d" % self._belongs(parents[int(key)])
        self._book.write(number, b"<<%s>>" % body)
        return _ref(number)

    def _belongs(self, entry: Any) -> int:
        """A place of its own in the book's tree of parents."""
        rank = len(self._book.parents)
        self._book.parents.append(b"")
        self._book.parents[rank] = self.value(entry)
        return rank


def _leaves(tree: Any) -> Any:
    """The pairs of a number tree."""
    numbers = list(tree.get("/Nums", []))
    yield from zip(map(int, numbers[::2]), numbers[1::2], strict=True)
    for kid in tree.get("/Kids", []):
        yield from _leaves(kid)


def _ref(number: int) -> bytes:
    return b"%d 0 R" % number


def _refs(numbers: list[int]) -> bytes:
    return b" ".join(map(_ref, numbers))


def _named(key: str) -> bytes:
    return Name(key).unparse()


def _text(words: str) -> bytes:
    """A text of the PDF, whatever its characters."""
    return b"<FEFF%s>" % words.encode("utf-16-be", "replace").hex().upper().encode()
