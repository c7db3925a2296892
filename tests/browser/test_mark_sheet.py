"""The mark grid in a real browser: typed by keyboard alone, saved cell by cell, refused, asked about."""

import re

import pytest
from playwright.sync_api import Dialog, Page, expect

from evaluations.models import Mark
from evaluations.services.marks import record_mark
from tests.browser.accessibility import assert_accessible
from tests.browser.marks import (
    assert_written_once,
    block_of,
    cell,
    expect_nothing_waits,
    expect_saved,
    in_order,
    sheet_of,
    state,
    stored,
    type_in,
)
from tests.browser.person import PHONE
from tests.cast import email_of, enrol_some, part_of
from tests.wide import wide_session

pytestmark = pytest.mark.django_db(transaction=True)

USUAL = ["9", "15", "12,5", "10", "14", "11.25", "13"]
"""Marks that surprise nobody, in whatever order they come."""


@pytest.fixture
def grid(signed_in, gc_part, gc_enrolments) -> Page:
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page


@pytest.fixture
def seven(signed_in, cast, gc_part, now):
    """The grid of seven candidates, six of whom have usual marks in ECRIT: the page and the seventh."""
    seventh, *others = enrol_some(cast, gc_part, 7)
    for other, entry in zip(others, ["11", "12", "12", "13", "12", "11"], strict=True):
        block = block_of(other, "ECRIT")
        record_mark(enrolment=other, block=block, attempt=1, entry=entry, version=0, by=cast.clerk, at=now)
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page, seventh


def box_of(locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return box


def bottom_of(box: dict[str, float]) -> float:
    return box["y"] + box["height"]


# --- Typing ---


def test_forty_candidates_and_five_blocks_are_typed_by_keyboard_alone(signed_in, cast):
    part = part_of(wide_session(cast.ucanss))
    enrolments = in_order(enrol_some(cast, part, 40))
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(part))
    cell(page, enrolments[0], "CC_TC").focus()
    for n in range(200):
        page.keyboard.type(USUAL[n % len(USUAL)])
        page.keyboard.press("Enter")
    expect(page.locator("#reste")).to_contain_text("200 saisies non transmises", timeout=30_000)
    expect_nothing_waits(page)
    assert_written_once(200)
    for place, code in enumerate(["CC_TC", "CC_OPT", "ECRIT", "APT", "DOSSIER"]):
        expected = [USUAL[(place * 40 + n) % len(USUAL)].replace(".", ",") for n in range(40)]
        assert [stored(enrolment, code) for enrolment in enrolments] == expected
    expect(page.locator("#reste")).not_to_contain_text("à saisir")
    assert_accessible(page)


def test_enter_saves_the_cell_and_goes_down_without_sending_the_form(grid, gc_enrolments):
    first, second, third = in_order(gc_enrolments)
    cell(grid, first, "ECRIT").fill("12.50")
    cell(grid, first, "ECRIT").press("Enter")
    expect(cell(grid, second, "ECRIT")).to_be_focused()
    expect_saved(cell(grid, first, "ECRIT"), "12,5")
    expect(grid.locator("#etat")).to_contain_text("12,5 enregistrée")
    cell(grid, second, "ECRIT").press("ArrowDown")
    expect(cell(grid, third, "ECRIT")).to_be_focused()
    cell(grid, third, "ECRIT").press("Shift+Enter")
    expect(cell(grid, second, "ECRIT")).to_be_focused()
    cell(grid, second, "ECRIT").press("ArrowLeft")
    expect(cell(grid, second, "CC_OPT")).to_be_focused()
    assert stored(first, "ECRIT") == "12,5"
    assert_accessible(grid)


def test_the_keys_go_from_edge_to_edge_and_tab_leaves(grid, gc_enrolments):
    first, second, third = in_order(gc_enrolments)
    cell(grid, third, "CC_TC").focus()
    moves = [
        ("ArrowDown", first, "CC_OPT"),
        ("ArrowUp", third, "CC_TC"),
        ("End", third, "APT"),
        ("Home", third, "CC_TC"),
        ("Control+End", third, "APT"),
        ("Control+Home", first, "CC_TC"),
        ("End", first, "APT"),
        ("ArrowLeft", first, "ECRIT"),  # the oral is the jury's
        ("ArrowRight", first, "APT"),
    ]
    for key, enrolment, code in moves:
        grid.keyboard.press(key)
        expect(cell(grid, enrolment, code)).to_be_focused()
    cell(grid, second, "CC_TC").focus()
    grid.keyboard.press("ArrowLeft")
    name = grid.get_by_role("link", name=second.candidate.full_name)
    expect(name).to_be_focused()
    grid.keyboard.press("ArrowDown")
    expect(grid.get_by_role("link", name=third.candidate.full_name)).to_be_focused()
    grid.keyboard.press("ArrowRight")
    expect(cell(grid, third, "CC_TC")).to_be_focused()
    grid.keyboard.press("Tab")
    expect(grid.get_by_role("button", name="Enregistrer")).to_be_focused()
    grid.keyboard.press("Shift+Tab")
    expect(cell(grid, third, "CC_TC")).to_be_focused()
    grid.keyboard.press("Shift+Tab")
    expect(grid.get_by_role("region", name="Grille des notes")).to_be_focused()


