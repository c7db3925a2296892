"""Verbs on the documents of a session: asked for, followed, finished or stopped, forgotten.

The worker makes them outside any transaction, a file at a time; short transactions say how far it is. Killed
anywhere, the task starts again from what lies in the folder of the run: each document is there once, and the
journal has one entry for each act.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from candidates.models import Session
from candidates.services.locks import lock_session
from cqp.accounts.actor import Actor
from cqp.awards.drawing import is_sealed
from cqp.awards.models import DocumentRun
from cqp.awards.papers import count_of
from cqp.awards.production import documents_of, names_of, produce
from cqp.awards.run_files import folder_of
from cqp.awards.run_rules import KEPT, count_refusal, is_old, session_refusal
from cqp.awards.shelf import Shelf, open_shelf
from cqp.awards.states import RUN, RunState
from cqp.background import task
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import Refusal, demand

logger = logging.getLogger(__name__)

EACH = timedelta(seconds=1)
"""How often the count of what is done is written: a page looks each second, the database need not more."""
_UNEXPECTED = "Une erreur imprévue a interrompu la production : reprenez-la, ce qui est produit est gardé."


@transaction.atomic
def ask_run(*, session: Session, kind: str, by: Actor, at: datetime) -> DocumentRun:
    """Have every document of this kind made by a worker; a production that stopped goes on from where it is.

    Asked again while it waits, returns the one that waits; its task, if it was lost, is given again. Raises
    Refusal before the proclamation, or when there is nothing to make.
    """
    by.must(Act.MAKE_DOCUMENTS)
    session = lock_session(session)
    demand(session_refusal(session))
    runs = DocumentRun.objects.select_for_update().filter(session=session, kind=kind)
    waiting = runs.filter(state=RunState.WAITING).first()
    if waiting is not None:
        if not _has_task(waiting):
            make_documents.enqueue(waiting.pk)
        return waiting
    total = count_of(session, kind)
    demand(count_refusal(kind, total))
    run = runs.first()
    if run is None or run.state != RunState.FAILED:
        run = DocumentRun(session=session, kind=kind)
    else:
        run.state = RunState(RUN.target(run.state, Act.MAKE_DOCUMENTS))
    run.total, run.done, run.failure, run.finished_at, run.files = total, 0, "", None, []
    run.asked_at, run.asked_by = at, by.user
    run.save()
    _journal(run, Act.MAKE_DOCUMENTS, {"nombre": total}, by, at)
    make_documents.enqueue(run.pk)
    return run


@task()
def make_documents(pk: int) -> None:
    """What the worker runs. Another worker at it is waited for; what that one made is not made again."""
    run = DocumentRun.objects.select_related("session").get(pk=pk)
    try:
        with open_shelf(folder_of(run), _manifest(run), wait=True) as shelf:
            run.refresh_from_db(fields=["state"])
            if run.state == RunState.WAITING:
                _make(run, shelf)
    except Refusal as refusal:
        fail_run(run=run, failure=refusal.sentence, at=timezone.now())
    except Exception:
        logger.exception("run %s", pk)
        fail_run(run=run, failure=_UNEXPECTED, at=timezone.now())
        raise


def _has_task(run: DocumentRun) -> bool:
    """Is a worker at it, or about to be? A task whose worker died counts: the others are given it back."""
    pending = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    tasks = DBTaskResult.objects.filter(task_path=make_documents.module_path, status__in=pending)
    return [run.pk] in (asked["args"] for asked in tasks.values_list("args_kwargs", flat=True))


def _make(run: DocumentRun, shelf: Shelf) -> None:
    papers = documents_of(run.session, run.kind)
    _advance(run, total=len(papers), done=0)
    told = timezone.now() - EACH
    names = names_of(run.session, run.kind)
    for done in produce(shelf, run.session, run.kind, papers):
        now = timezone.now()
        if now - told >= EACH or done == len(papers):
            _advance(run, done=done)
            told = now
    shelf.keep_only({*(paper.name for paper in papers), names.archive, names.book})
    sealed = is_sealed(run.kind)
    files = [
        {"name": line.name, "size": line.size, "sha256": line.sha256, "is_sealed": sealed}
        for line in (shelf.line(names.archive), shelf.line(names.book))
    ]
    finish_run(run=run, files=files, at=timezone.now())


def _advance(run: DocumentRun, **values: int) -> None:
    """Say how far it is, in a transaction of its own; a run that is over stays as it is."""
    DocumentRun.objects.filter(pk=run.pk, state=RunState.WAITING).update(**values)


@transaction.atomic
def finish_run(*, run: DocumentRun, files: Sequence[Mapping[str, Any]], at: datetime) -> DocumentRun:
    """Everything is there; `files` are the ZIP and the book. Over already, it stays as it is."""
    return _end(run, Act.FINISH_DOCUMENTS, at, files=list(files))


@transaction.atomic
def fail_run(*, run: DocumentRun, failure: str, at: datetime) -> DocumentRun:
    """It stopped: `failure` says why, what is made is kept. Over already, it stays as it is."""
    return _end(run, Act.FAIL_DOCUMENTS, at, failure=failure)


def _end(run: DocumentRun, act: Act, at: datetime, **values: Any) -> DocumentRun:
    held = _held(run.pk)
    if held.state != RunState.WAITING:
        return held
    held.state, held.finished_at = RunState(RUN.target(held.state, act)), at
    if act == Act.FINISH_DOCUMENTS:
        held.done = held.total
    for name, value in values.items():
        setattr(held, name, value)
    held.save(update_fields=["state", "finished_at", "done", *values])
    what = {"empreintes": [one["sha256"] for one in held.files]} if held.files else {"motif": held.failure}
    _journal(held, act, {"nombre": held.done} | what, None, at)
    return held


def forget_old_runs(*, now: datetime) -> int:
    """Remove the files of the productions that are over for a month; returns how many were forgotten.

    The files go first: stopped in between, the next time finds the run again and says it once.
    """
    over = Q(state__in=[RunState.DONE, RunState.FAILED], finished_at__lt=now - KEPT)
    forgotten = 0
    for run in DocumentRun.objects.filter(over).select_related("session"):
        # Thousands of files: outside the transaction, which would keep everybody else from writing.
        try:
            shutil.rmtree(folder_of(run))
        except FileNotFoundError:
            pass
        except OSError:
            logger.exception("the files of run %s stay", run.pk)
            continue
        forgotten += _forget(run, now)
    return forgotten


@transaction.atomic
def _forget(run: DocumentRun, now: datetime) -> int:
    held = _held(run.pk)
    if not is_old(held, now):
        return 0
    held.state = RunState(RUN.target(held.state, Act.FORGET_DOCUMENTS))
    held.save(update_fields=["state"])
    _journal(held, Act.FORGET_DOCUMENTS, {}, None, now)
    return 1


def _held(pk: int) -> DocumentRun:
    return DocumentRun.objects.select_for_update(of=("self",)).select_related("session").get(pk=pk)


def _manifest(run: DocumentRun) -> str:
    return names_of(run.session, run.kind).manifest


def _journal(run: DocumentRun, act: Act, after: Mapping[str, Any], by: Actor | None, at: datetime) -> None:
    fact = Fact(act, f"production {run.pk}", after={"documents": run.get_kind_display()} | dict(after))
    record(chain=run.session.code, by=by, at=at, facts=[fact])
