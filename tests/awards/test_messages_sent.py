"""Sending: through a real mail server, once, at the hour, whatever refuses, breaks or dies."""

import email
import smtplib
from collections.abc import Callable
from datetime import timedelta
from email import policy
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.models import Membership
from cqp.awards.delivery import LEASE, RETRIES, claim, deliver, email_of, mark_of, send, send_batch, wake
from cqp.awards.message_failures import GONE, MOVED, READDRESSED
from cqp.awards.message_queue import messages_of, words_of_state
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_failed, mark_sent
from cqp.awards.services.messages import correct_address, resend_failed, resend_message
from cqp.awards.states import MessageState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act, Role
from tests.awards.mail_scenes import (
    at_address,
    later,
    people,
    proclaimed,
    proclaimed_for,
    to_candidates,
    write,
)
from tests.awards.post_office import post_office
from tests.cast import Cast


def work() -> None:
    """The tasks that wait, done in the transaction of the test; a real worker is tried further down."""
    if DBTaskResult.objects.ready().delete()[0]:
        deliver.call()


def told_at(cast: Cast, part: SessionPart, address: str) -> list[Message]:
    """Three messages that wait, the first one for this address."""
    session = proclaimed(cast, part)
    at_address(people(session)[0], address)
    write(cast, session)
    return to_candidates(session)


@pytest.fixture
def waiting(cast: Cast, gc_part: SessionPart, tasks_kept: None) -> Session:
    """Three candidates and an organisme to be told, the results open; nobody sends yet."""
    session = proclaimed(cast, gc_part)
    write(cast, session)
    assert not mail.outbox
    return session


def test_every_message_leaves_over_one_connection_and_is_journaled(waiting: Session, settings: Any) -> None:
    with post_office(settings) as office:
        work()
    assert sorted(office.addresses) == everybody(waiting)
    assert office.connections == 1
    assert not waiting.messages.exclude(state=MessageState.SENT, attempts=1).exists()
    entries = Entry.objects.filter(act=Act.SEND_MESSAGE)
    assert entries.count() == 4
    assert {entry.actor for entry in entries} == {None}
    assert first_break(Chain.objects.get(key=waiting.code)) is None


def test_what_arrives_is_a_well_made_message(waiting: Session, settings: Any) -> None:
    with post_office(settings) as office:
        work()
    row = to_candidates(waiting)[0]
    content = dict(office.taken)[row.email]
    arrived = email.message_from_bytes(content, policy=policy.default)
    assert sorted(arrived.keys()) == sorted(
        [
            "Content-Type",
            "MIME-Version",
            "Subject",
            "From",
            "To",
            "Date",
            "Message-ID",
            "X-CQP-Message",
            "Auto-Submitted",
        ]
    )
    assert arrived["To"] == row.email
    assert arrived["Subject"] == row.subject
    assert arrived["Message-ID"] == f"<{mark_of(row)}@localhost>"
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    body = arrived.get_body(("plain",))
    assert body
    assert body.get_content().replace("\r\n", "\n") == row.text


def test_an_address_refused_for_good_keeps_nobody_else_waiting(
    cast: Cast, gc_part: SessionPart, tasks_kept: None, settings: Any
) -> None:
    rows = told_at(cast, gc_part, "refuse@exemple.fr")
    with post_office(settings) as office:
        work()
    assert len(office.taken) == 3
    row = Message.objects.get(pk=rows[0].pk)
    assert (row.state, row.is_bounced, row.attempts) == (MessageState.FAILED, True, 1)
    assert row.failure == "Le serveur refuse cette adresse (550)\u00a0: 5.1.1 <b>Boite inconnue</b>"
    (entry,) = Entry.objects.filter(act=Act.FAIL_MESSAGE)
    assert entry.actor is None


def test_an_address_busy_is_tried_again_five_times_in_all(
    cast: Cast, gc_part: SessionPart, tasks_kept: None, settings: Any
) -> None:
    rows = told_at(cast, gc_part, "occupe@exemple.fr")
    with post_office(settings) as office:
        now = timezone.now()
        for attempt in range(1, len(RETRIES) + 2):
            with time_machine.travel(now, tick=False):
                while send_batch():
                    continue
                row = Message.objects.get(pk=rows[0].pk)
                assert row.attempts == attempt
                send_batch()  # not before its hour
                assert Message.objects.get(pk=row.pk).attempts == attempt
                now = row.leaves_at + timedelta(seconds=1)
        assert len(office.taken) == 3
    assert (row.state, row.is_bounced) == (MessageState.FAILED, False)


def test_a_connection_lost_on_the_way_costs_one_message_a_delay(waiting: Session, settings: Any) -> None:
    with post_office(settings) as office:
        office.hang_up_at = {2}
        work()
        assert len(office.taken) == 1, "nobody insists on a server that hangs up"
        wake(timezone.now())
        work()
        assert len(office.taken) == 3
        assert office.connections == 2
        (row,) = waiting.messages.exclude(state=MessageState.SENT)
        assert (row.state, row.attempts) == (MessageState.TO_SEND, 1)
        assert "coupée" in row.failure
        with time_machine.travel(timezone.now() + RETRIES[0] + timedelta(seconds=1)):
            wake(timezone.now())
            work()
    assert sorted(office.addresses) == everybody(waiting)


