"""From a proclamation to sealed files, published results, messages and a valid flux.

`python -m tests.bench.bench_session [NUMBER]` (2,000), on a database of its own (SQLite, or DATABASE_URL).
Each step is a process, as an operator would start it: the peak is its own, Python and Django included (some
100 MB before the first line). It says how many things it made; the bench stops when one of them lacks.
"""

import filecmp
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from tests.bench.crowd import make_crowd, open_place

BATCH = 2_000
CPF = {"CQP_CPF_SENDER": "MESURE01", "CQP_CPF_CERTIFIER": "MESURE01", "CQP_CPF_CONTRACT": "M1"}


@dataclass
class Scene:
    """The session as it stands, who acts on it, where its files go, how many are certified."""

    session: Any
    president: Any
    ucanss: Any
    place: Path
    number: int


# --- The steps: each returns how many things it made --------------------------------------------------------


def proclaimed(scene: Scene) -> int:
    """Every file adopted and proclaimed, for results that open tomorrow: the certificates are born."""
    from django.utils import timezone

    from candidates.models import Session
    from juries.models import Certificate
    from juries.services.national import adopt_clear_files, proclaim

    by, at = scene.president, timezone.now()
    adopt_clear_files(session=scene.session, by=by, at=at)
    session = Session.objects.get(pk=scene.session.pk)
    proclaim(session=session, opens_at=at + timedelta(days=1), by=by, at=at)
    return Certificate.objects.count()


def results_opened(scene: Scene) -> int:
    """At once: everybody reads their own from now on."""
    from django.utils import timezone

    from cqp.awards.services.publication import set_opening
    from juries.models import ProclaimedFile

    session = set_opening(session=scene.session, opens_at=None, by=scene.ucanss, at=timezone.now())
    assert session.is_published(timezone.now())
    return ProclaimedFile.objects.filter(proclamation__session=session).count()


def messages_written(scene: Scene) -> int:
    from django.utils import timezone

    from cqp.awards.services.messages import write_messages

    return write_messages(session=scene.session, by=scene.ucanss, at=timezone.now()).count


def messages_sent(scene: Scene) -> int:
    """By the worker, to files: what a mail server would take is not measured."""
    from django.conf import settings

    from cqp.awards.states import MessageState
    from tests.workers import work

    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(scene.place / "mail")
    work()
    sent: int = scene.session.messages.filter(state=MessageState.SENT).count()
    assert sent == scene.session.messages.count()
    return sent


def files(jobs: int) -> Callable[[Scene], int]:
    """Single files under their seal, ZIP and book, by this number of processes."""

    def make(scene: Scene) -> int:
        from django.core.management import call_command

        folder = scene.place / f"jobs-{jobs}"
        with open(os.devnull, "w") as nobody:
            call_command("certificates", scene.session.code, output=folder, jobs=jobs, stdout=nobody)
        return len(list(folder.glob("certificat-*.pdf")))

    return make


def files_checked(scene: Scene) -> int:
    """Every seal, every entry of the ZIP, the pages of the book; both folders have the same bytes."""
    import pikepdf

    from cqp.seal import check_pdf

    first, second = scene.place / "jobs-1", scene.place / "jobs-2"
    stem = f"certificats-{scene.session.code}"
    for path in first.iterdir():
        assert filecmp.cmp(path, second / path.name, shallow=False), path.name
    with zipfile.ZipFile(first / f"{stem}.zip") as archive:
        assert len(archive.namelist()) == scene.number
        assert archive.testzip() is None
    with pikepdf.open(first / f"{stem}.pdf") as book:
        assert len(book.pages) == scene.number
    return sum(check_pdf(path.read_bytes()).is_intact for path in first.glob("certificat-*.pdf"))


def identities_completed(scene: Scene) -> int:
    """In bulk: the screen does it one by one."""
    from candidates.models import CivilStatus

    people = scene.session.enrolments.values_list("candidate", flat=True)
    rows = [CivilStatus(candidate_id=pk, sex="F", birth_commune_code="69123") for pk in people]
    return len(CivilStatus.objects.bulk_create(rows, batch_size=BATCH))


