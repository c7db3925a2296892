"""Drawing documents, in this process or in several; the only place that knows who draws what.

Another process is started afresh, with applications of its own, a temporary folder of its own and no
connection of ours; rows are handed to it, and it hands back bytes. It ends as soon as its parent does.
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
from datetime import datetime
from itertools import islice
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from cqp.awards.models import DocumentRun
from cqp.awards.papers import Paper
from cqp.workflow import Refusal
from juries.bloc_certificates import bloc_certificate_pdf
from juries.certificate_press import draw_all
from juries.certificates import transcript_pdf
from juries.models import BlocCertificate, Certificate, ProclaimedFile

SHARE = 25  # documents handed to a process at a time

Drawn = Iterator[tuple[Paper, bytes]]


def drawn_by(kind: str, papers: Sequence[Paper], *, at: datetime, jobs: int = 1) -> Drawn:
    """Each document with its bytes, in order; `at` is the moment of its seal.

    Raises Refusal when a document cannot be drawn: it says which one.
    """
    shares = (papers[start : start + SHARE] for start in range(0, len(papers), SHARE))
    if jobs == 1:
        for share in shares:
            yield from zip(share, draw(kind, rows_of(share), at), strict=True)
    else:
        yield from _in_processes(kind, shares, at, jobs)


def rows_of(papers: Sequence[Paper]) -> list[Any]:
    """The rows these documents are drawn from, in order, with what drawing reads of them."""
    found: dict[tuple[str, int], Any] = {}
    for table, rows in _TABLES.items():
        wanted = [paper.row[1] for paper in papers if paper.row[0] == table]
        if wanted:
            found |= {(table, pk): row for pk, row in rows().in_bulk(wanted).items()}
    return [found[paper.row] for paper in papers]


def draw(kind: str, rows: Sequence[Any], at: datetime) -> Iterator[bytes]:
    """The bytes of each row's document, in order."""
    done = 0
    try:
        for content in _drawn(kind, rows):
            yield seal_pdf(content, at=at) if is_sealed(kind) else content
            done += 1
    except Refusal as refusal:
        raise Refusal(f"{rows[done]} : {refusal.sentence}") from refusal


def is_sealed(kind: str) -> bool:
    """Do the documents of this kind leave under the certifier's seal?"""
    return kind == DocumentRun.Kind.CERTIFICATES and is_configured()


def _drawn(kind: str, rows: Sequence[Any]) -> Iterator[bytes]:
    if kind == DocumentRun.Kind.TRANSCRIPTS:
        yield from map(transcript_pdf, rows)
    elif kind == DocumentRun.Kind.LETTERS:
        yield from map(letter_pdf, rows)
    else:
        # Certificates come first, then those of blocs: one list after the other keeps the order.
        whole = [row for row in rows if isinstance(row, Certificate)]
        yield from (content for _, content in draw_all(whole))
        yield from map(bloc_certificate_pdf, rows[len(whole) :])


_TABLES: dict[str, Callable[[], QuerySet[Any]]] = {
    "certificate": Certificate.objects.all,
    "bloc": BlocCertificate.objects.all,
    "file": lambda: ProclaimedFile.objects.select_related(
        "proclamation__session__certification", "enrolment__candidate"
    ),
}


# --- Several processes ---


def _in_processes(kind: str, shares: Iterable[Sequence[Paper]], at: datetime, jobs: int) -> Drawn:
    """Shares go out as room is made, so that what waits in memory does not grow with the session."""
    place = tempfile.mkdtemp(prefix="cqp-")
    database = str(connection.settings_dict["NAME"])
    pool = ProcessPoolExecutor(
        jobs, multiprocessing.get_context("spawn"), _begin, (os.getpid(), place, database)
    )
    out: deque[tuple[Sequence[Paper], Future[list[bytes]]]] = deque()
    left = iter(shares)
    try:
        while True:
            for share in islice(left, 2 * jobs - len(out)):
                out.append((share, pool.submit(_share, kind, rows_of(share), at)))
            if not out:
                return
            share, waited = out.popleft()
            yield from zip(share, waited.result(), strict=True)
    except BrokenProcessPool as error:
        raise Refusal(
            "Un des processus qui dessinent s’est arrêté (manque de mémoire ?) : relancez avec moins de "
            "processus, ce qui est produit est gardé."
        ) from error
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
    """End this process with its parent, however that one ends."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _share(kind: str, rows: Sequence[Any], at: datetime) -> list[bytes]:
    return list(draw(kind, rows, at))
