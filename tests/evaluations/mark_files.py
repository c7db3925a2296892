"""Sheets of marks as they come back: from our template, changed as a spreadsheet would, or made by hand."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from candidates.imports.files import keep_sheet, read_file
from candidates.models import Enrolment, ListImport, SessionPart
from cqp.accounts.actor import Actor
from evaluations.imports.marks import MarksPreview, preview_of_marks
from evaluations.imports.running import block_of, import_marks
from evaluations.imports.template import blocks_to_type, template_of_marks
from evaluations.models import Block

Rows = list[list[str]]


def csv_of(rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def xlsx_of(rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    book.close()
    return out.getvalue()


def template(part: SessionPart, at: datetime, code: str = "") -> Rows:
    """The lines of our template as somebody sees them."""
    blocks = blocks_to_type(part, block_of(part, code) if code else None)
    rows = read_file(template_of_marks(part, blocks, at)).rows
    width = len(rows[0][1])
    return [[*cells, *[""] * (width - len(cells))] for _, cells in rows]


def fill(rows: Rows, enrolment: Enrolment, heading: str, entry: str) -> None:
    """Type a mark in the line of a candidate, under the first heading that begins so."""
    place = next(place for place, text in enumerate(rows[0]) if text.startswith(heading))
    line = next(line for line in rows if line[0] == enrolment.number)
    line[place] = entry


def preview(content: bytes, part: SessionPart, by: Actor, now: datetime, code: str = "") -> MarksPreview:
    sheet = read_file(content)
    only: Block | None = block_of(part, code) if code else None
    return preview_of_marks(sheet.rows, sheet.notices, part, by=by, now=now, only=only)


def bring_in(
    content: bytes, part: SessionPart, by: Actor, now: datetime, *, unusual: bool = True
) -> ListImport:
    """Send and confirm at once."""
    kind = ListImport.Kind.MARKS
    file = keep_sheet(read_file(content), content, "notes.csv", part=part, kind=kind, by=by, now=now)
    return import_marks(file=file, unusual=unusual, by=by, at=now)


def told(preview: MarksPreview) -> dict[str, tuple[int, ...]]:
    """What keeps lines out, whichever spaces French typography puts between the words."""
    return {plain(problem.message): problem.rows for problem in preview.report.problems}


def warned(preview: MarksPreview) -> dict[str, tuple[int, ...]]:
    return {plain(problem.message): problem.rows for problem in preview.report.warnings}


def plain(sentence: str) -> str:
    return " ".join(sentence.split())


def counts(preview: MarksPreview) -> Mapping[str, int]:
    report = preview.report
    return {
        "new": report.new,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "refused": report.refused,
    }
