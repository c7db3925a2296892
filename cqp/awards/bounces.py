"""Messages that come back: a delivery status notification (RFC 3464), read with care, and whom it is about.

Anybody may write to the address where bounces arrive: what is read is bounded, anything broken is nobody's
bounce, and a message is found by an identifier that nobody makes up, or else by the address it was sent to.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as Parsed

from django.db import transaction
from django.utils.crypto import constant_time_compare

from cqp.awards.delivery import MARK, mark_of
from cqp.awards.message_failures import said_by_server
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_failed

LONGEST = 1_000_000  # a bounce quotes at most the message it is about: ours are a few thousand characters
_MARK = re.compile(r"cqp\.(\d{1,15})\.\d{1,5}\.[0-9a-f]{24}")
_OF_ADDRESS = ("5.0.", "5.1.", "5.2.", "5.4.")  # RFC 3463: other, address, mailbox, no way there
_STATUS = re.compile(r"\d\.\d{1,3}\.\d{1,3}")
_BROKEN = (RecursionError, LookupError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a notification says: of which messages (their marks), and why."""

    marks: tuple[str, ...]
    status: str
    reason: str

    @property
    def is_address(self) -> bool:
        """Does it say that the address is no good, rather than that time ran out, or what was said?"""
        return self.status.startswith(_OF_ADDRESS)

    @property
    def sentence(self) -> str:
        what = "Le message est revenu" if not self.is_address else "L’adresse est refusée par son serveur"
        return said_by_server(what, self.status or "sans code", self.reason)


def read_bounce(content: bytes) -> Bounce | None:
    """The bounce these bytes are; None when they are something else, or broken, or say « later »."""
    try:
        parsed = message_from_bytes(content[:LONGEST])
        return _bounce_of(parsed)
    except _BROKEN:
        return None


def note_bounce(content: bytes, at: datetime) -> Message | None:
    """Mark the message these bytes send back; None when there is none, or when it was sent again since."""
    bounce = read_bounce(content)
    if bounce is None:
        return None
    with transaction.atomic():
        message = _message_of(bounce)
        if message is not None:
            mark_failed(message=message, sentence=bounce.sentence, is_bounced=bounce.is_address, at=at)
        return message


def _bounce_of(parsed: Parsed) -> Bounce | None:
    for fields in _recipients(parsed):
        if str(fields.get("Action", "")).strip().lower() != "failed":
            continue
        status = _STATUS.search(str(fields.get("Status", "")))
        return Bounce(
            tuple(dict.fromkeys(_marks(parsed))),
            status.group() if status else "",
            str(fields.get("Diagnostic-Code", "")).partition(";")[2].strip()[:1000],
        )
    return None


def _recipients(parsed: Parsed) -> Iterator[Parsed]:
    """Each group of fields of the notification: of the message first, then of each recipient."""
    for part in parsed.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            groups = payload if isinstance(payload, list) else []
            yield from (group for group in groups if isinstance(group, Parsed))


def _marks(parsed: Parsed) -> Iterator[str]:
    """The marks of ours in the headers of what comes back, whole or headers alone."""
    for part in parsed.walk():
        for name in (MARK, "Message-ID", "References", "In-Reply-To"):
            yield from (found.group() for found in _MARK.finditer(str(part.get(name, ""))[:2000]))
        if part.get_content_type() == "text/rfc822-headers":
            quoted = part.get_payload(decode=True)
            if isinstance(quoted, bytes):
                text = quoted[:20_000].decode("latin-1")
                yield from (found.group() for found in _MARK.finditer(text))


def _message_of(bounce: Bounce) -> Message | None:
    """By its mark alone: anybody may write that an address is no good, only our message knows its mark.

    Held, so that a worker about to say that it left is waited for.
    """
    rows = Message.objects.select_related("session").select_for_update(of=("self",))
    for mark in bounce.marks[:20]:
        found = _MARK.fullmatch(mark)
        message = rows.filter(pk=int(found.group(1))).first() if found else None
        if message and constant_time_compare(mark_of(message), mark):
            return message
    return None
