"""From the bytes of a file to its lines of text, or one French sentence saying why not.

CSV (`;` `,` or tab; UTF-8, UTF-16, else Windows-1252), XLSX, XLS, ODS. The content decides, not the name.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import Any

from django.conf import settings

from cqp.sheets.workbook import MAX_CELL, MAX_ROWS, MAX_SHEETS, MAX_TEXT, Row, clean, without_end
from cqp.workflow import Refusal

MAX_BYTES = 2 * 1024 * 1024
# What the reading of a workbook may answer: its text, four bytes a character at most, and its punctuation.
MAX_ANSWER = 8 * 1024 * 1024
MAX_ENTRIES = 60
MAX_UNPACKED = 20 * 1024 * 1024
TIMEOUT = 10
LONGEST_HEADINGS = 40_000

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The stream in which Excel locks up a workbook that has a password.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_DELIMITERS = ";\t,"
_EMPTY = "Le fichier est vide."
_ONLY_HEADINGS = "Le fichier ne contient que ses titres de colonnes : il n’y a aucune ligne à lire."
_NOT_A_TABLE = (
    "Ce fichier n’est pas un tableau lisible : enregistrez-le en CSV, Excel (XLSX) ou OpenDocument (ODS)."
)
_TOO_HEAVY = "Ce classeur est trop lourd une fois ouvert : ne gardez que la feuille à lire."
_TOO_LONG = "Le fichier contient trop de texte : ne gardez que les colonnes du modèle."
_TOO_MANY_SHEETS = f"Ce classeur compte plus de {MAX_SHEETS} feuilles : ne gardez que celle à lire."
_PASSWORD = "Ce classeur est protégé par un mot de passe : enregistrez-le sans protection."  # noqa: S105 - a sentence
COMPUTED = "Des cases contiennent une formule : c’est leur valeur qui est lue."
_NEVER_COMPUTED = (
    "Les formules de ce classeur n’ont pas de valeur : ouvrez-le dans un tableur, enregistrez-le, "
    "puis renvoyez-le."
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about a file that could be read, and the lines it is true of (none: the whole file).

    Blocking: these lines do not say what they seem to; they must not go in.
    """

    sentence: str
    rows: tuple[int, ...] = ()
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a table that hold something, with their numbers in the file, and what deserves a word."""

    rows: list[Row]
    name: str = ""  # of the sheet of a workbook
    notices: tuple[Finding, ...] = ()


def read_sheet(content: bytes, beside: Collection[str] = (), longest: int = MAX_CELL) -> Sheet:
    """The lines that hold something: the headings and one more at least. Raises Refusal.

    Of the sheets of our own templates that explain them (`beside`), nothing is said. A cell has `longest`
    characters at most, MAX_WORDS where people write sentences.
    """
    if not content.strip():
        raise Refusal(_EMPTY)
    if len(content) > MAX_BYTES:
        raise Refusal("Le fichier dépasse 2 Mo : un tableau n’en a pas besoin. Retirez les images.")
    if content.startswith(_ZIP):
        _check_archive(content)
        return _workbook(content, beside, longest)
    if content.startswith(_OLE):
        if _LOCKED in content:
            raise Refusal(_PASSWORD)
        return _workbook(content, beside, longest)
    rows = (
        (number, without_end([clean(cell) for cell in cells])) for number, cells in _csv(_decoded(content))
    )
    return Sheet(_bounded(rows, longest))


def _bounded(all_rows: Iterator[Row], longest: int) -> list[Row]:
    rows = [(number, cells) for number, cells in all_rows if cells]
    if not rows:
        raise Refusal(_EMPTY)
    if len(rows) > MAX_ROWS + 1:
        raise Refusal("Le fichier compte plus de 2 000 lignes : coupez-le en plusieurs fichiers.")
    for number, cells in rows:
        if any(len(cell) > longest for cell in cells):
            raise Refusal(f"Ligne {number} : une case contient plus de {longest} caractères.")
    if sum(len(cell) for _, cells in rows for cell in cells) > MAX_TEXT:
        raise Refusal(_TOO_LONG)
    if len(rows) == 1:
        raise Refusal(_ONLY_HEADINGS)
    return rows


# --- CSV ---


def _decoded(content: bytes) -> str:
    if content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"{\\rtf")):
        raise Refusal(_NOT_A_TABLE)
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refusal(_NOT_A_TABLE)


def _encodings(content: bytes) -> tuple[str, ...]:
    """What the bytes may be. Without a mark, text in UTF-16 shows by the empty half of its characters."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    half = max(len(content) // 2, 1)
    empty_first, empty_second = content[::2].count(0) / half, content[1::2].count(0) / half
    if empty_second > 0.5 and not empty_first:
        return ("utf-16-le",)
    if empty_first > 0.5 and not empty_second:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


