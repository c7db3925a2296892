"""The worker that makes documents is killed, or finds the disk full: each document is there once, and whole.

Ordinarily a small session; before a release, `CQP_RUNS=500x20` kills it 20 times over 500 certificates.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.models import Session
from cqp.awards.models import DocumentRun
from cqp.awards.run_files import folder_of
from cqp.awards.services.runs import ask_run
from cqp.awards.shelf import LOCK, NO_ROOM
from cqp.awards.states import RunState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from juries.models import Certificate
from tests.awards.run_scenes import proclaimed_crowd
from tests.awards.run_workers import GONE, READY
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

CERTIFICATES, KILLS = map(int, os.environ.get("CQP_RUNS", "24x6").split("x"))
SAMPLE = 5


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, tasks_kept: None) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"


@dataclass
class Nursery:
    """A process that forks workers; they are killed from here."""

    process: subprocess.Popen[str]

    def raise_worker(self, how: str, until: Callable[[], bool] | None = None, later: float = 0) -> int:
        """One worker until its end, or killed once something is so and a moment has passed.

        Returns what it ended of, as waitpid says it.
        """
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{how}\n")
        self.process.stdin.flush()
        ready, pid = self.process.stdout.readline().split()
        assert ready == READY
        if until is not None:
            with suppress(ProcessLookupError):  # it ended by itself, and is buried
                while not until():
                    os.kill(int(pid), 0)
                    time.sleep(0.002)
                time.sleep(later)
                os.kill(int(pid), signal.SIGKILL)
        gone, status = self.process.stdout.readline().split()
        assert gone == GONE
        return int(status)


@contextmanager
def a_nursery() -> Iterator[Nursery]:
    name, folder = str(connection.settings_dict["NAME"]), str(settings.DOCUMENTS_DIR)
    command = [sys.executable, "-m", "tests.awards.run_workers", name, folder]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        yield Nursery(process)
        assert process.stdin
        process.stdin.close()


def asked(cast: Cast, session: Session) -> DocumentRun:
    kind, at = DocumentRun.Kind.CERTIFICATES, timezone.now()
    return ask_run(session=session, kind=kind, by=cast.ucanss, at=at)


def expected_names() -> list[str]:
    return sorted(
        f"certificat-{number}.pdf" for number in Certificate.objects.values_list("number", flat=True)
    )


def truncated(folder: Path) -> list[str]:
    """Files under a final name that are no whole PDF, no whole ZIP."""
    bad = []
    for path in sorted(folder.glob("*.pdf")):
        content = path.read_bytes()
        if not (content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")):
            bad.append(path.name)
    return bad + [path.name for path in folder.glob("*.zip") if not zipfile.is_zipfile(path)]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("certificat-*.pdf")
    }


def verify(run: DocumentRun, told: str) -> dict[str, str]:
    """Everything a finished run promises of its folder; returns the digests of its certificates."""
    folder, names = folder_of(run), expected_names()
    found = digests(folder)
    assert sorted(found) == names, told
    assert truncated(folder) == [], told
    stem = f"certificats-{run.session.code}"
    others = {path.name for path in folder.iterdir()} - set(names)
    assert others == {f"{stem}.zip", f"{stem}.pdf", f"{stem}.jsonl", LOCK}, "nothing is left of the dead"
    lines = [json.loads(text) for text in (folder / f"{stem}.jsonl").read_text().splitlines()]
    last = {line["name"]: line for line in lines}
    assert {name: last[name]["sha256"] for name in names} == found, told
    with zipfile.ZipFile(folder / f"{stem}.zip") as archive:
        assert sorted(archive.namelist()) == names, told
        inside = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names}
    assert inside == found, told
    with pikepdf.open(folder / f"{stem}.pdf") as book, book.open_outline() as outline:
        assert len(book.pages) == len(names) == len(outline.root), told
    drawn = random.Random(len(names)).sample(names, min(SAMPLE, len(names)))
    for path in (*(folder / name for name in drawn), folder / f"{stem}.pdf"):
        subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True)
    return found


def journal_of(run: DocumentRun) -> Counter[str]:
    entries = Entry.objects.filter(subject=f"production {run.pk}")
    assert [first_break(chain) for chain in Chain.objects.all()] == [None] * Chain.objects.count()
    return Counter(entries.values_list("act", flat=True))


def has(folder: Path, number: int) -> Callable[[], bool]:
    """Are there this many documents, written or being written?"""
    return lambda: len(list(folder.glob("certificat-*.pdf"))) + len(list(folder.glob("*.part"))) >= number


def test_killed_again_and_again_each_certificate_is_there_once(cast: Cast) -> None:
    session = proclaimed_crowd(cast, CERTIFICATES)
    clean = asked(cast, session)
    seed = random.randrange(10**6)
    chance, seen, folder = random.Random(seed), list[int](), Path()
    with a_nursery() as nursery:
        assert nursery.raise_worker("whole") == 0
        run = asked(cast, session)
        assert run.pk != clean.pk
        folder = folder_of(run)
        for _ in range(KILLS):
            # A few documents later, or once all are there: while the ZIP is made. One in four early.
            there = len(list(folder.glob("certificat-*.pdf")))
            more = chance.randint(1, 2 * CERTIFICATES // KILLS) if chance.random() < 0.75 else 0
            until = has(folder, min(there + more, CERTIFICATES))
            status = nursery.raise_worker("whole", until, chance.uniform(0, 0.2))
            run.refresh_from_db()
            assert truncated(folder) == [], f"seed {seed}"
            if run.state == RunState.DONE:
                break
            assert os.WIFSIGNALED(status)
            assert os.WTERMSIG(status) == signal.SIGKILL
            seen.append(len(list(folder.glob("certificat-*.pdf"))))
        nursery.raise_worker("whole")
    run.refresh_from_db()
    told = f"seed {seed}, {len(seen)} kills, documents left by each: {seen}"
    print(told)  # noqa: T201
    assert len(seen) >= KILLS / 2, told
    assert len(set(seen)) > 1, told
    assert (run.state, run.done, run.total) == (RunState.DONE, CERTIFICATES, CERTIFICATES), told
    assert verify(run, told) == digests(folder_of(clean)), "the same bytes as a run nobody killed"
    assert journal_of(run) == {Act.MAKE_DOCUMENTS: 1, Act.FINISH_DOCUMENTS: 1}, told


def test_written_in_place_a_kill_leaves_halves(cast: Cast) -> None:
    """The positive control: the same kills on a writer that takes the final name at once."""
    run = asked(cast, proclaimed_crowd(cast, 12))
    seed = random.randrange(10**6)
    chance, halves = random.Random(seed), 0
    with a_nursery() as nursery:
        for _ in range(8):
            there = len(list(folder_of(run).glob("certificat-*.pdf")))
            begun = partial(lambda n: len(list(folder_of(run).glob("certificat-*.pdf"))) > n, there)
            nursery.raise_worker("torn", begun, chance.uniform(0, 0.08))
            halves += len(truncated(folder_of(run)))
            run.refresh_from_db()
            if halves or run.state == RunState.DONE:
                break
    assert halves, f"seed {seed}"


@pytest.mark.parametrize("stage", ["certificates", "archive"])
def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_room(cast: Cast, stage: str) -> None:
    session = proclaimed_crowd(cast, 8)
    run = asked(cast, session)
    # Some 57 KB a certificate: the disk is full at the third one, or while the ZIP is written.
    room = 140_000 if stage == "certificates" else 700_000
    with a_nursery() as nursery:
        assert nursery.raise_worker(f"room {room}") == 0
        run.refresh_from_db()
        folder = folder_of(run)
        assert (run.state, run.failure) == (RunState.FAILED, NO_ROOM)
        assert truncated(folder) == []
        assert not list(folder.glob("*.part")), "no room is held by what failed"
        assert not list(folder.glob("*.zip"))
        before = {path.name: path.stat().st_mtime_ns for path in folder.glob("certificat-*.pdf")}
        assert (len(before) == 8) == (stage == "archive")
        assert asked(cast, session).pk == run.pk
        assert nursery.raise_worker("whole") == 0
    run.refresh_from_db()
    assert (run.state, run.failure) == (RunState.DONE, "")
    verify(run, stage)
    after = {name: (folder / name).stat().st_mtime_ns for name in before}
    assert after == before, "what was there is not made again"
    acts = {Act.MAKE_DOCUMENTS: 2, Act.FAIL_DOCUMENTS: 1, Act.FINISH_DOCUMENTS: 1}
    assert journal_of(run) == acts


def test_two_workers_at_the_same_run_do_no_harm(cast: Cast) -> None:
    session = proclaimed_crowd(cast, 8)
    run = asked(cast, session)
    with a_nursery() as first, a_nursery() as second:
        assert first.process.stdin
        assert second.process.stdin
        for nursery in (first, second):
            assert nursery.process.stdin
            nursery.process.stdin.write("whole\n")
            nursery.process.stdin.flush()
            assert nursery.process.stdout
            nursery.process.stdout.readline()
            # The task of the first is given back too early, as when it works on another machine.
            deadline = time.monotonic() + 30
            while nursery is first and not DBTaskResult.objects.filter(status="RUNNING").exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            DBTaskResult.objects.filter(status="RUNNING").update(status="READY", started_at=None)
        for nursery in (first, second):
            assert nursery.process.stdout
            assert nursery.process.stdout.readline().split() == [GONE, "0"]
    run.refresh_from_db()
    verify(run, "two workers")
    assert journal_of(run) == {Act.MAKE_DOCUMENTS: 1, Act.FINISH_DOCUMENTS: 1}
