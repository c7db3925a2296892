"""Long work whose worker died: given back to the others.

The library marks a task as running and forgets it there when its worker is killed. A worker's name says which
process it is, so a dead one of this machine is told at once; one of another machine, after an hour. A task
given back too early does no harm: what it works on is held, and it starts from where that stands.
"""

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path

PATIENCE = timedelta(hours=1)


def worker_name() -> str:
    """This process, told from every other one before and after: machine, number, hour of its birth."""
    return f"{_machine()}:{os.getpid()}:{_born(os.getpid())}"


def reap(now: datetime) -> int:
    """Make ready again the tasks whose worker is no more; returns how many."""
    from django_tasks import TaskResultStatus
    from django_tasks_db.models import DBTaskResult  # only once the applications are loaded

    given_back = 0
    for task in DBTaskResult.objects.running():
        worker = task.worker_ids[-1] if task.worker_ids else ""
        if task.started_at is None or not is_gone(worker, task.started_at, now):
            continue
        # Only as it was seen: somebody else may have given it back and taken it since.
        same = DBTaskResult.objects.running().filter(pk=task.pk, started_at=task.started_at)
        given_back += same.update(status=TaskResultStatus.READY, started_at=None)
    return given_back


def is_gone(worker: str, started_at: datetime, now: datetime) -> bool:
    """Is the worker of this name dead, as far as this machine can tell?"""
    machine, _, rest = worker.partition(":")
    pid, _, born = rest.partition(":")
    if machine == _machine() and pid.isdecimal():
        return _born(int(pid)) != born
    return now - started_at > PATIENCE


def _machine() -> str:
    return socket.gethostname().replace(":", "-")[:30]


def _born(pid: int) -> str:
    """When a process was born, in ticks of this machine; nothing when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the process, in parentheses, may hold anything, spaces included.
    fields = stat.rpartition(")")[2].split()
    is_zombie = fields[0] in ("Z", "X")
    return "" if is_zombie else fields[19]
