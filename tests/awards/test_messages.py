"""Writing the messages: to whom, saying what, once; and what they never say."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Candidate, SessionPart
from candidates.services.people import ensure_person
from cqp.accounts.models import Membership, Organisme, User
from cqp.awards.message_recipients import owed_of
from cqp.awards.message_tasks import tasks_of
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_failed
from cqp.awards.services.messages import correct_address, resend_failed, resend_message, write_messages
from cqp.awards.states import MessageState
from cqp.journal.models import Entry
from cqp.roles import Act, Role
from cqp.workflow import Refusal
from juries.states import Outcome
from tests.awards.mail_scenes import (
    at_address,
    later,
    people,
    proclaimed,
    proclaimed_for,
    rectified_shut,
    to_candidates,
    write,
)
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.juries.rectification_scenes import SPOILT, rectified


def test_each_candidate_and_each_reader_of_an_organisme_is_written_to_once(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    assert write(cast, session).count == 4
    assert {row.email for row in to_candidates(session)} == {one.candidate.email for one in people(session)}
    (told,) = session.messages.filter(kind=Message.Kind.ORGANISME)
    assert (told.email, told.organisme) == (cast.organisme.user.email, cast.organisme.organisme)
    before = Entry.objects.count()
    assert write(cast, session).count == 0
    assert session.messages.count() == 4
    assert Entry.objects.count() == before
    assert len(mail.outbox) == 4


def test_writing_is_journaled_once_with_its_counts(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    (entry,) = Entry.objects.filter(act=Act.WRITE_MESSAGE)
    said = json.loads(entry.after)
    assert said == {"resultat": 3, "organisme": 1, "rectification": 0, "sur_papier": 0}
    assert entry.actor == cast.ucanss.user
    assert "@" not in entry.after


def test_no_message_says_the_result_the_mark_or_the_number(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    for row in session.messages.all():
        said = re.sub(r"http\S+", "", f"{row.subject} {row.text} {row.html}")
        assert not re.search(r"(?i)\badmis|est certifié[^,]|certifié\(e\)|\d+[,.]\d|/20", said)
        for one in people(session):
            assert one.number not in said.replace("-", "")
    for row in to_candidates(session):
        assert "http://127.0.0.1:8000/jurys/mes-resultats/" in row.text
        assert "numéro d’identification" in row.text


def test_the_text_is_typographically_french_and_the_html_says_the_same(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    for row in session.messages.all():
        assert not re.search(r" [:;!?»]|« |'", f"{row.subject} {row.text}"), row.text
        assert "{{" not in row.text + row.html
        words = re.sub(r"<title>.*</title>|<[^>]+>", " ", row.html)
        assert len(words.split()) > 60
        assert not re.search(r"<(img|link|style|script)|style=| on\w+=", row.html)


def test_nothing_is_prepared_before_the_proclamation(cast: Cast, gc_part: SessionPart) -> None:
    with pytest.raises(Refusal, match="après la proclamation"):
        write(cast, gc_part.session)
    with pytest.raises(Refusal, match="rôle"):
        write_messages(session=gc_part.session, by=cast.clerk, at=timezone.now())


def test_somebody_without_an_address_is_told_on_paper_then_written_to(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    one = people(session)[0]
    at_address(one, "")
    (letter,) = write(cast, session).on_paper
    assert (letter.name, letter.reason) == (one.candidate.full_name, "sans adresse électronique")
    assert correct_address(enrolment=one, email="Neuve@exemple.fr", by=cast.ucanss, at=timezone.now()) == 0
    assert write(cast, session).count == 1
    assert not owed_of(session).on_paper
    assert mail.outbox[-1].to == ["neuve@exemple.fr"]


def test_an_organisme_without_a_reader_is_told_on_paper_until_it_has_one(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    Membership.objects.filter(role=Role.ORGANISME).delete()
    (letter,) = write(cast, session).on_paper
    place = Organisme.objects.get(code="CPAM-LYO")
    assert (letter.name, letter.reason) == (place.name, "aucun compte actif")
    ensure_person(
        email="lecteur@exemple.fr",
        last_name="Lecteur",
        first_name="Luc",
        role=Role.ORGANISME,
        organisme=place,
        by=cast.ucanss,
        at=timezone.now(),
    )
    assert write(cast, session).count == 1
    assert mail.outbox[-1].to == ["lecteur@exemple.fr"]


def test_a_decided_rectification_is_told_to_the_candidate_and_to_the_organisme(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    one = people(session)[0]
    rectified(cast, one, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert write(cast, session).count == 2
    assert write(cast, session).count == 0
    told = session.messages.filter(kind=Message.Kind.RECTIFIED)
    assert {row.email for row in told} == {one.candidate.email, cast.organisme.user.email}
    body = told.get(organisme__isnull=False)
    assert one.candidate.full_name in body.text
    assert "certifi" not in body.text


def test_a_decision_rectified_before_the_results_open_opens_with_them_and_is_told_as_a_result(
    cast: Cast, gc_part: SessionPart, tasks_kept: None
) -> None:
    opens = later(days=2)
    session = proclaimed_for(cast, gc_part, opens)
    one, other, _ = people(session)
    rectified_shut(cast, one)
    assert {draft.template for draft in owed_of(session).drafts} == {"result", "organisme"}
    write(cast, session)
    rectified_shut(cast, other)
    assert not owed_of(session).drafts, "what was prepared is true of it too"
    assert not list(tasks_of(cast.ucanss))
    with time_machine.travel(opens + timedelta(hours=1)):
        assert not owed_of(session).drafts
        rectified(cast, people(session)[2], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
        assert [draft.template for draft in owed_of(session).drafts] == ["rectified", "rectified_organisme"]
        assert [task.title for task in tasks_of(cast.ucanss)] == ["Prévenir d’une décision rectificative"]


def test_who_was_told_is_not_told_again_on_paper_when_nobody_is_left_to_write_to(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    Membership.objects.filter(role=Role.ORGANISME).delete()
    one = people(session)[0]
    at_address(one, "")
    assert not owed_of(session).on_paper
    rectified(cast, one, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert [letter.draft.template for letter in owed_of(session).on_paper] == [
        "rectified",
        "rectified_organisme",
    ]


def test_a_candidate_is_on_paper_once_whatever_there_is_to_tell(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    one = people(session)[0]
    at_address(one, "")
    rectified(cast, one, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    written = write(cast, session)
    assert [letter.name for letter in written.on_paper] == [one.candidate.full_name]
    assert written.count == 4


def test_writing_costs_the_same_for_one_and_for_three(cast: Cast, gc_part: SessionPart) -> None:
    opens = later(days=3)
    small = proclaimed_for(cast, gc_part, opens, 1)
    large = proclaimed_for(cast, part_of(open_session_of("DAM_2006", cast.ucanss)), opens, 3)
    costs = []
    for session in (small, large):
        with CaptureQueriesContext(connection) as queries:
            write(cast, session)
        costs.append(len(queries))
    assert costs[0] == costs[1]


# --- Sending again, and another address ---


def failed(message: Message, *, bounced: bool = False) -> Message:
    mark_failed(message=message, sentence="Refus.", is_bounced=bounced, at=timezone.now())
    message.refresh_from_db()
    return message


def test_one_failed_message_leaves_again_once(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    row = failed(to_candidates(session)[0])
    mail.outbox.clear()
    resend_message(message=row, by=cast.ucanss, at=timezone.now())
    assert [one.to for one in mail.outbox] == [[row.email]]
    with pytest.raises(Refusal, match="déjà envoyé"):
        resend_message(message=row, by=cast.ucanss, at=timezone.now())


def test_all_failed_messages_leave_again(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    rows = [failed(row, bounced=True) for row in to_candidates(session)]
    mail.outbox.clear()
    assert resend_failed(session=session, by=cast.ucanss, at=timezone.now()) == 3
    assert resend_failed(session=session, by=cast.ucanss, at=timezone.now()) == 0
    assert {one.to[0] for one in mail.outbox} == {row.email for row in rows}
    assert not session.messages.failed().exists()
    assert Entry.objects.filter(act=Act.RESEND_MESSAGE).count() == 3


def test_at_a_corrected_address_a_copy_leaves_and_the_first_stays_as_written(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    row = failed(to_candidates(session)[0], bounced=True)
    one = people(session)[0]
    old = row.email
    assert [letter.reason for letter in owed_of(session).on_paper] == ["adresse refusée"]
    mail.outbox.clear()
    assert correct_address(enrolment=one, email="juste@exemple.fr", by=cast.ucanss, at=timezone.now()) == 1
    assert [message.to for message in mail.outbox] == [["juste@exemple.fr"]]
    row.refresh_from_db()
    assert (row.email, row.state) == (old, MessageState.FAILED)
    assert not session.messages.failed().exists()
    assert not owed_of(session).on_paper
    assert write(cast, session).count == 0
    assert correct_address(enrolment=one, email="juste@exemple.fr", by=cast.ucanss, at=timezone.now()) == 0
    candidate = Candidate.objects.get(pk=one.candidate_id)
    assert candidate.user == User.objects.get(email="juste@exemple.fr")
    with pytest.raises(Refusal, match="ne compte plus"):
        resend_message(message=row, by=cast.ucanss, at=timezone.now())
    assert "juste@" not in "".join(Entry.objects.values_list("after", flat=True))


def test_an_address_corrected_before_the_hour_keeps_the_old_one_from_being_written_to(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed_for(cast, gc_part, later(days=1))
    write(cast, session)
    one = people(session)[0]
    assert correct_address(enrolment=one, email="juste@exemple.fr", by=cast.ucanss, at=timezone.now()) == 1
    states = {row.email: row.state for row in session.messages.filter(enrolment=one)}
    assert states == {one.candidate.email: MessageState.FAILED, "juste@exemple.fr": MessageState.TO_SEND}
    assert not session.messages.failed().exists()
    assert not mail.outbox


def test_the_address_of_another_candidate_is_refused(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    one, other, _ = people(session)
    with pytest.raises(Refusal, match="déjà celle"):
        correct_address(enrolment=one, email=other.candidate.email, by=cast.ucanss, at=timezone.now())


def test_an_address_is_corrected_in_the_enrolment_before_the_proclamation(
    cast: Cast, gc_part: SessionPart
) -> None:
    (one,) = enrol_some(cast, gc_part, 1)
    with pytest.raises(Refusal, match="dans l’inscription"):
        correct_address(enrolment=one, email="a@exemple.fr", by=cast.ucanss, at=timezone.now())


def test_a_reader_who_left_the_organisme_is_no_failure_any_more(cast: Cast, gc_part: SessionPart) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    failed(session.messages.get(kind=Message.Kind.ORGANISME), bounced=True)
    assert session.messages.failed().count() == 1
    Membership.objects.filter(role=Role.ORGANISME).delete()
    assert not session.messages.failed().exists()
