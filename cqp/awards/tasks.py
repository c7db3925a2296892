"""What a person must do in this room, and what they follow."""

from collections.abc import Iterator
from datetime import date

from cqp.accounts.actor import Actor
from cqp.awards.registration_tasks import registrations_to_renew
from cqp.tasks import Followed, Task


def tasks_of(actor: Actor, today: date) -> Iterator[Task]:
    """The acts awaited from this actor."""
    yield from registrations_to_renew(actor, today)


def followed_by(actor: Actor) -> Iterator[Followed]:
    """What this actor follows without an act being awaited."""
    yield from ()
