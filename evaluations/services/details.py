"""Verbs on the tests of a block: which there are, what each candidate had, and the mark they make (A28)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from candidates.models import Enrolment, SessionPart
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.models import Block, BlockSheet, DetailLine, DetailMark, Mark
from evaluations.rules import kept_refusal, mark_refusal, tests_refusal
from evaluations.scoring import MISSING, ParsedMark, mean_mark, parse_mark, recorded_mark
from evaluations.services.desk import Desk, Entry

_FIRST = Mark.Attempt.FIRST


@dataclass(frozen=True, slots=True)
class TestEntry:
    """What somebody typed for a candidate at a test, over the version they saw (0: nothing yet)."""

    __test__ = False  # pytest: a test of candidates, not of code

    line: DetailLine
    enrolment: Enrolment
    entry: str
    version: int


@dataclass(frozen=True, slots=True)
class TestAnswer:
    """What became of one entry: kept as stored, or why not."""

    __test__ = False

    entry: TestEntry
    stored: DetailMark | None = None
    refusal: str = ""


@transaction.atomic
def set_tests(
    *, part: SessionPart, block: Block, labels: Sequence[str], by: Actor, at: datetime
) -> BlockSheet:
    """Say which tests make the marks of a block, in order; none: the marks are typed directly again.

    A test keeps its marks under its label. Raises Refusal when marks were typed directly, when a test that
    has marks would disappear, when two bear the same label, or when the block is transmitted.
    """
    by.must(Act.RECORD_TESTS)
    labels = [label for label in map(cleaned, labels) if label]
    session, part = lock_part(part)
    sheet = BlockSheet.objects.counted().filter(part=part, block=block).first()
    demand(tests_refusal(session, part, block, sheet, by))
    if len({label.casefold() for label in labels}) < len(labels):
        raise Refusal("Deux contrôles portent le même libellé.")
    sheet = sheet or BlockSheet.objects.create(part=part, block=block)
    lines = {line.label: line for line in sheet.tests.all()}
    before = list(lines)
    if labels == before:
        return sheet
    if labels and not before and _typed_directly(sheet):
        raise Refusal("Des notes sont déjà saisies pour cette épreuve : effacez-les avant d’en détailler.")
    _drop(line for label, line in lines.items() if label not in labels)
    for position, label in enumerate(labels, start=1):
        DetailLine.objects.update_or_create(sheet=sheet, label=label, defaults={"position": position})
    fact = Fact(
        Act.RECORD_TESTS, f"épreuve {block.code}", before={"controles": before}, after={"controles": labels}
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    _remake(sheet, Enrolment.objects.filter(test_marks__line__sheet=sheet).distinct(), by, at)
    return BlockSheet.objects.counted().get(pk=sheet.pk)


@transaction.atomic
def record_tests(
    *, sheet: BlockSheet, entries: Sequence[TestEntry], by: Actor, at: datetime
) -> list[TestAnswer]:
    """Record what candidates had at the tests of a block, each with its own answer, and remake their marks.

    The mark is the mean, quantised once, once every test of the candidate is known; until then it is missing.
    """
    by.must(Act.RECORD_TESTS)
    session, part = lock_part(sheet.part)
    held = BlockSheet.objects.counted().get(pk=sheet.pk)
    held.part, part.session = part, session
    stored = {(mark.line_id, mark.enrolment_id): mark for mark in DetailMark.objects.filter(line__sheet=held)}
    made = Mark.objects.filter(enrolment__part=part, block=held.block, attempt=_FIRST)
    marks = {mark.enrolment_id: mark for mark in made}
    answers: list[TestAnswer] = []
    told: dict[Enrolment, tuple[dict[str, str], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    for entry in entries:
        mark = stored.get((entry.line.pk, entry.enrolment.pk))
        before = mark.entry if mark else ""
        answer = _answer(entry, mark, held, marks.get(entry.enrolment.pk), by, at)
        answers.append(answer)
        if answer.stored and answer.stored.entry != before:
            answer.stored.save()
            told[entry.enrolment][0][entry.line.label] = before
            told[entry.enrolment][1][entry.line.label] = answer.stored.entry
    facts = [
        Fact(Act.RECORD_TESTS, held.block.code, enrolment.pk, before, after)
        for enrolment, (before, after) in told.items()
    ]
    record(chain=session.code, by=by, at=at, facts=facts)
    _remake(held, told, by, at)
    return answers


def _answer(
    entry: TestEntry, stored: DetailMark | None, sheet: BlockSheet, made: Mark | None, by: Actor, at: datetime
) -> TestAnswer:
    """The answer to one entry; a kept one carries the row to save."""
    enrolment, block = entry.enrolment, sheet.block
    enrolment.part, enrolment.session = sheet.part, sheet.part.session
    parsed = parse_mark(entry.entry, block.mark_max)
    refusal = parsed.problem or mark_refusal(enrolment, block, _FIRST, None, by) or kept_refusal(made)
    if refusal is None and sheet.is_submitted and made is not None and made.outcome != Mark.Outcome.NONE:
        refusal = "Les notes de cette épreuve sont transmises : la note se corrige, avec un motif."
    if refusal:
        return TestAnswer(entry, refusal=refusal)
    mark = stored or DetailMark(line=entry.line, enrolment=enrolment, version=0, outcome=Mark.Outcome.NONE)
    if (mark.outcome, mark.value) == (parsed.kind.value, parsed.value):
        return TestAnswer(entry, stored=mark)
    if mark.version != entry.version:
        was = mark.entry or "vide"
        return TestAnswer(entry, refusal=f"Quelqu’un d’autre a saisi {was} : rechargez la page.")
    mark.outcome, mark.value, mark.scale = Mark.Outcome(parsed.kind.value), parsed.value, block.mark_max
    mark.version += 1
    mark.recorded_at, mark.recorded_by = at, by.user
    return TestAnswer(entry, stored=mark)


def _typed_directly(sheet: BlockSheet) -> bool:
    rows = Mark.objects.filter(enrolment__part=sheet.part, block=sheet.block, kept_from=None)
    return rows.exclude(outcome=Mark.Outcome.NONE).exists()


def _drop(lines: Iterable[DetailLine]) -> None:
    """Take away tests nobody has a mark at."""
    for line in lines:
        if line.marks.exclude(outcome=Mark.Outcome.NONE).exists():
            raise Refusal(f"Le contrôle « {line.label} » a des notes : effacez-les avant de le retirer.")
        line.delete()


def _remake(sheet: BlockSheet, enrolments: Iterable[Enrolment], by: Actor, at: datetime) -> None:
    """Write the marks these tests make; what does not change stays as it is."""
    enrolments = list(enrolments)
    if not enrolments:
        return
    lines = list(sheet.tests.all())
    rows = DetailMark.objects.filter(line__sheet=sheet, enrolment__in=enrolments)
    typed = {(row.enrolment_id, row.line_id): row for row in rows}
    versions = dict(
        Mark.objects.filter(enrolment__in=enrolments, block=sheet.block, attempt=_FIRST).values_list(
            "enrolment", "version"
        )
    )
    entries = [
        Entry(
            enrolment,
            sheet.block,
            _FIRST,
            mean_mark([_parsed(typed, enrolment, line, sheet.block) for line in lines]).shown,
            versions.get(enrolment.pk, 0),
        )
        for enrolment in enrolments
    ]
    desk = Desk(sheet.part, entries, by=by, at=at, derived=True)
    desk.judge()
    desk.write()


def _parsed(
    typed: Mapping[tuple[int, int], DetailMark], enrolment: Enrolment, line: DetailLine, block: Block
) -> ParsedMark:
    row = typed.get((enrolment.pk, line.pk))
    return recorded_mark(row.outcome, row.value, block.mark_max) if row else MISSING
