"""The tests of a block: which there are, what each candidate had, and the mean that is the mark (A28)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from evaluations.forms.sheets import TestsForm
from evaluations.models import BlockSheet, DetailLine, DetailMark, Mark
from evaluations.rules import tests_refusal
from evaluations.services import details as services
from evaluations.services.details import TestAnswer, TestEntry
from evaluations.views.parts import block_of, part_of
from evaluations.views.sheets import standing_of


@dataclass(slots=True)
class _Cell:
    """What a candidate had at one test, and what was wrong with what was typed."""

    line: DetailLine
    enrolment: Enrolment
    stored: str
    version: int
    entry: str = ""
    refusal: str = ""

    @property
    def key(self) -> str:
        return f"{self.line.pk}-{self.enrolment.pk}"


@dataclass(slots=True)
class _Row:
    """A candidate's tests, and the mark they make."""

    enrolment: Enrolment
    mark: Mark | None
    cells: list[_Cell] = field(default_factory=list)


@writes
@for_act(Act.RECORD_TESTS)
def sheet_tests(request: ActorRequest, session: str, crfp: str, block: str) -> HttpResponse:
    """Say which tests make the mark; type what each candidate had; see the mean."""
    part = part_of(request, session, crfp)
    standing = standing_of(part, block_of(part, block))
    sheet = standing.sheet
    lines = list(sheet.tests.all()) if sheet.pk else []
    form = TestsForm(initial={"labels": "\n".join(line.label for line in lines)})
    rows, status = _rows(sheet, lines), 200
    if request.method == "POST" and "labels" in request.POST:
        form = TestsForm(request.POST)
        if form.is_valid() and _set(request, sheet, form):
            return redirect("evaluations:sheet_tests", session, crfp, block)
        status = 422
    elif request.method == "POST":
        answers = services.record_tests(
            sheet=sheet, entries=_entries(rows, request.POST), by=request.actor, at=timezone.now()
        ) if sheet.pk else []  # fmt: skip
        kept = sum(answer.stored is not None for answer in answers)
        if kept:
            messages.success(request, f"{kept} note{plural(kept)} de contrôle enregistrée{plural(kept)}.")
        if kept == len(answers):
            return redirect("evaluations:sheet_tests", session, crfp, block)
        rows, status = _rows(sheet, lines), 422
        _show(rows, answers)
    context = {
        "part": part,
        "session": part.session,
        "subject": standing.block,
        "sheet": sheet,
        "form": form,
        "lines": lines,
        "rows": rows,
        "refusal": tests_refusal(part.session, part, standing.block, sheet, request.actor),
    }
    return render(request, "evaluations/sheet_tests.html", context, status=status)


def _set(request: ActorRequest, sheet: BlockSheet, form: TestsForm) -> bool:
    try:
        services.set_tests(
            part=sheet.part,
            block=sheet.block,
            labels=form.cleaned_data["labels"],
            by=request.actor,
            at=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error("labels", refusal.sentence)
        return False
    messages.success(request, "Les contrôles de l’épreuve sont enregistrés.")
    return True


def _rows(sheet: BlockSheet, lines: Sequence[DetailLine]) -> list[_Row]:
    """The candidates who sit, with their tests in order and their mark; three queries."""
    if not lines:
        return []
    enrolments = Enrolment.objects.sitting().filter(part=sheet.part).select_related("candidate", "option")
    recorded = DetailMark.objects.filter(line__in=lines)
    typed = {(mark.line_id, mark.enrolment_id): mark for mark in recorded}
    made = Mark.objects.filter(enrolment__part=sheet.part, block=sheet.block, attempt=Mark.Attempt.FIRST)
    marks = {mark.enrolment_id: mark for mark in made}
    return [_row(enrolment, lines, typed, marks.get(enrolment.pk)) for enrolment in enrolments]


def _row(
    enrolment: Enrolment,
    lines: Sequence[DetailLine],
    typed: Mapping[tuple[int, int], DetailMark],
    mark: Mark | None,
) -> _Row:
    row = _Row(enrolment, mark)
    for line in lines:
        stored = typed.get((line.pk, enrolment.pk))
        entry, version = (stored.entry, stored.version) if stored else ("", 0)
        row.cells.append(_Cell(line, enrolment, entry, version, entry))
    return row


def _entries(rows: Sequence[_Row], data: Mapping[str, str]) -> list[TestEntry]:
    """The cells that differ from what the page showed."""
    entries = []
    for cell in (cell for row in rows for cell in row.cells):
        typed = data.get(f"t-{cell.key}")
        version, _, shown = data.get(f"v-{cell.key}", "0:").partition(":")
        if typed is not None and typed.strip() != shown:
            seen = int(version) if version.isdecimal() and len(version) < 10 else 0
            entries.append(TestEntry(cell.line, cell.enrolment, typed[:20], seen))
    return entries


def _show(rows: Sequence[_Row], answers: Sequence[TestAnswer]) -> None:
    """Put back what was refused as it was typed, with its reason."""
    cells = {cell.key: cell for row in rows for cell in row.cells}
    for answer in answers:
        if answer.refusal:
            cell = cells[f"{answer.entry.line.pk}-{answer.entry.enrolment.pk}"]
            cell.entry, cell.refusal = answer.entry.entry, answer.refusal
