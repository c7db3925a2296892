"""Files in a real browser: a sheet of marks that leaves and comes back, a long list that moves by itself."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from candidates.models import Enrolment, ListImport
from cqp.sheets.reading import read_sheet
from evaluations.models import Mark
from evaluations.services.marks import record_mark
from tests.browser.accessibility import assert_accessible
from tests.browser.person import PHONE
from tests.candidates.pages import csv_of as list_of
from tests.candidates.pages import listed
from tests.cast import email_of
from tests.evaluations.mark_files import csv_of, fill
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


def said(page: Page, sentence: str):
    """These words, whichever spaces French typography puts between them."""
    return (
        page.get_by_role("main").get_by_text(re.compile(r"\s+".join(map(re.escape, sentence.split())))).first
    )


def send(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Voir l’aperçu").click()


@pytest.fixture
def clerk(signed_in, cast) -> Page:
    page: Page = signed_in(email_of("clerk"))
    return page


def test_a_sheet_of_marks_leaves_comes_back_and_is_undone(
    clerk, cast, gc_part, gc_enrolments, tmp_path: Path
):
    first, second, third = sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)
    clerk.goto(reverse("evaluations:marks_import", args=[gc_part.session.code, gc_part.crfp.code]))
    assert_accessible(clerk)
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="Toutes les épreuves (XLSX)").click()
    template = Path(download.value.path())
    assert download.value.suggested_filename == f"notes-{gc_part.session.code}-CRFP-LYO.xlsx"

    # As it left, it changes nothing.
    untouched = tmp_path / "intact.xlsx"
    untouched.write_bytes(template.read_bytes())
    send(clerk, untouched)
    expect(said(clerk, "Ce fichier ne change rien")).to_be_visible()

    # Filled elsewhere, while somebody types one of the marks here.
    rows = read_sheet(template.read_bytes(), beside=("Mode d’emploi",)).rows
    width = len(rows[0][1])
    filled = [[*cells, *[""] * (width - len(cells))] for _, cells in rows]
    fill(filled, first, "Épreuve écrite", "12,5")
    fill(filled, second, "Épreuve écrite", "21")
    fill(filled, third, "Épreuve écrite", "9")
    block = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    record_mark(
        enrolment=third, block=block, attempt=1, entry="11", version=0, by=cast.clerk, at=timezone.now()
    )
    path = tmp_path / "rempli.csv"
    path.write_bytes(csv_of(filled, "cp1252"))
    send(clerk, path)
    expect(said(clerk, "La note 21 est hors barème")).to_be_visible()
    expect(said(clerk, "Notes changées ici et dans le fichier")).to_be_visible()
    assert_accessible(clerk)

    # The lines left out come away with their motives; the corrected file is sent from the same page.
    with clerk.expect_download() as download:
        clerk.get_by_role("link", name="CSV").click()
    dropped = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert dropped[0].endswith(";Motif")
    assert len(dropped) == 3

    clerk.get_by_role("button", name="Enregistrer seulement cette note").click()
    expect(said(clerk, "1 note enregistrée, 2 laissées de côté.")).to_be_visible()
    assert_accessible(clerk)
    assert {mark.enrolment: mark.entry for mark in Mark.objects.all()} == {first: "12,5", third: "11"}

    fill(filled, second, "Épreuve écrite", "14")
    path.write_bytes(csv_of(filled, "cp1252"))
    send(clerk, path)
    clerk.get_by_role("button", name="Enregistrer seulement cette note").click()
    expect(said(clerk, "1 note enregistrée, 1 laissée de côté.")).to_be_visible()
    clerk.set_viewport_size(PHONE)
    assert clerk.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    clerk.get_by_role("button", name="Annuler cet import").click()
    expect(clerk).to_have_url(re.compile("/notes/$"))
    assert Mark.objects.get(enrolment=second).entry == ""
    assert {mark.enrolment: mark.entry for mark in Mark.objects.exclude(enrolment=second)} == {
        first: "12,5",
        third: "11",
    }


def test_a_long_list_moves_by_itself_and_is_found_again(clerk, cast, gc_part, tasks_kept, tmp_path: Path):
    path = tmp_path / "liste.csv"
    path.write_bytes(list_of([listed(number, birth_place=f"Ville {number}") for number in range(210)]))
    clerk.goto(reverse("candidates:enrolment_import", args=[gc_part.session.code, gc_part.crfp.code]))
    send(clerk, path)
    expect(said(clerk, "… et 10 autres candidats.")).to_be_visible()
    clerk.get_by_role("button", name="Inscrire 210 candidats").click()
    expect(clerk.get_by_role("progressbar", name="Inscription des candidats")).to_be_visible()
    expect(said(clerk, "0 sur 210 lignes")).to_be_visible()
    assert_accessible(clerk)

    clerk.get_by_role("link", name="Importer", exact=True).click()
    clerk.get_by_role("link", name="liste.csv").click()
    work()
    expect(said(clerk, "210 candidats inscrits.")).to_be_visible()
    assert Enrolment.objects.count() == 210
    assert ListImport.objects.get().done == 210
    assert_accessible(clerk)


def test_without_script_the_page_asks_for_itself_again(
    browser, live_server, clerk, cast, gc_part, tasks_kept, tmp_path: Path
):
    path = tmp_path / "liste.csv"
    path.write_bytes(list_of([listed(number, birth_place=f"Ville {number}") for number in range(201)]))
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(clerk.context.cookies())
    page = context.new_page()
    page.goto(reverse("candidates:enrolment_import", args=[gc_part.session.code, gc_part.crfp.code]))
    send(page, path)
    page.get_by_role("button", name="Inscrire 201 candidats").click()
    expect(said(page, "0 sur 201 lignes")).to_be_visible()
    work()
    expect(said(page, "201 candidats inscrits.")).to_be_visible(timeout=15_000)
    context.close()