def test_a_server_that_does_not_answer_costs_no_try(waiting: Session, settings: Any) -> None:
    with post_office(settings):
        pass
    work()
    assert set(waiting.messages.values_list("state", "attempts")) == {(MessageState.TO_SEND, 0)}
    with post_office(settings) as office:
        wake(timezone.now())
        work()
    assert len(office.taken) == 4


def test_nothing_leaves_before_the_hour_and_all_of_it_then_without_a_click(
    cast: Cast, gc_part: SessionPart, tasks_kept: None
) -> None:
    opens = later(days=2)
    session = proclaimed_for(cast, gc_part, opens)
    write(cast, session)
    assert not DBTaskResult.objects.exists()
    for moment in (timezone.now(), opens - timedelta(seconds=1)):
        with time_machine.travel(moment, tick=False):
            wake(moment)
            deliver.call()
            work()
    assert not mail.outbox
    with time_machine.travel(opens, tick=False):
        wake(opens)
        wake(opens)  # asked once
        assert DBTaskResult.objects.count() == 1
        work()
    assert len(mail.outbox) == 4


def test_an_opening_postponed_keeps_what_was_written_and_one_brought_forward_lets_it_go(
    cast: Cast, gc_part: SessionPart, tasks_kept: None
) -> None:
    opens, postponed = later(days=2), later(days=5)
    session = proclaimed_for(cast, gc_part, opens)
    write(cast, session)
    Session.objects.filter(pk=session.pk).update(results_open_at=postponed)
    with time_machine.travel(opens + timedelta(hours=1), tick=False):
        deliver.call()  # before anybody moved the hour of each message
        assert not mail.outbox
        wake(timezone.now())
        work()
    assert not mail.outbox
    assert set(session.messages.values_list("leaves_at", flat=True)) == {postponed}
    Session.objects.filter(pk=session.pk).update(results_open_at=timezone.now())
    wake(timezone.now())
    work()
    assert len(mail.outbox) == 4


def test_a_claim_asks_again_whether_the_results_are_open(waiting: Session) -> None:
    row = to_candidates(waiting)[0]
    Session.objects.filter(pk=waiting.pk).update(results_open_at=later(days=1))
    assert not claim(row, timezone.now())
    Session.objects.filter(pk=waiting.pk).update(results_open_at=timezone.now())
    as_another_saw_it = Message.objects.get(pk=row.pk)
    assert claim(row, timezone.now())
    assert not claim(as_another_saw_it, timezone.now() + LEASE + timedelta(hours=1))


def test_what_a_dead_worker_had_taken_leaves_once_its_lease_is_over(waiting: Session) -> None:
    row = to_candidates(waiting)[0]
    claim(row, timezone.now())  # and dies
    deliver.call()
    assert len(mail.outbox) == 3
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        deliver.call()
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        waiting.messages.values_list("email", flat=True)
    )
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MessageState.SENT, 2)


# --- What changes while a message is on its way ---


class Line:
    """A connection on which something happens while a message is on its way; then it is taken, or cut."""

    def __init__(self, meanwhile: Callable[[], object], error: Exception | None = None) -> None:
        self.meanwhile, self.error, self.taken = meanwhile, error, 0

    def send_messages(self, messages: list[Any]) -> int:
        self.meanwhile()
        if self.error:
            raise self.error
        self.taken += len(messages)
        return len(messages)


def corrected(cast: Cast, row: Message) -> None:
    enrolment = Enrolment.objects.get(messages=row)
    at = timezone.now()
    assert correct_address(enrolment=enrolment, email="juste@exemple.fr", by=cast.ucanss, at=at) == 1


def states_of(row: Message) -> list[tuple[str, str, str]]:
    """What is said of each message to a candidate: address, state, in words."""
    rows = messages_of(row.session).filter(enrolment=row.enrolment_id).order_by("pk")
    return [(one.email, one.state, words_of_state(one)) for one in rows]


def test_corrected_while_it_leaves_the_old_one_says_it_left_and_the_new_one_gets_its_copy(
    cast: Cast, waiting: Session
) -> None:
    row = to_candidates(waiting)[0]
    seen: list[Any] = []

    def meanwhile() -> None:
        corrected(cast, row)
        seen.extend(states_of(row))

    line = Line(meanwhile)
    assert send(row, line)
    old, new = (row.email, "juste@exemple.fr")
    assert seen == [
        (old, MessageState.TO_SEND, "En cours d’envoi"),
        (new, MessageState.TO_SEND, "À envoyer"),
    ]
    deliver.call()
    assert states_of(row) == [(old, MessageState.SENT, "Envoyé"), (new, MessageState.SENT, "Envoyé")]
    assert line.taken == 1
    assert [one.to for one in mail.outbox].count([new]) == 1
    assert [old] not in [one.to for one in mail.outbox]
    assert not Entry.objects.filter(act=Act.FAIL_MESSAGE).exists()


