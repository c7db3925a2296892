"""Convocations: told once for a plan, told again when it changes, and what leaves by message."""

import email
import json
import re
import subprocess
from datetime import date, time, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, Enrolment, SessionPart
from candidates.services.enrolments import Identity, withdraw
from cqp.accounts.models import User
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.templatetags.fr import groups
from cqp.workflow import Refusal
from juries.attendance import attendance_pdf
from juries.delivery import deliver
from juries.invitations import invitation
from juries.minutes import sha256
from juries.models import Hearing, LocalJury, Summons
from juries.plans import plan_of
from juries.services.planning import change_day, clear_hearing
from juries.services.summons import Told, send_again, summon
from juries.summons import (
    FAILED,
    LEAVING,
    PAPER,
    SENT,
    STALLED,
    Letter,
    book_pdf,
    content_of,
    delivery_of,
    last_summons_of,
    letters_of,
    sent_pdf,
    summons_pdf,
)
from tests.access.world import client_of
from tests.cast import Cast, enrol_some
from tests.juries.planning_scenes import away, day_entry, in_days, move, new_day, planned_jury, unsent
from tests.juries.scenes import closed_jury, composed_jury

pytestmark = pytest.mark.django_db


@pytest.fixture
def gc_enrolments(gc_enrolments: list[Enrolment]) -> list[Enrolment]:
    """By name, as a proposal takes people of one organisme."""
    return sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)


def call(cast: Cast, jury: LocalJury) -> Told:
    return summon(jury=jury, by=cast.clerk, at=timezone.now())


def letters(jury: LocalJury) -> dict[str, Letter]:
    found = letters_of(plan_of(jury), timezone.localdate())
    return {letter.line.hearing.enrolment.candidate.birth_name: letter for letter in found}


