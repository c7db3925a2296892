"""Many marks at once in a real browser: pasted, filled, taken back; looked at apart; the history of one."""

import re

import pytest
from playwright.sync_api import Page, expect

from evaluations.models import Mark, Operation
from evaluations.services.marks import record_mark
from tests.browser.accessibility import assert_accessible
from tests.browser.marks import (
    block_of,
    cell,
    expect_nothing_waits,
    expect_saved,
    in_order,
    paste,
    sheet_of,
    state,
    stored,
    type_in,
)
from tests.browser.person import PHONE
from tests.cast import email_of, enrol_some, part_of
from tests.wide import wide_session

pytestmark = pytest.mark.django_db(transaction=True)

CODES = ["CC_TC", "CC_OPT", "ECRIT", "APT"]
USUAL = ["9", "15", "12,5", "10", "14", "11,25", "13"]


@pytest.fixture
def candidates(cast, gc_part):
    return in_order(enrol_some(cast, gc_part, 7))


@pytest.fixture
def grid(signed_in, gc_part, candidates) -> Page:
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page


def undo(page: Page) -> None:
    page.get_by_role("button", name="Annuler ce geste").click()


# --- Pasting ---


def test_a_spreadsheets_block_is_pasted_whole_in_one_gesture_and_undone_by_one(signed_in, cast):
    part = part_of(wide_session(cast.ucanss))
    enrolments = in_order(enrol_some(cast, part, 40))
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(part))
    rows = [[USUAL[(5 * n + place) % 7] for place in range(5)] for n in range(40)]
    paste(cell(page, enrolments[0], "CC_TC"), "".join("\t".join(row) + "\r\n" for row in rows))
    expect(page.locator("#reste")).to_contain_text("200 saisies non transmises", timeout=20_000)
    expect_nothing_waits(page)
    codes = ["CC_TC", "CC_OPT", "ECRIT", "APT", "DOSSIER"]
    assert [[stored(e, code) for code in codes] for e in enrolments] == rows
    operation = Operation.objects.get()
    assert (operation.kind, len(operation.changes)) == ("COLLAGE", 200)
    expect(page.locator("#etat")).to_contain_text("200 notes enregistrées")
    expect(page.locator("#gestes li")).to_have_count(1)
    assert_accessible(page)
    undo(page)
    expect(page.locator("#etat")).to_contain_text("200 notes comme avant", timeout=20_000)
    expect(cell(page, enrolments[0], "CC_TC")).to_have_value("")
    expect(page.locator("#reste")).to_contain_text("200 notes à saisir")
    assert {mark.entry for mark in Mark.objects.all()} == {""}


def test_the_clipboard_of_the_system_is_pasted_by_the_keyboard(grid, candidates):
    grid.context.grant_permissions(["clipboard-read", "clipboard-write"])
    grid.evaluate("text => navigator.clipboard.writeText(text)", "12,5\n14")
    cell(grid, candidates[0], "ECRIT").focus()
    grid.keyboard.press("Control+V")
    expect_saved(cell(grid, candidates[0], "ECRIT"), "12,5")
    expect_saved(cell(grid, candidates[1], "ECRIT"), "14")
    grid.evaluate("text => navigator.clipboard.writeText(text)", "13")
    cell(grid, candidates[2], "ECRIT").focus()
    grid.keyboard.press("Control+V")
    grid.keyboard.press("Enter")
    expect_saved(cell(grid, candidates[2], "ECRIT"), "13")
    assert Operation.objects.count() == 1


def test_the_texts_of_excel_are_read_as_they_are(grid, candidates):
    """Quoted cells, empty ones, spaces, an empty last line."""
    paste(cell(grid, candidates[0], "ECRIT"), '"12,5"\t 14 \r\n\tABS\r\n13\t\r\n\r\n')
    for enrolment, code, entry in [
        (0, "ECRIT", "12,5"),
        (0, "APT", "14"),
        (1, "APT", "ABS"),
        (2, "ECRIT", "13"),
    ]:
        expect_saved(cell(grid, candidates[enrolment], code), entry)
    expect_nothing_waits(grid)
    assert Mark.objects.count() == 4


