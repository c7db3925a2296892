"""`manage.py bounce < message`: what the mail server pipes when a message of ours comes back."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cqp.awards.bounces import LONGEST, note_bounce


class Command(BaseCommand):
    """Read one notification and mark its message. Whatever it is, it ends well: nothing bounces a bounce."""

    help = "Lit sur l’entrée un avis de non-remise (RFC 3464) et note le message revenu."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which message came back, by its number alone."""
        content = sys.stdin.buffer.read(LONGEST)
        message = note_bounce(content, timezone.now())
        said = f"Message {message.pk} : adresse notée." if message else "Aucun message reconnu."
        self.stdout.write(said)
