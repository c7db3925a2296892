"""The worker that makes documents is killed, or finds the disk full: each document is there once, and whole.

Kills come by progress, not by the clock: a fast worker would end between two of them. Ordinarily a small
session; before a release, `CQP_RUNS=500x20` kills it 20 times over 500 certificates.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from cqp.awards.production import BATCH
from cqp.awards.run_files import folder_of
from cqp.awards.services.runs import ask_run
from cqp.awards.shelf import LOCK, NO_ROOM
from cqp.awards.states import RunState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from juries.models import Certificate
from tests.awards.run_scenes import proclaimed_crowd
from tests.awards.run_workers import GONE, HERE, READY
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

    def raise_worker(self, how: str, **order: Any) -> int:
        """One worker until its end; returns what it ended of, as waitpid says it."""
        self.order(how, **order)
        gone, status = self.hear()
        assert gone == GONE
        return int(status)

    def kill_worker(self, how: str, at: int, later: float, **order: Any) -> int:
        """One worker killed a moment after it said that this many certificates have their name.

        At no moment, it stays at that step until it is killed.
        """
        pid = self.order(how, at=at, still=not later, **order)
        word, *rest = self.hear()
        if word == HERE:
            time.sleep(later)
            with suppress(ProcessLookupError):  # it ended by itself, and is buried
                os.kill(pid, signal.SIGKILL)
            word, *rest = self.hear()
        assert word == GONE
        return int(rest[0])

    def order(self, how: str, **order: Any) -> int:
        """Have a worker forked; returns its process."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"how": how, **order}) + "\n")
        self.process.stdin.flush()
        ready, pid = self.hear()
        assert ready == READY
        return int(pid)

    def hear(self) -> list[str]:
        assert self.process.stdout
        return self.process.stdout.readline().split()


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


def moments(chance: random.Random) -> Iterator[tuple[int, float]]:
    """When to kill: at how many certificates, how much later; from the first document to the book.

    Every second time the worker is caught at a precise step of putting a file away, else wherever it is.
    """
    among = max(KILLS - 2, 1)
    for rank in range(KILLS - 2):
        first, last = CERTIFICATES * rank // among, CERTIFICATES * (rank + 1) // among - 1
        yield max(chance.randint(first, last), 1), 0 if rank % 2 == 0 else chance.uniform(0.001, 0.03)
    yield CERTIFICATES, 0  # before the manifest tells of the last ones
    yield CERTIFICATES, chance.uniform(0.001, CERTIFICATES / 1000)  # during the ZIP or the book


def test_killed_again_and_again_each_certificate_is_there_once(cast: Cast) -> None:
    session = proclaimed_crowd(cast, CERTIFICATES)
    clean = asked(cast, session)
    seed = random.randrange(10**6)
    batch, left = min(BATCH, CERTIFICATES // 5), list[int]()
    with a_nursery() as nursery:
        assert nursery.raise_worker("whole") == 0
        run = asked(cast, session)
        assert run.pk != clean.pk
        folder = folder_of(run)
        for number, later in moments(random.Random(seed)):
            status = nursery.kill_worker("whole", number, later, batch=batch)
            assert os.WIFSIGNALED(status), f"seed {seed}, {left}: ended by itself"
            assert os.WTERMSIG(status) == signal.SIGKILL
            assert truncated(folder) == [], f"seed {seed}"
            left.append(len(list(folder.glob("certificat-*.pdf"))))
        assert nursery.raise_worker("whole") == 0
    run.refresh_from_db()
    told = f"seed {seed}, {len(left)} kills, documents left by each: {left}"
    print(told)  # noqa: T201
    assert len(left) == KILLS, told
    assert len(set(left)) >= KILLS / 3, told
    assert (run.state, run.done, run.total) == (RunState.DONE, CERTIFICATES, CERTIFICATES), told
    assert verify(run, told) == digests(folder_of(clean)), "the same bytes as a run nobody killed"
    assert run.files == DocumentRun.objects.get(pk=clean.pk).files, "the same ZIP and the same book"
    assert journal_of(run) == {Act.MAKE_DOCUMENTS: 1, Act.FINISH_DOCUMENTS: 1}, told


def test_written_in_place_a_kill_leaves_halves(cast: Cast) -> None:
    """The positive control: the same kills on a writer that takes the final name at once."""
    run = asked(cast, proclaimed_crowd(cast, 12))
    seed = random.randrange(10**6)
    chance, halves = random.Random(seed), list[str]()
    with a_nursery() as nursery:
        for number in (2, 4, 6, 8, 10):
            # It says so before it opens the next file, whose halves are 0.1 s apart.
            nursery.kill_worker("torn", number, chance.uniform(0.02, 0.08), batch=5)
            halves = truncated(folder_of(run))
            if halves:
                break
    assert halves, f"seed {seed}"


def test_the_command_with_two_processes_is_killed_and_goes_on(cast: Cast, tmp_path: Path) -> None:
    session = proclaimed_crowd(cast, 12)
    order = {"session": session.code, "batch": 3}
    killed, clean = (str(tmp_path / "documents" / name) for name in ("killed", "clean"))
    with a_nursery() as nursery:
        for number, later in ((2, 0), (5, 0.01)):
            status = nursery.kill_worker("command", number, later, folder=killed, jobs=2, **order)
            assert os.WIFSIGNALED(status)
            assert truncated(Path(killed)) == []
        assert nursery.raise_worker("command", folder=killed, jobs=2, **order) == 0
        assert nursery.raise_worker("command", folder=clean, jobs=1, **order) == 0
    assert sorted(digests(Path(killed))) == expected_names()
    everything = {path.name: path.read_bytes() for path in Path(clean).iterdir()}
    assert {path.name: path.read_bytes() for path in Path(killed).iterdir()} == everything


@pytest.mark.parametrize("stage", ["certificates", "archive"])
def test_a_full_disk_is_said_and_the_run_goes_on_once_there_is_room(cast: Cast, stage: str) -> None:
    session = proclaimed_crowd(cast, 8)
    clean = asked(cast, session)
    with a_nursery() as nursery:
        assert nursery.raise_worker("whole") == 0
        sizes = [path.stat().st_size for path in folder_of(clean).glob("certificat-*.pdf")]
        # The disk is full at the third certificate, or while the ZIP is written.
        room = 2 * max(sizes) + 10_000 if stage == "certificates" else 3 * sum(sizes) // 2
        run = asked(cast, session)
        assert nursery.raise_worker("room", room=room) == 0
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
        for nursery in (first, second):
            nursery.order("whole")
            # The task of the first is given back too early, as when it works on another machine.
            deadline = time.monotonic() + 30
            while nursery is first and not DBTaskResult.objects.filter(status="RUNNING").exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)
            DBTaskResult.objects.filter(status="RUNNING").update(status="READY", started_at=None)
        for nursery in (first, second):
            assert nursery.hear() == [GONE, "0"]
    run.refresh_from_db()
    verify(run, "two workers")
    assert journal_of(run) == {Act.MAKE_DOCUMENTS: 1, Act.FINISH_DOCUMENTS: 1}