def test_a_paste_that_overwrites_or_overflows_is_shown_before_anything_changes(grid, candidates, gc_part):
    type_in(cell(grid, candidates[5], "APT"), "10")
    type_in(cell(grid, candidates[6], "APT"), "11")
    expect_nothing_waits(grid)
    paste(cell(grid, candidates[5], "APT"), "12\t20\n11\t\n13\n99")
    dialog = grid.get_by_role("dialog", name=re.compile("Coller ces notes"))
    expect(dialog).to_contain_text("1 remplacée, 1 inchangée, 3 ignorées.")
    expect(dialog).to_contain_text(f"{candidates[5].candidate.full_name}, Applications")
    expect(dialog).to_contain_text("10 devient 12")
    expect(dialog).to_contain_text("3 valeurs en dehors de la grille affichée")
    assert_accessible(grid)
    dialog.get_by_role("button", name="Annuler").click()
    expect(grid.locator("#etat")).to_contain_text("Rien n’a été collé.")
    expect(cell(grid, candidates[5], "APT")).to_have_value("10")
    assert stored(candidates[5], "APT") == "10"
    assert not Operation.objects.exists()
    paste(cell(grid, candidates[5], "APT"), "12\t20\n11\t\n13\n99")
    dialog.get_by_role("button", name="Coller").click()
    expect_saved(cell(grid, candidates[5], "APT"), "12")
    assert len(Operation.objects.get().changes) == 1


def test_a_paste_lists_what_is_refused_or_surprising_and_keeps_what_was_confirmed(grid, candidates):
    paste(cell(grid, candidates[0], "ECRIT"), "\n".join(["11", "12", "12", "13", "12", "11", "13"]))
    expect_saved(cell(grid, candidates[6], "ECRIT"), "13")
    expect_nothing_waits(grid)
    paste(cell(grid, candidates[0], "ECRIT"), "12\n2\n21")
    dialog = grid.get_by_role("dialog", name=re.compile("Coller ces notes"))
    expect(dialog).to_contain_text("1 remplacée, 1 inhabituelle, 1 refusée.")
    expect(dialog).to_contain_text("La note deviendrait éliminatoire, de 12 à 2.")
    expect(dialog).to_contain_text("hors barème")
    dialog.get_by_role("button", name="Coller").click()
    expect_saved(cell(grid, candidates[1], "ECRIT"), "2")
    expect(state(cell(grid, candidates[1], "ECRIT")).locator(".cell-flag")).to_be_visible()
    expect(state(cell(grid, candidates[2], "ECRIT"))).to_have_class("cell is-refused")
    expect(grid.locator("#etat")).to_contain_text("1 à reprendre")
    assert [stored(candidates[n], "ECRIT") for n in range(3)] == ["12", "2", "12"]


def test_an_unusual_mark_of_a_block_is_confirmed_with_it_and_undone_with_it(grid, candidates):
    paste(cell(grid, candidates[0], "ECRIT"), "\n".join(["11", "12", "12", "13", "12", "11", "2"]))
    dialog = grid.get_by_role("dialog", name=re.compile("Coller ces notes"))
    expect(dialog).to_contain_text("6 nouvelles, 1 inhabituelle.")
    expect(dialog).to_contain_text("Est-ce bien 2, et non 12")
    assert not Mark.objects.exists()
    dialog.get_by_role("button", name="Coller").click()
    expect_saved(cell(grid, candidates[6], "ECRIT"), "2")
    assert len(Operation.objects.get().changes) == 7
    undo(grid)
    expect(grid.locator("#etat")).to_contain_text("7 notes comme avant")
    assert {mark.entry for mark in Mark.objects.all()} == {""}


def test_a_block_with_a_refused_value_is_shown_before_anything_changes(grid, candidates):
    paste(cell(grid, candidates[0], "ECRIT"), "12\n21")
    dialog = grid.get_by_role("dialog", name=re.compile("Coller ces notes"))
    expect(dialog).to_contain_text("1 nouvelle, 1 refusée.")
    dialog.get_by_role("button", name="Annuler").click()
    expect(cell(grid, candidates[0], "ECRIT")).to_have_value("")
    assert not Mark.objects.exists()


