"""The reminder of the morning: once a day, what is near or late, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.models import Reminder
from cqp.reminders import send_reminders
from evaluations.models import Block
from evaluations.services.marks import record_mark
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def late(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime) -> SessionPart:
    """Written marks all entered, not transmitted, the deadline behind."""
    written = Block.objects.get(code="ECRIT", regulation__code="GC_2013", regulation__version=1)
    for enrolment in gc_enrolments:
        record_mark(
            enrolment=enrolment, block=written, attempt=1, entry="12", version=0, by=cast.clerk, at=now
        )
    yesterday = timezone.localdate(now) - timedelta(days=1)
    Session.objects.filter(pk=gc_part.session_id).update(
        entry_deadline=yesterday, exam_first_day=yesterday, exam_last_day=yesterday,
        enrolment_deadline=yesterday,
    )  # fmt: skip
    return gc_part


def letters() -> dict[str, Any]:
    return {message.to[0]: message for message in mail.outbox}


def test_a_forgotten_transmission_is_said(late: SessionPart, now: datetime) -> None:
    send_reminders(now=now)
    letter = letters()["clerk@exemple.fr"]
    assert "dépassée" in letter.subject
    assert "3 notes saisies, non transmises" in letter.body
    assert "Épreuve écrite" in letter.body
    assert "http://127.0.0.1:8000/evaluations/" in letter.body
    assert "clerk@exemple.fr" in letters()
    assert "outsider@exemple.fr" not in letters()


def test_nobody_is_told_twice_the_same_day(late: SessionPart, now: datetime) -> None:
    first = send_reminders(now=now)
    assert first.count > 0
    assert send_reminders(now=now).count == 0
    assert len(mail.outbox) == first.count
    send_reminders(now=now + timedelta(days=1))
    assert len(mail.outbox) == 2 * first.count


def test_what_is_far_is_not_told(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    """The marks are due in ten days."""
    send_reminders(now=now)
    assert "à saisir" not in letters().get("clerk@exemple.fr", mail.EmailMessage()).body


def test_an_address_out_of_reach_stops_nobody_and_is_tried_again(
    late: SessionPart, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cqp import reminders

    sent: list[str] = []

    def send(subject: str, text: str, sender: None, to: list[str]) -> None:
        if to == ["clerk@exemple.fr"]:
            raise ConnectionRefusedError("no server")
        sent.extend(to)

    monkeypatch.setattr(reminders, "send_mail", send)
    result = send_reminders(now=now)
    assert result.failed == ("clerk@exemple.fr",)
    assert result.count == len(sent) > 0
    assert not Reminder.objects.filter(membership__user__email="clerk@exemple.fr").exists()
    with pytest.raises(CommandError, match="clerk@exemple"):
        call_command("remind")
