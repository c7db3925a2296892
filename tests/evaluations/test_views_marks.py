"""The mark grid: what it shows, how a cell is saved, refused, in conflict; with and without script."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.services.enrolments import withdraw
from candidates.services.sessions import close_part
from cqp.templatetags.fr import day_short
from evaluations.models import Block, Mark
from evaluations.services.marks import write_mark
from tests.cast import enrol_some


@pytest.fixture
def sheet(gc_part):
    return reverse("evaluations:mark_sheet", args=[gc_part.session.code, gc_part.crfp.code])


@pytest.fixture
def dam_sheet(dam_part):
    return reverse("evaluations:mark_sheet", args=[dam_part.session.code, dam_part.crfp.code])


@pytest.fixture
def clerk(sign_in, cast):
    return sign_in(cast.clerk)


def block_of(enrolment, code):
    return Block.objects.get(regulation__adoptions__session=enrolment.session_id, code=code)


def name_of(enrolment, code, attempt=1):
    return f"{enrolment.pk}-{block_of(enrolment, code).pk}-{attempt}"


def send(client, url, enrolment, code, entry, version=0, attempt=1):
    cell = {
        "enrolment": enrolment.pk,
        "block": block_of(enrolment, code).pk,
        "attempt": attempt,
        "entry": entry,
        "version": version,
    }
    return client.post(f"{url}enregistrer/", json.dumps(cell), content_type="application/json")


def typed(*cells):
    """The form as a browser sends it: `(name, value, "version:value shown")`."""
    return {f"n-{name}": value for name, value, _ in cells} | {f"v-{name}": seen for name, _, seen in cells}


def test_the_grid_shows_a_candidate_a_row_and_a_block_a_column(clerk, sheet, gc_enrolments):
    page = clerk.get(sheet).content.decode()
    for enrolment in gc_enrolments:
        assert enrolment.candidate.full_name in page
        assert f'name="n-{name_of(enrolment, "ECRIT")}"' in page
        assert f'name="n-{name_of(enrolment, "ORAL")}"' not in page
    assert "saisi par le jury" in page
    assert 'type="number"' not in page


def test_an_empty_part_says_so(clerk, sheet):
    assert "Aucun candidat inscrit" in clerk.get(sheet).content.decode()


@pytest.mark.parametrize("count", [1, 3, 40])
def test_the_grid_takes_the_same_queries_whatever_its_size(clerk, sheet, cast, gc_part, count):
    enrol_some(cast, gc_part, count)
    with CaptureQueriesContext(connection) as taken:
        assert clerk.get(sheet).status_code == 200
    tables = [query["sql"].split(" FROM ")[1].split()[0] for query in taken if " FROM " in query["sql"]]
    own = [table for table in tables if table.strip('"').startswith(("candidates_", "evaluations_"))]
    assert len(own) == 4


def test_a_cell_is_saved_in_the_background(clerk, sheet, gc_enrolments):
    answer = send(clerk, sheet, gc_enrolments[0], "ECRIT", "12,50")
    assert answer.status_code == 200
    assert answer.json() == {"state": "saved", "entry": "12,5", "version": 1}
    assert Mark.objects.get().value == Decimal("12.5")


@pytest.mark.parametrize("entry", ["21", "12,345", "abc"])
def test_a_refused_cell_answers_with_its_reason(clerk, sheet, gc_enrolments, entry):
    answer = send(clerk, sheet, gc_enrolments[0], "ECRIT", entry)
    assert (answer.status_code, answer.json()["state"]) == (422, "refused")
    assert answer.json()["sentence"].endswith(".")
    assert not Mark.objects.exists()


def test_a_conflict_answers_with_both_values_author_and_hour(clerk, sheet, gc_enrolments):
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    answer = send(clerk, sheet, gc_enrolments[0], "ECRIT", "14")
    assert answer.status_code == 409
    assert answer.json()["entry"] == "12"
    assert answer.json()["version"] == 1
    assert "MARCHAND Claire a saisi 12 le" in answer.json()["sentence"]
    again = send(clerk, sheet, gc_enrolments[0], "ECRIT", "14", version=1)
    assert again.json() == {"state": "saved", "entry": "14", "version": 2}


def test_the_answer_says_whether_the_retake_is_open(clerk, dam_sheet, dam_enrolments):
    first = send(clerk, dam_sheet, dam_enrolments[0], "CC", "11,99")
    assert first.json()["retake"] == {"reason": ""}
    passed = send(clerk, dam_sheet, dam_enrolments[0], "CC", "12", version=1)
    assert passed.json()["retake"] == {"reason": "La première note n’est pas éliminatoire."}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"\xff",
        b'{"enrolment": 1}',
        b'{"enrolment": 1, "block": 1, "attempt": 3, "entry": "12", "version": 0}',
        b'{"enrolment": true, "block": 1, "attempt": 1, "entry": "12", "version": 0}',
        b'{"enrolment": 1, "block": 1, "attempt": 1, "entry": 12, "version": 0}',
        b'{"enrolment": 99999999999999999999, "block": 1, "attempt": 1, "entry": "1", "version": 0}',
    ],
)
def test_an_unreadable_demand_is_refused(clerk, sheet, gc_enrolments, body):
    answer = clerk.post(f"{sheet}enregistrer/", body, content_type="application/json")
    assert answer.status_code == 400


def test_another_crfp_finds_nothing(sign_in, cast, sheet, gc_enrolments):
    outsider = sign_in(cast.outsider)
    assert outsider.get(sheet).status_code == 404
    assert send(outsider, sheet, gc_enrolments[0], "ECRIT", "12").status_code == 404
    own_part = sheet.replace("CRFP-LYO", "CRFP-LIL")
    assert outsider.get(own_part).status_code == 200
    assert send(outsider, own_part, gc_enrolments[0], "ECRIT", "12").status_code == 404
    assert not Mark.objects.exists()


def test_a_block_of_another_regulation_does_not_exist_here(clerk, sheet, gc_enrolments, dam_enrolments):
    cell = {
        "enrolment": gc_enrolments[0].pk,
        "block": block_of(dam_enrolments[0], "CC").pk,
        "attempt": 1,
        "entry": "12",
        "version": 0,
    }
    assert (
        clerk.post(f"{sheet}enregistrer/", json.dumps(cell), content_type="application/json").status_code
        == 404
    )


@pytest.mark.parametrize("who", ["ucanss", "cpnefp", "organisme"])
def test_those_who_record_no_mark_are_turned_away(sign_in, cast, sheet, who):
    assert sign_in(getattr(cast, who)).get(sheet).status_code == 403


@pytest.mark.parametrize("who", ["tutor", "manager", "juror"])
def test_those_who_record_elsewhere_find_nothing(sign_in, cast, sheet, gc_enrolments, who):
    assert sign_in(getattr(cast, who)).get(sheet).status_code == 404


def test_without_script_the_form_saves_every_changed_cell(clerk, sheet, gc_enrolments):
    first, second, _ = gc_enrolments
    data = typed(
        (name_of(first, "ECRIT"), "12,5", "0:"),
        (name_of(second, "ECRIT"), "ABS", "0:"),
        (name_of(second, "CC_TC"), "", "0:"),
    )
    page = clerk.post(sheet, data, follow=True)
    assert "2 notes enregistrées." in page.content.decode()
    assert {mark.entry for mark in Mark.objects.all()} == {"12,5", "ABS"}


def test_without_script_a_refused_cell_keeps_what_was_typed_and_the_others_are_saved(
    clerk, sheet, gc_enrolments
):
    first, second, _ = gc_enrolments
    data = typed((name_of(first, "ECRIT"), "99", "0:"), (name_of(second, "ECRIT"), "14", "0:"))
    page = clerk.post(sheet, data)
    assert page.status_code == 422
    text = page.content.decode()
    assert f'name="n-{name_of(first, "ECRIT")}" value="99"' in text
    assert "hors barème" in text
    assert f'href="#n-{name_of(first, "ECRIT")}"' in text
    assert Mark.objects.get().entry == "14"


def test_without_script_an_untouched_stale_cell_is_no_conflict(clerk, sheet, gc_enrolments):
    enrolment = gc_enrolments[0]
    send(clerk, sheet, enrolment, "ECRIT", "12")
    assert clerk.post(sheet, typed((name_of(enrolment, "ECRIT"), "", "0:"))).status_code == 302
    assert Mark.objects.get().entry == "12"


def test_without_script_a_conflict_is_said_and_a_second_save_replaces(clerk, sheet, gc_enrolments):
    name = name_of(gc_enrolments[0], "ECRIT")
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    page = clerk.post(sheet, typed((name, "14", "0:")))
    assert page.status_code == 422
    assert "MARCHAND Claire a saisi 12" in page.content.decode()
    assert f'name="v-{name}" value="1:12"' in page.content.decode()
    assert clerk.post(sheet, typed((name, "14", "1:12"))).status_code == 302
    assert Mark.objects.get().entry == "14"


def test_the_retake_cell_is_locked_with_its_reason_until_the_rule_opens_it(clerk, dam_sheet, dam_enrolments):
    enrolment = dam_enrolments[0]
    page = clerk.get(dam_sheet).content.decode()
    retake = page[page.index(f'id="n-{name_of(enrolment, "CC", 2)}"') :]
    assert "readonly" in retake[: retake.index(">")]
    assert "Pas encore de première note." in page
    send(clerk, dam_sheet, enrolment, "CC", "8")
    page = clerk.get(dam_sheet).content.decode()
    retake = page[page.index(f'id="n-{name_of(enrolment, "CC", 2)}"') :]
    assert "readonly" not in retake[: retake.index(">")]


def test_a_transmitted_part_is_only_read(clerk, sheet, gc_part, gc_enrolments, cast, now):
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    close_part(part=gc_part, by=cast.clerk, at=now)
    page = clerk.get(sheet).content.decode()
    assert "transmis au jury national" in page
    assert 'name="n-' not in page
    assert "Enregistrer</button>" not in page


def test_a_grid_where_nothing_can_be_typed_does_not_say_how_to_type(
    clerk, sheet, gc_part, gc_enrolments, cast, now
):
    assert "Tapez" in clerk.get(sheet).content.decode()
    close_part(part=gc_part, by=cast.clerk, at=now)
    page = clerk.get(sheet).content.decode()
    assert "Tapez" not in page
    assert 'class="legend"' not in page


def test_homonyms_are_told_apart_by_their_day_of_birth(clerk, sheet, gc_enrolments):
    first, second, third = (enrolment.candidate for enrolment in gc_enrolments)
    second.birth_name, second.used_name, second.first_names = (
        first.birth_name,
        first.used_name,
        first.first_names,
    )
    second.birth_date = date(1988, 2, 3)
    second.save()
    page = clerk.get(sheet).content.decode()
    assert f"né(e) le {day_short(first.birth_date)}" in page
    assert "né(e) le 03/02/1988" in page
    assert page.count("né(e) le") == 2
    assert third.full_name in page


def test_what_was_typed_while_the_part_was_transmitted_is_refused_not_lost(
    clerk, sheet, gc_part, gc_enrolments, cast, now
):
    close_part(part=gc_part, by=cast.clerk, at=now)
    page = clerk.post(sheet, typed((name_of(gc_enrolments[0], "ECRIT"), "12", "0:")))
    assert page.status_code == 422
    assert 'value="12"' in page.content.decode()


def test_who_withdrew_stays_in_the_grid_greyed(clerk, sheet, gc_enrolments, cast, now):
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=now)
    page = clerk.get(sheet).content.decode()
    assert "désisté" in page
    assert f'name="n-{name_of(gc_enrolments[0], "ECRIT")}"' not in page


def test_the_oral_mark_of_the_jury_is_read_by_the_crfp(clerk, sheet, gc_enrolments, cast, now):
    block = block_of(gc_enrolments[0], "ORAL")
    write_mark(
        enrolment=gc_enrolments[0], block=block, attempt=1, entry="13,75", version=0, by=cast.juror, at=now
    )
    assert '<span class="cell-read">13,75</span>' in clerk.get(sheet).content.decode()
