"""The home page: what whoever signs in must do now, asked from each app's tasks."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from candidates import tasks as candidates_tasks
from cqp.accounts.actor import Actor
from cqp.awards import tasks as awards_tasks
from cqp.http import reads
from cqp.tasks import Followed, Task
from evaluations import tasks as evaluations_tasks
from juries import tasks as juries_tasks

_ROOMS = (candidates_tasks, evaluations_tasks, juries_tasks, awards_tasks)


def tasks_of(actor: Actor, today: date) -> list[Task]:
    """Everything awaited from this actor, the nearest deadline first; what has none comes last."""
    tasks = (task for room in _ROOMS for task in room.tasks_of(actor, today))
    return sorted(tasks, key=lambda task: (task.due is None, task.due or 0))


@reads
def home(request: HttpRequest) -> HttpResponse:
    """One line a task, then what is followed; somebody without a role is told so."""
    actor: Actor | None = getattr(request, "actor", None)
    tasks: list[Task] = []
    followed: list[Followed] = []
    if actor is not None:
        tasks = tasks_of(actor, timezone.localdate())
        followed = [line for room in _ROOMS for line in room.followed_by(actor)]
    return render(request, "home.html", {"tasks": tasks, "followed": followed})
