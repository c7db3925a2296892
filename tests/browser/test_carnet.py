"""The carnet on a phone: a tutor attests between two visits, a manager signs at the end of the day."""

import re

import pytest
from playwright.sync_api import Page, expect

from candidates.models import Enrolment
from evaluations.models import MasteryAttestation
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import Cast, email_of
from tests.evaluations.carnets import attest_one, pdf

pytestmark = pytest.mark.django_db(transaction=True)
SITUATION = "Visite d’un cabinet, rue de la République"


@pytest.fixture
def trainee(blocs_enrolments: list[Enrolment]) -> Enrolment:
    return blocs_enrolments[0]


def fits(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))


def open_competence(person: Person, trainee: Enrolment, code: str) -> None:
    person.page.goto(f"/evaluations/carnets/{trainee.pk}/")
    person.look()
    person.follow(re.compile(f"^{code}"))


def attest(page: Page, word: str = "Maîtrisée") -> None:
    """Three touches: mastered, a criterion, attest; and what was seen."""
    page.get_by_text(word, exact=True).click()
    page.locator("input[name=met]").first.check()
    page.get_by_label("Situation observée").fill(SITUATION)
    page.get_by_role("button", name="Attester").click()


def attested(trainee: Enrolment) -> list[str]:
    rows = MasteryAttestation.objects.filter(enrolment=trainee).order_by("competence__position")
    return [row.competence.code for row in rows.select_related("competence")]


def test_a_tutor_attests_on_a_phone(signed_in: SignedIn, trainee: Enrolment) -> None:
    page = signed_in(email_of("tutor"))
    page.set_viewport_size(PHONE)
    tutor = Person(page, "carnet-1-tuteur")
    tutor.follow("Mes stagiaires")
    assert fits(page)
    name = trainee.candidate.full_name
    tutor.follow(re.compile(f"Observer.*{name}"))
    tutor.reads("À observer maintenant", "0 sur 15")
    assert fits(page)
    tutor.follow(re.compile("^B1C2"))
    tutor.reads("compétence clé")
    assert fits(page)
    attest(page)
    page.wait_for_url(re.compile(r"/carnets/\d+/$"))
    tutor.look()
    assert attested(trainee) == ["B1C2"]
    row = MasteryAttestation.objects.get()
    assert (row.mastered, row.situation, row.met.count(), row.version) == (True, SITUATION, 1, 1)


def test_what_is_missing_is_said_and_nothing_is_lost(signed_in: SignedIn, trainee: Enrolment) -> None:
    page = signed_in(email_of("tutor"))
    page.set_viewport_size(PHONE)
    tutor = Person(page, "carnet-2-tuteur")
    open_competence(tutor, trainee, "B1C1")
    page.get_by_label("Situation observée").fill(SITUATION)
    page.get_by_role("button", name="Attester").click()
    expect(page.locator("body")).to_contain_text(re.compile("maîtrisée", re.IGNORECASE))
    expect(page.get_by_label("Situation observée")).to_have_value(SITUATION)
    assert attested(trainee) == []
    page.get_by_text("Pas encore", exact=True).click()
    page.get_by_role("button", name="Attester").click()
    page.wait_for_url(re.compile(r"/carnets/\d+/$"))
    assert MasteryAttestation.objects.get().mastered is False


def test_an_attestation_without_network_arrives_once(signed_in: SignedIn, trainee: Enrolment) -> None:
    page = signed_in(email_of("tutor"))
    page.set_viewport_size(PHONE)
    tutor = Person(page, "carnet-3-tuteur")
    open_competence(tutor, trainee, "B1C1")
    page.context.set_offline(True)
    attest(page)
    expect(page.locator("#etat")).to_contain_text("Hors ligne")
    assert_accessible(page)
    assert attested(trainee) == []
    page.close(run_before_unload=False)
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"/evaluations/carnets/{trainee.pk}/")
    expect(again.locator("#etat")).to_contain_text("1 attestation enregistrée")
    again.reload()
    assert attested(trainee) == ["B1C1"]
    assert MasteryAttestation.objects.get().version == 1
    kept = again.evaluate("() => Object.values(localStorage).join()")
    assert SITUATION not in kept


def test_a_file_is_joined_and_a_disguised_one_refused(signed_in: SignedIn, trainee: Enrolment) -> None:
    page = signed_in(email_of("tutor"))
    tutor = Person(page, "carnet-4-tuteur")
    open_competence(tutor, trainee, "B1C1")
    page.get_by_text("Maîtrisée", exact=True).click()
    page.get_by_label("Situation observée").fill(SITUATION)
    page.locator("input[type=file]").set_input_files(
        {"name": "photo.png", "mimeType": "image/png", "buffer": b"<svg onload='alert(1)'/>"}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Attester").click()
    tutor.look()
    assert attested(trainee) == []
    expect(page.get_by_label("Situation observée")).to_have_value(SITUATION)
    page.locator("input[type=file]").set_input_files(
        {"name": "grille.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    with page.expect_navigation():
        page.get_by_role("button", name="Attester").click()
    tutor.look()
    assert MasteryAttestation.objects.get().file.kind == "application/pdf"


def test_a_manager_signs_several_at_once_and_sends_one_back_by_keyboard(
    signed_in: SignedIn, cast: Cast, trainee: Enrolment
) -> None:
    for code in ("B1C1", "B1C2", "B1C3"):
        attest_one(cast, trainee, code=code)
    page = signed_in(email_of("manager"))
    page.set_viewport_size(PHONE)
    manager = Person(page, "carnet-5-manager")
    manager.follow(re.compile("signer"))
    assert fits(page)
    manager.follow(re.compile("Renvoyer B1C3"))
    manager.press(re.compile("Renvoyer"))
    expect(page.locator("textarea[aria-invalid=true]")).to_be_visible()
    page.locator("textarea").fill("La situation ne le montre pas encore.")
    page.get_by_label("À revoir le").fill(today(7).isoformat())
    manager.press(re.compile("Renvoyer"))
    page.goto("/evaluations/carnets/a-signer/")
    manager.look()
    for _ in range(60):
        if page.evaluate("() => document.activeElement.name") == "a":
            page.keyboard.press("Space")
            if page.locator("input[name=a]:checked").count() == 2:
                break
        page.keyboard.press("Tab")
    expect(page.locator("input[name=a]:checked")).to_have_count(2)
    manager.press("Relire et signer")
    manager.reads("Signer 2 attestations")
    with page.expect_navigation():
        page.get_by_role("button", name="Signer", exact=True).dblclick()
    manager.look()
    states = MasteryAttestation.objects.order_by("competence__position").values_list("state", "version")
    assert [state for state, _ in states] == ["VALIDEE", "VALIDEE", "RENVOYEE"]
    tutor = Person(signed_in(email_of("tutor")), "carnet-6-tuteur")
    tutor.page.goto(f"/evaluations/carnets/{trainee.pk}/")
    tutor.look()
    tutor.reads("La situation ne le montre pas encore.")