def _csv(text: str) -> Iterator[Row]:
    """The records, each with the number of its first line."""
    delimiter, skipped = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1
    try:
        for cells in reader:
            if number > skipped:
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise Refusal(f"Ligne {number} : un guillemet n’est pas fermé, la suite est illisible.") from error


def _delimiter(text: str) -> tuple[str, int]:
    """What separates the cells, and how many lines say only that: Excel writes `sep=;` at the top.

    Otherwise it is what cuts the headings into the most cells; one between quotes cuts nothing.
    """
    lines = enumerate(io.StringIO(text, newline=""), 1)
    number, first = next(((place, line) for place, line in lines if line.strip()), (0, ""))
    said = first.strip(' "\r\n')
    if said[:4].lower() == "sep=" and len(said) == 5 and said[4] in _DELIMITERS:
        return said[4], number

    def cells(delimiter: str) -> int:
        return len(next(csv.reader([first[:LONGEST_HEADINGS]], delimiter=delimiter), ()))

    return max(_DELIMITERS, key=cells), 0


# --- Workbooks ---


def _check_archive(content: bytes) -> None:
    """What the archive declares, before anything opens it: a workbook of reasonable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refusal(_NOT_A_TABLE) from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refusal(_TOO_HEAVY)
    names = {entry.filename for entry in entries}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Refusal(_NOT_A_TABLE)


def _workbook(content: bytes, beside: Collection[str], longest: int) -> Sheet:
    """The sheet of a workbook, read by a process that may fail without harm."""
    try:
        told = json.loads(_answer_of(command(), content))
    except (OSError, ValueError) as error:
        raise Refusal(_NOT_A_TABLE) from error
    if "failure" in told:
        raise Refusal({"text": _TOO_LONG, "sheets": _TOO_MANY_SHEETS}[told["failure"]])
    rows = told["rows"]
    for kind in ("others", "hidden"):
        told[kind] = [name for name in told.get(kind, ()) if name not in beside]
    if told["broken"] and len(rows) < 2:
        raise Refusal(_NEVER_COMPUTED)
    if not rows and told["hidden"]:
        raise Refusal(f"Rien à lire sur les feuilles visibles ; {_named('masquée', told['hidden'])}.")
    lines = _bounded(((number, cells) for number, cells in rows), longest)
    return Sheet(lines, told["name"], tuple(_findings(told)))


def _findings(told: Mapping[str, Any]) -> Iterator[Finding]:
    """What deserves a word, what blocks first."""
    computed, merged, broken = (tuple(told[key]) for key in ("computed", "merged", "broken"))
    if broken:
        yield Finding(
            "Une formule donne une erreur ou n’a pas de valeur : remplacez-la par ce qu’elle doit donner.",
            broken,
            blocking=True,
        )
    if told["others"]:
        yield Finding(
            f"Seule la feuille « {told['name']} » est lue ; {_named('remplie', told['others'], 'aussi')}."
        )
    if told["hidden"]:
        yield Finding(f"Une feuille masquée n’est jamais lue ; {_named('masquée', told['hidden'])}.")
    if merged:
        yield Finding("Des cases sont fusionnées : seule la première garde une valeur.", merged)
    if computed:
        yield Finding(COMPUTED, computed)


def _named(what: str, names: Sequence[str], also: str = "") -> str:
    """« ici la feuille « Notes » est masquée », « ici les feuilles … sont remplies aussi »."""
    quoted = ", ".join(f"« {name} »" for name in names)
    one = len(names) == 1
    words = [f"la feuille {quoted} est {what}" if one else f"les feuilles {quoted} sont {what}s", also]
    return " ".join(word for word in words if word)


@cache
def command() -> tuple[str, ...]:
    """How the reading process starts: without looking for packages, it takes half the time.

    It is told where ours and its only library are.
    """
    library = find_spec("python_calamine")
    assert library is not None  # noqa: S101 - a dependency of the project
    assert library.origin is not None  # noqa: S101 - the same
    start = "import sys; sys.path += sys.argv[1:]; from cqp.sheets.workbook import main; main()"
    places = (str(settings.BASE_DIR), str(Path(library.origin).parents[1]))
    return (sys.executable, "-I", "-S", "-c", start, *places)


def _answer_of(command: Sequence[str], content: bytes) -> bytes:
    """What a process answers to these bytes, never more than is fair, never longer than is patient.

    A longer answer is cut, and no longer means anything.
    """
    with subprocess.Popen(  # noqa: S603 - our own module, no shell; the file goes through stdin
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        patience = Timer(TIMEOUT, process.kill)
        patience.start()
        try:
            assert process.stdin  # noqa: S101 - tells the type checker, never fails
            assert process.stdout  # noqa: S101 - the same
            process.stdin.write(content)
            process.stdin.close()
            return process.stdout.read(MAX_ANSWER)
        finally:
            patience.cancel()
            process.kill()
