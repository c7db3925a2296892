"""What a person must do in this room, and what they follow."""

from collections.abc import Iterator
from datetime import date

from django.utils import timezone

from cqp.accounts.actor import Actor
from cqp.awards import message_tasks, transmission_tasks
from cqp.awards.publication_tasks import openings_awaited
from cqp.tasks import Followed, Task


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    yield from message_tasks.tasks_of(actor)
    yield from transmission_tasks.tasks_of(actor, today)


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited."""
    yield from openings_awaited(actor, timezone.now())
    yield from transmission_tasks.followed_by(actor)
