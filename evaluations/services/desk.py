"""The one place where marks are written: judged cell by cell, stored together, journaled as one.

Everything is read once under the locks of the part, in a number of queries that does not depend on how many
cells there are: one cell left by the keyboard and two hundred pasted take the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.workflow import Conflict, Refusal
from evaluations.history import history_of, subject_of
from evaluations.models import Block, BlockSheet, Mark, Operation, Regulation
from evaluations.reading import points_scheme_of
from evaluations.rules import correction_refusal, eliminates, kept_refusal, mark_refusal, sheet_refusal
from evaluations.scoring import (
    Group,
    LineState,
    LineTable,
    ParsedMark,
    Scheme,
    Unusual,
    format_number,
    is_far,
    parse_mark,
    probably_meant,
)
from evaluations.scoring.typography import typeset
from evaluations.services.lines import Lines

_WRITTEN = (
    "outcome", "value", "scale", "version", "recorded_at", "recorded_by", "unusual", "corrected_at",
    "corrections",
)  # fmt: skip
# Who may be told that a mark is far from the others, or what a total becomes: nobody else sees them (R40).
_KNOWS_THE_GROUP = frozenset({Role.CRFP, Role.UCANSS})
# Only these blocks may be made of the lines of a carnet.
_WITH_LINES = frozenset({Block.Recorder.TUTOR, Block.Recorder.MANAGER})
_FIRST, _RETAKE = Mark.Attempt.FIRST, Mark.Attempt.RETAKE


class MarkConflict(Conflict):
    """Somebody else changed the mark first; `stored` is what they left."""

    def __init__(self, stored: Mark) -> None:
        local = timezone.localtime(stored.recorded_at)
        hour = f"{local:%d/%m/%Y} à {local.hour}\u00a0h\u00a0{local:%M}"
        value = f"saisi {stored.entry}" if stored.entry else "effacé cette note"
        super().__init__(f"{stored.recorded_by.full_name} a {value} le {hour}.")
        self.stored = stored


class Question(Refusal):
    """An unusual mark was not confirmed: the sentence asks."""


class Key(NamedTuple):
    """Which mark: ids of the enrolment and of the block, first attempt or retake."""

    enrolment: int
    block: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as somebody filled it; `version` is that of the mark before their eyes, 0 for none.

    `confirmed`: they were asked about an unusual mark, and kept it. `restores`: the version whose value they
    put back, 0 for none. `flag`: why the value put back was unusual, so that nobody is asked again (empty: it
    was not); None where it is to be looked at.
    """

    enrolment: Enrolment
    block: Block
    attempt: int
    entry: str
    version: int
    confirmed: bool = False
    restores: int = 0
    flag: str | None = None

    @property
    def key(self) -> Key:
        return Key(self.enrolment.pk, self.block.pk, self.attempt)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one cell: the mark recorded, or why not.

    `before` is what stood there. After a conflict `stored` is what the other person left; a `question` waits
    for a confirmation and nothing was written.
    """

    entry: Entry
    before: str = ""
    mark: Mark | None = None
    refusal: str = ""
    stored: Mark | None = None
    question: str = ""
    changed: bool = False

    @property
    def is_conflict(self) -> bool:
        return self.stored is not None


class Desk:
    """One person writing marks of one part, inside the transaction of a verb.

    `act` is RECORD_MARK, or CORRECT_MARK with its `reason` for what is already transmitted. `derived` marks
    come from the tests of their block, those `from_lines` from the observations of the carnet.
    """

    def __init__(
        self,
        part: SessionPart,
        entries: Sequence[Entry],
        *,
        by: Actor,
        at: datetime,
        act: Act = Act.RECORD_MARK,
        reason: str = "",
        derived: bool = False,
        from_lines: bool = False,
    ) -> None:
        adoption = part.session.adoption
        self.session, self.part = lock_part(part)
        self.session.adoption = adoption  # a session keeps its regulation for good: nothing to read again
        self.entries = list({entry.key: entry for entry in entries}.values())
        self.by, self.at = by, at
        self.act, self.reason, self.derived, self.from_lines = act, reason, derived, from_lines
        self._facts: list[tuple[Mark, str, str, int]] = []
        ids = {entry.enrolment.pk for entry in entries}
        self._blocks = {entry.block.pk: entry.block for entry in entries}
        self._enrolments = self._current_enrolments(ids)
        marks = Mark.objects.filter(enrolment__in=ids).prefetch_related("recorded_by")
        self._marks = {Key(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in marks}
        sheets = BlockSheet.objects.counted().filter(part=self.part, block__in=self._blocks)
        self._sheets = {sheet.block_id: sheet for sheet in sheets}

    def _current_enrolments(self, ids: set[int]) -> dict[int, Enrolment]:
        rows = Enrolment.objects.filter(part=self.part, pk__in=ids).select_related("candidate")
        enrolments = {row.pk: row for row in rows}
        for enrolment in enrolments.values():
            enrolment.part, enrolment.session = self.part, self.session
        return enrolments

    # --- Judging ---

    def judge(self) -> list[Answer]:
        """The answer to each cell, in order; what is accepted waits for `write`."""
        return [self._judge(entry) for entry in self.entries]

    def _judge(self, entry: Entry) -> Answer:
        enrolment = self._enrolments.get(entry.enrolment.pk)
        stored = self._marks.get(entry.key)
        before = stored.entry if stored else ""
        if enrolment is None:
            return Answer(entry, refusal="Ce candidat n’est plus dans cette partie de la session.")
        parsed = parse_mark(entry.entry, entry.block.mark_max)
        refusal = parsed.problem or self._refusal(entry, enrolment, parsed)
        if refusal:
            return Answer(entry, before, refusal=refusal)
        if _says(stored, parsed):
            return Answer(entry, before, mark=stored or self._blank(entry, enrolment))
        refusal = kept_refusal(stored) or (self._sheet_refusal(entry, stored) if self._is_plain else None)
        if refusal:
            return Answer(entry, before, refusal=refusal)
        if (stored.version if stored else 0) != entry.version:
            if stored is None:
                return Answer(entry, refusal="La page est périmée : rechargez-la.")
            return Answer(entry, before, refusal=MarkConflict(stored).sentence, stored=stored)
        unusual, question = self._unusual(entry, stored, parsed)
        if unusual and not entry.confirmed and entry.flag is None:
            return Answer(entry, before, question=typeset(question))
        return Answer(entry, before, mark=self._accept(entry, enrolment, parsed, unusual), changed=True)

    @property
    def _is_plain(self) -> bool:
        return self.act is Act.RECORD_MARK and not self.derived

    def _sheet_refusal(self, entry: Entry, stored: Mark | None) -> str | None:
        refusal = sheet_refusal(self._sheets.get(entry.block.pk), entry.attempt, stored)
        if refusal is None and entry.block.recorder in _WITH_LINES and not self.from_lines:
            refusal = self._lines.refusal(entry.enrolment, entry.block, self.by.role)
        return refusal

    @cached_property
    def _lines(self) -> Lines:
        return Lines.of(self._blocks, self._enrolments)

    def _refusal(self, entry: Entry, enrolment: Enrolment, parsed: ParsedMark) -> str | None:
        if self.act is Act.CORRECT_MARK:
            return correction_refusal(enrolment, entry.block, self._sheets.get(entry.block.pk), self.by)
        first = self._marks.get(entry.key._replace(attempt=_FIRST))
        return mark_refusal(enrolment, entry.block, entry.attempt, first, self.by, clearing=parsed.is_missing)

    def _blank(self, entry: Entry, enrolment: Enrolment) -> Mark:
        return Mark(
            enrolment=enrolment,
            block=entry.block,
            attempt=entry.attempt,
            outcome=Mark.Outcome.NONE,
            version=0,
            recorded_at=self.at,
            recorded_by=self.by.user,
        )

    def _accept(
        self, entry: Entry, enrolment: Enrolment, parsed: ParsedMark, unusual: Unusual | None
    ) -> Mark:
        mark = self._marks.get(entry.key) or self._blank(entry, enrolment)
        restores = entry.restores if self._was(entry, parsed) else 0
        self._facts.append((mark, mark.entry, mark.unusual or "", restores))
        mark.enrolment, mark.block = enrolment, entry.block
        mark.outcome, mark.value = Mark.Outcome(parsed.kind.value), parsed.value
        mark.scale = entry.block.mark_max
        mark.version += 1
        mark.recorded_at, mark.recorded_by = self.at, self.by.user
        mark.unusual = unusual.value if unusual else None
        if self.act is Act.CORRECT_MARK:
            mark.corrected_at, mark.corrections = self.at, (mark.corrections or 0) + 1
        self._marks[entry.key] = mark
        return mark

    def _was(self, entry: Entry, parsed: ParsedMark) -> bool:
        """Did the version that is put back hold this very value?"""
        if not entry.restores:
            return False
        versions = history_of(entry.enrolment.pk, entry.block, entry.attempt)
        return any((one.number, one.value) == (entry.restores, parsed.shown) for one in versions)

    # --- What deserves a second look ---

    def _unusual(self, entry: Entry, stored: Mark | None, parsed: ParsedMark) -> tuple[Unusual | None, str]:
        """Why this mark should be confirmed, and the question; nothing for who may not know the others."""
        if entry.flag is not None:
            return (Unusual(entry.flag) if entry.flag else None), ""
        if self.by.role not in _KNOWS_THE_GROUP or self.derived:
            return None, ""
        crossing = self._crossing(entry, stored, parsed)
        if crossing:
            return Unusual.CROSSING, crossing
        if parsed.value is None or entry.attempt != _FIRST:
            return None, ""
        group = self._groups[entry.block.pk].without(parsed.value)
        meant = probably_meant(parsed.value, entry.block.mark_max, group)
        if meant is not None:
            return Unusual.SLIP, f"Est-ce bien {parsed.shown}, et non {format_number(meant)} ?"
        if is_far(parsed.value, group):
            return Unusual.FAR, f"{parsed.shown} est très loin des autres notes de l’épreuve. Est-ce juste ?"
        return None, ""

    @cached_property
    def _groups(self) -> dict[int, Group]:
        """The first marks of each block as they would stand with what is being entered."""
        rows = Mark.objects.filter(
            enrolment__part=self.part, block__in=self._blocks, attempt=_FIRST, outcome=Mark.Outcome.NOTE
        )
        values: dict[Key, Decimal | None] = {
            Key(enrolment, block, _FIRST): value
            for enrolment, block, value in rows.order_by().values_list("enrolment", "block", "value")
        }
        for entry in self.entries:
            if entry.attempt == _FIRST:
                parsed = parse_mark(entry.entry, entry.block.mark_max)
                values[entry.key] = parsed.value
        of_block: dict[int, list[Decimal]] = defaultdict(list)
        for key, value in values.items():
            if value is not None:
                of_block[key.block].append(value)
        return defaultdict(Group, {block: Group.of(points) for block, points in of_block.items()})

    def _crossing(self, entry: Entry, stored: Mark | None, parsed: ParsedMark) -> str:
        """What a change of a recorded mark would turn over: its elimination, or the total required."""
        if stored is None or stored.outcome in (Mark.Outcome.NONE, Mark.Outcome.EXCUSED):
            return ""
        if parsed.points is None:
            return ""
        new = Mark(outcome=Mark.Outcome(parsed.kind.value), value=parsed.value)
        was, becomes = eliminates(entry.block, stored), eliminates(entry.block, new)
        if was != becomes:
            what = "deviendrait éliminatoire" if becomes else "ne serait plus éliminatoire"
            return f"La note {what}, de {stored.entry} à {parsed.shown}. Est-ce juste ?"
        return self._total_crossing(entry, parsed)

    def _total_crossing(self, entry: Entry, parsed: ParsedMark) -> str:
        required = self._scheme.pass_total
        before, after = self._total(entry, None), self._total(entry, parsed)
        if before is None or after is None or (before >= required) == (after >= required):
            return ""
        return (
            f"Le total passerait de {format_number(before)} à {format_number(after)}, "
            f"il en faut {format_number(required)}. Est-ce juste ?"
        )

    @cached_property
    def _scheme(self) -> Scheme:
        return points_scheme_of(self._regulation)

    @cached_property
    def _regulation(self) -> Regulation:
        return Regulation.objects.prefetch_related("blocks").get(pk=self.session.adoption.regulation_id)

    def _total(self, entry: Entry, parsed: ParsedMark | None) -> Decimal | None:
        """The total of the candidate, with this mark in its place; None while it cannot be counted."""
        points = Decimal(0)
        for pk, table in self._tables.items():
            first, retake = (self._shown(entry, parsed, pk, attempt) for attempt in (_FIRST, _RETAKE))
            line = table.with_retake(first, retake) if retake else table[first]
            if line.state > LineState.ELIMINATORY or line.weighted is None:
                return None
            points += line.weighted
        return points

    def _shown(self, entry: Entry, parsed: ParsedMark | None, block: int, attempt: int) -> str:
        key = Key(entry.enrolment.pk, block, attempt)
        if parsed is not None and key == entry.key:
            return parsed.shown
        mark = self._marks.get(key)
        return mark.entry if mark else ""

    @cached_property
    def _tables(self) -> dict[int, LineTable[str]]:
        """What each mark of each block is worth, worked out once: two hundred cells have few values."""
        blocks = zip(self._regulation.blocks.all(), self._scheme.blocks, strict=True)
        return {row.pk: LineTable[str](block, parse_mark) for row, block in blocks}

    # --- Writing ---

    def write(self, operation: Operation | None = None) -> None:
        """Store what was accepted, in one statement, and journal it as part of `operation` if any."""
        if not self._facts:
            return
        marks = list({id(mark): mark for mark, *_ in self._facts}.values())
        for mark in marks:
            mark.pk = (
                None  # the candidate, the block and the attempt say which: one statement for old and new
            )
        Mark.objects.bulk_create(
            marks,
            update_conflicts=True,
            unique_fields=["enrolment", "block", "attempt"],
            update_fields=_WRITTEN,
        )
        record(chain=self.session.code, by=self.by, at=self.at, facts=list(self._told(operation)))

    @property
    def changes(self) -> list[list[object]]:
        """What an operation keeps of its cells: see `Operation.changes`."""
        return [
            [mark.enrolment_id, mark.block_id, mark.attempt, before, mark.entry, mark.version, flag]
            for mark, before, flag, _ in self._facts
        ]

    def _told(self, operation: Operation | None) -> Iterable[Fact]:
        for mark, before, _, restores in self._facts:
            after: dict[str, object] = {"note": mark.entry, "version": mark.version}
            if mark.unusual:
                after["confirmee"] = mark.unusual
            if operation is not None:
                after["operation"] = operation.pk
            if restores:
                after["version_reprise"] = restores
            yield Fact(
                self.act,
                subject=subject_of(mark.block, mark.attempt),
                enrolment=mark.enrolment_id,
                before={"note": before} if mark.version > 1 else {},
                after=after,
                reason=self.reason,
            )


def _says(mark: Mark | None, parsed: ParsedMark) -> bool:
    """Is this already what is stored? An absent mark and an erased one say the same."""
    outcome = mark.outcome if mark else Mark.Outcome.NONE
    return outcome == parsed.kind.value and (mark.value if mark else None) == parsed.value
