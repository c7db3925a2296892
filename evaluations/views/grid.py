"""The mark grid as the page shows it: a candidate a row, a block a column, what may be done in each cell."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from candidates.models import Enrolment, Option, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.templatetags.fr import day, plural, weekday
from evaluations.kept import origins_of
from evaluations.models import Block, BlockSheet, Mark
from evaluations.rules import (
    counted_tests,
    entry_refusal,
    is_near_threshold,
    mark_refusal,
    sheet_refusal,
    threshold_of,
)
from evaluations.services.marks import Answer, Entry

VIEWS = {
    "": "toutes",
    "manquantes": "manquantes",
    "inhabituelles": "inhabituelles",
    "conflit": "en conflit",
    "seuil": "au seuil",
}
"""What of the grid one may look at, by the word of the address."""

_GIVEN = Mark(outcome=Mark.Outcome.NOTE)  # any mark there is, to ask why it would be locked


def column_of(block: Block, attempt: int) -> str:
    """How a sentence names a column."""
    return f"{block.label} (rattrapage)" if attempt == Mark.Attempt.RETAKE else block.label


@dataclass(slots=True)
class Column:
    """A block at one attempt, its sheet, and how far its entry is."""

    block: Block
    attempt: int
    sheet: BlockSheet | None = None
    done: int = 0
    total: int = 0
    key: str = ""

    def __post_init__(self) -> None:
        self.key = f"{self.block.pk}-{self.attempt}"

    @property
    def is_jury(self) -> bool:
        return self.block.recorder == Block.Recorder.JURY

    @property
    def is_retake(self) -> bool:
        return self.attempt == Mark.Attempt.RETAKE

    @property
    def is_submitted(self) -> bool:
        return self.sheet is not None and self.sheet.is_submitted

    @property
    def is_typed(self) -> bool:
        """Are its marks typed here? Not those of the jury, nor those made by the tests of their block."""
        made = bool(self.sheet and self.sheet.tests_count) and not self.is_retake
        return not self.is_jury and not made

    @property
    def is_awaited(self) -> bool:
        """Is one mark a candidate expected here? A retake is an exception."""
        return self.is_typed and not self.is_retake

    @property
    def threshold_sign(self) -> str:
        threshold = threshold_of(self.block)
        return threshold.sign if threshold else ""

    @property
    def lock(self) -> str:
        """Why what is recorded here no longer changes, in a few words; empty while it does."""
        if self.is_jury:
            return "saisi par le jury"
        if not self.is_typed:
            return f"moyenne de {counted_tests(self.sheet)}"  # type: ignore[arg-type]
        if self.is_submitted:
            return f"transmises le {day(self.sheet.submitted_at)}"  # type: ignore[union-attr]
        return ""

    @property
    def lock_sentence(self) -> str:
        """The same in the words of the rule."""
        return "" if self.is_jury else sheet_refusal(self.sheet, self.attempt, _GIVEN) or ""


@dataclass(slots=True)
class Cell:
    """One mark of one candidate. `entry` is what the input shows, `stored` what the database holds.

    `asked` is the entry a person was asked to confirm, `flag` why the one stored was; `origin`, why one kept
    from an earlier session does not change.
    """

    column: Column
    enrolment: Enrolment
    key: str
    stored: str
    version: int
    entry: str
    reason: str
    closed: bool
    origin: str = ""
    flag: str = ""
    is_near: bool = False
    asked: str = ""
    restores: int = 0
    state: str = ""
    note: str = ""

    @property
    def is_plain(self) -> bool:
        """Only to be read, whatever happens on this page: no input at all."""
        return bool(self.reason) and (self.closed or not self.column.is_retake) and not self.state

    @property
    def is_locked(self) -> bool:
        """Not to be filled for now. A retake that lost its reason may still be erased."""
        return bool(self.reason) and not self.state and not self.stored

    def shows(self, view: str) -> bool:
        """Does this cell belong to what one wants to look at?"""
        match view:
            case "manquantes":
                return self.column.is_awaited and not self.stored and not self.closed
            case "inhabituelles":
                return bool(self.flag) or self.state == "is-question"
            case "conflit":
                return self.state == "is-conflict"
            case "seuil":
                return self.is_near
        return True


@dataclass(slots=True)
class Row:
    """A candidate's cells; a homonym is told from the other by the day of birth."""

    enrolment: Enrolment
    reason: str
    cells: list[Cell] = field(default_factory=list)
    is_homonym: bool = False
    is_hidden: bool = False

    @property
    def has_withdrawn(self) -> bool:
        return self.enrolment.state == EnrolmentState.WITHDRAWN

    @property
    def group(self) -> str:
        option = self.enrolment.option
        return option.code if option else ""


