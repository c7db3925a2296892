"""Verbs of Ucanss on the messages: prepare them, send again those that failed, correct an address."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from candidates.models import Enrolment, Session
from candidates.services.enrolments import correct_email
from candidates.services.locks import lock_session
from cqp.accounts.actor import Actor
from cqp.awards.delivery import deliver
from cqp.awards.message_failures import READDRESSED
from cqp.awards.message_recipients import OnPaper, owed_of
from cqp.awards.message_rules import address_refusal, resending_refusal, writing_refusal
from cqp.awards.models import AGAIN, Message
from cqp.awards.states import MESSAGE, MessageState
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand


@dataclass(frozen=True, slots=True)
class Written:
    """How many messages were prepared; who must be told on paper."""

    count: int
    on_paper: Sequence[OnPaper] = field(default_factory=list)


@transaction.atomic
def write_messages(*, session: Session, by: Actor, at: datetime) -> Written:
    """Prepare what nobody was told yet of a proclaimed session; done again, only what is new is prepared.

    Nothing leaves before the results open. Raises Refusal before the proclamation.
    """
    by.must(Act.WRITE_MESSAGE)
    session = lock_session(session)
    demand(writing_refusal(session))
    owed = owed_of(session)
    rows = []
    for draft in owed.drafts:
        words = draft.words(session)
        rows.append(
            Message(
                session=session,
                enrolment=draft.enrolment,
                organisme=draft.organisme,
                kind=draft.kind,
                key=draft.key,
                email=draft.email,
                subject=words.subject,
                text=words.text,
                html=words.html,
                leaves_at=session.results_open_at or at,
                written_at=at,
            )
        )
    if rows:
        Message.objects.bulk_create(rows, batch_size=200)
        after = {kind.value.lower(): owed.count(kind) for kind in Message.Kind}
        after |= {"sur_papier": len(owed.on_paper)}
        fact = Fact(Act.WRITE_MESSAGE, f"messages {session.code}", after=after)
        record(chain=session.code, by=by, at=at, facts=[fact])
        _send_if_open(session, at)
    return Written(len(rows), owed.on_paper)


@transaction.atomic
def resend_message(*, message: Message, by: Actor, at: datetime) -> None:
    """Put one failed message back among those to send; pressed twice, it leaves once."""
    by.must(Act.RESEND_MESSAGE)
    session = lock_session(message.session)
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state == MessageState.TO_SEND:
        return
    demand(resending_refusal(message, stands=Message.objects.standing().filter(pk=message.pk).exists()))
    _again(session, [message], by, at)


@transaction.atomic
def resend_failed(*, session: Session, by: Actor, at: datetime) -> int:
    """Put every failed message of a session back among those to send; returns how many."""
    by.must(Act.RESEND_MESSAGE)
    session = lock_session(session)
    failed = list(session.messages.failed().order_by("pk"))
    _again(session, failed, by, at)
    return len(failed)


@transaction.atomic
def correct_address(*, enrolment: Enrolment, email: str, by: Actor, at: datetime) -> int:
    """Correct a candidate's address, and write to it whatever the old one was, or was to be, told.

    What is leaving for the old one meanwhile goes on: its worker says whether it left. Returns how many
    messages leave for the new one. The candidate then signs in with it. Raises Refusal when it is somebody
    else's.
    """
    by.must(Act.RESEND_MESSAGE)
    session = lock_session(enrolment.session)
    demand(address_refusal(session))
    candidate = correct_email(enrolment=enrolment, email=email, by=by, at=at)
    rows = session.messages.filter(enrolment=enrolment).standing().select_for_update(of=("self",))
    moved = [row for row in rows.order_by("pk") if row.email != candidate.email]
    waiting = [row for row in moved if row.state == MessageState.TO_SEND and not row.is_leaving]
    facts = [_fact(Act.FAIL_MESSAGE, row, READDRESSED) for row in waiting]
    Message.objects.filter(pk__in=[row.pk for row in waiting]).update(
        state=MESSAGE.target(MessageState.TO_SEND, Act.FAIL_MESSAGE), failure=READDRESSED
    )
    facts += [_fact(Act.RESEND_MESSAGE, row) for row in _replace(moved, candidate.email, session, at)]
    record(chain=session.code, by=by, at=at, facts=facts)
    if moved:
        _send_if_open(session, at)
    return len(moved)


def _again(session: Session, failed: Sequence[Message], by: Actor, at: datetime) -> None:
    """To the same address the same message; where the candidate's has changed, a copy to the new one."""
    pks = [row.enrolment_id for row in failed if row.enrolment_id]
    now = dict(Enrolment.objects.filter(pk__in=pks).values_list("pk", "candidate__email"))
    moved = [row for row in failed if now.get(row.enrolment_id or 0) not in (None, "", row.email)]
    same = [row for row in failed if row not in moved]
    _requeue(same, session)
    facts = [_fact(Act.RESEND_MESSAGE, row) for row in same]
    for row in moved:
        copies = _replace([row], now[row.enrolment_id or 0], session, at)
        facts += [_fact(Act.RESEND_MESSAGE, copy) for copy in copies]
    record(chain=session.code, by=by, at=at, facts=facts)
    if failed:
        _send_if_open(session, at)


def _requeue(rows: Sequence[Message], session: Session) -> None:
    values: dict[str, Any] = {"attempts": 0, "failure": "", "is_bounced": False, "sent_at": None}
    values |= {"leaves_at": session.results_open_at, "state": MessageState.TO_SEND}
    values |= {"resent": F("resent") + 1}
    Message.objects.filter(pk__in=[row.pk for row in rows], state=MessageState.FAILED).update(**values)


def _replace(rows: Sequence[Message], email: str, session: Session, at: datetime) -> list[Message]:
    """The same words at another address: what was written stays as it is."""
    copies = [
        Message(
            session=session,
            enrolment_id=row.enrolment_id,
            kind=row.kind,
            key=row.key + AGAIN,
            email=email,
            subject=row.subject,
            text=row.text,
            html=row.html,
            leaves_at=session.results_open_at or at,
            written_at=at,
        )
        for row in rows
    ]
    return Message.objects.bulk_create(copies)


def _send_if_open(session: Session, at: datetime) -> None:
    """At once when the results are open; otherwise a worker sees to it when they are."""
    if session.is_published(at):
        deliver.enqueue()


def _fact(act: Act, row: Message, reason: str = "") -> Fact:
    after = {"etat": MessageState.FAILED if act == Act.FAIL_MESSAGE else MessageState.TO_SEND}
    return Fact(act, f"message {row.pk}", row.enrolment_id, {}, after, reason)
