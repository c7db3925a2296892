"""The mark grid as the page shows it: a candidate a row, a block a column, what may be done in each cell."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from evaluations.models import Block, Mark
from evaluations.rules import entry_refusal, mark_refusal, threshold_of
from evaluations.services.marks import Answer, Entry


@dataclass(slots=True)
class Column:
    """A block at one attempt, and how far its entry is."""

    block: Block
    attempt: int
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
    def threshold_sign(self) -> str:
        threshold = threshold_of(self.block)
        return threshold.sign if threshold else ""


@dataclass(slots=True)
class Cell:
    """One mark of one candidate. `entry` is what the input shows, `stored` what the database holds."""

    column: Column
    enrolment: Enrolment
    key: str
    stored: str
    version: int
    entry: str
    reason: str
    closed: bool
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


@dataclass(slots=True)
class Row:
    """A candidate's cells; a homonym is told from the other by the day of birth."""

    enrolment: Enrolment
    reason: str
    cells: list[Cell] = field(default_factory=list)
    is_homonym: bool = False

    @property
    def has_withdrawn(self) -> bool:
        return self.enrolment.state == EnrolmentState.WITHDRAWN


@dataclass(slots=True)
class Grid:
    columns: list[Column]
    rows: list[Row]

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for row in self.rows for cell in row.cells)

    @property
    def missing(self) -> int:
        """How many marks are still to be entered on this page."""
        return sum(c.total - c.done for c in self.columns if not c.is_jury and not c.is_retake)

    @property
    def done(self) -> int:
        return sum(c.done for c in self.columns if not c.is_jury)

    @property
    def troubled(self) -> list[Cell]:
        """The cells that were refused, for the summary at the top."""
        return [cell for cell in self.cells if cell.note]


def grid_of(part: SessionPart, actor: Actor) -> Grid:
    """The grid of a part, in three queries; its session comes with its adoption."""
    blocks = Block.objects.filter(regulation=part.session.adoption.regulation_id)
    columns = [
        Column(block, attempt)
        for block in blocks
        for attempt in ((Mark.Attempt.FIRST, Mark.Attempt.RETAKE) if block.retake else (Mark.Attempt.FIRST,))
    ]
    enrolments = part.enrolments.select_related("candidate", "option")
    recorded = Mark.objects.filter(enrolment__part=part).order_by()
    marks = {(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in recorded}
    grid = Grid(columns, [])
    for enrolment in enrolments:
        enrolment.part, enrolment.session = part, part.session
        grid.rows.append(_row(enrolment, columns, marks, actor))
    names = Counter(row.enrolment.candidate.full_name for row in grid.rows)
    for row in grid.rows:
        row.is_homonym = names[row.enrolment.candidate.full_name] > 1
    return grid


def _row(
    enrolment: Enrolment, columns: list[Column], marks: Mapping[tuple[int, int, int], Mark], actor: Actor
) -> Row:
    row = Row(enrolment, entry_refusal(enrolment) or "")
    for column in columns:
        block = column.block
        first = marks.get((enrolment.pk, block.pk, Mark.Attempt.FIRST))
        mark = marks.get((enrolment.pk, block.pk, column.attempt))
        refusal = row.reason or mark_refusal(enrolment, block, column.attempt, first, actor)
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
                closed=bool(row.reason),
            )
        )
        if not row.has_withdrawn:
            column.total += 1
            column.done += bool(stored)
    return row


def entries_of(grid: Grid, data: Mapping[str, str]) -> list[Entry]:
    """The cells changed on a page sent without script: those that differ from what the page showed."""
    entries = []
    for cell in grid.cells:
        typed = data.get(f"n-{cell.key}")
        version, _, shown = data.get(f"v-{cell.key}", "0:").partition(":")
        if typed is not None and typed.strip() != shown:
            seen = int(version) if version.isdecimal() and len(version) < 10 else 0
            column = cell.column
            entries.append(Entry(cell.enrolment, column.block, column.attempt, typed, seen))
    return entries


def show_answers(grid: Grid, answers: list[Answer]) -> None:
    """Put each refused cell back as it was typed, with its reason; the others show what is stored."""
    cells = {cell.key: cell for cell in grid.cells}
    for answer in answers:
        entry = answer.entry
        cell = cells[f"{entry.enrolment.pk}-{entry.block.pk}-{entry.attempt}"]
        if answer.mark is not None:
            cell.state = "is-saved"
            continue
        cell.entry = entry.entry
        cell.state = "is-conflict" if answer.is_conflict else "is-refused"
        cell.note = answer.refusal
        if answer.is_conflict:
            cell.note += " Enregistrez de nouveau pour remplacer cette valeur par la vôtre."
