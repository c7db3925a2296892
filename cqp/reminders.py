"""The home page by e-mail: what is due soon or late, told once a day to whoever must do it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Reminder
from cqp.home import tasks_of
from cqp.tasks import Task
from cqp.templatetags.fr import day, nbsp

NEAR = timedelta(days=3)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many people were reminded, and the addresses that could not be reached."""

    count: int
    failed: tuple[str, ...]


def due_tasks(actor: Actor, today: date) -> list[Task]:
    """What this person must do within three days, or should have done: the nearest first."""
    return [task for task in tasks_of(actor, today) if task.due is not None and task.due <= today + NEAR]


def send_reminders(*, now: datetime) -> Sent:
    """Remind everybody who has something due; run twice the same day, nobody is told twice.

    An address that cannot be reached stops nobody else, and is tried again at the next run.
    """
    today = timezone.localdate(now)
    sent, failed = 0, []
    for membership in _members():
        tasks = due_tasks(Actor.of(membership), today)
        if not tasks:
            continue
        reminder, is_new = Reminder.objects.get_or_create(
            membership=membership, day=today, defaults={"tasks": len(tasks)}
        )
        if not is_new:
            continue
        try:
            _send(membership, tasks, today)  # outside any transaction: a slow server holds nobody up
        except OSError as error:
            reminder.delete()
            log.warning("No reminder to membership %s: %s", membership.pk, error)
            failed.append(membership.user.email)
        else:
            sent += 1
    return Sent(sent, tuple(failed))


def _members() -> Iterator[Membership]:
    rows = Membership.objects.filter(user__is_active=True).select_related("user", "organisme__region")
    return rows.order_by("pk").iterator(500)


def _send(membership: Membership, tasks: list[Task], today: date) -> None:
    late = any(task.due is not None and task.due < today for task in tasks)
    subject = "CQP : une échéance est dépassée" if late else "CQP : ce qui vous attend"
    send_mail(nbsp(subject), _text(membership, tasks, today), None, [membership.user.email])


def _text(membership: Membership, tasks: list[Task], today: date) -> str:
    """The message, in plain text."""
    lines = [
        f"Bonjour {membership.user.full_name},",
        f"Voici ce qui vous attend, en tant que {membership.get_role_display()} :",
        *(_line(task, today) for task in tasks),
        "Ce message part une fois par jour, tant que quelque chose vous attend à trois jours ou moins.",
    ]
    return nbsp("\n\n".join(lines) + "\n")


def _line(task: Task, today: date) -> str:
    late = ", dépassée" if task.due is not None and task.due < today else ""
    said = (f"- {task.title}", task.detail, f"Échéance : {day(task.due)}{late}", settings.SITE_URL + task.url)
    return "\n  ".join(said)
