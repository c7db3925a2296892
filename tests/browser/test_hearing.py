"""A hearing on a phone: the clock, one's own notes, and a network that goes and comes back."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from candidates.models import Enrolment, SessionPart
from cqp.journal.models import Entry
from cqp.roles import Act
from evaluations.models import Mark
from juries.models import Hearing, HearingNote, JurorMark, Opinion
from juries.services.composition import assign_candidates
from juries.services.local import give_opinion
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person
from tests.cast import Cast, email_of
from tests.evaluations.mark_files import csv_of
from tests.journey import compose_jury
from tests.juries.kits import fill, taken
from tests.juries.scenes import hear

pytestmark = pytest.mark.django_db(transaction=True)

ORAL = "Épreuve orale"
ARGUMENT = "Le dossier manque de références à la réglementation."


@pytest.fixture
def hearing(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]) -> Hearing:
    jury = compose_jury(cast, gc_part)
    return assign_candidates(jury=jury, enrolments=gc_enrolments[:2], by=cast.clerk, at=timezone.now())[0]


def at(hearing: Hearing) -> str:
    return reverse("juries:hearing", args=[hearing.pk])


def entries(act: Act) -> int:
    return Entry.objects.filter(act=act).count()


def oral(page: Page) -> str:
    """The field of the jury's mark, by its id."""
    return "#id_note-ORAL"


def test_a_hearing_goes_through_a_network_cut(signed_in: SignedIn, hearing: Hearing, cast: Cast) -> None:
    juror = Person(signed_in(email_of("juror")), "audition-1")
    page = juror.page
    page.set_viewport_size(PHONE)
    page.goto(at(hearing))
    juror.look()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]

    # The clock, by keyboard, survives a reload.
    start = page.get_by_role("button", name="Démarrer")
    start.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#minuteur-reste")).to_contain_text("reste 10")
    page.keyboard.press("Enter")
    expect(page.locator("#minuteur-reste")).to_contain_text("reste 20")
    page.reload()
    expect(page.locator("#minuteur-reste")).to_contain_text("reste 20")

    # Notes leave by themselves.
    notes = page.get_by_label("Mes notes")
    notes.fill("Sait expliquer les indus.")
    notes.blur()
    expect(page.locator("#id_notes-etat")).to_have_text("Enregistrée")
    assert HearingNote.objects.get().text == "Sait expliquer les indus."

    page.context.set_offline(True)
    notes.fill("Sait expliquer les indus. Hésite sur la prescription.")
    notes.blur()
    expect(page.locator("#etat")).to_contain_text("Hors ligne")
    expect(page.locator("#id_notes-etat")).to_have_text("En attente")
    page.get_by_label("Note que je donnerais").fill("11")
    page.locator(oral(page)).fill("9,5")
    expect(page.locator("#id_note-ORAL-etat")).to_contain_text("Modifiée")
    page.get_by_label("Non-attribution").check()
    page.get_by_label("Argument").fill(ARGUMENT)
    page.get_by_role("button", name="Enregistrer").dblclick()
    expect(page.locator("#id_note-ORAL-etat")).to_have_text("En attente")
    juror.look()
    assert not Mark.objects.exists()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]

    page.context.set_offline(False)
    expect(page.locator("#id_note-ORAL-etat")).to_have_text("Enregistrée")
    expect(page.locator("#id_argument-etat")).to_have_text("Enregistrée")
    expect(page.locator("#etat")).to_contain_text("Tout est enregistré")
    juror.look()
    assert HearingNote.objects.get().text.endswith("prescription.")
    assert str(JurorMark.objects.get().value) == "11.00"
    assert Mark.objects.get().entry == "9,5"
    assert Opinion.objects.get().argument == ARGUMENT
    assert (entries(Act.RECORD_MARK), entries(Act.GIVE_OPINION)) == (1, 1)

    # What the server has is what the page shows, and nothing is sent again.
    page.reload()
    expect(page.locator(oral(page))).to_have_value("9,5")
    expect(page.locator("#retrouvee")).to_be_hidden()
    assert page.evaluate("() => localStorage.length") == 0


def test_what_was_typed_is_found_again_after_a_crash(signed_in: SignedIn, hearing: Hearing) -> None:
    juror = Person(signed_in(email_of("juror")), "audition-2")
    page = juror.page
    page.goto(at(hearing))
    page.locator(oral(page)).fill("13")
    page.close(run_before_unload=False)
    page = page.context.new_page()
    page.goto(at(hearing))
    expect(page.locator(oral(page))).to_have_value("13")
    expect(page.locator("#retrouvee")).to_contain_text("retrouvée dans ce navigateur")
    page.get_by_role("button", name="Abandonner cette saisie").click()
    expect(page.locator(oral(page))).to_have_value("")
    assert page.evaluate("() => localStorage.length") == 0
    assert not Mark.objects.exists()


def test_a_conflict_shows_both_and_the_person_chooses(
    signed_in: SignedIn, hearing: Hearing, cast: Cast
) -> None:
    juror = Person(signed_in(email_of("juror")), "audition-3")
    page = juror.page
    page.goto(at(hearing))
    page.context.set_offline(True)
    page.get_by_label("Non-attribution").check()
    page.get_by_label("Argument").fill(ARGUMENT)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#id_argument-etat")).to_have_text("En attente")
    give_opinion(
        hearing=hearing, favourable=True, argument="", version=0, by=cast.jury_president, at=timezone.now()
    )
    page.context.set_offline(False)
    expect(page.locator("#id_argument-etat")).to_have_text("En conflit")
    refused = page.locator("#refusees")
    expect(refused).to_contain_text(re.compile("PERRIN Paule a enregistré"))
    expect(refused).to_contain_text(ARGUMENT)
    juror.look()
    page.get_by_role("button", name="Remplacer par ce que j’ai écrit").click()
    expect(page.locator("#id_argument-etat")).to_have_text("Enregistrée")
    assert Opinion.objects.get().argument == ARGUMENT


def test_a_kit_comes_back_on_a_phone(
    signed_in: SignedIn, hearing: Hearing, cast: Cast, tmp_path: Path
) -> None:
    other = hearing.jury.hearings.exclude(pk=hearing.pk).get()
    rows = taken(hearing.jury, cast.juror, timezone.now())
    fill(rows, hearing.enrolment, oral="12,5", avis="Attribution")
    fill(rows, other.enrolment, oral="7", avis="Non-attribution", argument="Non.")
    hear(cast, hearing.enrolment, "9")
    (tmp_path / "kit.csv").write_bytes(csv_of(rows))
    juror = Person(signed_in(email_of("juror")), "audition-4")
    page = juror.page
    page.set_viewport_size(PHONE)
    page.goto(reverse("juries:jury_detail", args=[hearing.jury_id]))
    juror.follow(re.compile("le kit du jury"))
    page.locator("#id_file").set_input_files(tmp_path / "kit.csv")
    juror.press("Voir l’aperçu")
    juror.reads("Changé ici et dans le fichier", re.compile("15 caractères au moins"))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size({"width": 1280, "height": 900})
    juror.look()
    juror.press("Enregistrer seulement ce changement")
    juror.reads(re.compile("est enregistré"))
    assert sorted(mark.entry for mark in Mark.objects.all()) == ["7", "9"]
