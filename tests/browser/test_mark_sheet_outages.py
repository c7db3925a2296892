"""Nothing typed in the grid is lost or written twice: network cut, page closed, server killed, signed out."""

import pytest
from django.contrib.sessions.models import Session as SignIn
from django.test import Client
from playwright.sync_api import Page, expect

from candidates.services.sessions import close_part
from cqp.accounts.models import User
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
    kept,
    paste,
    sheet_of,
    state,
    type_in,
)
from tests.browser.server import RealServer
from tests.cast import email_of, enrol_some

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def grid(signed_in, gc_part, gc_enrolments) -> Page:
    page = signed_in(email_of("clerk"))
    page.goto(sheet_of(gc_part))
    return page


def sign_in_elsewhere(page: Page, name: str) -> None:
    """Another tab of the same browser signs this person in."""
    client = Client()
    client.force_login(User.objects.get(email=email_of(name)))
    origin = "/".join(page.url.split("/")[:3])
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": origin}])


def type_column(page: Page, enrolments, code: str, entries: list[str]) -> None:
    """From the first candidate down, by keyboard."""
    cell(page, enrolments[0], code).focus()
    for entry in entries:
        page.keyboard.type(entry)
        page.keyboard.press("Enter")


def test_what_was_typed_without_network_leaves_by_itself_once(grid, gc_enrolments):
    enrolments = in_order(gc_enrolments)
    grid.context.set_offline(True)
    type_column(grid, enrolments, "ECRIT", ["12", "13,5", "abs"])
    expect(grid.locator("#etat")).to_contain_text("Hors ligne : 3 notes gardées dans ce navigateur")
    expect(state(cell(grid, enrolments[0], "ECRIT"))).to_have_class("cell is-changed")
    assert len(kept(grid)) == 3
    assert_accessible(grid)
    grid.context.set_offline(False)
    for enrolment, entry in zip(enrolments, ["12", "13,5", "ABS"], strict=True):
        expect_saved(cell(grid, enrolment, "ECRIT"), entry)
    expect_nothing_waits(grid)
    assert_written_once(3)


def test_what_waits_survives_closing_the_page(grid, gc_enrolments, gc_part):
    enrolments = in_order(gc_enrolments)
    grid.context.set_offline(True)
    type_column(grid, enrolments, "ECRIT", ["12", "14"])
    paste(cell(grid, enrolments[0], "CC_TC"), "10\n11\n12")
    expect(grid.locator("#etat")).to_contain_text("5 notes gardées")
    grid.close(run_before_unload=False)
    grid.context.set_offline(False)
    page = grid.context.new_page()
    page.goto(sheet_of(gc_part))
    for enrolment, code, entry in [(enrolments[1], "ECRIT", "14"), (enrolments[2], "CC_TC", "12")]:
        expect_saved(cell(page, enrolment, code), entry)
    expect_nothing_waits(page)
    assert_written_once(5)
    # What was pasted is still one gesture.
    expect(page.locator("#gestes li")).to_have_count(1)
    expect(page.locator("#gestes")).to_contain_text("3 notes")


def test_what_somebody_else_changed_meanwhile_is_a_conflict_not_an_overwrite(
    grid, gc_enrolments, gc_part, cast, now
):
    enrolment = gc_enrolments[0]
    grid.context.set_offline(True)
    type_in(cell(grid, enrolment, "ECRIT"), "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    record_mark(
        enrolment=enrolment,
        block=block_of(enrolment, "ECRIT"),
        attempt=1,
        entry="14",
        version=0,
        by=cast.clerk,
        at=now,
    )
    grid.close(run_before_unload=False)
    grid.context.set_offline(False)
    page = grid.context.new_page()
    page.goto(sheet_of(gc_part))
    field = cell(page, enrolment, "ECRIT")
    expect(state(field)).to_contain_text("a saisi 14")
    expect(field).to_have_value("12")
    assert Mark.objects.get().entry == "14"


def test_signing_in_again_in_another_tab_is_enough(grid, gc_enrolments):
    SignIn.objects.all().delete()
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("reconnectez-vous dans un autre onglet")
    assert len(kept(grid)) == 1
    sign_in_elsewhere(grid, "clerk")
    expect(state(field)).to_have_class("cell is-saved", timeout=20_000)
    expect_nothing_waits(grid)
    assert_written_once(1)