def test_what_changed_since_a_gesture_is_left_and_listed_when_it_is_undone(grid, candidates, cast, now):
    paste(cell(grid, candidates[0], "ECRIT"), "12\n13\n14")
    expect_saved(cell(grid, candidates[2], "ECRIT"), "14")
    expect_nothing_waits(grid)
    record_mark(
        enrolment=candidates[1],
        block=block_of(candidates[1], "ECRIT"),
        attempt=1,
        entry="15",
        version=1,
        by=cast.clerk,
        at=now,
    )
    undo(grid)
    left = grid.get_by_role("dialog", name="Laissées comme elles sont")
    expect(left).to_contain_text(f"{candidates[1].candidate.full_name}, Épreuve écrite")
    expect(left).to_contain_text("a saisi 15")
    assert_accessible(grid)
    left.get_by_role("button", name="Fermer").click()
    expect(grid.locator("#etat")).to_contain_text("2 notes comme avant")
    expect(cell(grid, candidates[0], "ECRIT")).to_have_value("")
    assert [stored(e, "ECRIT") for e in candidates[:3]] == ["", "15", ""]
    grid.get_by_role("button", name=re.compile("^Refaire")).click()
    expect(cell(grid, candidates[0], "ECRIT")).to_have_value("12")


def test_a_paste_goes_over_the_candidates_in_sight(grid, candidates):
    paste(cell(grid, candidates[0], "ECRIT"), "12\n13")
    expect_saved(cell(grid, candidates[1], "ECRIT"), "13")
    expect_nothing_waits(grid)
    for code in CODES:
        type_in(cell(grid, candidates[3], code), "14")
    expect_nothing_waits(grid)
    grid.get_by_role("link", name="manquantes").click()
    expect(cell(grid, candidates[3], "ECRIT")).to_be_hidden()
    paste(cell(grid, candidates[2], "ECRIT"), "9\n10")
    expect_saved(cell(grid, candidates[4], "ECRIT"), "10")
    assert stored(candidates[3], "ECRIT") == "14"
    cell(grid, candidates[2], "CC_TC").focus()
    grid.keyboard.press("ArrowDown")
    expect(cell(grid, candidates[4], "CC_TC")).to_be_focused()


def test_a_block_skips_the_retakes_unless_it_begins_there(signed_in, dam_part, cast):
    first, second = in_order(enrol_some(cast, dam_part, 2))
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(dam_part))
    dialog = page.get_by_role("dialog", name=re.compile("Coller ces notes"))
    paste(cell(page, first, "CARNET"), "70\t8\t20\n71\t28\t")
    expect(dialog).to_contain_text("4 nouvelles, 1 ignorée.")
    expect(dialog).to_contain_text("1 valeur en dehors de la grille affichée")
    dialog.get_by_role("button", name="Coller").click()
    expect_saved(cell(page, first, "CC"), "8")
    assert stored(second, "CC") == "28"
    expect(cell(page, first, "CC", 2)).to_be_editable()
    paste(cell(page, first, "CC", 2), "15\n16")
    expect(dialog).to_contain_text("1 valeur sur des cases verrouillées")
    dialog.get_by_role("button", name="Coller").click()
    expect_saved(cell(page, first, "CC", 2), "15")


# --- Filling ---


def test_the_missing_are_filled_with_their_count_and_taken_back(grid, candidates):
    type_in(cell(grid, candidates[2], "ECRIT"), "12")
    expect_nothing_waits(grid)
    grid.get_by_role("button", name="Remplir les manquantes…").click()
    dialog = grid.get_by_role("dialog", name="Remplir les notes manquantes")
    dialog.get_by_label("Épreuve").select_option("Épreuve écrite")
    expect(dialog).to_contain_text("6 notes manquantes.")
    assert_accessible(grid)
    dialog.get_by_label("Note").fill("21")
    dialog.get_by_role("button", name="Remplir 6 notes").click()
    expect(dialog.get_by_role("alert")).to_contain_text("hors barème")
    assert not Operation.objects.exists()
    dialog.get_by_label("Note").fill("abj")
    dialog.get_by_role("button", name="Remplir 6 notes").click()
    expect(dialog).to_be_hidden()
    expect(grid.locator("#etat")).to_contain_text("Remplissage par ABJ : Épreuve écrite")
    expect_nothing_waits(grid)
    assert [stored(e, "ECRIT") for e in candidates] == ["ABJ", "ABJ", "12", "ABJ", "ABJ", "ABJ", "ABJ"]
    undo(grid)
    expect(grid.locator("#etat")).to_contain_text("6 notes comme avant")
    assert stored(candidates[0], "ECRIT") == ""


