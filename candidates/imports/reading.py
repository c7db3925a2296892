"""From the bytes of a file to its lines of text, or one French sentence saying why not.

CSV (`;` `,` or tab; UTF-8, else Windows-1252), XLSX, XLS, ODS. The content decides, not the name.
"""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from threading import Timer

from django.conf import settings

from candidates.imports.workbook import MAX_CELL, MAX_ROWS, MAX_TEXT, Row, clean
from cqp.workflow import Refusal

MAX_BYTES = 2 * 1024 * 1024
# What the reading of a workbook may answer: its text, four bytes a character at most, and its punctuation.
MAX_ANSWER = 8 * 1024 * 1024
MAX_ENTRIES = 60
MAX_UNPACKED = 20 * 1024 * 1024
TIMEOUT = 10

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = ";\t,"
_NOT_A_LIST = (
    "Ce fichier n’est pas une liste lisible : enregistrez-la en CSV, Excel (XLSX) ou OpenDocument (ODS)."
)
_TOO_LONG = "Le fichier contient trop de texte : ne gardez que les colonnes du modèle."


def rows_of(content: bytes) -> list[Row]:
    """The lines that hold something, each with its number in the file. Raises Refusal."""
    if not content.strip():
        raise Refusal("Le fichier est vide.")
    if len(content) > MAX_BYTES:
        raise Refusal(
            "Le fichier dépasse 2 Mo : une liste de candidats n’en a pas besoin. Retirez les images."
        )
    if content.startswith(_ZIP):
        _check_archive(content)
        rows = _workbook(content)
    elif content.startswith(_OLE):
        rows = _workbook(content)
    else:
        rows = [(number, [clean(cell) for cell in cells]) for number, cells in _csv(_decoded(content))]
    return _bounded(rows)


def _bounded(rows: list[Row]) -> list[Row]:
    rows = [(number, cells) for number, cells in rows if any(cells)]
    if not rows:
        raise Refusal("Le fichier est vide.")
    if len(rows) > MAX_ROWS + 1:
        raise Refusal("Le fichier compte plus de 2 000 lignes : coupez-le en plusieurs listes.")
    for number, cells in rows:
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Refusal(f"Ligne {number} : une case contient plus de {MAX_CELL} caractères.")
    if sum(len(cell) for _, cells in rows for cell in cells) > MAX_TEXT:
        raise Refusal(_TOO_LONG)
    return rows


def _decoded(content: bytes) -> str:
    if b"\x00" in content or content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"{\\rtf")):
        raise Refusal(_NOT_A_LIST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Refusal(_NOT_A_LIST) from error


def _csv(text: str) -> Iterator[Row]:
    """The records, each with the number of its first line."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise Refusal(f"Ligne {number} : un guillemet n’est pas fermé, la suite est illisible.") from error


def _check_archive(content: bytes) -> None:
    """What the archive declares, before anything opens it: a workbook of reasonable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refusal(_NOT_A_LIST) from error
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refusal("Ce classeur est trop lourd une fois ouvert : ne gardez que la feuille des candidats.")
    names = {entry.filename for entry in entries}
    if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        raise Refusal(_NOT_A_LIST)


def _workbook(content: bytes) -> list[Row]:
    """The lines of a workbook, read by a process that may fail without harm."""
    try:
        rows = json.loads(_answer_of([sys.executable, "-m", "candidates.imports.workbook"], content))
    except (OSError, ValueError) as error:
        raise Refusal(_NOT_A_LIST) from error
    if rows is None:
        raise Refusal(_TOO_LONG)
    return [(number, cells) for number, cells in rows]


def _answer_of(command: list[str], content: bytes) -> bytes:
    """What a process answers to these bytes, never more than is fair, never longer than is patient.

    A longer answer is cut, and no longer means anything.
    """
    with subprocess.Popen(  # noqa: S603 - our own module, no shell; the file goes through stdin
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=settings.BASE_DIR,
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
