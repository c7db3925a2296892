"""Development only: the e-mails stay in a folder of this machine instead of leaving, and a page shows them.

A file a message, named by the hour it left; the oldest are forgotten. Links that reset a password are in
there as they were sent: that is why it never serves in production.
"""

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage as Parsed
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 300
_NAME = re.compile(r"\d{19}-[0-9a-f]{8}")


class OutboxBackend(BaseEmailBackend):
    """Writes each message to the outbox."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep them all; returns how many."""
        folder().mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():019d}-{secrets.token_hex(4)}"
            path = folder() / f".{name}"
            path.write_bytes(message.message().as_bytes())
            path.rename(folder() / f"{name}.eml")  # whole, or not there
        for old in names()[KEPT:]:
            (folder() / f"{old}.eml").unlink(missing_ok=True)
        return len(email_messages)


@dataclass(frozen=True, slots=True)
class Left:
    """One message of the outbox, as a mailbox would read it."""

    name: str
    at: datetime
    mail: Parsed

    @property
    def subject(self) -> str:
        return str(self.mail.get("Subject", ""))

    @property
    def to(self) -> str:
        return str(self.mail.get("To", ""))

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> list[str]:
        return [part.get_filename() or "" for part in self.mail.iter_attachments()]

    def _body(self, kind: str) -> str:
        part = self.mail.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def folder() -> Path:
    return Path(settings.OUTBOX_DIR)


def names() -> list[str]:
    """What left, the newest first."""
    found = folder().glob("*.eml") if folder().is_dir() else iter(())
    return sorted((path.stem for path in found if _NAME.fullmatch(path.stem)), reverse=True)


def read_all(wanted: Sequence[str]) -> Iterator[Left]:
    return (left for name in wanted if (left := read(name)))


def read(name: str) -> Left | None:
    """One message; None when there is none of this name."""
    if not _NAME.fullmatch(name):
        return None
    try:
        content = (folder() / f"{name}.eml").read_bytes()
    except OSError:
        return None
    at = datetime.fromtimestamp(int(name[:19]) / 1_000_000_000, tz=UTC)
    return Left(name, at, message_from_bytes(content, policy=policy.default))
