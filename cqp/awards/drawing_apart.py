"""Several processes that draw, each started afresh: applications, temporary folder and connection of its own.

Rows are handed to them, bytes come back: only the parent writes to the shelf. They end with their parent,
however that one ends. Nothing here may import a model at once: such a process loads this module first.
"""

import multiprocessing
import os
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

import django
from django.conf import settings
from django.db import connection

from cqp.workflow import Refusal

_STOPPED = (
    "Un des processus qui dessinent s’est arrêté (manque de mémoire ?) : relancez avec moins de processus, "
    "ce qui est produit est gardé."
)


def drawn_apart(
    kind: str,
    shares: Iterable[Sequence[Any]],
    rows_of: Callable[[Sequence[Any]], list[Any]],
    *,
    jobs: int,
) -> Iterator[tuple[Any, bytes]]:
    """Each document with its bytes, in order. A share goes out as room is made: little waits in memory."""
    place = tempfile.mkdtemp(prefix="cqp-")
    told = (os.getpid(), place, str(connection.settings_dict["NAME"]))
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, told)
    out: deque[tuple[Sequence[Any], Future[list[bytes]]]] = deque()
    left = iter(shares)
    try:
        while True:
            for share in islice(left, 2 * jobs - len(out)):
                out.append((share, pool.submit(_draw, kind, rows_of(share))))
            if not out:
                return
            share, waited = out.popleft()
            yield from zip(share, waited.result(), strict=True)
    except BrokenProcessPool as error:
        raise Refusal(_STOPPED) from error
    finally:
        pool.shutdown(cancel_futures=True)
        shutil.rmtree(place, ignore_errors=True)


def _begin(parent: int, place: str, database: str) -> None:
    """The first thing such a process does."""
    tempfile.tempdir = tempfile.mkdtemp(dir=place)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()
    settings.DATABASES["default"]["NAME"] = database
    django.setup()


def _follow(parent: int) -> None:
    """End this process with its parent."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _draw(kind: str, rows: Sequence[Any]) -> list[bytes]:
    from cqp.awards.drawing import draw  # once the applications are loaded

    return list(draw(kind, rows))
