"""Work that outlives the request: the one place that names the library, which Django 6 takes in as its own.

Enqueued inside the transaction of the act that asks for it: both stand or fall together. A worker may die at
any moment, so a task must bear to be run again from where it stopped (`manage.py worker` sees to it).
"""

from django_tasks import task

__all__ = ["task"]
