"""Workers that die while they make documents: by SIGKILL, or because the disk is full.

`python -m tests.awards.run_workers DATABASE FOLDER` is a nursery: for each line read it forks a worker on the
database of a test, says when that one is ready and how it ended. The line says how the child writes: `whole`,
as the product does; `torn`, straight under the final name (what a test must be able to see); `room N`, on a
disk with room for N bytes.
"""

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

READY, GONE = "ready", "gone"


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


def _live(how: list[str]) -> None:
    """The life of a child: what `manage.py worker --batch` does."""
    from django.utils import timezone

    from cqp.reaper import reap
    from tests.workers import work

    if how[0] == "torn":
        write_torn()
    if how[0] == "room":
        Disk(int(how[1])).limit()
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
                _live(line.split())
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        say(GONE, status)


if __name__ == "__main__":
    main()