def test_corrected_while_it_leaves_the_old_one_is_not_tried_again(cast: Cast, waiting: Session) -> None:
    row = to_candidates(waiting)[0]
    assert not send(row, Line(lambda: corrected(cast, row), smtplib.SMTPServerDisconnected("coupé")))
    (old, state, words), _ = states_of(row)
    assert (old, state, words) == (row.email, MessageState.FAILED, "Remplacé")
    assert "coupée" in Message.objects.get(pk=row.pk).failure
    assert not waiting.messages.failed().exists()


def test_corrected_after_a_worker_died_the_old_one_says_that_nobody_knows(
    cast: Cast, waiting: Session
) -> None:
    row = to_candidates(waiting)[0]
    claim(row, timezone.now())  # and dies
    corrected(cast, row)
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        deliver.call()
    assert [row.email] not in [one.to for one in mail.outbox]
    assert ["juste@exemple.fr"] in [one.to for one in mail.outbox]
    row.refresh_from_db()
    assert row.state == MessageState.FAILED
    assert "peut-être arrivé" in row.failure
    (entry,) = Entry.objects.filter(act=Act.FAIL_MESSAGE)
    assert "peut-être arrivé" in entry.reason


def test_corrected_between_two_tries_the_old_one_is_not_written_to(cast: Cast, waiting: Session) -> None:
    row = to_candidates(waiting)[0]
    send(row, Line(lambda: None, smtplib.SMTPServerDisconnected("coupé")))
    corrected(cast, row)
    row.refresh_from_db()
    assert (row.state, row.failure) == (MessageState.FAILED, READDRESSED)


def test_a_reader_who_left_before_the_hour_is_not_written_to(cast: Cast, waiting: Session) -> None:
    Membership.objects.filter(role=Role.ORGANISME).update(role=Role.TUTOR)
    row = messages_of(waiting).get(kind=Message.Kind.ORGANISME)
    assert words_of_state(row) == "Sans objet"
    deliver.call()
    assert len(mail.outbox) == 3
    assert row.email not in [one.to[0] for one in mail.outbox]
    row.refresh_from_db()
    assert (row.state, row.failure) == (MessageState.FAILED, GONE)


def test_an_address_changed_elsewhere_is_said_and_the_message_sent_again_leaves_for_the_new_one(
    cast: Cast, waiting: Session
) -> None:
    row, enrolment = to_candidates(waiting)[0], people(waiting)[0]
    at_address(enrolment, "neuve@exemple.fr")  # from another session the candidate is enrolled in
    deliver.call()
    assert len(mail.outbox) == 3
    assert [(one.pk, one.failure) for one in waiting.messages.failed()] == [(row.pk, MOVED)]
    assert resend_failed(session=waiting, by=cast.ucanss, at=timezone.now()) == 1
    deliver.call()
    assert mail.outbox[-1].to == ["neuve@exemple.fr"]
    assert not waiting.messages.failed().exists()


def test_a_worker_that_comes_back_late_says_nothing_of_another_try(cast: Cast, waiting: Session) -> None:
    first, second, _ = to_candidates(waiting)
    late = Message.objects.get(pk=first.pk)
    claim(late, timezone.now())
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        deliver.call()
    at = timezone.now()
    assert not mark_failed(message=late, sentence="Refus.", is_bounced=True, at=at)
    assert Message.objects.get(pk=first.pk).state == MessageState.SENT
    mark_failed(message=Message.objects.get(pk=second.pk), sentence="Refus.", is_bounced=True, at=at)
    late = Message.objects.get(pk=second.pk)
    resend_message(message=late, by=cast.ucanss, at=at)
    assert not mark_sent(message=late, at=at), "another sending has its own outcome"
    assert not claim(late, at)
    assert Message.objects.get(pk=second.pk).state == MessageState.TO_SEND


def test_the_same_message_keeps_its_identifier_and_a_forged_one_is_not_ours(waiting: Session) -> None:
    one, other, _ = to_candidates(waiting)
    assert mark_of(one) == mark_of(Message.objects.get(pk=one.pk))
    assert mark_of(one).rpartition(".")[2] != mark_of(other).rpartition(".")[2]


@pytest.mark.parametrize("sender", ["x@exemple.fr", "CQP <x@exemple.fr>", "sans", "x@a b\r\nBcc: y"])
def test_the_identifier_is_safe_whatever_the_sender(waiting: Session, settings: Any, sender: str) -> None:
    settings.DEFAULT_FROM_EMAIL = sender
    identifier = email_of(to_candidates(waiting)[0]).extra_headers["Message-ID"]
    assert identifier.endswith("@exemple.fr>" if "exemple" in sender else "@localhost>")


def everybody(session: Session) -> list[str]:
    return sorted(session.messages.values_list("email", flat=True))
