"""The mark grid: what it shows, how a cell is saved, refused, in conflict; with and without script."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidates.services.enrolments import withdraw
from candidates.services.sessions import close_part
from cqp.templatetags.fr import day, day_short, weekday
from evaluations.models import BlockSheet, Mark
from evaluations.services.marks import write_mark
from evaluations.states import SheetState
from evaluations.views.grid import VIEWS, due_of
from tests.cast import enrol_some
from tests.evaluations.grid_requests import block_of, name_of, send, sheet_of


@pytest.fixture
def sheet(gc_part):
    return sheet_of(gc_part)


@pytest.fixture
def dam_sheet(dam_part):
    return sheet_of(dam_part)


@pytest.fixture
def clerk(sign_in, cast):
    return sign_in(cast.clerk)


def tag_of(page, name):
    """The tag of a cell's input."""
    tag = page[page.index(f'id="n-{name}"') :]
    return tag[: tag.index(">")]


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
    assert len(own) == 6


def test_another_crfp_finds_nothing(sign_in, cast, sheet, gc_enrolments):
    outsider = sign_in(cast.outsider)
    assert outsider.get(sheet).status_code == 404
    assert outsider.get(sheet.replace("CRFP-LYO", "CRFP-LIL")).status_code == 200


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
    assert "readonly" in tag_of(page, name_of(enrolment, "CC", 2))
    assert "Pas encore de première note." in page
    send(clerk, dam_sheet, enrolment, "CC", "8")
    assert "readonly" not in tag_of(clerk.get(dam_sheet).content.decode(), name_of(enrolment, "CC", 2))


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


def test_without_script_an_unusual_mark_is_asked_about_and_a_second_save_keeps_it(
    clerk, sheet, cast, gc_part
):
    first, *others = enrol_some(cast, gc_part, 7)
    for other, entry in zip(others, ["11", "12", "12", "13", "12", "11"], strict=True):
        send(clerk, sheet, other, "ECRIT", entry)
    name = name_of(first, "ECRIT")
    page = clerk.post(sheet, typed((name, "2", "0:")))
    assert page.status_code == 422
    text = page.content.decode()
    assert "Est-ce bien 2, et non 12" in text
    assert f'name="q-{name}" value="2"' in text
    assert not Mark.objects.filter(enrolment=first).exists()
    assert clerk.post(sheet, typed((name, "3", "0:")) | {f"q-{name}": "2"}).status_code == 422
    assert clerk.post(sheet, typed((name, "2", "0:")) | {f"q-{name}": "2"}).status_code == 302
    assert Mark.objects.get(enrolment=first).unusual == "FRAPPE"
    page = clerk.get(sheet).content.decode()
    assert 'class="cell-flag"' in page
    assert "Faute de frappe possible, confirmée" in page


def hidden_rows(page):
    return {int(pk) for pk in re.findall(r'<tr [^>]*hidden>\s*<th scope="row" id="e-(\d+)"', page)}


def test_the_address_says_which_candidates_one_looks_at(clerk, sheet, gc_enrolments):
    first, second, third = gc_enrolments
    for code in ("CC_TC", "CC_OPT", "ECRIT", "APT"):
        send(clerk, sheet, first, code, "12")
    send(clerk, sheet, second, "ECRIT", "6,5")
    send(clerk, sheet, third, "ECRIT", "6,51")
    see = {view: hidden_rows(clerk.get(sheet, {"voir": view}).content.decode()) for view in VIEWS}
    everybody = {enrolment.pk for enrolment in gc_enrolments}
    assert see[""] == set()
    assert see["manquantes"] == {first.pk}
    assert see["seuil"] == {first.pk, third.pk}
    assert see["inhabituelles"] == see["conflit"] == everybody
    assert not hidden_rows(clerk.get(sheet, {"voir": "autre chose"}).content.decode())


def test_the_candidates_of_one_option_are_looked_at_alone_and_counted_apart(clerk, sheet, cast, gc_part):
    options = list(gc_part.session.certification.options.all())[:2]
    (one,), (two,) = (enrol_some(cast, gc_part, 1, option=option) for option in options)
    send(clerk, sheet, one, "ECRIT", "12")
    page = clerk.get(sheet, {"groupe": options[0].code}).content.decode()
    assert hidden_rows(page) == {two.pk}
    column = f"{block_of(one, 'ECRIT').pk}-1"
    assert f'data-done-group="{options[0].code}/{column}">1 sur 1<' in page
    assert f'data-done-group="{options[1].code}/{column}">0 sur 1<' in page
    assert not hidden_rows(clerk.get(sheet, {"groupe": "AUTRE"}).content.decode())


