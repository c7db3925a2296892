"""A sheet of marks from its preview to the marks it writes: one operation, which one gesture undoes."""

from datetime import datetime

from django.db import transaction

from candidates.imports.files import notices_of, rows_of
from candidates.imports.report import Findings, Report
from candidates.models import ListImport, SessionPart
from candidates.rules import import_refusal
from candidates.services.imports import confirm_import, finish_import, lock_import
from cqp.accounts.actor import Actor
from cqp.workflow import Refusal, demand
from evaluations.imports.marks import Change, MarksPreview, preview_of_marks
from evaluations.models import Block, Operation
from evaluations.services.marks import record_operation

CHANGED_SINCE = "Des notes ont changé depuis l’aperçu : le voici à jour, confirmez-le de nouveau."
NOT_LOOKED_AT = "Note inhabituelle, laissée de côté à votre demande"


def preview_of_file(file: ListImport, *, by: Actor, now: datetime) -> MarksPreview:
    """What a kept file would change as things stand. Raises Refusal when it cannot be read as marks."""
    only = block_of(file.part, file.block) if file.block else None
    return preview_of_marks(rows_of(file), notices_of(file), file.part, by=by, now=now, only=only)


def block_of(part: SessionPart, code: str) -> Block:
    """A block of the session by its code, whatever its case. Raises Refusal for another."""
    block = Block.objects.filter(regulation=part.session.adoption.regulation_id, code__iexact=code).first()
    if block is None:
        raise Refusal("Cette épreuve n’est pas au règlement de la session.")
    return block


@transaction.atomic
def import_marks(
    *, file: ListImport, unusual: bool, by: Actor, at: datetime, seen: str | None = None
) -> ListImport:
    """Write what the file changes, all at once, as one operation; returns the import, finished.

    `seen` is the fingerprint of the preview somebody confirmed; `unusual`: the marks worth a second look were
    looked at, and go in. Raises Refusal when things moved since the preview, or nobody may confirm the file.
    """
    adoption = file.part.session.adoption
    file = lock_import(file)
    file.part.session.adoption = adoption
    demand(import_refusal(file, by, at))
    preview = preview_of_file(file, by=by, now=at)
    if seen is not None and seen != preview.fingerprint:
        raise Refusal(CHANGED_SINCE)
    entries = preview.entries(unusual=unusual)
    rows = sorted({change.row for change in preview.changes})
    confirm_import(file=file, accepted=rows, total=len(entries), by=by, at=at)
    recorded = record_operation(
        part=file.part, kind=Operation.Kind.IMPORT, label=file.file_name, entries=entries, by=by, at=at
    )
    left = () if unusual else preview.unusual
    report = report_without(preview.report, left).as_json()
    report["operation"] = recorded.operation.pk if recorded.operation else None
    ListImport.objects.filter(pk=file.pk).update(done=len(entries))
    return finish_import(file=file, report=report, by=by, at=at)


def report_without(report: Report, left: tuple[Change, ...] | list[Change]) -> Report:
    """The same report once some changes are left out: they are refused, each with its question."""
    if not left:
        return report
    findings = Findings()
    for problem in report.problems:
        findings.add(problem.message, *problem.rows)
    for change in left:
        findings.add(f"{change.title}, {NOT_LOOKED_AT.lower()} : {change.question}", change.row)
    new = sum(not change.before for change in left)
    return Report(
        new=report.new - new,
        changed=report.changed - (len(left) - new),
        unchanged=report.unchanged,
        refused=report.refused + len(left),
        problems=findings.as_problems(),
        warnings=report.warnings,
        ignored=report.ignored,
    )