def test_the_arrows_move_the_caret_inside_what_is_being_typed(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    field.focus()
    grid.keyboard.type("15")
    grid.keyboard.press("ArrowLeft")
    grid.keyboard.type("2,")
    expect(field).to_have_value("12,5")
    expect(field).to_be_focused()


@pytest.mark.parametrize(
    ("entry", "shown"), [("12.50", "12,5"), ("abs", "ABS"), (" Abj ", "ABJ"), ("007", "7"), ("10", "10")]
)
def test_what_is_typed_is_shown_as_it_is_stored(grid, gc_enrolments, entry, shown):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, entry)
    expect_saved(field, shown)
    grid.reload()
    expect(field).to_have_value(shown)
    assert stored(gc_enrolments[0], "ECRIT") == shown


def test_escape_puts_back_what_is_stored(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, "12")
    expect_saved(field, "12")
    field.fill("14")
    expect(state(field)).to_have_class("cell is-changed")
    field.press("Escape")
    expect(field).to_have_value("12")
    field.press("Tab")
    expect_nothing_waits(grid)
    assert Mark.objects.get().version == 1


def test_the_help_opens_from_a_key_and_from_a_button(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    field.focus()
    grid.keyboard.press("?")
    help_ = grid.get_by_role("dialog", name="Les touches de la grille")
    expect(help_).to_be_visible()
    expect(field).to_have_value("")
    assert_accessible(grid)
    grid.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    expect(field).to_be_focused()
    grid.get_by_role("button", name="Touches").click()
    expect(help_).to_be_visible()


# --- What is refused, asked about, or in conflict ---


def test_a_refused_mark_stays_in_its_cell_with_the_reason(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, "21")
    expect(state(field)).to_have_class("cell is-refused")
    expect(field).to_have_accessible_description(re.compile("hors barème"))
    expect(field).to_have_value("21")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert_accessible(grid)
    grid.on("dialog", lambda dialog: dialog.accept())
    grid.reload()
    expect(state(field)).to_have_class("cell is-refused")
    field.press("Escape")
    expect(field).to_have_value("")
    expect_nothing_waits(grid)
    assert not Mark.objects.exists()


def test_leaving_with_a_cell_unsaved_asks(grid, gc_enrolments):
    asked = []
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, "21")
    expect(state(field)).to_have_class("cell is-refused")

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    grid.once("dialog", refuse)
    grid.get_by_role("link", name="Journal").click()
    grid.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(field).to_have_value("21")
    type_in(field, "12")
    expect_saved(field, "12")
    grid.get_by_role("link", name="Journal").click()
    expect(grid.get_by_role("heading", name="Journal", level=1)).to_be_visible()
    assert len(asked) == 1


def test_a_surprising_mark_is_asked_about_kept_and_marked(seven):
    page, seventh = seven
    field = cell(page, seventh, "ECRIT")
    type_in(field, "2")
    expect(state(field)).to_have_class("cell is-question")
    expect(field).to_have_accessible_description(re.compile("Est-ce bien 2, et non 12"))
    assert_accessible(page)
    assert not Mark.objects.filter(enrolment=seventh).exists()
    page.get_by_role("button", name="Corriger").click()
    expect(field).to_be_focused()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect_saved(field, "12")
    type_in(field, "2")
    page.get_by_role("button", name="Oui, garder 2").click()
    expect_saved(field, "2")
    assert Mark.objects.get(enrolment=seventh).unusual
    for _ in range(2):
        expect(state(field).locator(".cell-flag")).to_have_attribute("title", re.compile("confirmée"))
        assert_accessible(page)
        page.reload()


def test_enter_on_a_questioned_mark_keeps_it(seven):
    page, seventh = seven
    field = cell(page, seventh, "ECRIT")
    type_in(field, "2")
    expect(state(field)).to_have_class("cell is-question")
    field.press("Enter")
    expect_saved(field, "2")
    expect(field).not_to_be_focused()


