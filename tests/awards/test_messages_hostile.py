"""Hostile text in every field of every message, and notifications made to break the reading."""

import email
import io
from email import policy
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from candidates.models import Candidate, Session, SessionPart
from cqp.accounts.models import Organisme, User
from cqp.awards.bounces import LONGEST, note_bounce, read_bounce
from cqp.awards.delivery import deliver, email_of, mark_of
from cqp.awards.message_failures import failure_of
from cqp.awards.message_words import LONGEST_NAME, line_of, words_of
from cqp.awards.models import Message
from cqp.awards.services.messages import resend_message
from cqp.awards.states import MessageState
from cqp.journal.models import Entry
from cqp.roles import Act
from tests.awards.mail_scenes import dsn, proclaimed, to_candidates, write
from tests.cast import Cast

HOSTILE = [
    "Bcc: tous@exemple.fr\r\nX-Evil: 1\r\n\r\n<p>corps",
    "<script>alert(1)</script><img src=http://exemple.fr/x onerror=alert(1)>",
    "{{ settings.SECRET_KEY }}{% include 'base.html' %}",
    "É" * 300,
    "\u202eerid\u202c \u2066x\u2069 \u200b\u2028.\r\n.\r\nQUIT\x00",
    "\ud800 seul",
    '=?utf-8?B?QmNj?= "guillemets" \' &amp;',
    "x" * 100_000,
]
TEMPLATES = ("result", "organisme", "rectified", "rectified_organisme")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_field_makes_a_header_a_mark_up_or_an_endless_text(
    cast: Cast, gc_part: SessionPart, template: str, hostile: str
) -> None:
    session = gc_part.session
    plain = words_of(template, session=session, name="NOM", candidate="NOM", crfp="NOM")
    session.certification.title = "CQP"
    words = words_of(template, session=session, name=hostile, candidate=hostile, crfp=hostile)
    assert words.subject == plain.subject
    assert len(words.text) < 5_000
    assert len(words.html) < 10_000
    assert words.text.count("\n") == plain.text.count("\n")
    message = Message(
        pk=1,
        key="k",
        email="a@exemple.fr",
        subject=words.subject,
        text=words.text,
        html=words.html,
    )
    content = email_of(message).message().as_bytes()
    arrived = email.message_from_bytes(content, policy=policy.default)
    ours = {"Message-ID", "X-CQP-Message", "Auto-Submitted"}
    assert set(arrived.keys()) == {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date"} | ours
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    for forbidden in ("<script", "<img", "\u202e", "\x00", "\u2028"):
        assert forbidden not in words.html
    for forbidden in ("\u202e", "\x00", "\u2028", "\r"):
        assert forbidden not in words.text
    assert "SECRET_KEY }}" not in words.html or "{{ settings" in words.html  # never read as a template


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_name_is_one_line_that_can_be_read(hostile: str) -> None:
    line = line_of(hostile)
    assert 0 < len(line) <= LONGEST_NAME
    assert line.isprintable()


def test_names_as_other_hands_could_have_written_them_leave_as_text(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part, 1)
    person = Candidate.objects.filter(enrolments__session=session)
    person.update(birth_name="A\r\nBcc: x@y.fr\r\n", first_names="<script>alert(1)</script>")
    Organisme.objects.filter(code="CPAM-LYO").update(name="{{ 7|add:7 }}\r\nBcc: x@y.fr")
    User.objects.filter(pk=cast.organisme.user.pk).update(last_name="<b>\r\nTo: z@y.fr", first_name="\u202ex")
    write(cast, session)
    row = to_candidates(session)[0]
    assert "Bonjour A BCC: X@Y.FR <script>alert(1)</script>," in row.text
    assert "&lt;script&gt;alert(1)" in row.html
    assert session.messages.filter(state=MessageState.SENT).count() == 2


def test_what_a_server_says_is_one_line_none_too_long() -> None:
    import smtplib

    error = smtplib.SMTPRecipientsRefused({"a@b.fr": (550, b"non\r\n<script>\xff\x00" + b"x" * 5000)})
    failure = failure_of(error)
    assert failure.is_bounced
    assert len(failure.sentence) <= 500
    assert failure.sentence.isprintable() or "\u00a0" in failure.sentence
    assert failure_of(smtplib.SMTPRecipientsRefused({})).is_final is False
    assert failure_of(smtplib.SMTPDataError(554, b"spam")).is_bounced is False


# --- What comes back ---


@pytest.fixture
def sent(cast: Cast, gc_part: SessionPart) -> list[Message]:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    return to_candidates(session)


@pytest.mark.parametrize("quoted", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.parametrize("header", ["Message-ID: <{}@localhost>", "X-CQP-Message: {}"])
def test_a_bounce_finds_its_message(sent: list[Message], quoted: str, header: str) -> None:
    content = dsn(quoted=quoted, headers=header.format(mark_of(sent[1])) + "\nSubject: x\n\nx")
    assert note_bounce(content, timezone.now()) == sent[1]
    assert note_bounce(content, timezone.now()) == sent[1]
    row = Message.objects.get(pk=sent[1].pk)
    assert (row.state, row.is_bounced) == (MessageState.FAILED, True)
    assert "<script>inconnue" in row.failure
    (entry,) = Entry.objects.filter(act=Act.FAIL_MESSAGE)
    assert entry.actor is None


def test_without_its_mark_anybody_could_have_written_it(sent: list[Message]) -> None:
    assert note_bounce(dsn(address=sent[2].email), timezone.now()) is None
    assert not Message.objects.filter(state=MessageState.FAILED).exists()


def test_a_mark_made_up_marks_nothing(sent: list[Message]) -> None:
    forged = f"cqp.{sent[0].pk}.{'0' * 24}"
    content = dsn(address=sent[0].email, headers=f"Message-ID: <{forged}@localhost>")
    assert note_bounce(content, timezone.now()) is None
    assert not Message.objects.filter(state=MessageState.FAILED).exists()


def test_what_comes_back_of_an_earlier_sending_is_not_about_this_one(
    cast: Cast, gc_part: SessionPart, sent: list[Message], tasks_kept: None
) -> None:
    old = dsn(headers=f"X-CQP-Message: {mark_of(sent[0])}")
    assert note_bounce(old, timezone.now()) == sent[0]
    resend_message(message=sent[0], by=cast.ucanss, at=timezone.now())
    for state in (MessageState.TO_SEND, MessageState.SENT):
        assert note_bounce(old, timezone.now()) is None
        assert Message.objects.get(pk=sent[0].pk).state == state
        deliver.call()
    row = Message.objects.get(pk=sent[0].pk)
    assert mark_of(row) != mark_of(sent[0])
    assert note_bounce(dsn(headers=f"Message-ID: <{mark_of(row)}@x.fr>"), timezone.now()) == row
    assert Entry.objects.filter(act=Act.FAIL_MESSAGE).count() == 2


@pytest.mark.parametrize(
    ("status", "is_address"),
    [("5.1.1", True), ("5.2.2", True), ("5.4.4", True), ("5.3.4", False), ("5.7.1", False), ("", False)],
)
def test_a_message_refused_for_what_it_says_is_not_an_address_refused(
    sent: list[Message], status: str, is_address: bool
) -> None:
    mark = f"X-CQP-Message: {mark_of(sent[0])}"
    assert note_bounce(dsn(status=status, headers=mark), timezone.now()) == sent[0]
    row = Message.objects.get(pk=sent[0].pk)
    assert (row.state, row.is_bounced) == (MessageState.FAILED, is_address)


def test_a_delay_is_no_failure_and_time_run_out_is_not_the_address(sent: list[Message]) -> None:
    mark = f"X-CQP-Message: {mark_of(sent[0])}"
    assert note_bounce(dsn(action="delayed", status="4.4.7", headers=mark), timezone.now()) is None
    assert note_bounce(dsn(status="4.4.7", headers=mark), timezone.now()) == sent[0]
    row = Message.objects.get(pk=sent[0].pk)
    assert (row.state, row.is_bounced) == (MessageState.FAILED, False)


def _broken() -> list[bytes]:
    whole = dsn(headers="Message-ID: <cqp.1.abc@x>")
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3000))
    return [
        b"",
        b"\x00" * 5000,
        whole[: len(whole) // 2],
        whole.replace(b"multipart/report", b"multipart/\xff"),
        whole.replace(b'boundary="b"', b""),
        whole.replace(b"utf", b"x-inconnu").replace(b"Action", b"Action\xff: \xfe\nAction"),
        b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n" * 20_000,
        deep,
        b"Content-Type: message/rfc822\n\n" * 3000,
        b"Message-ID: " + b"<cqp.1." * 100_000,
        b"Subject: " + b"x" * (LONGEST * 2),
    ]


@pytest.mark.parametrize("content", _broken(), ids=range(len(_broken())))
def test_a_broken_notification_is_nobody_s_bounce(sent: list[Message], content: bytes) -> None:
    assert note_bounce(content, timezone.now()) is None
    read_bounce(content)


def test_the_command_reads_what_is_piped_and_always_ends_well(
    sent: list[Message], monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    class Piped:
        buffer = io.BytesIO(dsn(headers=f"X-CQP-Message: {mark_of(sent[0])}"))

    monkeypatch.setattr("sys.stdin", Piped)
    call_command("bounce")
    assert f"Message {sent[0].pk}" in capsys.readouterr().out
    call_command("bounce")  # nothing more is piped
    assert "Aucun message" in capsys.readouterr().out
    assert Session.objects.exists()
