"""Tables people take away: CSV for French Excel and XLSX, exact, and safe to open.

A text that a spreadsheet would run (`=cmd|…`) stays a text in both. A number is a number, never a float on
the way: a mark leaves as it is kept. A date is a date.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone

Cell = str | int | Decimal | date | datetime | None

WIDEST, NARROWEST = 60, 8
LONGEST_TEXT = 32_767  # of a cell of Excel
LONGEST_NAME = 31  # of a sheet of Excel
DIGITS = 15  # of a number of Excel, which forgets the others
FIRST_YEAR = 1900  # of the calendar of Excel

_BREAKS = ("\t", "\r", "\n")
_FORMULA = ("=", "+", "-", "@")
_NEGATIVE = re.compile(r"-[0-9]+([.,][0-9]+)?")
_A4 = 9


@dataclass(frozen=True, slots=True)
class Table:
    """What a list shows: its title, its headings, and a line of cells for each of its rows."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def csv_of(table: Table) -> bytes:
    """The table for a French spreadsheet: `;`, UTF-8 with its mark, decimal comma, days as 22/11/2026."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([harmless(heading) for heading in table.headings])
    writer.writerows([_written(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text a spreadsheet would run starts with an apostrophe instead; a plain negative number stays."""
    return f"'{text}" if _is_run(text) else text


def _is_run(text: str) -> bool:
    """Spreadsheets skip what shows nothing, and some read a full-width sign (U+FF1D) as the plain one."""
    if text.startswith(_BREAKS):
        return True
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c)[0] not in "CZ")
    return shown.startswith(_FORMULA) and not _NEGATIVE.fullmatch(text)


def _written(cell: Cell) -> str:
    """A cell as French people type it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{_on_the_wall(cell):%d/%m/%Y %H:%M}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, Decimal):
        return _decimal(cell)
    return harmless(cell) if isinstance(cell, str) else str(cell)


def _decimal(number: Decimal) -> str:
    """12,5 for Decimal("12.50"): every digit, and no zero that says nothing."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")


def _on_the_wall(moment: datetime) -> datetime:
    return timezone.make_naive(moment) if timezone.is_aware(moment) else moment


# --- XLSX ---


def xlsx_of(table: Table) -> bytes:
    """The table as a workbook of one sheet: headings that stay in sight, filters, cells of the right kind."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": table.title})
    sheet = book.add_worksheet(_sheet_name(table.title))
    writer = _Writer(book, sheet)
    for place, heading in enumerate(table.headings):
        writer.write(0, place, heading, book.add_format({"bold": True, "bottom": 1, "valign": "top"}))
    last = 0
    for last, row in enumerate(table.rows, 1):
        for place, cell in enumerate(row):
            writer.write(last, place, cell)
    for place, width in enumerate(writer.widths):
        sheet.set_column(place, place, min(max(width, NARROWEST), WIDEST) + 2)
    sheet.freeze_panes(1, 0)
    if table.headings:
        sheet.autofilter(0, 0, last, len(table.headings) - 1)
    _dress_for_paper(sheet)
    book.close()
    return out.getvalue()


class _Writer:
    """Writes each cell as what it is; nothing is guessed from what a text looks like."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self.sheet = sheet
        self.widths: list[int] = []
        self.day = book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
        self.moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"})
        # Stays a text even once somebody edits the cell.
        self.kept = book.add_format({"quote_prefix": True})

    def write(self, row: int, place: int, cell: Cell, look: Any = None) -> None:
        if cell is None or cell == "":
            return
        shown = _written(cell)
        self.widths += [0] * (place + 1 - len(self.widths))
        self.widths[place] = max(self.widths[place], len(shown))
        if isinstance(cell, date) and cell.year < FIRST_YEAR:
            cell = shown
        if isinstance(cell, datetime):
            self.sheet.write_datetime(row, place, _on_the_wall(cell), self.moment)
        elif isinstance(cell, date):
            self.sheet.write_datetime(row, place, cell, self.day)
        elif isinstance(cell, int | Decimal) and _fits(cell):
            self.sheet.write_number(row, place, cell)
        else:
            text = cell if isinstance(cell, str) else shown
            self.sheet.write_string(
                row, place, text[:LONGEST_TEXT], look or (self.kept if _is_run(text) else None)
            )


def _fits(number: int | Decimal) -> bool:
    """Whether Excel keeps every digit of a number."""
    exact = Decimal(number)
    return exact.is_finite() and len(exact.normalize().as_tuple().digits) <= DIGITS


def _sheet_name(title: str) -> str:
    """The title, as much of it as the name of a sheet may hold."""
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:LONGEST_NAME].strip(" '") or "Feuille"


def _dress_for_paper(sheet: Any) -> None:
    """A4, lying, as wide as the page, headings again on each."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
