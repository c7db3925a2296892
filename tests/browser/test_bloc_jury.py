"""A jury judges a bloc: by keyboard alone, on a phone, with the wrong click and the double click."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from candidates.models import Enrolment, SessionPart
from evaluations.models import BlocJudgement
from juries.models import Hearing
from juries.services.composition import assign_candidates
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person
from tests.cast import Cast, email_of
from tests.journey import compose_jury

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hearing(cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]) -> Hearing:
    jury = compose_jury(cast, blocs_part)
    now = timezone.now()
    return assign_candidates(jury=jury, enrolments=blocs_enrolments[:1], by=cast.clerk, at=now)[0]


def focused(page: Page) -> str:
    """What the keyboard is on: the name of a radio or of a field, the words of a button."""
    return page.evaluate("() => document.activeElement.name || document.activeElement.innerText || ''")


def tab_to(page: Page, name: str, most: int = 60) -> None:
    for _ in range(most):
        if name in focused(page):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def test_a_bloc_is_judged_by_keyboard_alone(signed_in: SignedIn, hearing: Hearing) -> None:
    juror = Person(signed_in(email_of("juror")), "bloc-jury-1")
    page = juror.page
    page.goto(f"/jurys/auditions/{hearing.pk}/blocs/B3/")
    juror.look()
    for criterion in ("B3C1-1", "B3C1-2"):
        tab_to(page, f"niveau-{criterion}")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    expect(page.locator('input[name="niveau-B3C1-1"][value="PARTIEL"]')).to_be_checked()
    tab_to(page, "Tout maîtrisé")
    page.keyboard.press("Enter")
    expect(page.locator('input[name="niveau-B3C1-3"][value="MAITRISE"]')).to_be_checked()
    expect(page.locator('input[name="niveau-B3C1-2"][value="PARTIEL"]')).to_be_checked()
    for competence in ("B3C1", "B3C2", "B3C3", "B3C4"):
        tab_to(page, f"competence-{competence}")
        page.keyboard.press("ArrowRight")  # from « pas encore dit » to « acquise »
    tab_to(page, "outcome")
    page.keyboard.press("ArrowRight")
    expect(page.locator('input[name="outcome"][value="ACQUIS"]')).to_be_checked()
    tab_to(page, "Enregistrer")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    juror.look()
    juror.reads("B3 Facilitation de projets de santé")
    sheet = BlocJudgement.objects.get()
    assert (sheet.outcome, sheet.competences.count(), sheet.criteria.count()) == ("ACQUIS", 4, 4)


def test_the_wrong_click_is_said_and_the_double_click_counts_once(
    signed_in: SignedIn, hearing: Hearing
) -> None:
    juror = Person(signed_in(email_of("juror")), "bloc-jury-2")
    page = juror.page
    page.set_viewport_size(PHONE)
    juror.follow(re.compile("Remplir|Entendre|Ouvrir"))
    page.goto(f"/jurys/auditions/{hearing.pk}/")
    juror.look()
    juror.follow(re.compile("Remplir la fiche.*B1"))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    juror.page.locator('input[name="outcome"][value="ACQUIS"]').check()
    page.locator('input[name="remarque-B1C1-1"]').fill("à l’aise")
    juror.press("Enregistrer")
    juror.reads("prononcez-vous sur : B1C2, B1C3, B1C5.")
    expect(page.locator('input[name="remarque-B1C1-1"]')).to_have_value("à l’aise")
    for code in ("B1C2", "B1C3", "B1C5"):
        page.locator(f'input[name="competence-{code}"][value="acquise"]').check()
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer", exact=True).dblclick()
    juror.look()
    juror.reads("acquis")
    assert BlocJudgement.objects.get().version == 1
    page.go_back()
    juror.look()
