"""The mark grid in a real browser: saved cell by cell, moved through by keyboard, nothing typed lost."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from tests.browser.accessibility import assert_accessible
from tests.browser.person import PHONE
from tests.cast import email_of, enrol_some

pytestmark = pytest.mark.django_db(transaction=True)


def sheet_of(part) -> str:
    return reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code])


@pytest.fixture
def grid(signed_in, gc_part, gc_enrolments) -> Page:
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page


def cell(page: Page, enrolment, code: str, attempt: int = 1):
    block = Block.objects.get(regulation__adoptions__session=enrolment.session_id, code=code)
    return page.locator(f"#n-{enrolment.pk}-{block.pk}-{attempt}")


def box_of(locator) -> dict[str, float]:
    box = locator.bounding_box()
    assert box is not None
    return box


def bottom_of(box: dict[str, float]) -> float:
    return box["y"] + box["height"]


def state(locator):
    return locator.locator("xpath=..")


def stored(enrolment, code: str) -> str:
    return Mark.objects.get(enrolment=enrolment, block__code=code, attempt=1).entry


def test_enter_saves_the_cell_and_goes_down_without_sending_the_form(grid, gc_enrolments):
    first, second, third = sorted(gc_enrolments, key=lambda e: e.candidate.sort_key)
    cell(grid, first, "ECRIT").fill("12.50")
    cell(grid, first, "ECRIT").press("Enter")
    expect(cell(grid, second, "ECRIT")).to_be_focused()
    expect(state(cell(grid, first, "ECRIT"))).to_have_class("cell is-saved")
    expect(cell(grid, first, "ECRIT")).to_have_value("12,5")
    expect(grid.locator("#etat")).to_contain_text("12,5, enregistré")
    cell(grid, second, "ECRIT").press("ArrowDown")
    expect(cell(grid, third, "ECRIT")).to_be_focused()
    cell(grid, third, "ECRIT").press("Shift+Enter")
    expect(cell(grid, second, "ECRIT")).to_be_focused()
    cell(grid, second, "ECRIT").press("ArrowLeft")
    expect(cell(grid, second, "CC_OPT")).to_be_focused()
    assert stored(first, "ECRIT") == "12,5"
    assert_accessible(grid)


def test_a_refused_mark_stays_in_its_cell_with_the_reason(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    field.fill("21")
    field.press("Tab")
    expect(state(field)).to_have_class("cell is-refused")
    expect(state(field)).to_contain_text("hors barème")
    expect(field).to_have_value("21")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert_accessible(grid)
    field.press("Escape")
    expect(field).to_have_value("")
    assert not Mark.objects.exists()


def test_in_a_conflict_both_values_are_shown_and_the_person_chooses(grid, gc_enrolments, cast, now):
    enrolment = gc_enrolments[0]
    block = Block.objects.get(regulation__adoptions__session=enrolment.session_id, code="ECRIT")
    record_mark(enrolment=enrolment, block=block, attempt=1, entry="14", version=0, by=cast.clerk, at=now)
    field = cell(grid, enrolment, "ECRIT")
    field.fill("12")
    field.press("Tab")
    expect(state(field)).to_contain_text("MARCHAND Claire a saisi 14")
    expect(grid.locator(f"[data-done='{block.pk}-1']")).to_have_text("1 sur 3")
    assert_accessible(grid)
    grid.get_by_role("button", name="Garder 12").click()
    expect(state(field)).to_have_class("cell is-saved")
    assert stored(enrolment, "ECRIT") == "12"


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
    expect(state(retake)).to_have_class("cell is-saved")
    assert Mark.objects.get(attempt=2).entry == "20"


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


def test_what_was_typed_survives_a_lost_network(grid, gc_enrolments):
    field = cell(grid, gc_enrolments[0], "ECRIT")
    grid.context.set_offline(True)
    field.fill("12")
    field.press("Tab")
    expect(state(field)).to_contain_text("le réseau ne répond pas")
    grid.context.set_offline(False)
    expect(state(field)).to_have_class("cell is-saved")
    assert stored(gc_enrolments[0], "ECRIT") == "12"


def test_without_script_the_button_saves_the_page(browser, live_server, grid, gc_part, gc_enrolments):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(grid.context.cookies())
    page = context.new_page()
    page.goto(sheet_of(gc_part))
    cell(page, gc_enrolments[0], "ECRIT").fill("12,5")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("La note est enregistrée.")).to_be_visible()
    context.close()
    assert stored(gc_enrolments[0], "ECRIT") == "12,5"
