"""`python manage.py worker`: does the long work and sends the messages that are due, gives back the work of
dead workers, forgets what is too old.

As many as wanted may run beside each other, on one machine or several.
"""

import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_tasks_db.management.commands.db_worker import Command as LibraryWorker

from cqp.awards.delivery import wake
from cqp.reaper import reap, worker_name

logger = logging.getLogger(__name__)

ROUND = 15
CLEANING = timedelta(hours=1)


class Command(LibraryWorker):
    """The library's worker, under a name that says which process it is, with somebody to clean after it."""

    help = "Fait le travail long, rend celui des processus morts, oublie les aperçus périmés."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --with-parent to what the library takes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--with-parent", action="store_true", help="s’arrête dès que le processus qui l’a lancé s’arrête"
        )
        parser.set_defaults(worker_id=worker_name(), reload=False)

    def configure_logging(self, verbosity: int) -> None:
        """As the settings say; the library would write a line at every step."""

    def handle(self, **options: Any) -> None:
        """Clean once, then keep cleaning beside the work."""
        reap(timezone.now())
        if options["with_parent"]:
            threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
        if not options["batch"]:
            threading.Thread(target=_care, daemon=True).start()
        super().handle(**options)


def _follow(parent: int) -> None:
    """Stop this process as soon as it belongs to nobody."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


def _care() -> None:
    """Round after round: dead workers, messages whose hour has come, then, once an hour, old files."""
    cleaned_at = timezone.now() - CLEANING
    while True:
        time.sleep(ROUND)
        now = timezone.now()
        try:
            reap(now)
            wake(now)
            if now - cleaned_at >= CLEANING:
                call_command("forget_files", verbosity=0)
                call_command("forget_documents", verbosity=0)
                cleaned_at = now
        except DatabaseError:
            logger.warning("the database did not answer: the next round will see", exc_info=True)
        finally:
            close_old_connections()