def test_under_somebody_elses_name_what_waits_is_not_sent(grid, gc_enrolments, cast):
    sign_in_elsewhere(grid, "outsider")
    field = cell(grid, gc_enrolments[0], "ECRIT")
    type_in(field, "12")
    expect(grid.locator("#etat")).to_contain_text("connecté sous un autre nom")
    assert len(kept(grid)) == 1
    assert not Mark.objects.exists()
    sign_in_elsewhere(grid, "clerk")
    expect(state(field)).to_have_class("cell is-saved", timeout=20_000)
    assert_written_once(1)


def test_one_cell_that_cannot_be_sent_does_not_hold_the_others(grid, gc_enrolments):
    """A candidate who left for another CRFP spoils the whole request: the script finds which."""
    gone, *others = in_order(gc_enrolments)
    elsewhere = gone.session.parts.get(crfp__code="CRFP-LIL")
    type(gone).objects.filter(pk=gone.pk).update(part=elsewhere)
    paste(cell(grid, gone, "ECRIT"), "10\n11\n12")
    for enrolment, entry in zip(others, ["11", "12"], strict=True):
        expect_saved(cell(grid, enrolment, "ECRIT"), entry)
    expect(state(cell(grid, gone, "ECRIT"))).to_contain_text("Cette case n’existe plus pour vous")
    assert Mark.objects.count() == 2


def test_what_waits_for_a_cell_that_is_no_more_is_told_not_lost(grid, gc_enrolments, gc_part):
    gone = in_order(gc_enrolments)[0]
    grid.context.set_offline(True)
    type_in(cell(grid, gone, "ECRIT"), "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    elsewhere = gone.session.parts.get(crfp__code="CRFP-LIL")
    type(gone).objects.filter(pk=gone.pk).update(part=elsewhere)
    grid.close(run_before_unload=False)
    grid.context.set_offline(False)
    page = grid.context.new_page()
    page.goto(sheet_of(gc_part))
    told = page.get_by_role("alert").filter(has_text="n’ont pas pu être enregistrées")
    expect(told).to_contain_text("12. Cette case n’existe plus pour vous")
    assert_accessible(page)
    page.get_by_role("button", name="Ne plus les garder").click()
    expect_nothing_waits(page)


def test_what_waited_too_long_is_told_on_the_closed_page(grid, gc_enrolments, gc_part, cast, now):
    grid.context.set_offline(True)
    type_in(cell(grid, gc_enrolments[0], "ECRIT"), "12")
    expect(grid.locator("#etat")).to_contain_text("1 note gardée")
    close_part(part=gc_part, by=cast.clerk, at=now)
    grid.close(run_before_unload=False)
    grid.context.set_offline(False)
    page = grid.context.new_page()
    page.goto(sheet_of(gc_part))
    told = page.get_by_role("alert").filter(has_text="n’ont pas pu être enregistrées")
    expect(told).to_contain_text(f"{gc_enrolments[0].candidate.full_name}, Épreuve écrite : 12.")
    page.get_by_role("link", name="au seuil").click()
    expect(page.get_by_text("Aucun candidat ne correspond à ce choix.")).to_be_visible()
    assert_accessible(page)
    assert not Mark.objects.exists()


def test_a_killed_server_started_again_gets_everything_exactly_once(signed_in, cast, gc_part, tmp_path):
    """The server dies with a request under way: what it had written or not, every mark arrives once."""
    enrolments = in_order(enrol_some(cast, gc_part, 12))
    entries = [str(9 + n % 7) for n in range(12)]
    server = RealServer(tmp_path)
    server.start()
    try:
        page = signed_in(email_of("clerk"), url=server.url)
        page.goto(sheet_of(gc_part))
        type_column(page, enrolments, "CC_TC", entries)
        expect_saved(cell(page, enrolments[0], "CC_TC"), entries[0])
        # Sent and killed at once: nobody knows what became of the last ones.
        type_column(page, enrolments, "CC_OPT", entries)
        server.kill()
        type_column(page, enrolments, "ECRIT", entries)
        expect(page.locator("#etat")).to_contain_text("Le serveur ne répond pas")
        assert kept(page)
        server.start()
        expect(page.locator("#reste")).to_contain_text("36 saisies non transmises", timeout=40_000)
        expect_nothing_waits(page)
        expect(page.locator("#etat")).not_to_contain_text("ne répond pas")
    finally:
        server.kill()
    assert_written_once(36)
    for code in ("CC_TC", "CC_OPT", "ECRIT"):
        marks = Mark.objects.filter(block__code=code)
        assert {mark.enrolment_id: mark.entry for mark in marks} == {
            enrolment.pk: entry for enrolment, entry in zip(enrolments, entries, strict=True)
        }
