"""What makes the pages bearable: a phone, a keyboard, an impatient finger, two people at once, no script.

The grid alone, cell by cell, is in test_mark_sheet.py.
"""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from candidates.models import Enrolment, SessionPart
from cqp.journal.models import Entry
from cqp.roles import Act
from evaluations.models import Mark
from juries.models import Certificate, Hearing, Proclamation
from juries.services.composition import assign_candidates
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Grid, Person
from tests.cast import PASSWORD, Cast, email_of
from tests.journey import (
    compose_jury,
    enter_marks,
    hold_jury,
    submit_sheets,
    to_deliberation,
    to_proclamation,
)

CC_TC, CC_OPT = "Contrôle continu du tronc commun", "Contrôle continu de l’option"
ECRIT, ORAL = "Épreuve écrite", "Épreuve orale"


def entries(act: Act) -> int:
    return Entry.objects.filter(act=act).count()


def names(enrolments: Sequence[Enrolment]) -> list[str]:
    """In the order of the lists."""
    rows = Enrolment.objects.filter(pk__in=[e.pk for e in enrolments]).select_related("candidate")
    return [row.candidate.full_name for row in rows.order_by("candidate__sort_key")]


def open_sheet(signed_in: SignedIn, part: SessionPart, who: str = "clerk") -> Grid:
    page = signed_in(email_of(who))
    page.goto(reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code]))
    return Grid(Person(page, "comfort-grid"))


# A phone


def fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"{page.url} is {wide} pixels wide"


def walk(page: Page, name: str, addresses: Sequence[str]) -> None:
    """Each address on a phone: nothing overflows, axe-core finds nothing."""
    page.set_viewport_size(PHONE)
    page.reload()
    person = Person(page, f"phone-{name}")
    fits(page)
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, address
        person.look()
        fits(page)


