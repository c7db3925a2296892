"""Files somebody damaged, or made to damage: every way this can be done to a table, drawn from one number."""

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable

ABSURD = (
    "1e400", "-1e400", "NaN", "inf", "-0", "0x1F", "9" * 400, "0." + "0" * 300 + "1", "12,5,5", "12.50000001",
    "99999999999999999999", "2147483648", "-2147483649", "1048577", "16385", "4294967296", "=1/0", "#REF!",
    "=cmd|'/c calc'!A1", "ABS\u202e", "12\u00a0,\u202f5", "\u0661\u0662", "\uff11\uff12", "é" * 500, "😀",
    "2026-02-30", "9999-12-31", "0001-01-01", "33000", "2958466", "-1", "", " ", "\t", "TRUE", "ABJ", "abs",
)  # fmt: skip
HOSTILE_XML = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>',
    "&a;", "&lt;", "<![CDATA[ x ]]>", "<!-- x -->", "<?xml version='1.0' encoding='utf-7'?>", "<x>" * 2_000,
    '<mergeCell ref="A1:XFD1048576"/>', '<c r="XFD1048576" t="s"><v>99999999</v></c>', "\x00", "\x0b",
)  # fmt: skip
_VALUE = re.compile(rb'="([^"<>]{0,60})"|>([^<>]{1,60})<')

Mutation = Callable[[bytes, random.Random], bytes]


def mutant(content: bytes, form: str, draw: random.Random) -> bytes:
    """One damaged file of this form (xlsx, ods, xls, csv); the same draw gives the same file."""
    mutations = _BY_FORM[form]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        content = draw.choice(mutations)(content, draw)
    return content


# --- Bytes ---


