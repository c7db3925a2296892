"""A sheet of marks to fill away from here: made for one CRFP's part and these blocks, as things stand.

Each line carries what the marks were (« Base … ») and the identity of the sheet, so that it may be sorted,
cut, converted to OpenDocument or CSV, and still be merged when it comes back.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from candidates.imports.files import GUIDE
from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState
from cqp.templatetags.fr import moment
from evaluations.imports.columns import (
    FIRST_NAME,
    LAST_NAME,
    NUMBER,
    SHEET,
    base_heading_of,
    heading_of,
    slots_of,
)
from evaluations.imports.identity import identity_of
from evaluations.models import Block, Mark
from evaluations.scoring import format_number, plain_number

PEOPLE = (NUMBER, LAST_NAME, FIRST_NAME)
_WIDTHS = (16, 24, 24)
_MARK_WIDTH, _BASE_WIDTH, _SHEET_WIDTH = 16, 6, 4


def blocks_to_type(part: SessionPart, only: Block | None = None) -> list[Block]:
    """The blocks a CRFP types: all but those of the jury, or the one asked for."""
    blocks = Block.objects.filter(regulation=part.session.adoption.regulation_id)
    typed = [block for block in blocks if block.recorder != Block.Recorder.JURY]
    return [block for block in typed if only is None or block.pk == only.pk]


def template_of_marks(part: SessionPart, blocks: Sequence[Block], at: datetime) -> bytes:
    """The sheet to fill, with who sits and the marks as they stand."""
    people = part.enrolments.filter(state=EnrolmentState.ENROLLED).select_related("candidate")
    marks = Mark.objects.filter(enrolment__part=part, block__in=blocks).order_by()
    stored = {(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in marks}
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = _MarkSheet(book, blocks, identity_of(part, blocks, at))
    sheet.write_headings()
    for row, enrolment in enumerate(people, 1):
        sheet.write_line(row, enrolment, stored)
    sheet.close(len(people))
    _write_guide(book, part, blocks, at)
    book.close()
    return out.getvalue()


@dataclass
class _MarkSheet:
    """The one sheet that is read back: people, marks to type, then what the merge needs."""

    book: Any
    blocks: Sequence[Block]
    identity: str
    sheet: Any = field(init=False)

    def __post_init__(self) -> None:
        self.sheet = self.book.add_worksheet("Notes")
        self.slots = list(slots_of(self.blocks))
        self.bases = len(PEOPLE) + len(self.slots)
        self.heading = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.text = self.book.add_format({"num_format": "@"})
        self.open = self.book.add_format(
            {"locked": False, "bg_color": "#FFF9E5", "border": 1, "border_color": "#D8D2BF"}
        )
        self.faint = self.book.add_format({"font_color": "#8A8A8A", "font_size": 8})

    def write_headings(self) -> None:
        headings = [heading_of(block, attempt) for block, attempt in self.slots]
        bases = [base_heading_of(block, attempt) for block, attempt in self.slots]
        for place, heading in enumerate([*PEOPLE, *headings, *bases, SHEET]):
            self.sheet.write_string(0, place, heading, self.heading)
        for place, width in enumerate(_WIDTHS):
            self.sheet.set_column(place, place, width)
        self.sheet.set_column(len(PEOPLE), self.bases - 1, _MARK_WIDTH)
        self.sheet.set_column(self.bases, self.bases + len(self.slots) - 1, _BASE_WIDTH, self.faint)
        self.sheet.set_column(self.bases + len(self.slots), self.bases + len(self.slots), _SHEET_WIDTH)

    def write_line(self, row: int, enrolment: Enrolment, stored: Mapping[tuple[int, int, int], Mark]) -> None:
        person = enrolment.candidate
        names = (enrolment.number, person.used_name or person.birth_name, person.first_names)
        for place, text in enumerate(names):
            self.sheet.write_string(row, place, text, self.text)
        for rank, (block, attempt) in enumerate(self.slots):
            mark = stored.get((enrolment.pk, block.pk, attempt))
            self._write_mark(row, len(PEOPLE) + rank, mark, self.open)
            self._write_mark(row, self.bases + rank, mark, self.faint)
        self.sheet.write_string(row, self.bases + len(self.slots), self.identity, self.faint)

    def _write_mark(self, row: int, place: int, mark: Mark | None, look: Any) -> None:
        if mark is None or not mark.entry:
            self.sheet.write_blank(row, place, None, look)
        elif mark.value is None:
            self.sheet.write_string(row, place, mark.entry, look)
        else:
            self.sheet.write_number(row, place, mark.value, look)

    def close(self, count: int) -> None:
        """What may be typed where, and what stays in sight."""
        last = max(count, 1)
        for rank, (block, _) in enumerate(self.slots):
            place = len(PEOPLE) + rank
            self.sheet.data_validation(1, place, last, place, validation_of(block, place))
        self.sheet.freeze_panes(1, len(PEOPLE))
        allowed = ("sort", "autofilter", "format_columns", "format_rows")
        self.sheet.protect("", dict.fromkeys(allowed, True))
        self.sheet.autofilter(0, 0, last, self.bases - 1)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)


def validation_of(block: Block, place: int) -> dict[str, Any]:
    """A number from 0 to the scale with two decimals at most, or an absence."""
    cell, scale = xl_rowcol_to_cell(1, place), plain_number(block.mark_max)
    said = f"un nombre de 0 à {format_number(block.mark_max)}, ABS ou ABJ"
    return {
        "validate": "custom",
        "value": (
            f'=OR(UPPER({cell})="ABS",UPPER({cell})="ABJ",'
            f"AND(ISNUMBER({cell}),{cell}>=0,{cell}<={scale},ROUND({cell},2)={cell}))"
        ),
        "ignore_blank": True,
        "error_title": "Ce n’est pas une note",
        "error_message": f"On attend {said}, avec deux décimales au plus.",
        "input_title": block.code,
        "input_message": f"On attend {said}.",
    }


def _write_guide(book: Any, part: SessionPart, blocks: Sequence[Block], at: datetime) -> None:
    """A few lines for whoever opens the file; the import does not read them."""
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    title = book.add_format({"bold": True, "font_size": 13})
    sheet.write_string(0, 0, f"Notes de {part.session.name}, {part.crfp.name}", title)
    lines = (
        f"Feuille préparée le {moment(at)} avec les notes alors enregistrées.",
        "Tapez dans les colonnes jaunes : un nombre (12,5), ABS (absence injustifiée) ou ABJ (justifiée).",
        "Une case laissée vide ne dit rien : l’import n’efface jamais une note.",
        "Pour trier ou supprimer des lignes, retirez d’abord la protection de la feuille : elle n’a pas de "
        "mot de passe. Enregistrez en XLSX, ODS ou CSV, comme vous voulez.",
        "Les colonnes « Base » et « Feuille » disent ce qui était enregistré au départ : ne les changez pas. "
        "Grâce à elles, une note modifiée des deux côtés n’est jamais écrasée : elle vous est montrée.",
        "Épreuves : "
        + ", ".join(f"{block.label} (/{format_number(block.mark_max)})" for block in blocks)
        + ".",
    )
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, line)
    sheet.protect()
