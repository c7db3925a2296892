"""`manage.py remind`: the reminders of the day; to be run every morning."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cqp.reminders import send_reminders


class Command(BaseCommand):
    """Tell by e-mail, once a day, whoever has something due within three days or late."""

    help = "Rappelle par courriel, une fois par jour, ce qui est dû sous trois jours ou en retard."

    def handle(self, *args: Any, **options: Any) -> None:
        """Send, and say how many; exit 1 naming the addresses that could not be reached."""
        sent = send_reminders(now=timezone.now())
        self.stdout.write(f"Rappels envoyés : {sent.count}")
        if sent.failed:
            raise CommandError(f"Adresses en échec : {', '.join(sent.failed)}")