def flip(content: bytes, draw: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(draw.choice((1, 2, 5, 20, 200))):
        if damaged:
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def remove(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:start] + content[end:]


def repeat(content: bytes, draw: random.Random) -> bytes:
    start, end = _span(content, draw)
    return content[:end] + content[start:end] * draw.choice((1, 2, 50)) + content[end:]


def scramble(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    return content[:start] + draw.randbytes(draw.choice((1, 4, 64, 512))) + content[start:]


def _span(content: bytes, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(content) + 1)
    return start, min(len(content), start + draw.choice((1, 8, 100, 2_000)))


# --- Archives ---


def _parts(content: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 30_000_000:
                return None
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        return None


def _pack(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _in_a_part(change: Mutation) -> Mutation:
    """The same archive, one of its XML parts changed; those of the cells more often than the others."""

    def in_a_part(content: bytes, draw: random.Random) -> bytes:
        parts = _parts(content)
        if not parts:
            return flip(content, draw)
        names = [name for name in parts if name.endswith((".xml", ".rels"))] or list(parts)
        cells = [name for name in names if re.search(r"sheet\d|sharedStrings|content\.xml|workbook", name)]
        name = draw.choice(cells if cells and draw.random() < 0.8 else names)
        return _pack(parts | {name: change(parts[name], draw)})

    return in_a_part


def inject(part: bytes, draw: random.Random) -> bytes:
    """Something XML should not hold, right after the declaration or between two tags."""
    places = [found.end() for found in re.finditer(rb">", part)] or [0]
    place = draw.choice(places[:2] if draw.random() < 0.4 else places)
    return part[:place] + draw.choice(HOSTILE_XML).encode() + part[place:]


def absurd(part: bytes, draw: random.Random) -> bytes:
    """A few values, of attributes or of texts, that mean nothing good."""
    for _ in range(draw.choice((1, 1, 3, 10))):
        found = list(_VALUE.finditer(part))
        if not found:
            return part
        match = draw.choice(found)
        group = 1 if match[1] is not None else 2
        text = draw.choice(ABSURD).encode("utf-8", "replace")
        part = part[: match.start(group)] + text + part[match.end(group) :]
    return part


def dimensions(part: bytes, draw: random.Random) -> bytes:
    """Rows, columns and repetitions by the billion."""
    big = draw.choice((b"1048576", b"16384", b"2000000000", b"99999999999999999999", b"-1", b"0"))
    names = rb"(number-(?:rows|columns)-(?:repeated|spanned)|r|ref|s|t|count|uniqueCount|spans)"
    found = list(re.finditer(names + rb'="([^"]*)"', part))
    for match in draw.sample(found, min(len(found), draw.choice((1, 2, 5)))):
        part = part.replace(match[0], match[1] + b'="' + big + b'"', 1)
    return part


def drop_a_part(content: bytes, draw: random.Random) -> bytes:
    parts = _parts(content)
    if not parts:
        return cut(content, draw)
    del parts[draw.choice(list(parts))]
    return _pack(parts)


def rename_a_part(content: bytes, draw: random.Random) -> bytes:
    parts = _parts(content)
    if not parts:
        return cut(content, draw)
    name = draw.choice(list(parts))
    other = draw.choice(
        ("../../etc/passwd", "/" + name, name.upper(), name.replace("/", "\\"), "xl/vbaProject.bin")
    )
    return _pack({other if kept == name else kept: part for kept, part in parts.items()})


def bomb(content: bytes, draw: random.Random) -> bytes:
    """Much in little: zeros by the megabyte, entries by the hundred, an archive in an archive."""
    parts = _parts(content) or {}
    kind = draw.randrange(4)
    if kind == 0:
        parts["xl/media/zeros.bin"] = bytes(draw.choice((1, 2, 25)) * 1024 * 1024)
    elif kind == 1:
        parts |= {f"xl/media/{number}.xml": b"<x/>" for number in range(draw.choice((50, 500)))}
    elif kind == 2:
        parts["xl/media/inner.xlsx"] = content
    else:
        name = next(
            (name for name in parts if "sheet1" in name or name == "content.xml"), "xl/worksheets/sheet1.xml"
        )
        parts[name] = parts.get(name, b"") + b" " * draw.choice((1, 4, 18)) * 1024 * 1024
    return _pack(parts)


def crowd(content: bytes, draw: random.Random) -> bytes:
    """Rows by the thousand, all naming the same long text."""
    parts = _parts(content)
    sheet = next((name for name in parts or {} if "sheet1" in name), None)
    if not parts or sheet is None:
        return bomb(content, draw)
    text = "é" * draw.choice((10, 400, 4_000))
    cell = f'<c t="inlineStr"><is><t>{text}</t></is></c>'
    rows = "".join(f'<row r="{n}">{cell}</row>' for n in range(10, 10 + draw.choice((20, 300))))
    more = f"<row>{'<c><v>1</v></c>' * 20}</row>" * draw.choice((10, 2_100))
    return _pack(
        parts | {sheet: parts[sheet].replace(b"</sheetData>", (rows + more).encode() + b"</sheetData>")}
    )


def lie(content: bytes, draw: random.Random) -> bytes:
    """Sizes, methods and places of the archive's own lists that are not true."""
    damaged = bytearray(content)
    places = [found.start() for found in re.finditer(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06", content)]
    for place in draw.sample(places, min(len(places), draw.choice((1, 3)))):
        at = place + draw.randrange(4, 46)
        value = draw.choice((0, 1, 0xFF, 0xFFFF, 0xFFFFFFFF, len(content), draw.getrandbits(32)))
        damaged[at : at + 4] = value.to_bytes(4, "little")
    return bytes(damaged)


# --- Old Excel ---


def sectors(content: bytes, draw: random.Random) -> bytes:
    """The chains of an old Excel file, and the lengths of its records."""
    damaged = bytearray(content)
    for _ in range(draw.choice((1, 3, 20))):
        step = draw.choice((2, 4, 512))
        at = draw.randrange(max(len(damaged) // step, 1)) * step
        value = draw.choice((0, 1, 0xFFFE, 0xFFFF, 0xFFFFFFFE, 0xFFFFFFFF, draw.getrandbits(16)))
        damaged[at : at + 4] = value.to_bytes(4, "little")
    return bytes(damaged)


# --- Text ---


def recode(content: bytes, draw: random.Random) -> bytes:
    text = content.decode(draw.choice(("utf-8", "cp1252", "utf-16")), "replace")
    encodings = (
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "latin-1",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-7",
    )
    return text.encode(draw.choice(encodings), "replace")


def retype(content: bytes, draw: random.Random) -> bytes:
    """Cells that hold something absurd, quotes that never close, ends of line of every kind."""
    marks = (
        '"',
        '"""',
        ";",
        ",",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "\x00",
        "\x1a",
        "\u2028",
        "\ufeff",
        "sep=;\r\n",
        "#",
    )
    for _ in range(draw.choice((1, 2, 10, 100))):
        place = draw.randrange(len(content) + 1)
        text = draw.choice(ABSURD) if draw.random() < 0.6 else draw.choice(marks)
        encoded = text.encode(draw.choice(("utf-8", "cp1252", "utf-16-le")), "replace")
        content = content[:place] + encoded + content[place + draw.choice((0, 0, 3)) :]
    return content


def long(content: bytes, draw: random.Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b"x\n"]
    many = draw.choice(lines) * draw.choice((10, 2_100, 20_000))
    return (content + many)[: draw.choice((100_000, 2_200_000))]


_BYTES: tuple[Mutation, ...] = (flip, cut, remove, repeat, scramble)
_ARCHIVE: tuple[Mutation, ...] = (
    *_BYTES,
    *(
        _in_a_part(change)
        for change in (*_BYTES, inject, inject, absurd, absurd, absurd, dimensions, dimensions)
    ),
    *(drop_a_part, rename_a_part, bomb, crowd, lie, lie),
)
_BY_FORM: dict[str, tuple[Mutation, ...]] = {
    "xlsx": _ARCHIVE,
    "ods": _ARCHIVE,
    "xls": (*_BYTES, sectors, sectors, sectors),
    "csv": (*_BYTES, recode, retype, retype, long),
}