@dataclass(slots=True)
class Group:
    """The candidates of one option: how far each column is for them, as (column, done, total)."""

    option: Option | None
    progress: list[tuple[Column, int, int]] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.option.code if self.option else ""

    @property
    def label(self) -> str:
        return self.option.label if self.option else "Sans option"


@dataclass(slots=True)
class Grid:
    columns: list[Column]
    rows: list[Row]
    view: str = ""
    group: str = ""

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row.cells)

    @property
    def shown(self) -> int:
        return sum(not row.is_hidden for row in self.rows)

    @property
    def missing(self) -> int:
        """How many marks are still to be entered on this page."""
        return sum(c.total - c.done for c in self.columns if c.is_awaited)

    @property
    def unsubmitted(self) -> int:
        """How many marks are recorded in sheets not yet transmitted by their responsible."""
        return sum(c.done for c in self.columns if not c.is_jury and not c.is_submitted)

    @property
    def troubled(self) -> list[Cell]:
        """The cells that were refused or asked about, for the summary at the top."""
        return [cell for cell in self.cells if cell.note]

    @property
    def groups(self) -> list[Group]:
        """The options of the candidates with the progress of each; empty where there is but one."""
        rows = [row for row in self.rows if not row.has_withdrawn]
        options = {row.group: row.enrolment.option for row in self.rows}
        awaited = [(i, column) for i, column in enumerate(self.columns) if column.is_awaited]
        if len(options) < 2:
            return []
        groups = []
        for code in sorted(options):
            own = [row for row in rows if row.group == code]
            done = [
                (column, sum(bool(row.cells[i].stored) for row in own), len(own)) for i, column in awaited
            ]
            groups.append(Group(options[code], done))
        return groups

    def look_at(self, view: str, group: str) -> None:
        """Keep in sight the rows of this group with a cell of this view; the others are only hidden."""
        self.view = view if view in VIEWS else ""
        self.group = group if any(row.group == group for row in self.rows) else ""
        for row in self.rows:
            of_group = not self.group or row.group == self.group
            row.is_hidden = not (of_group and any(cell.shows(self.view) for cell in row.cells))

    def left(self, deadline: date, today: date) -> str:
        """What remains to be done here and until when, in one line."""
        parts = []
        if self.missing:
            parts.append(f"{self.missing} note{plural(self.missing)} à saisir")
        if self.unsubmitted:
            parts.append(
                f"{self.unsubmitted} saisie{plural(self.unsubmitted)} non transmise{plural(self.unsubmitted)}"
            )
        if not parts:
            return "Toutes les notes sont saisies et transmises."
        return f"{', '.join(parts)}\u00a0: {due_of(deadline, today)}"


def due_of(deadline: date, today: date) -> str:
    """The deadline as the status line says it."""
    return f"échéance {'dépassée depuis le ' if today > deadline else ''}{weekday(deadline)}"


