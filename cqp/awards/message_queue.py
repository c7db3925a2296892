"""The queue of a session as it is shown: how many where, each message's state in words, the file of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from candidates.models import Session
from cqp.awards.models import Message
from cqp.awards.states import MessageState
from cqp.sheets.writing import Table

LATE = timedelta(minutes=15)
LEAVING = "En cours d’envoi"
REPLACED = "Remplacé"
POINTLESS = "Sans objet"  # its reader left the organisme
VOID = (REPLACED, POINTLESS)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages are in each state; `waiting_since`: when the oldest one due should have left."""

    total: int
    to_send: int
    sent: int
    failed: int
    bounced: int
    waiting_since: datetime | None

    def is_late(self, at: datetime) -> bool:
        """Is something due since too long? No worker runs, or the mail server does not answer."""
        return self.waiting_since is not None and self.waiting_since + LATE < at


def counts_of(session: Session, at: datetime) -> Counts:
    """The figures of a session, in three queries."""
    rows = session.messages.aggregate(
        total=Count("pk"),
        to_send=Count("pk", filter=Q(state=MessageState.TO_SEND)),
        sent=Count("pk", filter=Q(state=MessageState.SENT)),
    )
    failed = session.messages.failed().aggregate(
        failed=Count("pk"), bounced=Count("pk", filter=Q(is_bounced=True))
    )
    oldest = session.messages.due(at).aggregate(leaves=Min("leaves_at"), written=Min("written_at"))
    # Due since the results opened, or since it was written when they were open already.
    moments = [one for one in (oldest["leaves"], oldest["written"], session.results_open_at) if one]
    return Counts(**rows, **failed, waiting_since=max(moments) if oldest["written"] else None)


def messages_of(session: Session) -> QuerySet[Message]:
    """The messages of a session with whom they are for, each saying whether it `stands`."""
    standing = Message.objects.standing().filter(pk=OuterRef("pk"))
    rows = session.messages.select_related("session", "enrolment__candidate", "organisme")
    return rows.annotate(stands=Exists(standing)).defer("text", "html")


def words_of_state(message: Message) -> str:
    """Where a message is; one that stands no more, and did not leave, asks nothing of anybody."""
    if message.is_leaving:
        return LEAVING
    if message.state != MessageState.SENT and not getattr(message, "stands", True):
        return REPLACED if message.enrolment_id else POINTLESS
    return message.get_state_display()


def recipient_of(message: Message) -> str:
    """The candidate, or the organisme."""
    if message.enrolment:
        return message.enrolment.candidate.full_name
    return message.organisme.name if message.organisme else ""


def leaves_at(message: Message) -> datetime | None:
    """Not before: the opening of the results as it is now, or the next try; None when it is not waiting."""
    if words_of_state(message) != MessageState.TO_SEND.label:
        return None
    opening = message.session.results_open_at
    if opening is None or message.attempts:
        return max(message.leaves_at, opening) if opening else message.leaves_at
    return max(opening, message.written_at)


def table_of(session: Session, rows: Iterable[Message]) -> Table:
    """The messages of a session, to take away."""
    return Table(
        f"Messages {session.code}",
        (
            *("Destinataire", "Nature", "Adresse électronique", "Objet", "État", "Adresse refusée"),
            *("Part à partir du", "Envoyé le", "Essais", "Échec"),
        ),
        (
            (
                *(recipient_of(row), row.get_kind_display(), row.email, row.subject, words_of_state(row)),
                *("oui" if row.is_bounced else "", leaves_at(row), row.sent_at, row.attempts, row.failure),
            )
            for row in rows
        ),
    )
