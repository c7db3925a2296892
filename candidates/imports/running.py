"""A list of candidates from its preview to its enrolments: at once when short, by a worker when long.

A chunk of lines is one transaction, which also says how far the import is: whatever kills the process, each
line goes in exactly once.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates import rules
from candidates.imports.candidates import Preview, preview_of
from candidates.imports.files import notices_of, rows_of
from candidates.models import ListImport
from candidates.services.enrolments import Line, enrol_many
from candidates.services.imports import confirm_import, fail_import, finish_import, lock_import
from candidates.states import ImportState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.background import task
from cqp.roles import Role
from cqp.sheets.workbook import Row
from cqp.workflow import Refusal, demand

logger = logging.getLogger(__name__)

CHUNK = 100
AT_ONCE = 200
"""How many lines are enrolled while the person waits; a longer list goes to a worker."""

CHANGED_SINCE = "La session a changé depuis l’aperçu : le voici à jour, confirmez-le de nouveau."
_UNEXPECTED = "Une erreur imprévue a interrompu l’import : renvoyez le fichier, ce qui est inscrit le reste."
_NO_LONGER = "Le compte qui a confirmé cet import n’a plus ce rôle : rien de plus n’est inscrit."


def preview_of_file(file: ListImport) -> Preview:
    """What a kept file would do as things stand. Raises Refusal when it cannot be a list of this session."""
    return preview_of(rows_of(file), file.part, notices_of(file))


def fingerprint_of(preview: Preview) -> str:
    """What somebody saw when they confirmed: any other set of lines gives another text."""
    return hashlib.sha256(repr(preview.accepted).encode()).hexdigest()[:16]


@transaction.atomic
def import_candidates(
    *, file: ListImport, by: Actor, at: datetime, seen: str | None = None, wait: bool = False
) -> ListImport:
    """Enrol the lines that may go in; a long list is left to a worker, unless the caller would rather wait.

    `seen` is the fingerprint of the preview somebody confirmed. Raises Refusal when things moved since, when
    nothing may go in, or when nobody may confirm the file any more.
    """
    file = lock_import(file)
    demand(rules.import_refusal(file, by, at))
    preview = preview_of_file(file)
    if seen is not None and seen != fingerprint_of(preview):
        raise Refusal(CHANGED_SINCE)
    accepted = preview.accepted
    file = confirm_import(file=file, accepted=accepted, total=len(accepted), by=by, at=at)
    file.report = preview.report.as_json() | {"new": 0}
    file.save(update_fields=["report"])
    if len(accepted) > AT_ONCE and not wait:
        run_in_background.enqueue(file.pk)
    elif not wait:
        while advance(file.pk):
            pass
    return ListImport.objects.get(pk=file.pk)


@task()
def run_in_background(pk: int) -> None:
    """What the worker runs: every chunk that is left. Whatever goes wrong, the import does not hang."""
    try:
        while advance(pk):
            pass
    except Exception:
        logger.exception("import %s", pk)
        with transaction.atomic():
            _interrupt(_held(pk), _UNEXPECTED, timezone.now())
        raise


@transaction.atomic
def advance(pk: int) -> bool:
    """Enrol the next lines of a confirmed list, and say so in the same transaction; False once it is over."""
    file = _held(pk)
    now = timezone.now()
    if file.state != ImportState.RUNNING or file.confirmed_at is None:
        return False
    by = _author(file)
    if by is None:
        return _interrupt(file, _NO_LONGER, now)
    # Confirmed before the deadline is in time, whenever the worker comes to it.
    confirmed_on = timezone.localdate(file.confirmed_at)
    refusal = rules.enrolment_refusal(file.part.session, file.part, confirmed_on)
    numbers = file.accepted[file.done : file.done + CHUNK]
    if numbers and refusal:
        return _interrupt(file, refusal, now)
    if numbers:
        _enrol(file, numbers, by, file.confirmed_at)
    if file.done < file.total:
        return True
    finish_import(file=file, report=file.report, by=by, at=now)
    return False


def _held(pk: int) -> ListImport:
    return lock_import(ListImport.objects.select_related("part__crfp", "part__session").get(pk=pk))


def _author(file: ListImport) -> Actor | None:
    """Who confirmed, if that person still may."""
    crfp = file.part.crfp
    holds = Membership.objects.filter(user=file.by, role=Role.CRFP, organisme=crfp, user__is_active=True)
    return Actor(file.by, Role.CRFP, crfp) if holds.exists() else None


def _enrol(file: ListImport, numbers: Sequence[int], by: Actor, at: datetime) -> None:
    """These lines, judged again as things stand; those that cannot go in any more are told in the report."""
    rows = rows_of(file)
    wanted = set(numbers)
    chunk: list[Row] = [rows[0], *(row for row in rows[1:] if row[0] in wanted)]
    preview = preview_of(chunk, file.part)
    entered, refused = _enrol_lines(file, preview.lines, by, at)
    report = file.report
    report["new"] += entered
    report["unchanged"] += len(preview.unchanged)
    report["refused"] += len(preview.refused) + len(refused)
    report["errors"] += preview.report.as_json()["errors"][: len(preview.problems)] + refused
    file.done += len(numbers)
    file.save(update_fields=["done", "report"])


def _enrol_lines(
    file: ListImport, lines: Sequence[tuple[int, Line]], by: Actor, at: datetime
) -> tuple[int, list[dict[str, Any]]]:
    """All together; one by one when one of them is refused after all, so that it keeps nobody else out."""
    try:
        with transaction.atomic():
            enrol_many(part=file.part, lines=[line for _, line in lines], by=by, at=at)
        return len(lines), []
    except Refusal:
        refused: list[dict[str, Any]] = []
        for number, line in lines:
            try:
                with transaction.atomic():
                    enrol_many(part=file.part, lines=[line], by=by, at=at)
            except Refusal as refusal:
                refused.append({"message": refusal.sentence, "lines": [number], "blocking": True})
        return len(lines) - len(refused), refused


def _interrupt(file: ListImport, sentence: str, now: datetime) -> bool:
    """What is in stays in; the lines that are not are told with the reason."""
    if file.state == ImportState.RUNNING:
        left = file.accepted[file.done :]
        report = file.report
        report["refused"] += len(left)
        report["errors"] = [{"message": sentence, "lines": left, "blocking": True}, *report["errors"]]
        fail_import(file=file, report=report, by=Actor(file.by, Role.CRFP, file.part.crfp), at=now)
    return False