def grid_of(part: SessionPart, actor: Actor) -> Grid:
    """The grid of a part, in four queries and one for the marks kept; its session comes with its adoption."""
    blocks = Block.objects.filter(regulation=part.session.adoption.regulation_id)
    sheets = {sheet.block_id: sheet for sheet in BlockSheet.objects.counted().filter(part=part)}
    columns = [
        Column(block, attempt, sheets.get(block.pk))
        for block in blocks
        for attempt in ((Mark.Attempt.FIRST, Mark.Attempt.RETAKE) if block.retake else (Mark.Attempt.FIRST,))
    ]
    enrolments = part.enrolments.select_related("candidate", "option")
    recorded = Mark.objects.filter(enrolment__part=part).order_by()
    marks = {(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in recorded}
    origins = origins_of(marks.values())
    grid = Grid(columns, [])
    for enrolment in enrolments:
        enrolment.part, enrolment.session = part, part.session
        grid.rows.append(_row(enrolment, columns, marks, origins, actor))
    names = Counter(row.enrolment.candidate.full_name for row in grid.rows)
    for row in grid.rows:
        row.is_homonym = names[row.enrolment.candidate.full_name] > 1
    return grid


def _row(
    enrolment: Enrolment,
    columns: list[Column],
    marks: Mapping[tuple[int, int, int], Mark],
    origins: Mapping[int, str],
    actor: Actor,
) -> Row:
    row = Row(enrolment, entry_refusal(enrolment) or "")
    for column in columns:
        block = column.block
        first = marks.get((enrolment.pk, block.pk, Mark.Attempt.FIRST))
        mark = marks.get((enrolment.pk, block.pk, column.attempt))
        origin = origins.get(mark.pk, "") if mark else ""
        locked = origin or sheet_refusal(column.sheet, column.attempt, mark)
        refusal = row.reason or locked or mark_refusal(enrolment, block, column.attempt, first, actor)
        stored, version = (mark.entry, mark.version) if mark else ("", 0)
        row.cells.append(
            Cell(
                column=column,
                enrolment=enrolment,
                key=f"{enrolment.pk}-{column.key}",
                stored=stored,
                version=version,
                entry=stored,
                reason=refusal or "",
                closed=bool(row.reason or locked),
                origin=origin,
                flag=mark.get_unusual_display() or "" if mark else "",
                is_near=is_near_threshold(block, mark),
            )
        )
        if not row.has_withdrawn:
            column.total += 1
            column.done += bool(stored)
    return row


def entries_of(grid: Grid, data: Mapping[str, str]) -> list[Entry]:
    """The cells changed on a page sent without script: those that differ from what the page showed.

    A value asked about and sent again as it was is confirmed.
    """
    entries = []
    for cell in grid.cells:
        typed = data.get(f"n-{cell.key}")
        version, _, shown = data.get(f"v-{cell.key}", "0:").partition(":")
        if typed is None or typed.strip() == shown:
            continue
        asked = data.get(f"q-{cell.key}", "")
        column, restores = cell.column, _number(data.get(f"r-{cell.key}", ""))
        entries.append(
            Entry(
                cell.enrolment,
                column.block,
                column.attempt,
                typed,
                _number(version),
                confirmed=bool(asked) and typed.strip() == asked,
                restores=restores,
            )
        )
    return entries


def _number(text: str) -> int:
    """A number the page itself wrote in a hidden field, 0 if somebody wrote something else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def show_answers(grid: Grid, answers: list[Answer]) -> None:
    """Put each cell that was not saved back as typed, with its reason; the others show what is stored."""
    cells = {cell.key: cell for cell in grid.cells}
    for answer in answers:
        entry = answer.entry
        cell = cells[f"{entry.enrolment.pk}-{entry.block.pk}-{entry.attempt}"]
        if answer.mark is not None:
            cell.state = "is-saved"
            continue
        cell.entry, cell.restores = entry.entry, entry.restores
        cell.note = answer.refusal
        if answer.question:
            cell.state, cell.asked = "is-question", entry.entry.strip()
            cell.note = f"{answer.question} Enregistrez de nouveau pour la garder."
        elif answer.is_conflict:
            cell.state = "is-conflict"
            cell.note += " Enregistrez de nouveau pour remplacer cette valeur par la vôtre."
        else:
            cell.state = "is-refused"