# --- Looking ---


def test_the_views_hide_rows_and_the_address_says_which(signed_in, cast, gc_part, candidates):
    page = signed_in(email_of("clerk"))
    for enrolment in candidates[:2]:
        for code in CODES:
            block = block_of(enrolment, code)
            record_mark(
                enrolment=enrolment,
                block=block,
                attempt=1,
                entry="6,5" if enrolment == candidates[0] else "12",
                version=0,
                by=cast.clerk,
                at=gc_part.session.opened_at,
            )
    page.goto(sheet_of(gc_part))
    rows = page.locator(".mark-grid tbody tr:visible")
    page.get_by_role("link", name="manquantes").click()
    expect(rows).to_have_count(5)
    expect(page.locator("#montres")).to_have_text("5 sur 7 candidats")
    assert page.url.endswith("?voir=manquantes")
    # What is completed stays in sight until one looks again.
    for code in CODES:
        type_in(cell(page, candidates[2], code), "13")
    expect_nothing_waits(page)
    expect(rows).to_have_count(5)
    page.get_by_role("link", name="manquantes").click()
    expect(rows).to_have_count(4)
    page.get_by_role("link", name="au seuil").click()
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="en conflit").click()
    expect(page.get_by_text("Aucun candidat ne correspond à ce choix.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="toutes").click()
    expect(rows).to_have_count(7)
    assert page.url.endswith(sheet_of(gc_part))


def test_one_option_is_looked_at_alone_and_its_progress_follows(signed_in, cast, gc_part):
    options = list(gc_part.session.certification.options.all())[:2]
    _, (two,) = (enrol_some(cast, gc_part, 1, option=option) for option in options)
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    page.get_by_label("Option", exact=True).select_option(options[1].label)
    expect(page.locator(".mark-grid tbody tr:visible")).to_have_count(1)
    type_in(cell(page, two, "ECRIT"), "12")
    expect_nothing_waits(page)
    page.get_by_text("Avancement par option").click()
    progress = page.get_by_role("region", name="Avancement par option")
    expect(progress.get_by_role("row", name=options[0].label)).to_contain_text("0 sur 1")
    expect(progress.get_by_role("row", name=options[1].label)).to_contain_text("1 sur 1")
    expect(page.locator("#reste")).to_contain_text("7 notes à saisir, 1 saisie non transmise")
    assert f"groupe={options[1].code}" in page.url
    assert_accessible(page)


# --- History ---


def test_the_history_of_a_cell_is_one_key_away_and_an_old_value_is_put_back(grid, candidates):
    field = cell(grid, candidates[0], "ECRIT")
    paste(field, "12\n13")
    expect_saved(field, "12")
    type_in(field, "14")
    expect_saved(field, "14")
    field.focus()
    grid.keyboard.press("h")
    history = grid.get_by_role("dialog", name=f"{candidates[0].candidate.full_name}, Épreuve écrite")
    expect(history.get_by_role("listitem")).to_have_count(2)
    expect(history).to_contain_text("MARCHAND Claire")
    expect(history).to_contain_text("Collage : Épreuve écrite")
    expect(field).to_have_value("14")
    assert_accessible(grid)
    history.get_by_role("button", name="Remettre 12").click()
    expect(history).to_be_hidden()
    expect_saved(field, "12")
    expect(field).to_be_focused()
    grid.keyboard.press("H")
    expect(history).to_contain_text("Reprise de la saisie n° 1")


# --- On a phone ---


def test_every_dialog_fits_a_phone(grid, candidates):
    grid.set_viewport_size(PHONE)
    paste(cell(grid, candidates[0], "ECRIT"), "12\n13")
    expect_saved(cell(grid, candidates[1], "ECRIT"), "13")
    expect_nothing_waits(grid)
    grid.get_by_role("button", name="Remplir les manquantes…").click()
    assert_accessible(grid)
    assert grid.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    grid.keyboard.press("Escape")
    paste(cell(grid, candidates[0], "ECRIT"), "14\n15")
    expect(grid.get_by_role("dialog", name=re.compile("Coller ces notes"))).to_be_visible()
    assert_accessible(grid)
    assert grid.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
