"""Reads one workbook (XLSX, XLS, ODS) in a process of its own, and nothing else.

`python -m candidates.imports.workbook MAX_ROWS < file > rows.json`. A spreadsheet is a program somebody sent:
a cell in column XFD of row 1,048,576 is enough to ask for gigabytes. This process has little memory, little
time and no Django; whatever happens to it, the server goes on. Formulas are read by their value.
"""

import io
import json
import resource
import sys
from datetime import date, datetime, time, timedelta

MEMORY = 768 * 1024 * 1024
SECONDS = 8


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


def rows_of(content: bytes, limit: int) -> list[tuple[int, list[str]]]:
    """The lines of the first sheet that has some, with their number in the file; empty lines left out."""
    from python_calamine import CalamineWorkbook  # only once the limits are set

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for name in workbook.sheet_names:
        rows: list[tuple[int, list[str]]] = []
        for number, cells in enumerate(workbook.get_sheet_by_name(name).to_python(skip_empty_area=False), 1):
            texts = [_text(cell) for cell in cells]
            if any(text.strip() for text in texts):
                rows.append((number, texts))
            if len(rows) > limit:
                return rows
        if rows:
            return rows
    return []


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    json.dump(rows_of(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
