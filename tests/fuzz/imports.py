"""Damaged files by the thousand through the very function of the command `import_file`.

    python -m tests.fuzz.imports --count 30000 --format xlsx --seed 7
    python -m tests.fuzz.imports --count 3000       (what bin/test runs: every format, another seed each time)
    python -m tests.fuzz.imports --format xlsx --seed 7 --only 1234       (one mutant again, its file kept)

Of each: an answer, which is a report or one sentence, and never an exception; a database unchanged by a
preview and by a refusal (writes are caught, and everything an import may touch is compared); two seconds of
processor to read at most, half of one more to judge; and no more memory to read than the limit set on it.
Prints the worst; exit code 1 when one is broken.
"""

import argparse
import hashlib
import io
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fuzz.mutants import mutant
from tests.samples.make import PLACE

FORMATS = ("xlsx", "ods", "xls", "csv")
SECONDS = 2.5  # two in the process that reads, which is stopped there, and what is done with the lines
MEGABYTES = 320
APPLIED = 20
"""One mutant in so many is also applied, in a transaction taken back."""


class Broken(Exception):
    """A promise a mutant broke."""


@dataclass
class Tally:
    """What was seen of the mutants of one format, in one process."""

    read: int = 0
    refused: int = 0
    worst: float = 0.0
    worst_at: int = 0
    broken: list[str] = field(default_factory=list)
    child: int = 0
    own: int = 0


def seeds_of(form: str) -> list[tuple[str, bytes]]:
    """The healthy files that are damaged: what they hold, and their bytes."""
    kinds = ("candidates", "marks")
    if form != "csv":
        return [(kind, (PLACE / f"{kind}.{form}").read_bytes()) for kind in kinds]
    paths = [(kind, PLACE / f"{kind}-{code}.csv") for kind in kinds for code in ("windows-1252", "utf-16")]
    return [(kind, path.read_bytes()) for kind, path in paths]


def make_place() -> None:
    """A throw-away database with a session, its candidates and a few marks."""
    os.environ["CQP_VAR"] = tempfile.mkdtemp(prefix="cqp-fuzz-")
    os.environ.setdefault("CQP_HTTPS", "0")
    os.environ["DJANGO_SETTINGS_MODULE"] = "cqp.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from candidates.models import ListImport, Session
    from cqp.accounts.models import Organisme
    from evaluations.imports.command import apply
    from evaluations.models import Adoption, Regulation

    call_command("migrate", verbosity=0)
    call_command("load_reference", stdout=io.StringIO())
    regulation = Regulation.objects.get(code="GC_2013", version=1)
    at, day = timezone.now(), timezone.localdate()
    days = dict.fromkeys(("exam_first_day", "exam_last_day", "enrolment_deadline", "entry_deadline"), day)
    session = Session.objects.create(
        code="FUZZ", certification=regulation.certification, opened_at=at, **days
    )
    session.options.set(regulation.certification.options.all())
    Adoption.objects.create(session=session, regulation=regulation)
    session.parts.create(crfp=Organisme.objects.get(code="CRFP-LYO"))
    for kind in ListImport.Kind:
        name = "candidates" if kind == ListImport.Kind.CANDIDATES else "marks"
        # Half of the people, and their marks: a healthy file has something new, and something already there.
        lines = (PLACE / f"{name}-windows-1252.csv").read_bytes().splitlines(keepends=True)
        report = apply(_order(kind), b"".join(lines[:4]), "graine.csv", at)
        assert report.accepted, report


def _order(kind: Any) -> Any:
    from evaluations.imports.command import Order, part_of

    return Order(kind, part_of("FUZZ", "CRFP-LYO"))


def digest() -> str:
    """Everything an import may touch."""
    from candidates.models import Candidate, Enrolment, ListImport
    from cqp.accounts.models import Membership, User
    from cqp.journal.models import Entry
    from evaluations.models import Mark, Operation

    text = hashlib.sha256()
    for table in (User, Membership, Candidate, Enrolment, ListImport, Mark, Operation, Entry):
        text.update(repr(list(table.objects.order_by("pk").values_list())).encode())
    return text.hexdigest()


