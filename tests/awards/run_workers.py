"""Workers that die while they make documents: by SIGKILL, or because the disk is full.

`python -m tests.awards.run_workers DATABASE FOLDER` is a nursery: for each line read it forks a worker on the
database of a test, says when that one is ready and how it ended. The line is an order in JSON. `how` the
child writes: `whole`, as the product does; `torn`, straight under the final name (what a test must be able to
see); `room`, on a disk with room for so many bytes; `command`, as the operator's command, with `jobs`. `at`:
say so once this many certificates have their name, `still` or going on. `batch`: put away at once.
"""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import django

READY, HERE, GONE = "ready", "here", "gone"
LOCK = ".cqp-verrou"


def say(*words: object) -> None:
    """One line to whoever watches, whole and at once: a killed process leaves no half of it."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def write_torn() -> None:
    """Files as they would be had nobody thought of kills: written where they are read, in several goes."""
    from cqp.awards import shelf

    def put(self: Any, drafts: Any) -> None:
        for draft in drafts:
            with self.path(draft.name).open("wb") as file:
                half = len(draft.content) // 2
                file.write(draft.content[:half])
                file.flush()
                time.sleep(0.1)  # a slow disk
                file.write(draft.content[half:])
        self._list([shelf._line_of(draft) for draft in drafts])

    shelf.Shelf.put = put  # type: ignore[method-assign]


class Disk:
    """A disk that fills up: the kernel itself cuts the write that goes beyond its room, and says so."""

    def __init__(self, room: int) -> None:
        self.room = room

    def limit(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        from cqp.awards.shelf import Shelf

        new, disk = Shelf._new, self

        @contextmanager
        def bounded(shelf: Any) -> Iterator[tuple[Path, BinaryIO]]:
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (disk.room, hard))
            try:
                with new(shelf) as (path, file):
                    yield path, file
                    disk.room -= file.tell()
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))

        Shelf._new = bounded  # type: ignore[assignment, method-assign]


class Watch:
    """Says once, from inside, that this many certificates have their name: the moment to kill, by progress.

    Before a file is made or named in the folder. Still, the process stays at that very step until it is
    killed; else it goes on, and dies wherever it is.
    """

    def __init__(self, folder: str, number: int, *, still: bool) -> None:
        self.folder, self.number, self.still = folder, number, still
        self.is_over = False

    def follow(self) -> None:
        sys.addaudithook(self._seen)

    def _seen(self, event: str, args: tuple[Any, ...]) -> None:
        if self.is_over or event not in ("open", "os.rename"):
            return
        path = str(args[1] if event == "os.rename" else args[0])
        writes = event == "os.rename" or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        if not (writes and path.startswith(self.folder)) or path.endswith(LOCK):
            return
        named = [name for name in os.listdir(os.path.dirname(path)) if name.startswith("certificat-")]
        if len(named) >= self.number:
            self.is_over = True
            say(HERE)
            if self.still:
                time.sleep(60)


def _live(order: dict[str, Any]) -> None:
    """The life of a child: what `manage.py worker --batch`, or the command, does."""
    from django.core.management import call_command
    from django.utils import timezone

    from cqp.awards import production
    from cqp.reaper import reap
    from tests.workers import work

    production.BATCH = order.get("batch", production.BATCH)
    if order["how"] == "torn":
        write_torn()
    if order["how"] == "room":
        Disk(order["room"]).limit()
    if "at" in order:
        Watch(sys.argv[2], order["at"], still=order["still"]).follow()
    if order["how"] == "command":
        say(READY, os.getpid())
        with open(os.devnull, "w") as nobody:
            told: dict[str, Any] = {"stdout": nobody, "stderr": nobody}
            call_command(
                "certificates", order["session"], output=Path(order["folder"]), jobs=order["jobs"], **told
            )
        return
    reap(timezone.now())
    say(READY, os.getpid())
    work()


def main() -> None:
    """Fork a child for each line read, and say when it is gone."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cqp.settings"
    os.environ["CQP_DOCUMENTS"] = sys.argv[2]
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    settings.DATABASES["default"]["OPTIONS"].pop("pool", None)  # a child has a connection of its own
    django.setup()
    import django_tasks_db.management.commands.db_worker  # noqa: F401 - read once, not by each child

    import cqp.awards.services.runs  # noqa: F401 - the same

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                _live(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        say(GONE, status)


if __name__ == "__main__":
    main()