def test_a_form_sent_from_a_filtered_page_comes_back_to_it(clerk, sheet, gc_enrolments):
    answer = clerk.post(f"{sheet}?voir=manquantes", typed((name_of(gc_enrolments[0], "ECRIT"), "12", "0:")))
    assert answer["Location"] == f"{sheet}?voir=manquantes"


@pytest.fixture
def submitted(clerk, sheet, gc_part, gc_enrolments, cast, now):
    """The sheet of the written test, transmitted with one mark and one missing."""
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    return BlockSheet.objects.create(
        part=gc_part,
        block=block_of(gc_enrolments[0], "ECRIT"),
        state=SheetState.SUBMITTED,
        submitted_at=now,
        submitted_by=cast.clerk.user,
    )


def test_a_transmitted_column_locks_its_marks_and_still_takes_the_missing_ones(
    clerk, sheet, submitted, gc_enrolments
):
    page = clerk.get(sheet).content.decode()
    assert f'name="n-{name_of(gc_enrolments[0], "ECRIT")}"' not in page
    assert f'name="n-{name_of(gc_enrolments[1], "ECRIT")}"' in page
    assert f"transmises le {day(submitted.submitted_at)}" in page
    assert page.count("une correction demande un motif") == 1
    assert "11 notes à saisir\u00a0: échéance" in page


def test_the_marks_made_by_tests_are_only_read(clerk, sheet, gc_part, gc_enrolments):
    block = block_of(gc_enrolments[0], "CC_TC")
    made = BlockSheet.objects.create(part=gc_part, block=block)
    for n in (1, 2):
        made.tests.create(position=n, label=f"Contrôle {n}")
    page = clerk.get(sheet).content.decode()
    assert f'name="n-{name_of(gc_enrolments[0], "CC_TC")}"' not in page
    assert "moyenne de 2 contrôles" in page
    assert "9 notes à saisir" in page


def test_the_page_says_what_is_left_and_until_when(clerk, sheet, gc_part, gc_enrolments):
    due = f"échéance {weekday(gc_part.session.entry_deadline)}"
    assert f"12 notes à saisir\u00a0: {due}" in clerk.get(sheet).content.decode()
    send(clerk, sheet, gc_enrolments[0], "ECRIT", "12")
    assert f"11 notes à saisir, 1 saisie non transmise\u00a0: {due}" in clerk.get(sheet).content.decode()
    day_after = gc_part.session.entry_deadline + timedelta(days=1)
    assert due_of(gc_part.session.entry_deadline, day_after) == due.replace(
        "échéance", "échéance dépassée depuis le"
    )


def test_the_grid_is_taken_away_as_it_is_shown(clerk, sheet, gc_enrolments):
    first, second, third = gc_enrolments
    send(clerk, sheet, first, "ECRIT", "12,5")
    send(clerk, sheet, second, "ECRIT", "ABS")
    whole = clerk.get(sheet, {"format": "csv"})
    assert "notes-GC-" in whole["Content-Disposition"]
    lines = whole.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Candidat;Option;Contrôle continu du tronc commun;")
    assert len(lines) == 4
    shown = {line.split(";")[0]: line.split(";")[4] for line in lines[1:]}
    names = [enrolment.candidate.full_name for enrolment in (first, second, third)]
    assert [shown[name] for name in names] == ["12,5", "ABS", ""]
    near = clerk.get(sheet, {"format": "csv", "voir": "seuil"}).content.decode("utf-8-sig")
    assert len(near.splitlines()) == 1
    assert clerk.get(sheet, {"format": "xlsx"}).content[:2] == b"PK"


def test_a_session_in_blocs_offers_no_mark_to_import(sign_in, cast, blocs_part, blocs_enrolments):
    here = [blocs_part.session.code, blocs_part.crfp.code]
    page = sign_in(cast.clerk).get(reverse("evaluations:mark_sheet", args=here)).content.decode()
    assert "se juge en blocs de compétences" in page
    assert reverse("evaluations:carnet_list", args=here) in page
    assert reverse("evaluations:marks_import", args=here) not in page
