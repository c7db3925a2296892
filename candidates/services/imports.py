"""Verbs on files somebody sent: kept for a preview, confirmed, advanced, finished.

What the lines mean belongs to each room's `imports`; here is what happens to the file. A file is held after
the part it is for, like everything below a part.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from candidates import rules
from candidates.models import ListImport, SessionPart
from candidates.services.locks import lock_part
from candidates.states import IMPORT, ImportState
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand


def keep_for_preview(
    *,
    part: SessionPart,
    kind: ListImport.Kind,
    file_name: str,
    sha256: str,
    rows: Sequence[tuple[int, list[str]]],
    notices: Sequence[tuple[str, Sequence[int], bool]],
    by: Actor,
    now: datetime,
    block: str = "",
) -> ListImport:
    """Keep the lines of a file until its author confirms them; nothing of it is done yet."""
    by.must(Act.CONFIRM_IMPORT)
    demand(rules.scope_refusal(part, by))
    return ListImport.objects.create(
        part=part,
        kind=kind,
        block=block,
        file_name=file_name[-160:],
        sha256=sha256,
        rows=[[number, cells] for number, cells in rows],
        notices=[[sentence, list(numbers), blocking] for sentence, numbers, blocking in notices],
        by=by.user,
        at=now,
    )


@transaction.atomic
def confirm_import(
    *, file: ListImport, accepted: Sequence[int], total: int, by: Actor, at: datetime
) -> ListImport:
    """Start the import of a previewed file: these lines of it, this many things to do; returns it, held.

    Raises Refusal when it is somebody else's, too old, or already confirmed.
    """
    by.must(Act.CONFIRM_IMPORT)
    file = lock_import(file)
    demand(rules.import_refusal(file, by, at))
    file.state = ImportState(IMPORT.target(file.state, Act.CONFIRM_IMPORT))
    file.accepted, file.total, file.confirmed_at = list(accepted), total, at
    file.save(update_fields=["state", "accepted", "total", "confirmed_at"])
    after = {"contenu": file.kind, "lignes": total, "empreinte": file.sha256}
    _journal(file, Act.CONFIRM_IMPORT, after, by, at)
    return file


@transaction.atomic
def finish_import(*, file: ListImport, report: Mapping[str, Any], by: Actor, at: datetime) -> ListImport:
    """Everything confirmed is in, or named in the report as left out. Finished already, it stays so."""
    return _end(file, Act.FINISH_IMPORT, report, by, at)


@transaction.atomic
def fail_import(*, file: ListImport, report: Mapping[str, Any], by: Actor, at: datetime) -> ListImport:
    """Nothing more of it can go in; the report says why, what is in stays in."""
    return _end(file, Act.FAIL_IMPORT, report, by, at)


def _end(file: ListImport, act: Act, report: Mapping[str, Any], by: Actor, at: datetime) -> ListImport:
    file = lock_import(file)
    if file.finished_at is not None:
        return file
    file.state = ImportState(IMPORT.target(file.state, act))
    file.report, file.finished_at = dict(report), at
    file.save(update_fields=["state", "report", "finished_at"])
    counts = {"nouveaux": "new", "modifies": "changed", "inchanges": "unchanged", "refuses": "refused"}
    after = {"fait": file.done, **{told: report[name] for told, name in counts.items() if name in report}}
    _journal(file, act, after, by, at)
    return file


def lock_import(file: ListImport) -> ListImport:
    """The file as it is now, held, after its session and its part."""
    _, part = lock_part(file.part)
    held = ListImport.objects.select_for_update(of=("self",)).select_related("by").get(pk=file.pk)
    held.part = part
    return held


def _journal(file: ListImport, act: Act, after: Mapping[str, Any], by: Actor, at: datetime) -> None:
    fact = Fact(act, f"import {file.pk}", after=after)
    record(chain=file.part.session.code, by=by, at=at, facts=[fact])


def forget_old_files(*, now: datetime) -> int:
    """Forget the previews nobody may confirm any more, and the lines of files finished a month ago.

    What a finished file did stays: its name, its fingerprint and its counts. Returns how many were touched.
    """
    with transaction.atomic():
        stale = ListImport.objects.filter(state=ImportState.PREVIEW, at__lt=now - rules.PREVIEW_LASTS)
        forgotten, _ = stale.delete()
        old = ListImport.objects.filter(finished_at__lt=now - rules.LINES_KEPT).exclude(rows=[])
        return forgotten + old.update(rows=[], notices=[], accepted=[])