def _no_write(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")):
        raise Broken(f"writes during a preview: {sql[:80]}")
    return execute(sql, params, many, context)


def try_one(kind: Any, content: bytes, *, apply_it: bool) -> bool:
    """Whether the file could be read; raises for a broken promise."""
    from django.db import connection, transaction
    from django.utils import timezone

    from candidates.imports.report import Report
    from cqp.workflow import Refusal
    from evaluations.imports.command import apply, preview

    now = timezone.now()
    try:
        with connection.execute_wrapper(_no_write):
            report = preview(_order(kind), content, now)
    except Refusal as refusal:
        _check_sentence(refusal.sentence)
        return False
    if not isinstance(report, Report):
        raise Broken(f"answers {type(report)}")
    for problem in report.problems + report.warnings:
        _check_sentence(problem.message)
    if apply_it and report.accepted:
        with transaction.atomic():
            apply(_order(kind), content, "mutant", now)
            transaction.set_rollback(True)
    return True


def _check_sentence(sentence: str) -> None:
    if not sentence.strip() or "Traceback" in sentence or len(sentence) > 4_000:
        raise Broken(f"says {sentence[:200]!r}")


def _cpu() -> float:
    """Seconds of processor of this process and of those that read for it: another job takes none of them."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def content_of(form: str, seed: int, number: int) -> tuple[str, bytes]:
    """One mutant, the same each time: what it was made from, and its bytes."""
    draw = random.Random(f"{seed}:{form}:{number}")
    kind, healthy = draw.choice(seeds_of(form))
    return kind, mutant(healthy, form, draw)


def make(form: str, seed: int, numbers: range, out: Any) -> None:
    """Damage the files, in a process whose memory is not counted."""
    for number in numbers:
        out.send(content_of(form, seed, number))
    out.close()


def run(form: str, seed: int, numbers: range, place: str, made: Any) -> Tally:
    """The mutants of these numbers, one after the other, as they are made."""
    from candidates.models import ListImport

    tally = Tally()
    before = digest()
    for count, number in enumerate(numbers, 1):
        name, content = made.recv()
        kind = ListImport.Kind.CANDIDATES if name == "candidates" else ListImport.Kind.MARKS
        begun = _cpu()
        try:
            readable = try_one(kind, content, apply_it=count % APPLIED == 0)
            tally.read += readable
            tally.refused += not readable
            if count % 100 == 0 and digest() != before:
                raise Broken("the database changed in the last hundred")
        except Exception as error:
            path = Path(place) / f"{form}-{seed}-{number}"
            path.write_bytes(content)
            tally.broken.append(f"{form} n° {number} ({path}): {error!r}\n{traceback.format_exc(limit=-3)}")
        lasted = _cpu() - begun
        if lasted > tally.worst:
            tally.worst, tally.worst_at = lasted, number
    if digest() != before:
        tally.broken.append(f"{form}: the database changed")
    tally.child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    tally.own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return tally


def judge(form: str, seed: int, tallies: list[Tally], seconds: float) -> int:
    """Print what was seen of a format; the number of promises broken."""
    worst = max(tallies, key=lambda tally: tally.worst)
    read, refused = sum(t.read for t in tallies), sum(t.refused for t in tallies)
    child, own = max(t.child for t in tallies), max(t.own for t in tallies)
    broken = [sentence for tally in tallies for sentence in tally.broken]
    if worst.worst > SECONDS:
        broken.append(f"{form} n° {worst.worst_at}: {worst.worst:.2f} s")
    if child > MEGABYTES:
        broken.append(f"{form}: {child} MB in the reading process")
    sys.stdout.write(
        f"{form}: {read + refused} mutants in {seconds:.0f} s, {read} read, {refused} refused, "
        f"{len(broken)} broken; worst {worst.worst:.2f} s (n° {worst.worst_at}), "
        f"{child} MB reading, {own} MB in all; --seed {seed}\n"
    )
    for sentence in broken[:20]:
        sys.stdout.write(f"  {sentence}\n")
    sys.stdout.flush()
    return len(broken)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=30_000, help="mutants of each format")
    parser.add_argument("--format", choices=[*FORMATS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, default=None, help="one mutant alone")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    make_place()
    place = tempfile.mkdtemp(prefix="cqp-mutants-")
    broken = 0
    for form in FORMATS if options.format == "all" else [options.format]:
        begun = time.perf_counter()
        if options.only is not None:
            numbers = [range(options.only, options.only + 1)]
            (Path(place) / f"{form}-{seed}-{options.only}").write_bytes(
                content_of(form, seed, options.only)[1]
            )
            sys.stdout.write(f"{place}\n")
        else:
            numbers = [range(job, options.count, options.jobs) for job in range(options.jobs)]
        tallies = _at_once(form, seed, numbers, place)
        broken += judge(form, seed, tallies, time.perf_counter() - begun)
    return 1 if broken else 0


def _try(answers: Any, *arguments: Any) -> None:
    answers.put(run(*arguments))


def _at_once(form: str, seed: int, numbers: list[range], place: str) -> list[Tally]:
    """Two processes each: one makes the mutants, one tries them, so that memory is that of the import."""
    from django.db import connections

    connections.close_all()
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    processes = []
    for some in numbers:
        made, out = fork.Pipe(duplex=False)
        processes.append(fork.Process(target=make, args=(form, seed, some, out)))
        processes[-1].start()
        out.close()
        trial = fork.Process(
            target=lambda *args: answers.put(run(*args)), args=(form, seed, some, place, made)
        )
        processes.append(trial)
        trial.start()
        made.close()
    tallies = [answers.get() for _ in numbers]
    for process in processes:
        process.join()
    return tallies


if __name__ == "__main__":
    sys.exit(main())
