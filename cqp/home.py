"""The home page: what whoever signs in must do now, asked from each app's tasks."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from candidates import tasks as candidates_tasks
from cqp.accounts.actor import Actor
from cqp.http import reads
from cqp.tasks import Followed, Task
from evaluations import tasks as evaluations_tasks
from juries import tasks as juries_tasks

_ROOMS = (candidates_tasks, evaluations_tasks, juries_tasks)


def _in_order(tasks: Iterator[Task]) -> list[Task]:
    """The nearest deadline first; what has none comes last."""
    return sorted(tasks, key=lambda task: (task.due is None, task.due or 0))


@reads
def home(request: HttpRequest) -> HttpResponse:
    """One line a task, then what is followed; somebody without a role is told so."""
    actor: Actor | None = getattr(request, "actor", None)
    tasks: list[Task] = []
    followed: list[Followed] = []
    if actor is not None:
        today = timezone.localdate()
        tasks = _in_order(task for room in _ROOMS for task in room.tasks_of(actor, today))
        followed = [line for room in _ROOMS for line in room.followed_by(actor)]
    return render(request, "home.html", {"tasks": tasks, "followed": followed})
