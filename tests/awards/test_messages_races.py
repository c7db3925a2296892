"""Workers beside each other, and workers that die: real processes, real connections."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.awards.bounces import note_bounce
from cqp.awards.delivery import LEASE, claim, deliver, mark_of, wake
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_sent
from cqp.awards.services.messages import correct_address, write_messages
from cqp.awards.states import MessageState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from tests.awards.mail_scenes import dsn, proclaimed, write
from tests.awards.post_office import PostOffice, post_office
from tests.cast import Cast
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(cast: Cast, gc_part: SessionPart, tasks_kept: None) -> Session:
    session = proclaimed(cast, gc_part, 6)
    write(cast, session)
    return session


def everybody(session: Session) -> list[str]:
    return sorted(session.messages.values_list("email", flat=True))


def start_worker(office: PostOffice) -> subprocess.Popen[bytes]:
    """A worker of its own on the database of the test."""
    environment = {
        **os.environ,
        "EMAIL_URL": f"smtp://127.0.0.1:{office.server_address[1]}",
        "SECRET_KEY": django_settings.SECRET_KEY,
    }
    command = [sys.executable, "-m", "tests.workers", str(connection.settings_dict["NAME"]), "1"]
    return subprocess.Popen(command, cwd=django_settings.BASE_DIR, env=environment)


def test_a_worker_killed_while_it_sends_leaves_nobody_out_and_tells_nobody_else_twice(
    waiting: Session, settings: Any
) -> None:
    with post_office(settings) as office:
        reached, go_on = Event(), Event()

        def third() -> None:
            if office.seen == 3:
                reached.set()
                go_on.wait(30)

        office.before_data = third
        worker = start_worker(office)
        assert reached.wait(60)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        office.hang_up_at = {3}  # the third message was on its way: nobody knows
        go_on.set()
        assert waiting.messages.filter(state=MessageState.SENT).count() == 2
        (lost,) = waiting.messages.filter(state=MessageState.TO_SEND, attempts=1)

        wake(timezone.now())
        deliver.call()
        assert len(office.taken) == 6
        assert lost.email not in office.addresses, "its lease keeps it"
        with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
            deliver.call()
        assert sorted(office.addresses) == everybody(waiting)
    assert Entry.objects.filter(act=Act.SEND_MESSAGE).count() == 7
    assert first_break(Chain.objects.get(key=waiting.code)) is None


def test_an_address_corrected_while_its_message_leaves_is_written_to_once_and_nothing_is_denied(
    cast: Cast, waiting: Session, settings: Any
) -> None:
    told: list[Message] = []

    def meanwhile() -> None:
        """From another connection, once the first message is on its way."""
        if not told:
            (row,) = waiting.messages.filter(state=MessageState.TO_SEND, attempts=1)
            told.append(row)
            correct_address(
                enrolment=Enrolment.objects.get(messages=row),
                email="juste@exemple.fr",
                by=cast.ucanss,
                at=timezone.now(),
            )
            connection.close()

    with post_office(settings) as office:
        office.before_data = meanwhile
        deliver.call()
        deliver.call()
    assert told
    assert sorted(office.addresses) == everybody(waiting), "the old one and the new one, once each"
    assert "juste@exemple.fr" in office.addresses
    assert not waiting.messages.exclude(state=MessageState.SENT).exists()
    assert not Entry.objects.filter(act=Act.FAIL_MESSAGE).exists()
    assert first_break(Chain.objects.get(key=waiting.code)) is None


def test_a_bounce_and_the_word_of_the_worker_end_the_same_in_either_order(waiting: Session) -> None:
    for pk in waiting.messages.values_list("pk", flat=True):
        row = Message.objects.select_related("session").get(pk=pk)
        claim(row, timezone.now())
        content = dsn(headers=f"X-CQP-Message: {mark_of(row)}")
        barrier = Barrier(2)

        def at_once(act: Callable[[], object], barrier: Barrier = barrier) -> None:
            barrier.wait()
            try:
                act()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(
                pool.map(
                    at_once,
                    (
                        partial(mark_sent, message=row, at=timezone.now()),
                        partial(note_bounce, content, timezone.now()),
                    ),
                )
            )
        row.refresh_from_db()
        assert (row.state, row.is_bounced) == (MessageState.FAILED, True)
    assert Entry.objects.filter(act=Act.FAIL_MESSAGE).count() == 7
    assert first_break(Chain.objects.get(key=waiting.code)) is None


def test_without_a_claim_two_workers_would_tell_everybody_twice(
    waiting: Session, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the claim is what keeps them apart."""
    monkeypatch.setattr("cqp.awards.delivery.claim", lambda message, at: True)
    with post_office(settings) as office:
        _two_at_once()
    assert len(office.taken) > 7


def test_two_workers_tell_everybody_once(waiting: Session, settings: Any) -> None:
    with post_office(settings) as office:
        _two_at_once()
    assert sorted(office.addresses) == everybody(waiting)
    assert not waiting.messages.exclude(state=MessageState.SENT, attempts=1).exists()


def test_one_message_is_claimed_by_one_worker_only(waiting: Session) -> None:
    for pk in waiting.messages.values_list("pk", flat=True):
        seen = [Message.objects.get(pk=pk) for _ in range(4)]
        barrier = Barrier(4)

        def take(message: Message, barrier: Barrier = barrier) -> bool:
            barrier.wait()
            try:
                return claim(message, timezone.now())
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(take, seen)) == [False, False, False, True]


def test_prepared_from_two_pages_at_once_each_is_told_once(
    cast: Cast, gc_part: SessionPart, tasks_kept: None
) -> None:
    session = proclaimed(cast, gc_part, 2)
    barrier = Barrier(2)

    def press(_: int) -> int:
        barrier.wait()
        try:
            return write_messages(session=session, by=cast.ucanss, at=timezone.now()).count
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == [0, 3]
    assert Entry.objects.filter(act=Act.WRITE_MESSAGE).count() == 1


def test_the_library_s_worker_sends_what_wake_asked_for(waiting: Session, settings: Any) -> None:
    with post_office(settings) as office:
        wake(timezone.now())
        work()
        assert len(office.taken) == 7


def _two_at_once() -> None:
    """Two workers that both saw everything due before either began."""
    barrier = Barrier(2)

    def run(_: int) -> None:
        barrier.wait()
        try:
            deliver.call()
        finally:
            connection.close()

    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))
    assert time.monotonic() - started < 60
