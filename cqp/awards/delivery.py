"""Sending the messages: each claimed before it leaves, its outcome written as soon as it is known.

A message leaves before the database can say so. Claiming it keeps every other worker away for LEASE; when the
worker dies in between, nobody knows whether it left: past that time it is sent again, under the same
Message-ID, so that a mailbox may tell the copy. An address that fails keeps nobody else waiting. A message
that another replaced, or whose address is no longer its reader's, goes no further than its claim.
"""

import logging
import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from candidates.models import Session
from cqp.awards.message_failures import GONE, INTERRUPTED, MOVED, READDRESSED, Failure, failure_of
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_failed, mark_sent
from cqp.awards.states import MessageState
from cqp.background import task

log = logging.getLogger(__name__)

BATCH = 50  # messages a connection carries
LEASE = timedelta(minutes=10)
# How long one waits after each try that a server did not refuse for good; then it has failed.
RETRIES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
MARK = "X-CQP-Message"


@task()
def deliver() -> None:
    """What the worker runs: send whatever is due, batch after batch."""
    while send_batch():
        continue


def wake(now: datetime) -> None:
    """Ask for what is due to be sent, once: nobody needs to click when the hour comes.

    A worker calls it round after round. The hour a message says follows the opening of its session.
    """
    follow_openings()
    pending = (TaskResultStatus.READY, TaskResultStatus.RUNNING)
    if not Message.objects.due(now).exists():
        return
    if not DBTaskResult.objects.filter(task_path=deliver.module_path, status__in=pending).exists():
        deliver.enqueue()


def follow_openings() -> None:
    """Messages never tried leave when the results open, whenever that is now."""
    rows = Message.objects.filter(state=MessageState.TO_SEND, attempts=0)
    moved = rows.exclude(leaves_at=F("session__results_open_at")).values_list("pk", flat=True)
    if pks := list(moved):
        opening = Session.objects.filter(pk=OuterRef("session")).values("results_open_at")
        rows.filter(pk__in=pks).update(leaves_at=Subquery(opening))


def send_batch() -> bool:
    """Send the next messages over one connection; whether it is worth asking again at once."""
    due = Message.objects.due(timezone.now()).select_related("session").order_by("leaves_at", "pk")
    rows = list(due[:BATCH])
    if not rows:
        return False
    connection = get_connection()
    try:
        connection.open()
    except OSError as error:
        log.warning("The mail server does not answer, %s messages wait: %s", len(rows), error)
        return False
    try:
        # A connection cut is not opened again at once: each try would cost one message one of its five.
        return all(send(message, connection) for message in rows)
    finally:
        connection.close()


def send(message: Message, connection: Any) -> bool:
    """Send one message if nobody else does; whether the connection is still good."""
    is_unknown = message.is_leaving
    if not claim(message, timezone.now()):
        return True
    if why_not := _why_not(message):
        sentence = f"{why_not} {INTERRUPTED}" if is_unknown else why_not
        mark_failed(message=message, sentence=sentence, is_bounced=False, at=timezone.now())
        return True
    try:
        email_of(message, connection).send()
    except (OSError, ValueError) as error:  # whatever smtplib raises is an OSError
        failure = failure_of(error)
        log.warning("No message %s: %s", message.pk, type(error).__name__)
        _failed(message, failure, timezone.now())
        return not failure.is_cut
    mark_sent(message=message, at=timezone.now())
    return True


def claim(message: Message, at: datetime) -> bool:
    """Take a message, as it was seen, away from every other worker; whether it is ours.

    The same statement asks once more whether the results are open. Without a failure, it is leaving: whoever
    replaces it meanwhile leaves its outcome to this try.
    """
    row = Message.objects.due(at).filter(pk=message.pk, attempts=message.attempts, resent=message.resent)
    is_ours = row.update(attempts=message.attempts + 1, leaves_at=at + LEASE, failure="") == 1
    if is_ours:
        message.attempts, message.failure = message.attempts + 1, ""
    return is_ours


def email_of(message: Message, connection: Any = None) -> EmailMultiAlternatives:
    """The e-mail; every try of a sending has one identifier, and no header holds what somebody typed."""
    headers = {
        "Message-ID": f"<{mark_of(message)}@{_domain()}>",
        MARK: mark_of(message),
        "Auto-Submitted": "auto-generated",
    }
    mail = EmailMultiAlternatives(
        message.subject, message.text, None, [message.email], headers=headers, connection=connection
    )
    mail.attach_alternative(message.html, "text/html")
    return mail


def mark_of(message: Message) -> str:
    """What a bounce gives back of a message, and of which sending; nobody makes one up."""
    digest = salted_hmac("cqp.message", f"{message.resent} {message.key}", algorithm="sha256").hexdigest()
    return f"cqp.{message.pk}.{message.resent}.{digest[:24]}"


def _domain() -> str:
    """That of the sender, if it can stand in an identifier."""
    _, at, domain = settings.DEFAULT_FROM_EMAIL.lower().strip("> ").rpartition("@")
    return domain if at and re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?", domain) else "localhost"


def _failed(message: Message, failure: Failure, at: datetime) -> None:
    """Try again later, unless the refusal is final, it was tried enough or nobody waits for it any more."""
    if not failure.is_final and message.attempts <= len(RETRIES):
        again = at + RETRIES[message.attempts - 1]
        rows = Message.objects.filter(pk=message.pk, state=MessageState.TO_SEND)
        ours = rows.filter(attempts=message.attempts, resent=message.resent)
        # In this order: replaced before this line, it is seen below; after it, it no longer is leaving.
        ours.update(leaves_at=again, failure=failure.sentence)
        if not _why_not(message):
            return
    mark_failed(message=message, sentence=failure.sentence, is_bounced=failure.is_bounced, at=at)


def _why_not(message: Message) -> str:
    """Why nobody is to be written to there any more; empty: somebody is."""
    rows = Message.objects.standing().filter(pk=message.pk)
    found = list(rows.values_list("enrolment__candidate__email", flat=True))
    if not found:
        return READDRESSED if message.enrolment_id else GONE
    return "" if found[0] in (None, "", message.email) else MOVED
