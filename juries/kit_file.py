"""The workbook of a kit: one line a candidate, with what it was when it left and a signed identity.

The identity travels in a column of its own, so that sorting, cutting, ODS and CSV keep it with its line; it
vouches for the « Base » columns beside it.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from django.core.signing import BadSignature, Signer

from candidates.forms.choices import plain
from candidates.imports.files import GUIDE
from cqp.journal.chain import canonical
from cqp.templatetags.fr import moment
from cqp.workflow import Refusal
from evaluations.imports.columns import (
    FIRST_NAME,
    LAST_NAME,
    NUMBER,
    SHEET,
    Headings,
    base_heading_of,
    heading_of,
    text_at,
)
from evaluations.imports.template import validation_of
from evaluations.models import Block, Mark
from evaluations.scoring import MISSING, MarkKind, ParsedMark, parse_mark, recorded_mark
from juries.kit import Heard, Opinion, one_line
from juries.models import LocalJury
from juries.reading import HearingLine

HOUR, ADVICE, ARGUMENT = "Heure", "Avis", "Argument"
BASE_ADVICE, BASE_ARGUMENT = "Base avis", "Base argument"
FOR, AGAINST = "Attribution", "Non-attribution"
NO_BLOCS = (
    "Une session en blocs n’a pas de kit : la fiche de chaque bloc se remplit à l’écran, critère par critère."
)
_SIGNER = Signer(salt="juries.kit")
_NEW = "téléchargez un nouveau kit"
_ADVICE = {
    **dict.fromkeys(("ATTRIBUTION", "ATTRIBUTION DU CQP", "FAVORABLE"), True),
    **dict.fromkeys(("NON ATTRIBUTION", "DEFAVORABLE", "NON FAVORABLE"), False),
}


@dataclass(frozen=True, slots=True)
class KitIdentity:
    """Which line this is: of which jury and hearing, and how many corrections of marks were known then."""

    jury: int
    hearing: int
    corrections: int
    base: str  # digest of what the line said when it left


def stands_of(line: HearingLine) -> Heard:
    """What is recorded of a candidate, as a kit would say it."""
    marks = {block.code: _stored(mark) for block, mark in line.cells}
    opinion = line.opinion
    return Heard(marks, (opinion.favourable, one_line(opinion.argument)) if opinion else None)


def _stored(mark: Mark | None) -> ParsedMark:
    return recorded_mark(mark.outcome, mark.value, mark.scale) if mark else MISSING


def identity_of(line: HearingLine) -> str:
    base = digest_of(stands_of(line))
    numbers = (line.hearing.jury_id, line.hearing.pk, line.corrections)
    return _SIGNER.sign(":".join(("1", *map(str, numbers), base)))


def read_identity(text: str) -> KitIdentity:
    """Raises Refusal when somebody changed it, or the line has none."""
    if not text:
        raise Refusal(f"Cette ligne n’a pas d’identité (colonne « Feuille ») : {_NEW}.")
    try:
        form, *numbers, base = _SIGNER.unsign(text).split(":")
        jury, hearing, corrections = map(int, numbers)
    except (BadSignature, ValueError) as error:
        raise Refusal(f"L’identité de cette ligne (colonne « Feuille ») a été modifiée : {_NEW}.") from error
    if form != "1":
        raise Refusal(f"Ce kit est d’une version ancienne : {_NEW}.")
    return KitIdentity(jury, hearing, corrections, base)


def digest_of(heard: Heard) -> str:
    """A short fingerprint of what a line says, however its marks were typed."""
    said = {code: [mark.kind.value, str(mark.shown)] for code, mark in heard.marks.items()}
    content = canonical({"marks": said, "opinion": list(heard.opinion) if heard.opinion else None})
    return hashlib.sha256(content.encode()).hexdigest()[:16]


# --- Reading ---


@dataclass(frozen=True, slots=True)
class KitColumns:
    """Where everything stands in the lines of a kit."""

    headings: Headings
    texts: Mapping[str, int]

    @classmethod
    def read(cls, cells: Sequence[str], blocks: Sequence[Block]) -> "KitColumns":
        """Raises Refusal when these headings are not those of a kit of these blocks."""
        headings = Headings.read(cells, blocks)
        wanted = {plain(name): name for name in (ADVICE, ARGUMENT, BASE_ADVICE, BASE_ARGUMENT)}
        texts = {wanted[plain(cell)]: place for place, cell in enumerate(cells) if plain(cell) in wanted}
        missing = [name for name in (NUMBER, SHEET) if name not in headings.people]
        missing += [name for name in wanted.values() if name not in texts]
        missing += [column.block.label for column in headings.marks if column.base is None]
        if missing:
            raise Refusal(
                f"Ce fichier n’est pas un kit de jury, il y manque : {', '.join(missing)}. {_AGAIN}"
            )
        return cls(headings, texts)

    def number(self, cells: Sequence[str]) -> str:
        return self.headings.cell(NUMBER, cells)

    def identity(self, cells: Sequence[str]) -> str:
        return self.headings.cell(SHEET, cells)

    def file(self, cells: Sequence[str]) -> Heard:
        """What somebody typed; an unreadable mark is INVALID. Raises Refusal for an unknown opinion."""
        marks = {
            column.block.code: parse_mark(text_at(cells, column.place), column.block.mark_max)
            for column in self.headings.marks
        }
        return Heard(marks, self._opinion(cells, ADVICE, ARGUMENT))

    def base(self, cells: Sequence[str]) -> Heard:
        """What the line said when it left. Raises Refusal."""
        marks = {
            column.block.code: parse_mark(text_at(cells, column.base), column.block.mark_max)
            for column in self.headings.marks
        }
        return Heard(marks, self._opinion(cells, BASE_ADVICE, BASE_ARGUMENT))

    def _opinion(self, cells: Sequence[str], advice: str, argument: str) -> Opinion | None:
        said, why = (text_at(cells, self.texts[name]) for name in (advice, argument))
        if not said:
            return None
        favourable = _ADVICE.get(plain(said))
        if favourable is None:
            raise Refusal(f"« {said[:40]} » n’est pas un avis : écrivez {FOR} ou {AGAINST}.")
        return favourable, one_line(why)

    def is_orphan(self, cells: Sequence[str]) -> bool:
        """Was an argument typed without the opinion it goes with?"""
        said, why, before = (text_at(cells, self.texts[n]) for n in (ADVICE, ARGUMENT, BASE_ARGUMENT))
        return not said and bool(why) and why != before


_AGAIN = "Téléchargez le kit de ce jury, et remplissez-le."


def unreadable_marks(heard: Heard, blocks: Sequence[Block]) -> list[str]:
    """What is wrong with the marks of a line, block by block."""
    labels = {block.code: block.label for block in blocks}
    return [
        f"{labels[code]} : {mark.problem}"
        for code, mark in heard.marks.items()
        if mark.kind is MarkKind.INVALID
    ]


# --- Writing ---


def kit_of(jury: LocalJury, lines: Sequence[HearingLine], hours: Mapping[int, str], at: datetime) -> bytes:
    """The workbook to fill: the candidates this juror hears, and what is recorded of them.

    `hours`: when each is heard, by hearing. Raises Refusal in a session in blocs.
    """
    if any(line.blocs for line in lines):
        raise Refusal(NO_BLOCS)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    blocks = list(lines[0].blocks) if lines else []
    sheet = _KitSheet(book, blocks, has_hours=bool(hours))
    for row, line in enumerate(lines, 1):
        sheet.write_line(row, line, hours.get(line.hearing.pk, ""))
    sheet.close(len(lines))
    _write_guide(book, jury, at)
    book.close()
    return out.getvalue()


@dataclass
class _KitSheet:
    """The one sheet that is read back: people, what to type, then what the merge needs."""

    book: Any
    blocks: Sequence[Block]
    has_hours: bool
    sheet: Any = field(init=False)

    def __post_init__(self) -> None:
        self.sheet = self.book.add_worksheet("Jury")
        self.text = self.book.add_format({"num_format": "@"})
        self.open = self.book.add_format(
            {
                "locked": False,
                "bg_color": "#FFF9E5",
                "border": 1,
                "border_color": "#D8D2BF",
                "text_wrap": True,
                "valign": "top",
                "quote_prefix": False,
            }
        )
        self.faint = self.book.add_format({"font_color": "#8A8A8A", "font_size": 8})
        people = (NUMBER, LAST_NAME, FIRST_NAME, *((HOUR,) if self.has_hours else ()))
        self.first = len(people)
        marks = [heading_of(block, Mark.Attempt.FIRST) for block in self.blocks]
        bases = [base_heading_of(block, Mark.Attempt.FIRST) for block in self.blocks]
        self.headings = [
            *(*people, *marks, ADVICE, ARGUMENT),
            *(*bases, BASE_ADVICE, BASE_ARGUMENT, SHEET),
        ]
        bold = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        for place, heading in enumerate(self.headings):
            self.sheet.write_string(0, place, heading, bold)

    @property
    def width(self) -> int:
        """Of what is typed: the marks, the opinion, its argument."""
        return len(self.blocks) + 2

    def write_line(self, row: int, line: HearingLine, hour: str) -> None:
        person, stands = line.enrolment.candidate, stands_of(line)
        people = [line.enrolment.number, person.used_name or person.birth_name, person.first_names]
        for place, text in enumerate([*people, *([hour] if self.has_hours else [])]):
            self.sheet.write_string(row, place, text, self.text)
        for first, look in ((self.first, self.open), (self.first + self.width, self.faint)):
            self._write_heard(row, first, stands, look)
        self.sheet.write_string(row, len(self.headings) - 1, identity_of(line), self.faint)

    def _write_heard(self, row: int, first: int, heard: Heard, look: Any) -> None:
        for rank, block in enumerate(self.blocks):
            mark = heard.marks[block.code]
            if mark.is_missing:
                self.sheet.write_blank(row, first + rank, None, look)
            elif mark.value is None:
                self.sheet.write_string(row, first + rank, mark.shown, look)
            else:
                self.sheet.write_number(row, first + rank, mark.value, look)
        favourable, argument = heard.opinion or (None, "")
        said = {None: "", True: FOR, False: AGAINST}[favourable]
        for rank, text in enumerate((said, argument), len(self.blocks)):
            self.sheet.write_string(row, first + rank, text, look)

    def close(self, count: int) -> None:
        """What may be typed where, and what stays in sight."""
        last = max(count, 1)
        for rank, block in enumerate(self.blocks):
            place = self.first + rank
            self.sheet.data_validation(1, place, last, place, validation_of(block, place))
        advice = self.first + len(self.blocks)
        choice = {"validate": "list", "source": [FOR, AGAINST], "error_title": "Ce n’est pas un avis"}
        self.sheet.data_validation(1, advice, last, advice, choice)
        self.sheet.set_column(0, self.first - 1, 18)
        self.sheet.set_column(self.first, advice, 16)
        self.sheet.set_column(advice + 1, advice + 1, 60)
        self.sheet.set_column(advice + 2, len(self.headings) - 1, 6, self.faint)
        self.sheet.freeze_panes(1, self.first)
        allowed = ("sort", "autofilter", "format_columns", "format_rows")
        self.sheet.protect("", dict.fromkeys(allowed, True))
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)


def _write_guide(book: Any, jury: LocalJury, at: datetime) -> None:
    """A few lines for whoever opens the file; nobody reads them back."""
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.write_string(0, 0, f"Kit de {jury.name}", book.add_format({"bold": True, "font_size": 13}))
    lines = (
        f"Préparé le {moment(at)} avec ce qui était alors enregistré. Remplissez-le, puis envoyez-le.",
        "Tapez dans les colonnes jaunes : un nombre (12,5), ABS (absence injustifiée) ou ABJ (justifiée) ; "
        f"l’avis, {FOR} ou {AGAINST} ; son argument, nécessaire pour une non-attribution.",
        "Une case vide ne dit rien : un kit n’efface rien. Pas de formule : tapez ce qu’elle donne.",
        "Les colonnes « Base » et « Feuille » disent ce qui était enregistré au départ : ne les changez pas. "
        "Grâce à elles, ce qui a changé des deux côtés n’est jamais écrasé : les deux vous sont montrés.",
        "Ce fichier contient des données personnelles : effacez-le une fois envoyé.",
    )
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, line)
    sheet.protect()