def flux_made(scene: Scene) -> int:
    """The service checks the file against the schema before it keeps it."""
    from django.utils import timezone

    from cqp.awards.services.transmission import make_flux

    return make_flux(session=scene.session, by=scene.ucanss, at=timezone.now()).passages.count()


def flux_valid(scene: Scene) -> int:
    """The schema once more, on what was kept."""
    from cqp.awards.flux_schema import faults
    from tests.awards.flux_scenes import ids_in

    flux = scene.session.fluxes.get()
    assert not faults(flux.content.encode(), flux.version)
    return len(set(ids_in(flux)))


def report_read(scene: Scene) -> int:
    """Everybody accepted."""
    from django.utils import timezone

    from cqp.awards.services.transmission import read_report
    from cqp.awards.states import PassageState
    from tests.awards.flux_scenes import ids_in, report_xml

    flux = scene.session.fluxes.get()
    content = report_xml(flux.identifier, ids_in(flux))
    read = read_report(flux=flux, content=content, by=scene.ucanss, at=timezone.now())
    return read.passages.filter(state=PassageState.ACCEPTED).count()


STEPS: dict[str, Callable[[Scene], int]] = {
    "proclaimed": proclaimed,
    "results opened": results_opened,
    "messages written": messages_written,
    "messages sent": messages_sent,
    "files, one process": files(1),
    "files, two processes": files(2),
    "files, already there": files(1),
    "files checked": files_checked,
    "identities completed": identities_completed,
    "flux made": flux_made,
    "flux valid": flux_valid,
    "report read": report_read,
}


# --- Measured -----------------------------------------------------------------------------------------------


@contextmanager
def counted() -> Iterator[list[int]]:
    """The number of queries, without keeping any of them."""
    from django.db import connection

    count = [0]

    def one(execute: Any, *args: Any) -> Any:
        count[0] += 1
        return execute(*args)

    with connection.execute_wrapper(one):
        yield count


def step(label: str, code: str, place: str, number: int) -> None:
    """One step in this process; its figures on the last line."""
    django.setup()
    from candidates.models import Session
    from tests.cast import make_actor

    president, ucanss = make_actor("cpnefp_president"), make_actor("ucanss")
    session = Session.objects.select_related("certification").get(code=code)
    scene = Scene(session, president, ucanss, Path(place), number)
    with counted() as queries:
        start = time.perf_counter()
        made = STEPS[label](scene)
        seconds = time.perf_counter() - start
    print(json.dumps({"made": made, "seconds": seconds, "queries": queries[0], "peak": peak()}))


def peak() -> float:
    """The most memory this process, or the largest of those it started, has held, in MB.

    Not as getrusage tells it of this one, which begins with what its parent held.
    """
    own = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert own
    return max(int(own[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def main(number: int) -> None:
    """Print each step, one after the other."""
    os.environ |= CPF
    open_place()
    code, place = _scene(number), tempfile.mkdtemp(prefix="cqp-bench-")
    for label in STEPS:
        command = [sys.executable, "-m", "tests.bench.bench_session", label, code, place, str(number)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(done.stdout.splitlines()[-1])
        made, seconds = told["made"], told["seconds"]
        print(
            f"{label:<22}{made:>6}{seconds:>8.1f} s{made / seconds:>9.0f} a second"
            f"{told['queries']:>8} queries   peak {told['peak']:.0f} MB",
            flush=True,
        )
        # Messages also go to the organismes.
        assert made == number or (label.startswith("messages") and made > number), label


def _scene(number: int) -> str:
    """A crowd before the CPNEFP, which sits; the certification is registered, the certifier has its seal."""
    from django.utils import timezone

    from cqp.seal import make_demo_seal
    from juries.services.national import open_sitting
    from tests.awards.flux_scenes import register_certification
    from tests.cast import make_actor
    from tests.sittings import attend

    make_demo_seal()
    session = make_crowd("GC_2013", number, before_jury=True, sure=number)
    register_certification(session)
    for name in ("cpnefp", "cpnefp_salaries", "ucanss", "organisme"):
        make_actor(name)
    by = make_actor("cpnefp_president")
    open_sitting(session=session, held_on=session.exam_last_day, place="Paris", by=by, at=timezone.now())
    attend(session, by)
    return str(session.code)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        step(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
