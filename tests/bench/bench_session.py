"""From a proclamation to its sealed files: `python -m tests.bench.bench_session [NUMBER]` (2,000).

Each step with its time and the peak memory of the processes so far, on a database of its own. A step is a
function of STEPS that returns how many things it made; what follows the files is added there.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.crowd import make_crowd, open_place


@dataclass
class Scene:
    """The session, who acts on it, and where its files go."""

    session: Any
    president: Any
    ucanss: Any
    place: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="cqp-bench-")))


def proclaimed(scene: Scene) -> int:
    """Every file adopted and proclaimed: the certificates are born."""
    from django.utils import timezone

    from candidates.models import Session
    from juries.models import Certificate
    from juries.services.national import adopt_clear_files, proclaim

    by, at = scene.president, timezone.now()
    adopt_clear_files(session=scene.session, by=by, at=at)
    proclaim(session=Session.objects.get(pk=scene.session.pk), by=by, at=at)
    scene.session = Session.objects.select_related("certification").get(pk=scene.session.pk)
    return Certificate.objects.count()


def files(jobs: int) -> Callable[[Scene], int]:
    """Single files, ZIP and book, by this number of processes."""

    def make(scene: Scene) -> int:
        from django.core.management import call_command

        folder = scene.place / f"jobs-{jobs}"
        call_command("certificates", scene.session.code, output=folder, jobs=jobs)
        return len(list(folder.glob("certificat-*.pdf")))

    return make


def files_again(scene: Scene) -> int:
    """The same command on a folder that has everything."""
    return files(1)(scene)


STEPS: dict[str, Callable[[Scene], int]] = {
    "proclaimed": proclaimed,
    "files, one process": files(1),
    "files, two processes": files(2),
    "files, already there": files_again,
}


def main(number: int) -> None:
    """Print each step, one after the other."""
    open_place()
    scene = _scene(number)
    for label, step in STEPS.items():
        start = time.perf_counter()
        made = step(scene)
        seconds = time.perf_counter() - start
        own, children = (
            resource.getrusage(who).ru_maxrss / 1024
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        print(
            f"{label:<24}{made:>7}{seconds:>9.1f} s{made / seconds:>9.1f} a second"
            f"   peak {own:.0f} MB here, {children:.0f} MB in the largest other process"
        )


def _scene(number: int) -> Scene:
    """A crowd before the CPNEFP, which sits."""
    from django.utils import timezone

    from juries.services.national import open_sitting
    from tests.cast import make_actor
    from tests.sittings import attend

    session = make_crowd("GC_2013", number, before_jury=True, sure=number)
    people = {name: make_actor(name) for name in ("cpnefp", "cpnefp_salaries", "cpnefp_president", "ucanss")}
    by = people["cpnefp_president"]
    open_sitting(session=session, held_on=session.exam_last_day, place="Paris", by=by, at=timezone.now())
    attend(session, by)
    return Scene(session, by, people["ucanss"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