def test_at_a_crfp_every_page_fits_a_phone(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = compose_jury(cast, gc_part)
    place, enrolment = [gc_part.session.code, gc_part.crfp.code], gc_enrolments[0].pk
    rooms = ["part_detail", "enrol", "enrolment_import", "identification_slips"]
    desk = [reverse(f"candidates:{room}", args=place) for room in rooms]
    desk += [reverse("evaluations:mark_sheet", args=place), reverse("juries:jury_compose", args=place)]
    desk += [reverse("juries:part_transmit", args=place), reverse("juries:jury_edit", args=[jury.pk])]
    files = ["enrolment_detail", "enrolment_edit", "enrolment_withdraw", "enrolment_story"]
    desk += [reverse(f"candidates:{file}", args=[enrolment]) for file in files]
    desk += [reverse("evaluations:tally_detail", args=[enrolment])]
    desk += [reverse("candidates:session_detail", args=place[:1]), reverse("candidates:session_list")]
    walk(signed_in(email_of("clerk")), "crfp", desk)


def test_at_ucanss_every_page_fits_a_phone(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    lists = ["session_list", "people", "person_add", "chain_list"]
    office = [reverse(f"candidates:{page}") for page in lists]
    own = ["session_detail", "session_story", "session_reschedule"]
    office += [reverse(f"candidates:{page}", args=[gc_part.session.code]) for page in own]
    opening = reverse("evaluations:session_open")
    office += [opening, f"{opening}?reglement=GC_2013-1", reverse("evaluations:regulation_list")]
    office += [reverse("evaluations:regulation_detail", args=[code, 1]) for code in ("GC_2013", "DAM_BLOCS")]
    walk(signed_in(email_of("ucanss")), "ucanss", office)


def test_between_two_visits_every_page_fits_a_phone(
    signed_in: SignedIn, cast: Cast, gc_enrolments: list[Enrolment]
) -> None:
    sheet = reverse("evaluations:trainee_sheet", args=[gc_enrolments[0].pk])
    walk(signed_in(email_of("tutor")), "tuteur", [reverse("evaluations:trainee_list"), sheet])


def test_in_a_jury_every_page_fits_a_phone(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = compose_jury(cast, gc_part)
    hearing = assign_candidates(jury=jury, enrolments=gc_enrolments, by=cast.clerk, at=timezone.now())[0]
    pages = [reverse("juries:jury_list"), reverse("juries:jury_detail", args=[jury.pk])]
    pages += [reverse("juries:jury_close", args=[jury.pk]), reverse("juries:hearing", args=[hearing.pk])]
    walk(signed_in(email_of("jury_president")), "jury", pages)


def test_before_the_national_jury_every_page_fits_a_phone(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    session = to_deliberation(cast, gc_part, gc_enrolments)
    pages = [reverse("juries:sitting_list"), reverse("juries:national_table", args=[session.code])]
    pages += [reverse("juries:decide", args=[session.code, gc_enrolments[0].pk])]
    pages += [reverse("juries:proclaim", args=[session.code])]
    walk(signed_in(email_of("cpnefp_president")), "cpnefp", pages)


def test_after_the_proclamation_every_page_fits_a_phone(
    signed_in: SignedIn, visitor: Page, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    proclamation = to_proclamation(cast, gc_part, gc_enrolments)
    code = proclamation.session.code
    pages = [reverse(f"juries:{page}", args=[code]) for page in ("proclamation_detail", "certificate_list")]
    walk(signed_in(email_of("cpnefp")), "cpnefp-apres", pages)
    walk(signed_in(email_of("organisme")), "organisme", [reverse("juries:organisme_results")])
    own = signed_in(gc_enrolments[0].candidate.email)
    walk(own, "candidat", [reverse("juries:own_results")])
    own.get_by_label(re.compile("Numéro d’identification")).fill(gc_enrolments[0].number)
    own.get_by_role("button", name="Voir mes résultats").click()
    expect(own.get_by_text("Vous êtes certifié(e)")).to_be_visible()
    Person(own, "phone-candidat-resultats")
    fits(own)
    found = f"{reverse('awards:verify')}?code={Certificate.objects.all()[0].code}"
    walk(visitor, "visiteur", [reverse("awards:verify"), found, reverse("accessibility")])


# A keyboard


def tab_to(page: Page, target: Locator, most: int = 40) -> None:
    """Press Tab until there, as somebody without a mouse."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} is not reached by keyboard")


def test_the_whole_sign_in_and_the_first_task_need_no_mouse(
    visitor: Page, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    visitor.keyboard.press("Tab")
    expect(visitor.get_by_role("link", name="Aller au contenu")).to_be_focused()
    tab_to(visitor, visitor.locator("input[type=email]"))
    visitor.keyboard.type(email_of("clerk"))
    tab_to(visitor, visitor.locator("input[type=password]"))
    visitor.keyboard.type(PASSWORD)
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Ce que vous avez à faire")
    tab_to(visitor, visitor.get_by_role("main").get_by_role("link").first)
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).not_to_have_text("Ce que vous avez à faire")


def test_the_grid_is_filled_without_a_mouse(
    signed_in: SignedIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    grid = open_sheet(signed_in, gc_part)
    first, second, third = names(gc_enrolments)
    page, keys = grid.page, grid.page.keyboard
    here = page.url
    tab_to(page, grid.cell(first, CC_TC))
    keys.type("12,5")
    keys.press("Enter")
    expect(grid.cell(second, CC_TC)).to_be_focused()
    grid.is_saved(first, CC_TC, "12,5")
    keys.type("abs")
    keys.press("ArrowDown")
    expect(grid.cell(third, CC_TC)).to_be_focused()
    grid.is_saved(second, CC_TC, "ABS")
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    expect(grid.cell(second, CC_OPT)).to_be_focused()
    keys.press("ArrowLeft")
    expect(grid.cell(second, CC_TC)).to_be_focused()
    keys.type("19")
    keys.press("Escape")
    expect(grid.cell(second, CC_TC)).to_have_value("ABS")
    grid.cell(third, CC_TC).focus()
    keys.type("7")
    keys.press("Enter")
    grid.is_saved(third, CC_TC, "7")
    assert page.url == here
    keys.press("Tab")
    expect(grid.cell(third, CC_OPT)).not_to_be_focused()
    assert Mark.objects.count() == 3


def test_a_hearing_is_recorded_without_a_mouse(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = compose_jury(cast, gc_part)
    at = timezone.now()
    hearing = assign_candidates(jury=jury, enrolments=gc_enrolments[:1], by=cast.clerk, at=at)[0]
    page = signed_in(email_of("jury_president"))
    page.goto(reverse("juries:hearing", args=[hearing.pk]))
    tab_to(page, page.get_by_label(ORAL))
    page.keyboard.type("15")
    tab_to(page, page.get_by_label("Attribution du CQP"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Non-attribution")).to_be_checked()
    tab_to(page, page.get_by_label("Argument"))
    page.keyboard.type("Le candidat n’a pas soutenu son dossier.")
    tab_to(page, page.get_by_role("button", name="Enregistrer"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("enregistré")
    assert Hearing.objects.get(pk=hearing.pk).opinion.argument.startswith("Le candidat")


# An impatient finger


def test_a_double_click_sends_once(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    enter_marks(cast, gc_enrolments)
    submit_sheets(cast, gc_part)
    hold_jury(cast, gc_part, gc_enrolments)
    page = signed_in(email_of("clerk"))
    page.goto(reverse("juries:part_transmit", args=[gc_part.session.code, gc_part.crfp.code]))
    page.get_by_role("button", name="Transmettre au jury national").dblclick()
    expect(page.get_by_role("main")).to_contain_text("verrouillés")
    assert entries(Act.TRANSMIT) == 1


def test_a_double_click_proclaims_once(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    session = to_deliberation(cast, gc_part, gc_enrolments)
    page = signed_in(email_of("cpnefp_president"))
    page.goto(reverse("juries:national_table", args=[session.code]))
    page.locator("summary").filter(has_text="Adopter").click()
    page.locator(".confirm-panel").get_by_role("button").dblclick()
    expect(page.get_by_role("status")).to_contain_text("3 dossiers favorables adoptés")
    assert entries(Act.DECIDE) == len(gc_enrolments)
    page.get_by_role("link", name="Proclamer la session").click()
    page.get_by_role("checkbox").check()
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Proclamer les résultats").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Proclamation")
    assert Proclamation.objects.count() == 1
    assert entries(Act.ISSUE_CERTIFICATE) == len(gc_enrolments)
    assert Certificate.objects.count() == len(gc_enrolments)


def test_a_double_click_withdraws_once_and_going_back_finds_it_done(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    page = signed_in(email_of("clerk"))
    page.goto(reverse("candidates:enrolment_withdraw", args=[gc_enrolments[0].pk]))
    page.get_by_label(re.compile("Motif")).fill("Mutation dans un autre organisme")
    page.get_by_role("button", name="Enregistrer le désistement").dblclick()
    expect(page.get_by_role("main")).to_contain_text("Mutation dans un autre organisme")
    assert entries(Act.WITHDRAW) == 1
    page.go_back()
    expect(page.get_by_role("main")).to_contain_text("Ce candidat s’est déjà désisté.")
    expect(page.get_by_role("button", name="Enregistrer le désistement")).to_have_count(0)


def test_a_double_click_enrols_once(signed_in: SignedIn, cast: Cast, dam_part: SessionPart) -> None:
    page = signed_in(email_of("clerk"))
    page.goto(reverse("candidates:enrol", args=[dam_part.session.code, dam_part.crfp.code]))
    person = Person(page, "comfort-enrol")
    person.fill(
        {
            "Nom de naissance": "Adam",
            "Prénoms": "Anne",
            "Date de naissance": "1990-01-01",
            "Lieu de naissance": "Lyon",
            "Adresse électronique": "anne@exemple.fr",
            "Organisme": "CPAM du Rhône",
            "Nom du tuteur": "Tissot",
            "Prénom du tuteur": "Thomas",
            "Adresse électronique du tuteur": email_of("tutor"),
            "Nom du manager": "Mercier",
            "Prénom du manager": "Maud",
            "Adresse électronique du manager": email_of("manager"),
            "Type de contrat": "Contrat à durée indéterminée",
        }
    )
    page.get_by_role("button", name="Inscrire ce candidat").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("ADAM Anne")
    assert Enrolment.objects.count() == 1


def test_going_back_to_a_hearing_shows_what_was_saved(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = compose_jury(cast, gc_part)
    at = timezone.now()
    hearing = assign_candidates(jury=jury, enrolments=gc_enrolments[:1], by=cast.clerk, at=at)[0]
    page = signed_in(email_of("jury_president"))
    page.goto(reverse("juries:hearing", args=[hearing.pk]))
    page.get_by_label(ORAL).fill("15")
    page.get_by_label("Attribution du CQP").check()
    save = page.get_by_role("button", name="Enregistrer")
    save.dblclick()
    expect(page.get_by_role("status")).to_contain_text("enregistré")
    page.go_back()
    page.go_forward()
    expect(page.get_by_label(ORAL)).to_have_value("15")
    page.get_by_label(ORAL).fill("16")
    save.click()
    expect(page.get_by_role("status")).to_contain_text("enregistré")
    assert [mark.entry for mark in Mark.objects.all()] == ["16"]
    assert (entries(Act.RECORD_MARK), entries(Act.GIVE_OPINION)) == (2, 1)


# Two people at once


def test_the_second_of_two_clerks_sees_both_values_and_chooses(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    mine, theirs = open_sheet(signed_in, gc_part), open_sheet(signed_in, gc_part)
    first, second, _ = names(gc_enrolments)
    for grid, entry in ((mine, "12"), (theirs, "13")):
        grid.cell(first, CC_TC).fill(entry)
        grid.page.keyboard.press("Enter")
        if entry == "12":
            grid.is_saved(first, CC_TC, "12")
    cell = theirs.cell(first, CC_TC)
    expect(cell.locator("..")).to_have_class(re.compile("is-conflict"))
    expect(cell).to_have_value("13")
    expect(cell).to_have_accessible_description(re.compile("12"))
    expect(cell).to_have_accessible_description(re.compile("MARCHAND Claire"))
    theirs.person.look()
    theirs.cell(second, CC_TC).fill("9")
    theirs.page.keyboard.press("Enter")
    theirs.is_saved(second, CC_TC, "9")
    theirs.page.get_by_role("button", name="Garder 13").click()
    theirs.is_saved(first, CC_TC, "13")
    mine.page.reload()
    expect(mine.cell(first, CC_TC)).to_have_value("13")


# No script


@pytest.fixture
def without_script(
    browser: Browser, browser_context_args: dict[str, Any], signed_in: SignedIn, cast: Cast
) -> BrowserContext:
    """The clerk's own visit, in a browser that runs no script."""
    visit = signed_in(email_of("clerk"))
    (cookie,) = [c for c in visit.context.cookies() if c["name"] == settings.SESSION_COOKIE_NAME]
    context = browser.new_context(java_script_enabled=False, **browser_context_args)
    context.set_default_timeout(10_000)
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": visit.url}])
    return context


def test_the_grid_works_without_script(
    without_script: BrowserContext, live_server: Any, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    page = without_script.new_page()
    sheet = reverse("evaluations:mark_sheet", args=[gc_part.session.code, gc_part.crfp.code])
    page.goto(live_server.url + sheet)
    first, second, third = names(gc_enrolments)

    def cell(name: str, column: str) -> Locator:
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has_text=name))
        return row.get_by_role("textbox", name=re.compile(f"^{column}"))

    cell(first, CC_TC).fill("12,5")
    cell(second, ECRIT).fill("25")
    cell(third, CC_TC).fill("ABJ")
    page.get_by_role("button", name="Enregistrer").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("2 notes enregistrées.")
    expect(main).to_contain_text("rien de ce que vous avez tapé n’est perdu")
    expect(cell(second, ECRIT)).to_have_value("25")
    cell(second, ECRIT).fill("15")
    page.get_by_role("button", name="Enregistrer").click()
    expect(main).to_contain_text("La note est enregistrée.")
    assert sorted(mark.entry for mark in Mark.objects.all()) == ["12,5", "15", "ABJ"]
    without_script.close()


# Doors that stay shut


def test_an_unknown_page_and_a_forbidden_one_say_so_in_french(
    signed_in: SignedIn, visitor: Page, cast: Cast, gc_part: SessionPart
) -> None:
    clerk = signed_in(email_of("outsider"))
    part = reverse("candidates:part_detail", args=[gc_part.session.code, gc_part.crfp.code])
    refused = {part: 404, "/sessions/GC-1999-01/": 404, reverse("evaluations:session_open"): 403}
    for address, status in refused.items():
        answer = clerk.goto(address)
        assert answer is not None
        assert answer.status == status, address
        expect(clerk.locator("html")).to_have_attribute("lang", "fr")
        expect(clerk.get_by_role("link", name="Revenir à l’accueil")).to_be_visible()
        Person(clerk, f"erreur-{status}")
    visitor.goto(part)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Se connecter")
    visitor.goto("/n-existe-pas/")
    Person(visitor, "erreur-visiteur")
