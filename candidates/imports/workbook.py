"""Reads one workbook (XLSX, XLS, ODS) in a process of its own, and nothing else.

`python -m candidates.imports.workbook < file > rows.json`. A spreadsheet is a program somebody sent: a cell
in column XFD of row 1,048,576, or one long text named by thousands of cells, is enough to ask for gigabytes.
This process has little memory, little time and no Django, and says no more than the limits below allow;
whatever happens to it, the server goes on. Formulas are read by their value.
"""

import io
import json
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

MEMORY = 768 * 1024 * 1024
SECONDS = 8

MAX_ROWS = 2_000
MAX_CELL = 400
MAX_TEXT = 600_000

Row = tuple[int, list[str]]


def clean(cell: str) -> str:
    """Without the invisible spaces people copy along, and on one line."""
    return " ".join(cell.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "").split())


def _text(cell: object) -> str:
    """A cell as a person would type it; a day in ISO, a whole number without decimals."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (time, timedelta)):
        return ""
    return str(cell)


def _cells(values: Sequence[object]) -> list[str]:
    """The texts of a line up to its last one, each cut where it is too long already to be accepted."""
    texts = [clean(_text(value))[: MAX_CELL + 1] for value in values]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def rows_of(content: bytes) -> list[Row] | None:
    """The lines of the first sheet that has some, with their number in the file; empty lines left out.

    None when they hold more text than any list of candidates.
    """
    from python_calamine import CalamineWorkbook  # only once the limits are set

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in workbook.sheet_names:
        rows: list[Row] = []
        weight = 0
        for number, values in enumerate(workbook.get_sheet_by_name(name).iter_rows(), 1):
            cells = _cells(values)
            if cells:
                rows.append((number, cells))
            weight += sum(len(cell) + 1 for cell in cells)
            if weight > MAX_TEXT:
                return None
            if len(rows) > MAX_ROWS + 1:
                return rows
        if rows:
            return rows
    return []


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    answer = json.dumps(rows_of(sys.stdin.buffer.read()), ensure_ascii=False)
    sys.stdout.buffer.write(answer.encode())


if __name__ == "__main__":
    main()