def text_of(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "document.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return said.stdout


def parts_of(message: Any) -> dict[str, Message]:
    """The parts of a message as they arrive, by kind."""
    arrived = email.message_from_bytes(message.message().as_bytes(linesep="\r\n"))
    return {part.get_content_type(): part for part in arrived.walk()}


# --- Told once ---


def test_everybody_planned_is_told_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    assert len(call(cast, jury).written) == 3
    assert [message.to for message in mail.outbox] == [
        [letter.line.hearing.enrolment.candidate.email] for letter in letters_of(plan_of(jury), date.min)
    ]
    before = Entry.objects.count()
    assert call(cast, jury) == Told()
    assert len(mail.outbox) == 3
    assert Entry.objects.count() == before
    assert {letter.last.delivery for letter in letters(jury).values() if letter.last} == {SENT}


def test_only_whose_plan_changed_is_told_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    call(cast, jury)
    mail.outbox.clear()
    move(cast, gc_enrolments[1], jury.days.get(), time(15))
    assert [letter.is_due for letter in letters(jury).values()].count(True) == 1
    (again,) = call(cast, jury).written
    assert (again.enrolment, again.rank) == (gc_enrolments[1], 2)
    (message,) = mail.outbox
    assert "annule et remplace" in message.body
    for said in (str(message.subject), str(message.body)):
        assert not re.search(r" [:;!?»]|« ", said)
    assert "\u00a0: 45 minutes" in message.body
    assert "Annule et remplace la convocation n° 1 du" in text_of(summons_pdf(again), tmp_path)
    first = Summons.objects.get(enrolment=gc_enrolments[1], rank=1)
    assert content_of(first)["told"]["starts"] != "15:00"
    assert content_of(again)["told"]["starts"] == "15:00"
    assert sha256(again.content) == again.digest


def test_another_room_is_told_to_everybody_of_the_day(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    call(cast, jury)
    entry = day_entry(room="Salle B")
    change_day(day=jury.days.get(), entry=entry, by=cast.clerk, at=timezone.now())
    assert {row.rank for row in call(cast, jury).written} == {2}


def test_who_has_no_hour_or_withdrew_is_not_told(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    hearing = Hearing.objects.get(enrolment=gc_enrolments[1])
    clear_hearing(hearing=hearing, by=cast.clerk, at=timezone.now())
    assert [row.enrolment for row in call(cast, jury).written] == gc_enrolments[2:]


def test_an_hour_that_no_longer_holds_is_not_told(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    away(cast, gc_enrolments[0], in_days(25))
    told = call(cast, jury)
    assert told.held == [gc_enrolments[0].candidate.full_name]
    assert len(told.written) == 2


def test_somebody_without_address_is_told_on_paper(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    Candidate.objects.filter(pk=gc_enrolments[0].candidate_id).update(email="")
    jury = planned_jury(cast, gc_part, gc_enrolments)
    told = call(cast, jury)
    assert told.on_paper == [gc_enrolments[0].candidate.full_name]
    assert len(mail.outbox) == 2
    assert len(last_summons_of(jury)) == 3


def test_an_hour_taken_back_after_the_convocation_is_seen(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    call(cast, jury)
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    clear_hearing(hearing=hearing, by=cast.clerk, at=timezone.now())
    stale = [letter for letter in letters(jury).values() if letter.is_stale]
    assert [letter.line.hearing for letter in stale] == [hearing]
    assert len(last_summons_of(jury)) == 2


def test_a_closed_jury_or_another_crfp_summons_nobody(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    with pytest.raises(Refusal, match="est clos"):
        call(cast, jury)
    with pytest.raises(Refusal):
        summon(jury=jury, by=cast.outsider, at=timezone.now())


# --- What leaves ---


def test_a_message_that_does_not_leave_is_seen_and_sent_again(
    cast: Cast,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    row = unsent(cast, jury)
    (letter,) = letters(jury).values()
    assert letter.last
    assert letter.last.delivery == FAILED
    assert not letter.is_due
    for _ in range(2):
        send_again(summons=row, by=cast.clerk, at=timezone.now())
    assert len(mail.outbox) == 1
    assert Summons.objects.count() == 1


def test_a_message_without_news_for_an_hour_is_sent_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tasks_kept: None
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    now = timezone.now()
    (row,) = summon(jury=jury, by=cast.clerk, at=now - timedelta(hours=2)).written  # no worker takes it up
    (letter,) = letters(jury).values()
    assert letter.last
    assert letter.last.delivery == STALLED
    page = client_of(cast.clerk).get(reverse("juries:summons_list", args=[jury.pk])).content.decode()
    assert "sans nouvelle de l’envoi" in page
    assert "Renvoyer" in page

    for at in (now, now + timedelta(minutes=59)):  # the second press finds it leaving
        send_again(summons=row, by=cast.clerk, at=at)
    assert Entry.objects.filter(act=Act.SUMMON, after__contains="EN_COURS").count() == 1
    assert delivery_of(row, now + timedelta(minutes=59)) == LEAVING
    send_again(summons=row, by=cast.clerk, at=now + timedelta(minutes=61))
    assert Entry.objects.filter(act=Act.SUMMON, after__contains="EN_COURS").count() == 2

    for _ in range(3):  # every task comes back after all
        deliver.call([row.pk])
    assert len(mail.outbox) == 1
    assert delivery_of(row, now + timedelta(days=2)) == SENT
    send_again(summons=row, by=cast.clerk, at=now + timedelta(days=2))
    assert Entry.objects.filter(act=Act.SUMMON, after__contains="EN_COURS").count() == 2


def test_a_message_that_has_just_left_is_not_sent_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tasks_kept: None
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    (row,) = call(cast, jury).written
    before = Entry.objects.count()
    send_again(summons=row, by=cast.clerk, at=timezone.now())
    assert Entry.objects.count() == before


def test_paper_is_never_without_news(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    Candidate.objects.filter(pk=gc_enrolments[0].candidate_id).update(email="")
    (row,) = call(cast, planned_jury(cast, gc_part, gc_enrolments[:1])).written
    assert delivery_of(row, timezone.now() + timedelta(days=1)) == PAPER


def test_a_corrected_address_gets_a_new_convocation(
    cast: Cast,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    row = unsent(cast, jury)
    Candidate.objects.filter(pk=gc_enrolments[0].candidate_id).update(email="juste@exemple.fr")
    assert [again.rank for again in call(cast, jury).written] == [2]
    assert mail.outbox[0].to == ["juste@exemple.fr"]
    with pytest.raises(Refusal, match="n° 2 remplace"):
        send_again(summons=row, by=cast.clerk, at=timezone.now())


def test_the_worker_run_twice_sends_nothing_twice(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    pks = [row.pk for row in call(cast, jury).written]
    deliver.call(pks)
    assert len(mail.outbox) == 3


def test_the_message_carries_the_paper_and_the_diary(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    (row,) = call(cast, jury).written
    enrolment = gc_enrolments[0]
    parts = parts_of(mail.outbox[0])
    pdf = parts["application/pdf"].get_payload(decode=True)
    assert pdf == sent_pdf(row)
    said = " ".join(text_of(pdf, tmp_path).split())
    for expected in (
        enrolment.candidate.full_name,
        "Option : " + enrolment.option.label if enrolment.option else "",
        "45 minutes",
        "Situation professionnelle 20 minutes",
        "12 rue Garibaldi",
        "Salle A",
        "pièce d’identité",
        "Jury 1",
        jury.part.crfp.name,
    ):
        assert expected in said, expected
    assert re.search(r"\b9 ?h\b", said)
    for juror in User.objects.filter(seats__jury=jury):
        assert juror.last_name.upper() not in said
    diary = parts["text/calendar"]
    assert diary.get_param("method") == "PUBLISH"
    assert diary.get_filename() == "audition.ics"
    assert diary.get_payload(decode=True) == invitation(row)
    assert enrolment.number not in mail.outbox[0].body
    assert enrolment.number not in invitation(row).decode()


def test_the_number_is_on_the_printed_convocation_alone(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    (row,) = call(cast, jury).written
    number = gc_enrolments[0].number
    parts = parts_of(mail.outbox[0])
    attached = parts["application/pdf"].get_payload(decode=True)
    assert isinstance(attached, bytes)
    sent = text_of(attached, tmp_path)
    for paper in (summons_pdf(row), book_pdf([row])):
        printed = "".join(text_of(paper, tmp_path).split())
        assert number in printed
        assert row.digest[:16] in printed
    assert number not in "".join(sent.split())
    assert row.digest[:16] not in sent
    assert "remis sur papier" in " ".join(sent.split())
    whole = mail.outbox[0].message().as_string()
    assert number not in whole
    assert groups(number) not in whole


# --- The diary ---


def unfolded(content: bytes) -> list[str]:
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_the_diary_is_in_universal_time_winter_and_summer(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    year = timezone.localdate().year + 1
    found = []
    for day in (date(year, 1, 15), date(year, 7, 15)):
        move(cast, gc_enrolments[0], new_day(cast, jury, day=day), time(9))
        (row,) = call(cast, jury).written
        found.append(unfolded(invitation(row)))
    winter, summer = found
    assert f"DTSTART:{year}0115T080000Z" in winter
    assert f"DTEND:{year}0115T084500Z" in winter
    assert f"DTSTART:{year}0715T070000Z" in summer
    uids = {next(line for line in lines if line.startswith("UID:")) for lines in found}
    assert len(uids) == 1
    assert "SEQUENCE:1" in winter
    assert "SEQUENCE:2" in summer


HOSTILE = 'Salle; A,\\ "B" : BEGIN'


def test_nothing_typed_makes_a_line_or_a_header(cast: Cast, gc_part: SessionPart) -> None:
    identity = Identity(
        birth_name="Bcc: tous@exemple.fr",
        first_names="ATTENDEE;CN=x:mailto:y",
        birth_date=date(1990, 5, 1),
        birth_place="Lyon",
        email="hostile@exemple.fr",
    )
    (enrolment,) = enrol_some(cast, gc_part, 1, identity=identity)
    place = "É" * 60 + ";,\\n"
    jury = planned_jury(cast, gc_part, [enrolment], name="Jury\\; X", room=HOSTILE, place=place)
    (row,) = call(cast, jury).written
    # What a database written to by other hands could hold: a content is only ever plain text.
    content = json.loads(row.content)
    content["told"]["place"] = "Lyon\r\nBEGIN:VALARM\r\nX\x00\u2028Y"
    forged = Summons(enrolment=enrolment, rank=1, content=json.dumps(content), at=row.at, by=row.by)
    for one in (row, forged):
        lines = unfolded(invitation(one))
        assert [line.split(":")[0].split(";")[0] for line in lines] == [
            *("BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "BEGIN", "UID", "SEQUENCE", "DTSTAMP"),
            *("DTSTART", "DTEND", "ORGANIZER", "SUMMARY", "LOCATION", "DESCRIPTION", "CLASS", "STATUS"),
            *("TRANSP", "END", "END"),
        ]
    (location,) = (line for line in unfolded(invitation(row)) if line.startswith("LOCATION:"))
    assert location == "LOCATION:" + "É" * 60 + r'\;\,\\n\, Salle\; A\,\\ "B" : BEGIN'
    arrived = email.message_from_bytes(mail.outbox[0].message().as_bytes())
    assert set(arrived) == {
        *("Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"),
    }
    assert arrived["To"] == "hostile@exemple.fr"


# --- The papers ---


def test_all_convocations_of_a_jury_are_in_one_file(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    call(cast, jury)
    move(cast, gc_enrolments[0], jury.days.get(), time(16))
    rows = last_summons_of(jury)
    assert len(rows) == 2
    call(cast, jury)
    said = text_of(book_pdf(last_summons_of(jury)), tmp_path)
    pages = said.split("\f")[:-1]
    assert len(pages) == 3
    assert all("Convocation n" in page for page in pages)
    hours = [re.search(r"^\s*(\d+ h(?: \d+)?)$", page.replace("\u00a0", " "), re.M) for page in pages]
    assert [hour.group(1) if hour else "" for hour in hours][-1] == "16 h"


def test_the_attendance_sheet_has_a_line_for_each(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    said = text_of(attendance_pdf(jury.days.get()), tmp_path)
    flat = " ".join(said.split())
    for enrolment in gc_enrolments:
        assert enrolment.candidate.full_name in flat
        assert groups(enrolment.number) in flat
    assert flat.index("9 h 45") < flat.index("10 h 30")
    for expected in (
        "Salle A",
        "12 rue Garibaldi",
        "PERRIN Paule",
        "Présidence",
        "JOLY Jeanne",
        "Page 1 / 1",
    ):
        assert expected in flat, expected


def test_a_long_day_takes_two_pages(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], tmp_path: Path
) -> None:
    many = [*gc_enrolments, *enrol_some(cast, gc_part, 13)]
    day: dict[str, Any] = {"starts": time(7), "ends": time(23), "break_starts": None, "break_ends": None}
    jury = planned_jury(cast, gc_part, many, **day)
    pages = text_of(attendance_pdf(jury.days.get()), tmp_path).split("\f")[:-1]
    assert len(pages) == 2
    assert "Page 2 / 2" in " ".join(pages[1].split())


def test_the_journal_keeps_no_address(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    call(cast, planned_jury(cast, gc_part, gc_enrolments))
    said = [entry.after for entry in Entry.objects.filter(act=Act.SUMMON)]
    assert len(said) == 6
    assert not [after for after in said if "@" in after]
