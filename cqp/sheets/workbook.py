"""Reads one workbook (XLSX, XLS, ODS) in a process of its own, and nothing else.

`python -m cqp.sheets.workbook < file > sheet.json`. A spreadsheet is a program somebody sent: a cell in
column XFD of row 1,048,576, or one long text named by thousands of cells, is enough to ask for gigabytes.
This process has little memory, little time and no Django, and says no more than the limits below allow;
whatever happens to it, the server goes on. Formulas are read by their value.

It starts once a file, so it imports next to nothing: neither `json` nor `typing` nor `zipfile`, each of which
takes as long as all the rest.
"""

from __future__ import annotations

import io
import resource
import sys
from datetime import date, datetime

TYPE_CHECKING = False  # true for the type checker, without importing `typing`
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from python_calamine import CalamineSheet, CalamineWorkbook

MEMORY = 320 * 1024 * 1024
SECONDS = 2  # of processor; the longest list takes a third of one

MAX_ROWS = 2_000
MAX_CELL = 400
MAX_WORDS = 4_000  # a cell where people write sentences; no table takes a longer one
MAX_TEXT = 600_000
MAX_SHEETS = 60
MAX_NAME = 60

Row = tuple[int, list[str]]

_CONTROL = {code: f"\\u{code:04x}" for code in (*range(32), 34, 92)}


def clean(cell: str) -> str:
    """Without the invisible spaces people copy along, and on one line; PostgreSQL keeps no NUL."""
    cell = cell.replace("\0", "").replace("\u200b", "")
    return " ".join(cell.replace("\u00a0", " ").replace("\u202f", " ").split())


def number_text(number: float) -> str:
    """The shortest text that is this number and no other: 12.5, 12, 0.00001; nothing is rounded."""
    text = repr(number + 0.0)  # no « -0 »
    if "e" in text:
        from decimal import Decimal  # rare, and slow to import

        return f"{Decimal(text):f}"
    return text.removesuffix(".0")


def text_of(cell: object) -> str:
    """A cell as a person would type it; a day in ISO, a number with a point."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return number_text(cell)
    return str(cell)


def read(content: bytes) -> dict[str, object]:
    """The first visible sheet that has lines, with their number in the file; empty lines left out.

    `failure` says why nothing is told: "text" (more than any list holds), "sheets" (too many of them).
    """
    from python_calamine import CalamineWorkbook  # only once the limits are set

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    if len(workbook.sheet_names) > MAX_SHEETS:
        return {"failure": "sheets"}
    visible, hidden = _sheets(workbook)
    answer: dict[str, object] = {"hidden": [_short(name) for name in hidden]}
    for place, rank in enumerate(visible):
        sheet = workbook.get_sheet_by_index(rank)
        rows = _rows(sheet)
        if rows is None:
            return {"failure": "text"}
        marks = _marks(content, rank, sheet, rows)
        if rows or marks["broken"]:
            others = (workbook.get_sheet_by_index(other) for other in visible[place + 1 :])
            filled = [_short(other.name) for other in others if any(_lines(other))]
            return answer | {"name": _short(sheet.name), "rows": rows, "others": filled} | marks
    return answer | {"name": "", "rows": [], "broken": []}


def _sheets(workbook: CalamineWorkbook) -> tuple[list[int], list[str]]:
    """The ranks of the sheets a person sees, and the names of those with cells that one does not."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    visible: list[int] = []
    hidden: list[str] = []
    for rank, about in enumerate(workbook.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        if about.visible == SheetVisibleEnum.Visible:
            visible.append(rank)
        else:
            hidden.append(about.name)
    return visible, hidden


def _lines(sheet: CalamineSheet) -> Iterator[Row]:
    for number, values in enumerate(sheet.iter_rows(), 1):
        # One cell far away makes millions of empty ones: they are passed over as fast as can be.
        if values.count("") == len(values):
            continue
        cells = _cells(values)
        if cells:
            yield number, cells


def _rows(sheet: CalamineSheet) -> list[Row] | None:
    """The lines of a sheet, one more than allowed at most; None when they hold more text than allowed."""
    rows: list[Row] = []
    weight = 0
    for number, cells in _lines(sheet):
        rows.append((number, cells))
        weight += sum(len(cell) + 1 for cell in cells)
        if weight > MAX_TEXT:
            return None
        if len(rows) > MAX_ROWS + 1:
            break
    return rows


def _cells(values: Sequence[object]) -> list[str]:
    """The texts of a line up to its last one, each cut where it is too long already to be accepted."""
    return without_end([clean(text_of(value))[: MAX_WORDS + 1] for value in values])


def without_end(texts: list[str]) -> list[str]:
    """The same without the empty texts after the last that says something."""
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _marks(content: bytes, rank: int, sheet: CalamineSheet, rows: Sequence[Row]) -> dict[str, list[int]]:
    """The lines with formulas, with formulas that have no value, with merged cells.

    A line without a word is worth a mention only where a value is missing: it would have had one.
    """
    from cqp.sheets.formulas import Marks, marks_of

    filled = {number for number, _ in rows}
    last = max(filled, default=0) + MAX_ROWS
    marks = (marks_of(content, rank, last) if content.startswith(b"PK") else None) or Marks()
    for (first, _), (end, _) in sheet.merged_cell_ranges or ():
        marks.merged.update(range(first + 1, min(end + 1, last) + 1))
    return {
        "computed": sorted(marks.computed & filled),
        "merged": sorted(marks.merged & filled),
        "broken": sorted(marks.broken)[: MAX_ROWS + 1],
    }


def _short(name: str) -> str:
    return clean(name)[:MAX_NAME]


def as_json(value: object) -> str:
    """JSON of texts, integers, lists and mappings."""
    if isinstance(value, str):
        return f'"{value.translate(_CONTROL)}"'
    if isinstance(value, dict):
        return "{" + ",".join(f"{as_json(key)}:{as_json(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(as_json, value)) + "]"
    return str(value)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    sys.stdout.buffer.write(as_json(read(sys.stdin.buffer.read())).encode())


if __name__ == "__main__":
    main()
