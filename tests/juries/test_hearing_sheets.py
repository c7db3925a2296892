"""A juror alone during a hearing: private notes, proposed marks, and what the browser kept meanwhile."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Block, Mark
from juries.hearing_sheets import own_sheet_of, proposals_of, timed_parts_of
from juries.models import Hearing, HearingNote, JurorMark, Opinion
from juries.reading import lines_of
from juries.rules import Refusals
from juries.services.entries import NotesEntry
from juries.services.hearing_sheets import NotesConflict, keep_sheet, propose_mark, take_notes
from juries.services.local import close_jury
from juries.services.recusals import recuse
from juries.services.substitutes import note_absence
from tests.access.world import client_of
from tests.cast import Cast
from tests.juries.scenes import composed_jury, hear, jury_blocks

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]
SECRET = "Hésite sur les indus, à réentendre."


@pytest.fixture
def hearing(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]) -> Hearing:
    composed_jury(cast, gc_part, gc_enrolments)
    return Hearing.objects.get(enrolment=gc_enrolments[0])


@pytest.fixture
def oral(hearing: Hearing) -> Block:
    return jury_blocks(hearing.enrolment)[0]


def page_of(hearing: Hearing) -> str:
    return reverse("juries:hearing", args=[hearing.pk])


# --- Private notes ---


def test_notes_are_kept_once_and_changed_over_their_version(
    cast: Cast, hearing: Hearing, now: datetime
) -> None:
    values: dict[str, Any] = {"hearing": hearing, "by": cast.juror, "at": now}
    take_notes(**values, text=f" {SECRET}\r\n", version=0)
    take_notes(**values, text=SECRET, version=0)
    assert (HearingNote.objects.get().text, HearingNote.objects.get().version) == (SECRET, 1)
    assert Entry.objects.filter(act=Act.TAKE_NOTES).count() == 1

    take_notes(**values, text="Autre chose.", version=1)
    with pytest.raises(NotesConflict, match="depuis une autre page") as conflict:
        take_notes(**values, text="Encore autre chose.", version=1)
    assert conflict.value.stored == HearingNote.objects.get()

    take_notes(**values, text="", version=2)
    assert HearingNote.objects.get().text == ""


def test_no_note_leaves_no_row(cast: Cast, hearing: Hearing, now: datetime) -> None:
    assert take_notes(hearing=hearing, text="  ", version=0, by=cast.juror, at=now) is None
    assert not HearingNote.objects.exists()
    with pytest.raises(Refusal, match="10 000"):
        take_notes(hearing=hearing, text="x" * 10_001, version=0, by=cast.juror, at=now)


def test_the_journal_never_says_what_was_written(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    take_notes(hearing=hearing, text=SECRET, version=0, by=cast.juror, at=now)
    propose_mark(hearing=hearing, block=oral, entry="7,25", by=cast.juror, at=now)
    told = [[entry.before, entry.after, entry.reason] for entry in Entry.objects.filter(act=Act.TAKE_NOTES)]
    assert len(told) == 2
    assert "indus" not in json.dumps(told)
    assert "7,25" not in json.dumps(told)
    assert "7.25" not in json.dumps(told)


def test_notes_are_read_by_their_author_only(
    cast: Cast, hearing: Hearing, now: datetime, gc_part: SessionPart
) -> None:
    take_notes(hearing=hearing, text=SECRET, version=0, by=cast.juror, at=now)
    assert SECRET in client_of(cast.juror).get(page_of(hearing)).content.decode()
    code, crfp = gc_part.session.code, gc_part.crfp.code
    pages = [
        page_of(hearing),
        reverse("juries:jury_detail", args=[hearing.jury_id]),
        reverse("juries:jury_detail", args=[hearing.jury_id]) + "?format=csv",
        reverse("juries:jury_edit", args=[hearing.jury_id]),
        reverse("juries:jury_edit", args=[hearing.jury_id]) + "?format=csv",
        reverse("candidates:session_story", args=[code]),
        reverse("candidates:session_story", args=[code]) + "?format=csv",
        reverse("candidates:enrolment_story", args=[hearing.enrolment_id]),
        reverse("candidates:enrolment_detail", args=[hearing.enrolment_id]),
        reverse("juries:part_transmit", args=[code, crfp]),
        reverse("evaluations:tally_detail", args=[hearing.enrolment_id]),
    ]
    opened = 0
    for who in (cast.jury_president, cast.ucanss, cast.clerk, cast.cpnefp_president, cast.second_juror):
        client = client_of(who)
        for page in pages:
            answer = client.get(page)
            opened += answer.status_code == 200
            assert SECRET not in answer.content.decode()
    assert opened > 10
    line = lines_of(Hearing.objects.filter(pk=hearing.pk))[0]
    assert own_sheet_of(line, cast.jury_president.user).note is None


def test_notes_stop_with_the_closing_and_stay_readable(
    cast: Cast, hearing: Hearing, gc_enrolments: list[Enrolment], now: datetime, sign_in: SignIn
) -> None:
    take_notes(hearing=hearing, text=SECRET, version=0, by=cast.juror, at=now)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    close_jury(jury=hearing.jury, by=cast.jury_president, at=now)
    with pytest.raises(Refusal, match="est clos"):
        take_notes(hearing=hearing, text="Trop tard.", version=1, by=cast.juror, at=now)
    page = sign_in(cast.juror).get(page_of(hearing)).content.decode()
    assert SECRET in page
    assert 'name="notes"' not in page


@pytest.mark.parametrize("who", ["second_juror", "clerk"])
def test_only_a_seated_juror_writes(who: str, cast: Cast, hearing: Hearing, now: datetime) -> None:
    with pytest.raises(Refusal, match=r"siégez pas|ne permet pas"):
        take_notes(hearing=hearing, text=SECRET, version=0, by=getattr(cast, who), at=now)
    assert not HearingNote.objects.exists()


# --- Proposed marks (A29) ---


def test_a_proposal_is_written_changed_and_taken_back(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    for entry in ("12,5", "12.50", "13", "", ""):
        propose_mark(hearing=hearing, block=oral, entry=entry, by=cast.juror, at=now)
    assert not JurorMark.objects.exists()
    assert Entry.objects.filter(act=Act.TAKE_NOTES).count() == 3
    propose_mark(hearing=hearing, block=oral, entry="12,5", by=cast.juror, at=now)
    assert JurorMark.objects.get().value == Decimal("12.5")
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("entry", "said"), [("ABS", "absence"), ("20,5", "barème"), ("douze", "pas une note")]
)
def test_what_is_no_mark_is_not_proposed(
    entry: str, said: str, cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    with pytest.raises(Refusal, match=said):
        propose_mark(hearing=hearing, block=oral, entry=entry, by=cast.juror, at=now)
    assert not JurorMark.objects.exists()


def test_a_block_the_jury_does_not_give_takes_no_proposal(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    written = Block.objects.get(regulation=oral.regulation, code="ECRIT")
    with pytest.raises(Refusal, match="pas noté par le jury"):
        propose_mark(hearing=hearing, block=written, entry="12", by=cast.juror, at=now)


def test_proposals_stand_side_by_side_for_the_jury(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    propose_mark(hearing=hearing, block=oral, entry="11,25", by=cast.juror, at=now)
    propose_mark(hearing=hearing, block=oral, entry="14,75", by=cast.jury_president, at=now)
    line = lines_of(Hearing.objects.filter(pk=hearing.pk))[0]
    assert [row.user for row in proposals_of(line)] == [cast.juror.user, cast.jury_president.user]
    page = client_of(cast.juror).get(page_of(hearing)).content.decode()
    assert "11,25" in page
    assert "14,75" in page
    for who in (cast.second_juror, cast.clerk, cast.ucanss):
        assert client_of(who).get(page_of(hearing)).status_code in (403, 404)
    assert line.awaited == (oral.label, "avis")  # a proposal settles nothing


def test_a_juror_who_steps_aside_is_shown_no_proposal_and_leaves_none(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    propose_mark(hearing=hearing, block=oral, entry="11,25", by=cast.juror, at=now)
    propose_mark(hearing=hearing, block=oral, entry="14,75", by=cast.jury_president, at=now)
    take_notes(hearing=hearing, text=SECRET, version=0, by=cast.jury_president, at=now)
    recuse(hearing=hearing, motive="Ancienne collègue", by=cast.juror, at=now)

    line = lines_of(Hearing.objects.filter(pk=hearing.pk))[0]
    assert [row.user for row in proposals_of(line)] == [cast.jury_president.user]
    assert client_of(cast.juror).get(page_of(hearing)).status_code == 404
    with pytest.raises(Refusal):
        propose_mark(hearing=hearing, block=oral, entry="12", by=cast.juror, at=now)
    with pytest.raises(Refusal):
        take_notes(hearing=hearing, text="Encore.", version=0, by=cast.juror, at=now)


def test_a_jury_closes_without_any_proposal(
    cast: Cast, hearing: Hearing, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    assert close_jury(jury=hearing.jury, by=cast.jury_president, at=now).closed_at
    assert not JurorMark.objects.exists()


def test_a_sheet_is_kept_whole_or_not_at_all(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime
) -> None:
    with pytest.raises(Refusals) as refused:
        keep_sheet(
            hearing=hearing, notes=NotesEntry(SECRET, 0), proposals=[(oral, "25")], by=cast.juror, at=now
        )
    assert set(refused.value.sentences) == {"ORAL"}
    assert not HearingNote.objects.exists()


# --- Without script ---


def test_the_sheet_posts_without_script_and_keeps_what_is_refused(
    cast: Cast, hearing: Hearing, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.juror), reverse("juries:own_sheet", args=[hearing.pk])
    data = {"notes": SECRET, "notes_version": "0", "proposition-ORAL": "25"}
    page = client.post(url, data).content.decode()
    assert SECRET in page
    assert 'value="25"' in page
    assert "hors barème" in page
    assert not HearingNote.objects.exists()

    assert client.post(url, data | {"proposition-ORAL": "12"}).status_code == 302
    assert client.post(url, data | {"proposition-ORAL": "12"}).status_code == 302
    assert (HearingNote.objects.get().version, JurorMark.objects.get().value) == (1, 12)
    stale = client.post(url, data | {"notes": "D’un autre onglet.", "proposition-ORAL": "12"})
    assert "depuis une autre page" in stale.content.decode()
    assert stale.context["own"]["notes_version"].value() == "1"


# --- The parts of a hearing ---


def test_the_parts_of_the_regulation_are_timed(cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    parts = timed_parts_of(lines_of(Hearing.objects.filter(pk=hearing.pk))[0])
    assert [(part.minutes, part.longest) for part in parts] == [(10, 10), (20, 20), (10, 15)]
    page = sign_in(cast.juror).get(page_of(hearing)).content.decode()
    assert 'data-minutes="15"' in page
    assert "10 à 15" in page


def test_a_session_in_blocs_is_timed_bloc_by_bloc(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    composed_jury(cast, blocs_part, blocs_enrolments)
    parts = timed_parts_of(lines_of(Hearing.objects.filter(enrolment=blocs_enrolments[0]))[0])
    assert [part.minutes for part in parts] == [30, 35, 15]
    assert parts[0].label.startswith("B1")


# --- What the browser kept ---


def cell(hearing: Hearing, name: str, entry: str, version: int = 0, **more: Any) -> dict[str, Any]:
    return {"key": f"{hearing.pk}-{name}", "entry": entry, "version": version, **more}


def opinion(said: str, argument: str) -> str:
    return json.dumps({"opinion": said, "argument": argument}, ensure_ascii=False, separators=(",", ":"))


def save(client: Client, who: Actor, *cells: dict[str, Any], status: int = 200) -> list[dict[str, Any]]:
    body = {"author": who.user.pk, "cells": list(cells)}
    answer = client.post(reverse("juries:hearing_save"), body, content_type="application/json")
    assert answer.status_code == status
    found: list[dict[str, Any]] = answer.json().get("answers", [])
    return found


def test_everything_typed_is_saved_once_however_often_it_comes(
    cast: Cast, hearing: Hearing, sign_in: SignIn
) -> None:
    client = sign_in(cast.juror)
    cells = [
        cell(hearing, "note-ORAL", "9,5"),
        cell(hearing, "avis", opinion("non-attribution", "Un dossier sans références."), corrections=0),
        cell(hearing, "notes", SECRET),
        cell(hearing, "proposition-ORAL", "9"),
    ]
    for _ in range(2):
        answers = save(client, cast.juror, *cells)
        assert [answer["state"] for answer in answers] == ["saved"] * 4
        assert [answer["version"] for answer in answers] == [1, 1, 1, 0]
    assert Mark.objects.get().entry == "9,5"
    assert not Opinion.objects.get().favourable
    acts = Entry.objects.filter(act__in=[Act.RECORD_MARK, Act.GIVE_OPINION, Act.TAKE_NOTES])
    assert acts.count() == 4


def test_one_refused_cell_loses_nothing_of_the_others(cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    mark, given = save(
        sign_in(cast.juror),
        cast.juror,
        cell(hearing, "note-ORAL", "9"),
        cell(hearing, "avis", opinion("non-attribution", "Non.")),
    )
    assert (mark["state"], given["state"]) == ("saved", "refused")
    assert "15 caractères" in given["sentence"]
    assert given["who"] == hearing.enrolment.candidate.full_name


def test_nobody_saves_alone_what_is_the_jurys(
    cast: Cast, hearing: Hearing, now: datetime, sign_in: SignIn
) -> None:
    for missing in hearing.jury.seats.exclude(user=cast.juror.user).select_related("jury__part"):
        note_absence(seat=missing, motive="Grève", by=cast.clerk, at=now)
    mark, given, notes = save(
        sign_in(cast.juror),
        cast.juror,
        cell(hearing, "note-ORAL", "9"),
        cell(hearing, "avis", opinion("attribution", "")),
        cell(hearing, "notes", SECRET),
    )
    assert [mark["state"], given["state"], notes["state"]] == ["refused", "refused", "saved"]
    assert "il manque 1 juré" in mark["sentence"]
    assert not Mark.objects.exists()


def test_a_conflict_answers_what_stands(
    cast: Cast, hearing: Hearing, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    hear(cast, gc_enrolments[0], "8")
    said = opinion("non-attribution", "Un dossier sans références.")
    mark, given = save(
        sign_in(cast.jury_president),
        cast.jury_president,
        cell(hearing, "note-ORAL", "9"),
        cell(hearing, "avis", said),
    )
    assert (mark["state"], mark["entry"], mark["version"]) == ("conflict", "8", 1)
    assert (given["state"], given["entry"]) == ("conflict", opinion("attribution", ""))
    assert mark["by"] == given["by"] == cast.juror.user.pk


def test_a_name_in_a_kept_argument_is_asked_about(
    cast: Cast, hearing: Hearing, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    other = gc_enrolments[1].candidate.birth_name
    said = opinion("non-attribution", f"Un dossier moins solide que {other}.")
    (asked,) = save(sign_in(cast.juror), cast.juror, cell(hearing, "avis", said))
    assert (asked["state"], asked["asks"]) == ("refused", True)
    (done,) = save(sign_in(cast.juror), cast.juror, cell(hearing, "avis", said, confirmed=True))
    assert done["state"] == "saved"


def test_somebody_elses_hearing_is_nobodys(cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    who = cast.second_juror
    (answer,) = save(sign_in(who), who, cell(hearing, "notes", SECRET))
    assert (answer["state"], answer["who"]) == ("refused", "")
    assert not HearingNote.objects.exists()


def test_a_page_of_somebody_else_saves_nothing(cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    client = sign_in(cast.juror)
    save(client, cast.jury_president, cell(hearing, "notes", SECRET), status=403)
    assert not HearingNote.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"key": "12"},
        {"key": "x-notes"},
        {"key": "1-note"},
        {"key": "1-notes-ORAL"},
        {"key": "1-ailleurs"},
        {"key": "9999999999999999-notes"},
        {"key": 12},
        {"key": None},
        {"key": "1-note-\ud800"},
        {"key": "1-note-\0"},
        {"key": "1-note-ORAL\n"},
        {"key": "1-note-" + "O" * 31},
        {"key": "1-proposition-É"},
        {"key": "\ud800-notes"},
        {"key": "\u0661-notes"},
        {"key": "1-\ud800"},
        {"entry": 12},
        {"entry": "\0"},
        {"entry": "x" * 12_001},
        {"version": "0"},
        {"version": -1},
        {"version": 2**40},
        {"corrections": 2**40},
        {"key": "1-avis", "entry": "[]"},
        {"key": "1-avis", "entry": "{}"},
        {"key": "1-avis", "entry": "non"},
    ],
)
def test_an_unreadable_cell_is_refused_and_the_others_saved(
    change: dict[str, Any], cast: Cast, hearing: Hearing, sign_in: SignIn
) -> None:
    cells = [cell(hearing, "notes", "Jamais écrit.") | change, cell(hearing, "notes", SECRET)]
    unreadable, notes = save(sign_in(cast.juror), cast.juror, *cells)
    assert (unreadable["state"], unreadable["key"]) == ("refused", cells[0]["key"])
    assert "illisible" in unreadable["sentence"]
    assert notes["state"] == "saved"
    assert HearingNote.objects.get().text == SECRET


@pytest.mark.parametrize("name", ["note-ORAL", "notes", "proposition-ORAL", "avis"])
def test_half_a_character_is_refused_and_the_others_saved(
    name: str, cast: Cast, hearing: Hearing, sign_in: SignIn
) -> None:
    entry = opinion("non-attribution", "Un dossier sans référence \ud800.") if name == "avis" else "\ud800"
    beside = "proposition-ORAL" if name == "notes" else "notes"
    cells = [cell(hearing, name, entry), cell(hearing, beside, "12")]
    assert [one["state"] for one in save(sign_in(cast.juror), cast.juror, *cells)] == ["refused", "saved"]


@pytest.mark.parametrize(
    "body", ["", "[", "[]", "12", '{"author": 1}', '{"author": 1, "cells": {}}', "\ud800"]
)
def test_an_unreadable_request_is_answered(body: str, cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    url = reverse("juries:hearing_save")
    sent = body.encode("utf-8", "surrogatepass")
    answer = sign_in(cast.juror).post(url, sent, content_type="application/json")
    assert answer.status_code == 400


@pytest.mark.parametrize("one", [None, 12, "x", [], {}])
def test_what_is_no_cell_is_refused(one: Any, cast: Cast, hearing: Hearing, sign_in: SignIn) -> None:
    (answer,) = save(sign_in(cast.juror), cast.juror, one)
    assert (answer["state"], answer["key"]) == ("refused", None)


def test_a_page_with_every_proposal_costs_no_more_queries(
    cast: Cast, hearing: Hearing, oral: Block, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for who in (cast.juror, cast.jury_president):
        propose_mark(hearing=hearing, block=oral, entry="12", by=who, at=now)
        take_notes(hearing=hearing, text=SECRET, version=0, by=who, at=now)
    client = client_of(cast.juror)
    client.get(page_of(hearing))
    with django_assert_max_num_queries(40):
        client.get(page_of(hearing))
