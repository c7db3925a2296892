"""Doing the long work that waits in the database, in this process or in one that can be killed."""

import os
import sys

import django

from cqp.reaper import worker_name


def work() -> None:
    """Everything that waits, then stop."""
    from django_tasks_db.management.commands.db_worker import Worker  # only once the applications are loaded

    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=worker_name(),
        excluded_queue_names=[],
    )
    worker.run()


def main() -> None:
    """`python -m tests.workers DATABASE CHUNK`: a worker of its own on the database of a test."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cqp.settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    django.setup()
    from candidates.imports import running

    running.CHUNK = int(sys.argv[2])
    work()


if __name__ == "__main__":
    main()
