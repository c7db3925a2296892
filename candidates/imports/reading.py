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

from django.conf import settings

from cqp.workflow import Refusal

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 2_000
MAX_CELL = 400
MAX_TEXT = 600_000
MAX_ENTRIES = 60
MAX_UNPACKED = 20 * 1024 * 1024
TIMEOUT = 10

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = ";\t,"
_NOT_A_LIST = (
    "Ce fichier n’est pas une liste lisible : enregistrez-la en CSV, Excel (XLSX) ou OpenDocument (ODS)."
)

Row = tuple[int, list[str]]


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
        rows = list(_csv(_decoded(content)))
    return _bounded([(number, [_clean(cell) for cell in cells]) for number, cells in rows])


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
        raise Refusal("Le fichier contient trop de texte : ne gardez que les colonnes du modèle.")
    return rows


def _clean(cell: str) -> str:
    """Without the invisible spaces people copy along, and on one line."""
    return " ".join(cell.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "").split())


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
    command = [sys.executable, "-m", "candidates.imports.workbook", str(MAX_ROWS + 1)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, no shell; the file goes through stdin
            command, input=content, capture_output=True, timeout=TIMEOUT, check=True, cwd=settings.BASE_DIR
        )
        return [(number, cells) for number, cells in json.loads(done.stdout)]
    except (subprocess.SubprocessError, ValueError) as error:
        raise Refusal(_NOT_A_LIST) from error
