"""What a sheet of marks would change, cell by cell, as things stand; and all that is wrong, at once."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from candidates.imports.report import Findings, Report
from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.sheets.reading import Finding
from cqp.sheets.workbook import Row
from evaluations.imports.columns import FIRST_NAME, LAST_NAME, NUMBER, SHEET, Headings, MarkColumn, text_at
from evaluations.imports.identity import check_identities
from evaluations.imports.merge import Step, day_for_a_mark, step_of
from evaluations.imports.people import Register
from evaluations.models import Block, Mark
from evaluations.scoring import MISSING, MarkKind, ParsedMark, parse_mark, recorded_mark
from evaluations.services.marks import Answer, Entry, MarkConflict, preview_marks

EMPTIED = "Case vidée : la note enregistrée reste, un import n’efface rien."


@dataclass(frozen=True, slots=True)
class Change:
    """One mark the file would write: what stands, what it says, and what should be confirmed of it."""

    row: int
    entry: Entry
    title: str
    before: str
    after: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One mark that moved here and in the file, each its own way; the file's is not taken."""

    row: int
    enrolment: Enrolment
    title: str
    theirs: str
    stored: Mark


@dataclass(frozen=True, slots=True)
class MarksPreview:
    """Everything a sheet of marks would do."""

    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    report: Report

    @property
    def unusual(self) -> list[Change]:
        return [change for change in self.changes if change.question]

    @property
    def usual(self) -> list[Change]:
        return [change for change in self.changes if not change.question]

    def entries(self, *, unusual: bool) -> list[Entry]:
        """The cells to record; the unusual ones too, confirmed, if the person looked at them."""
        kept = self.changes if unusual else self.usual
        return [replace(change.entry, confirmed=bool(change.question)) for change in kept]

    @property
    def fingerprint(self) -> str:
        """What somebody saw when they confirmed: any other set of changes gives another text."""
        cells = [[*change.entry.key, change.entry.entry, change.entry.version] for change in self.changes]
        return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