def test_in_a_conflict_between_two_clerks_each_sees_the_other_and_one_chooses(
    signed_in, grid, gc_part, gc_enrolments
):
    other = signed_in(email_of("clerk"))
    other.goto(sheet_of(gc_part))
    one, two = gc_enrolments[:2]
    for entry, enrolment in (("14", one), ("11", two)):
        type_in(cell(other, enrolment, "ECRIT"), entry)
        expect_saved(cell(other, enrolment, "ECRIT"), entry)
    for entry, enrolment in (("12", one), ("13", two)):
        type_in(cell(grid, enrolment, "ECRIT"), entry)
    field, second = (cell(grid, enrolment, "ECRIT") for enrolment in (one, two))
    expect(state(field)).to_contain_text("MARCHAND Claire a saisi 14")
    expect(state(second)).to_contain_text("MARCHAND Claire a saisi 11")
    expect(grid.locator(f"[data-done='{block_of(one, 'ECRIT').pk}-1']")).to_have_text("2 sur 3")
    type_in(cell(grid, gc_enrolments[2], "ECRIT"), "15")
    expect_saved(cell(grid, gc_enrolments[2], "ECRIT"), "15")
    assert_accessible(grid)
    grid.get_by_role("button", name="Garder 12").click()
    expect_saved(field, "12")
    grid.get_by_role("button", name="Prendre 11").click()
    expect_saved(second, "11")
    expect_nothing_waits(grid)
    assert [stored(e, "ECRIT") for e in gc_enrolments] == ["12", "11", "15"]
    # And the first one, whose page still shows 14, is told in turn.
    type_in(cell(other, one, "ECRIT"), "16")
    expect(state(cell(other, one, "ECRIT"))).to_contain_text("MARCHAND Claire a saisi 12")


def test_the_retake_opens_when_the_first_mark_is_eliminatory(signed_in, dam_part, dam_enrolments):
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(dam_part))
    first, retake = (cell(page, dam_enrolments[0], "CC", attempt) for attempt in (1, 2))
    expect(retake).to_be_hidden()
    first.fill("11,99")
    first.press("Tab")
    expect(retake).to_be_editable()
    retake.fill("20")
    retake.press("Enter")
    expect_saved(retake, "20")
    assert Mark.objects.get(attempt=2).entry == "20"


# --- Where the grid stands on the screen ---


def test_the_cell_one_is_in_is_never_under_the_headings_nor_the_status_line(signed_in, cast, gc_part):
    enrol_some(cast, gc_part, 30)
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    headings, line = page.locator(".mark-grid thead th").first, page.locator(".grid-status")
    page.locator(".mark-grid tbody input[type=text]").first.focus()
    highest = []
    for key in ["ArrowDown"] * 29 + ["ArrowUp"] * 29:
        page.keyboard.press(key)
        place = box_of(page.locator(":focus"))
        assert place["y"] >= bottom_of(box_of(headings))
        assert bottom_of(place) <= box_of(line)["y"]
        highest.append(box_of(headings)["y"])
    assert min(highest) == 0


def test_on_a_phone_the_page_scrolls_and_nothing_covers_the_marks(signed_in, cast, gc_part):
    enrol_some(cast, gc_part, 30)
    page = signed_in(email_of("clerk"))
    page.set_viewport_size(PHONE)
    page.goto(sheet_of(gc_part))
    table, line = box_of(page.locator(".mark-grid")), box_of(page.locator(".grid-status"))
    assert line["y"] >= bottom_of(table)
    assert box_of(page.locator(".mark-grid tbody th").first)["width"] < PHONE["width"] / 2
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.get_by_role("button", name="Touches").click()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert_accessible(page)


def test_without_script_the_button_saves_the_page(browser, live_server, grid, gc_part, gc_enrolments):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(grid.context.cookies())
    page = context.new_page()
    page.goto(f"{sheet_of(gc_part)}?voir=manquantes")
    cell(page, gc_enrolments[0], "ECRIT").fill("12,5")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("La note est enregistrée.")).to_be_visible()
    expect(page.get_by_role("button", name="Touches")).to_be_hidden()
    cell(page, gc_enrolments[0], "ECRIT").fill("25")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert").get_by_text("hors barème")).to_be_visible()
    expect(cell(page, gc_enrolments[0], "ECRIT")).to_have_value("25")
    context.close()
    assert stored(gc_enrolments[0], "ECRIT") == "12,5"
