"""What the grid does when an answer is lost, late or an error: it tells the truth, and holds nothing back."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session as SignIn
from playwright.sync_api import Page, Route, expect

from evaluations.models import Mark, Operation
from evaluations.services.marks import record_mark, undo_operation
from tests.browser.accessibility import assert_accessible
from tests.browser.marks import (
    block_of,
    cell,
    expect_nothing_waits,
    expect_saved,
    in_order,
    kept,
    paste,
    sheet_of,
    state,
    stored,
    type_in,
)
from tests.cast import email_of

pytestmark = pytest.mark.django_db(transaction=True)

SAVING, UNDOING = "**/enregistrer/", "**/annuler/"
NOTHING_IS_KEPT = "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };"


@pytest.fixture
def enrolments(gc_enrolments):
    return in_order(gc_enrolments)


@pytest.fixture
def grid(signed_in, gc_part, enrolments) -> Page:
    page: Page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page


def lose_answers(page: Page, path: str = SAVING) -> None:
    """The first request arrives and its answer does not; nothing goes through after it, until `unroute`."""
    sent: list[Route] = []

    def lose(route: Route) -> None:
        if not sent:
            route.fetch()
        sent.append(route)
        route.abort()

    page.route(path, lose)


def cut(page: Page) -> None:
    """What this page saves goes nowhere, until `unroute`."""
    page.route(SAVING, lambda route: route.abort())


def record_elsewhere(enrolment: Any, entry: str, version: int, cast: Any, now: Any) -> None:
    block = block_of(enrolment, "ECRIT")
    record_mark(
        enrolment=enrolment, block=block, attempt=1, entry=entry, version=version, by=cast.clerk, at=now
    )


# --- An answer is lost ---


@pytest.mark.parametrize(("entry", "expected"), [("", "10"), ("13", "13"), ("10", "10")])
def test_what_is_given_up_or_retyped_after_a_lost_answer_is_what_is_stored(grid, enrolments, entry, expected):
    field = cell(grid, enrolments[0], "ECRIT")
    type_in(field, "10")
    expect_saved(field, "10")
    lose_answers(grid)
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée dans ce navigateur")
    assert stored(enrolments[0], "ECRIT") == "12"
    if entry:
        type_in(field, entry)
    else:
        field.press("Escape")
    expect(field).to_have_value(expected)
    assert len(kept(grid)) == 1
    grid.unroute(SAVING)
    expect_saved(field, expected)
    expect_nothing_waits(grid)
    expect(grid.locator("#etat")).to_have_text("Tout est enregistré.")
    assert (stored(enrolments[0], "ECRIT"), Mark.objects.get().version) == (expected, 3)


def test_what_somebody_else_wrote_after_a_lost_answer_is_a_conflict(grid, enrolments, cast, now):
    field = cell(grid, enrolments[0], "ECRIT")
    lose_answers(grid)
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    record_elsewhere(enrolments[0], "14", 1, cast, now)
    type_in(field, "13")
    grid.unroute(SAVING)
    expect(state(field)).to_contain_text("a saisi 14")
    assert stored(enrolments[0], "ECRIT") == "14"


def test_escape_in_a_conflict_takes_what_the_other_person_left(grid, enrolments, cast, now):
    field = cell(grid, enrolments[0], "ECRIT")
    cut(grid)
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    record_elsewhere(enrolments[0], "14", 0, cast, now)
    grid.unroute(SAVING)
    expect(state(field)).to_have_class("cell is-conflict")
    expect(grid.locator("#etat")).to_contain_text("a saisi 14")
    assert_accessible(grid)
    field.press("Escape")
    expect_saved(field, "14")
    expect(grid.locator("#etat")).to_have_text(
        f"{enrolments[0].candidate.full_name}, Épreuve écrite : 14 conservée."
    )
    expect_nothing_waits(grid)
    grid.reload()
    expect(field).to_have_value("14")


def test_giving_up_the_only_thing_that_waits_ends_the_trouble(grid, enrolments):
    SignIn.objects.all().delete()
    field = cell(grid, enrolments[0], "ECRIT")
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("reconnectez-vous dans un autre onglet")
    field.press("Escape")
    expect(field).to_have_value("")
    expect(grid.locator("#etat")).to_have_text("Tout est enregistré.")
    assert not kept(grid)


# --- An answer is late ---


def test_a_refused_mark_already_being_retyped_is_let_go(grid, enrolments):
    held: list[Route] = []
    grid.route(SAVING, lambda route: held.append(route))
    field = cell(grid, enrolments[0], "ECRIT")
    type_in(field, "21")
    expect(state(field)).to_have_class("cell is-saving")
    field.fill("12")
    held[0].continue_()
    grid.unroute(SAVING)
    expect(state(field)).to_have_class("cell is-changed")
    field.press("Enter")
    expect_saved(field, "12")
    expect_nothing_waits(grid)


# --- What the browser keeps ---


def test_a_tab_keeps_its_own_value_when_another_saves_the_same_cell(grid, enrolments, gc_part):
    cut(grid)
    field = cell(grid, enrolments[0], "ECRIT")
    type_in(field, "13")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    other = grid.context.new_page()
    other.route(SAVING, lambda route: route.abort())
    other.goto(sheet_of(gc_part))
    other.unroute(SAVING)
    type_in(cell(other, enrolments[0], "ECRIT"), "12")
    expect_saved(cell(other, enrolments[0], "ECRIT"), "12")
    for _ in range(100):
        texts = grid.evaluate("() => Object.values(localStorage)")
        if any('"13"' in text for text in texts):
            break
        grid.wait_for_timeout(50)
    assert any('"13"' in text for text in texts)
    grid.unroute(SAVING)
    expect(state(field)).to_contain_text("a saisi 12")


def test_a_browser_that_keeps_nothing_is_not_said_to(grid, enrolments):
    grid.add_init_script(NOTHING_IS_KEPT)
    grid.reload()
    cut(grid)
    field = cell(grid, enrolments[0], "ECRIT")
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("1 note en attente dans cette page seulement")
    expect(grid.locator("#etat")).to_contain_text("Ne la fermez pas")
    expect(grid.locator("#etat")).not_to_contain_text("gardée")
    assert not kept(grid)
    grid.unroute(SAVING)
    expect_saved(field, "12")


def test_one_unreadable_value_does_not_hide_the_others(grid, enrolments, gc_part):
    cut(grid)
    type_in(cell(grid, enrolments[0], "ECRIT"), "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    (name,) = kept(grid)
    for n, text in enumerate(["{", "null", "[]", '{"entry": 1}']):
        place = f"{name.rsplit(':', 1)[0]}:{n}-0-1"
        grid.evaluate("([name, text]) => localStorage.setItem(name, text)", [place, text])
    grid.close(run_before_unload=False)
    page = grid.context.new_page()
    page.goto(sheet_of(gc_part))
    expect_saved(cell(page, enrolments[0], "ECRIT"), "12")
    assert name not in kept(page)


def test_one_cell_the_server_breaks_on_does_not_hold_the_others(grid, enrolments, gc_part):
    page = grid.context.new_page()  # the other one may see no error of the server
    page.goto(sheet_of(gc_part))
    spoilt = f'"enrolment":{enrolments[0].pk},'

    def break_on_it(route: Route) -> None:
        if spoilt in (route.request.post_data or ""):
            route.fulfill(status=500, body="")
        else:
            route.continue_()

    page.route(SAVING, break_on_it)
    cell(page, enrolments[0], "ECRIT").focus()
    for entry in ("10", "11", "12"):
        page.keyboard.type(entry)
        page.keyboard.press("Enter")
    broken = state(cell(page, enrolments[0], "ECRIT"))
    expect(broken).to_contain_text("Le serveur n’a pas pu enregistrer cette saisie", timeout=30_000)
    for enrolment, entry in zip(enrolments[1:], ["11", "12"], strict=True):
        expect_saved(cell(page, enrolment, "ECRIT"), entry)
    assert len(kept(page)) == 1
    page.unroute(SAVING)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect_saved(cell(page, enrolments[0], "ECRIT"), "10")
    expect_nothing_waits(page)


# --- A gesture taken back ---


def test_an_undoing_without_an_answer_is_asked_again_until_it_is_known(grid, enrolments):
    paste(cell(grid, enrolments[0], "ECRIT"), "12\n13")
    expect_saved(cell(grid, enrolments[1], "ECRIT"), "13")
    lose_answers(grid, UNDOING)
    grid.get_by_role("button", name="Annuler ce geste").click()
    expect(grid.locator("#etat")).to_contain_text("on ne sait pas encore si ce geste est annulé")
    assert stored(enrolments[0], "ECRIT") == ""
    grid.unroute(UNDOING)
    expect(grid.locator("#etat")).to_contain_text("2 notes comme avant", timeout=15_000)
    for enrolment in enrolments[:2]:
        expect_saved(cell(grid, enrolment, "ECRIT"), "")
    assert Operation.objects.count() == 2


def test_a_gesture_somebody_else_has_undone_shows_its_cells_as_they_stand(grid, enrolments, cast, now):
    paste(cell(grid, enrolments[0], "ECRIT"), "12\n13")
    expect_saved(cell(grid, enrolments[1], "ECRIT"), "13")
    undo_operation(operation=Operation.objects.get(), by=cast.clerk, at=now)
    record_elsewhere(enrolments[1], "15", 2, cast, now)
    grid.get_by_role("button", name="Annuler ce geste").click()
    expect_saved(cell(grid, enrolments[0], "ECRIT"), "")
    expect_saved(cell(grid, enrolments[1], "ECRIT"), "15")
    type_in(cell(grid, enrolments[1], "ECRIT"), "14")
    expect_saved(cell(grid, enrolments[1], "ECRIT"), "14")
