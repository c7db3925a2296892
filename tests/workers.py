"""Doing the long work that waits in the database, in this process or in one that can be killed."""

from django_tasks_db.management.commands.db_worker import Worker

from cqp.reaper import worker_name


def work() -> None:
    """Everything that waits, then stop."""
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