@dataclass
class _Reading:
    """A file being read: what was found so far."""

    part: SessionPart
    headings: Headings
    marks: Mapping[tuple[int, int, int], Mark]
    problems: Findings = field(default_factory=Findings)
    warnings: Findings = field(default_factory=Findings)
    entries: list[tuple[int, MarkColumn, Entry]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unchanged: int = 0
    refused: int = 0


def preview_of_marks(
    rows: Sequence[Row],
    notices: Sequence[Finding],
    part: SessionPart,
    *,
    by: Actor,
    now: datetime,
    only: Block | None = None,
) -> MarksPreview:
    """Read the lines against the marks as they stand; nothing is written.

    The part comes with its session, its adoption and its CRFP. `only` leaves the other blocks aside. Raises
    Refusal when the file as a whole cannot be a sheet of marks of this session.
    """
    blocks = list(Block.objects.filter(regulation=part.session.adoption.regulation_id))
    headings = Headings.read(rows[0][1], blocks, only)
    body = rows[1:]
    texts = [text for _, cells in body if (text := headings.cell(SHEET, cells))]
    check_identities(texts, part, blocks, only)
    marks = Mark.objects.filter(enrolment__part=part).select_related("recorded_by").order_by()
    stored = {(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in marks}
    reading = _Reading(part, headings, stored)
    lost = _tell_notices(reading, notices)
    for number, cells, enrolment in _people(reading, body, lost):
        has_base = SHEET not in headings.people or bool(headings.cell(SHEET, cells))
        for column in headings.marks:
            _read_cell(reading, number, cells, enrolment, column, has_base=has_base)
    answers = preview_marks(part=part, entries=[entry for _, _, entry in reading.entries], by=by, now=now)
    return _preview(reading, answers)


def _tell_notices(reading: _Reading, notices: Sequence[Finding]) -> frozenset[int]:
    """What the reading of the file noticed; returns the lines that must stay out."""
    lost: set[int] = set()
    for notice in notices:
        (reading.problems if notice.blocking else reading.warnings).add(notice.sentence, *notice.rows)
        lost.update(notice.rows if notice.blocking else ())
    return frozenset(lost)


def _people(
    reading: _Reading, body: Sequence[Row], lost: frozenset[int]
) -> Iterator[tuple[int, list[str], Enrolment]]:
    """Each line with its candidate; a line that names nobody, or somebody named twice, stays out."""
    part, headings = reading.part, reading.headings
    enrolments = list(part.enrolments.select_related("candidate"))
    register = Register(enrolments)
    found: dict[int, list[tuple[int, list[str], Enrolment]]] = {}
    for number, cells in body:
        filled = sum(bool(text_at(cells, column.place)) for column in headings.marks)
        answer = register.find(*(headings.cell(name, cells) for name in (NUMBER, LAST_NAME, FIRST_NAME)))
        if isinstance(answer, str):
            reading.problems.add(answer, number)
        if isinstance(answer, str) or number in lost:
            reading.refused += max(filled, 1)
            continue
        answer.part, answer.session = part, part.session
        found.setdefault(answer.pk, []).append((number, cells, answer))
    for lines in found.values():
        if len(lines) == 1:
            yield lines[0]
            continue
        name = lines[0][2].candidate.full_name
        sentence = f"{name} figure {len(lines)} fois dans le fichier : gardez une seule ligne."
        for number, cells, _ in lines:
            reading.problems.add(sentence, number)
            reading.refused += max(sum(bool(text_at(cells, c.place)) for c in headings.marks), 1)


def _read_cell(
    reading: _Reading,
    number: int,
    cells: Sequence[str],
    enrolment: Enrolment,
    column: MarkColumn,
    *,
    has_base: bool,
) -> None:
    """What the file says of one mark, merged with what stands."""
    scale = column.block.mark_max
    text = text_at(cells, column.place)
    theirs = parse_mark(text, scale)
    if theirs.kind is MarkKind.INVALID:
        reading.refused += 1
        reading.problems.add(f"{column.title} : {day_for_a_mark(text) or theirs.problem}", number)
        return
    base = parse_mark(text_at(cells, column.base), scale) if has_base and column.base is not None else None
    stored = reading.marks.get((enrolment.pk, column.block.pk, column.attempt))
    step = step_of(theirs, _current(stored), base)
    if step is Step.EMPTIED:
        reading.warnings.add(EMPTIED, number)
    elif step is Step.UNCHANGED:
        reading.unchanged += 1
    elif step is Step.CONFLICT and stored is not None:
        reading.refused += 1
        reading.conflicts.append(Conflict(number, enrolment, column.title, theirs.shown, stored))
        sentence = MarkConflict(stored).sentence
        who = f"{enrolment.candidate.full_name}, {column.title}"
        reading.problems.add(f"Conflit : {who}, le fichier dit {theirs.shown}. {sentence}", number)
    elif step in (Step.APPLY, Step.CONFLICT):
        version = stored.version if stored else 0
        entry = Entry(enrolment, column.block, column.attempt, theirs.shown, version)
        reading.entries.append((number, column, entry))


def _current(mark: Mark | None) -> ParsedMark:
    return recorded_mark(mark.outcome, mark.value, mark.scale) if mark else MISSING


def _preview(reading: _Reading, answers: Sequence[Answer]) -> MarksPreview:
    """What the desk answers to each cell: a change, a question, or a refusal in the rule's own words."""
    changes: list[Change] = []
    new = 0
    for (number, column, entry), answer in zip(reading.entries, answers, strict=True):
        if answer.refusal:
            reading.refused += 1
            reading.problems.add(f"{column.title} : {answer.refusal}", number)
            continue
        if answer.question:
            reading.warnings.add(f"{column.title}, note inhabituelle : {answer.question}", number)
        new += not answer.before
        changes.append(Change(number, entry, column.title, answer.before, entry.entry, answer.question))
    report = Report(
        new=new,
        changed=len(changes) - new,
        unchanged=reading.unchanged,
        refused=reading.refused,
        problems=reading.problems.as_problems(),
        warnings=reading.warnings.as_problems(),
        ignored=reading.headings.ignored,
    )
    return MarksPreview(tuple(changes), tuple(reading.conflicts), report)
