"""Marks from a file on screen: look, confirm, see what was done, send again what was left out."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import ListImport
from candidates.services.sessions import close_part
from cqp.sheets.reading import read_sheet
from evaluations.models import Mark, Operation
from tests.candidates.pages import upload
from tests.cast import enrol_some, part_of
from tests.evaluations.mark_files import csv_of, fill, template

HEADINGS = ["Numéro", "Nom", "Prénom", "Épreuve écrite"]


def url_of(part, name: str = "marks_import", *more: object) -> str:
    return reverse(f"evaluations:{name}", args=[part.session.code, part.crfp.code, *more])


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("&nbsp;", " ").split())


def line_of(enrolment, *entries: str) -> list[str]:
    person = enrolment.candidate
    return [enrolment.number, person.birth_name, person.first_names, *entries]


@pytest.fixture
def client(sign_in, cast) -> Client:
    signed_in: Client = sign_in(cast.clerk)
    return signed_in


@pytest.fixture
def send(client, gc_part):
    """`send(rows)`: the page one lands on."""

    def post(rows, url: str = ""):
        content = rows if isinstance(rows, bytes) else csv_of(rows)
        return client.post(url or url_of(gc_part), upload(content, "notes.csv"), follow=True)

    return post


def confirm(client: Client, page: Any, which: str = "all") -> Any:
    seen = re.search(r'name="seen" value="([^"]+)"', page.content.decode())
    data = {"confirm": which, "seen": seen[1] if seen else ""}
    return client.post(page.request["PATH_INFO"], data, follow=True)


def test_marks_go_in_once_confirmed(client, send, gc_enrolments):
    page = send([HEADINGS, *(line_of(enrolment, "12,5") for enrolment in gc_enrolments)])
    assert "Enregistrer ces 3 notes" in text_of(page)
    assert not Mark.objects.exists()
    done = confirm(client, page)
    assert "3 notes enregistrées." in text_of(done)
    assert Mark.objects.count() == 3
    assert "Cet import est déjà confirmé." in text_of(confirm(client, page))
    assert Operation.objects.count() == 1


def test_one_button_takes_an_import_back(client, send, gc_enrolments):
    done = confirm(client, send([HEADINGS, *(line_of(enrolment, "12,5") for enrolment in gc_enrolments)]))
    (operation,) = Operation.objects.all()
    undo = reverse("evaluations:operation_undo", args=[operation.pk])
    assert f'action="{undo}"' in done.content.decode()
    client.post(undo)
    assert [mark.entry for mark in Mark.objects.all()] == ["", "", ""]
    assert undo not in client.get(done.request["PATH_INFO"]).content.decode()


def test_what_is_left_out_is_said_before_and_after_and_comes_back(client, send, gc_part, gc_enrolments):
    first, second, _ = gc_enrolments
    page = send([HEADINGS, line_of(first, "12"), line_of(second, "21"), ["", "Inconnu", "", "9"]])
    assert "Enregistrer seulement cette note" in text_of(page)
    assert "Lignes où quelque chose est laissé de côté : 3, 4." in text_of(page)
    done = text_of(confirm(client, page))
    assert "1 note enregistrée, 2 laissées de côté." in done
    assert "notice-good" not in done
    dropped = client.get(f"{page.request['PATH_INFO']}ecartees/?format=xlsx")
    rows = [cells for _, cells in read_sheet(dropped.content).rows]
    assert rows[0] == [*HEADINGS, "Motif"]
    assert rows[1][:4] == line_of(second, "21")
    assert "hors barème" in rows[1][4]
    rows[1][3] = "12"
    again = send(rows[:2])
    assert "Enregistrer cette note" in text_of(again)
    assert "non reprise" not in text_of(again)


def test_the_report_stays_while_the_corrected_file_is_sent(client, send, gc_enrolments):
    page = send([HEADINGS, line_of(gc_enrolments[0], "21")])
    url = page.request["PATH_INFO"]
    again = send(b"%PDF", url)
    assert "Ce fichier n’est pas un tableau lisible" in text_of(again)
    assert "hors barème" in text_of(again)
    better = send([HEADINGS, line_of(gc_enrolments[0], "12")], url)
    assert better.request["PATH_INFO"] != url
    assert "Enregistrer cette note" in text_of(better)


def test_a_conflict_shows_both_values_with_their_author(client, send, gc_part, gc_enrolments, now):
    rows = template(gc_part, now)
    fill(rows, gc_enrolments[0], "Épreuve écrite", "12")
    confirm(client, send([HEADINGS, line_of(gc_enrolments[0], "14")]))
    page = text_of(send(rows))
    assert "Notes changées ici et dans le fichier" in page
    assert re.search(r'Dans le fichier">12</td><td class="num" data-label="Ici">14</td>', page)
    assert "MARCHAND Claire" in page


def test_the_same_file_again_says_so(client, send, gc_enrolments):
    rows = [HEADINGS, line_of(gc_enrolments[0], "12")]
    confirm(client, send(rows))
    again = text_of(send(rows))
    assert "Ce même fichier a déjà été importé le" in again
    assert "il ne change plus rien" in again
    assert 'name="confirm"' not in again


def test_unusual_marks_have_their_own_button(client, send, cast, gc_part):
    people = enrol_some(cast, gc_part, 8)
    marks = ["12", "13", "12,5", "13,5", "12", "13", "12", "2"]
    page = send([HEADINGS, *(line_of(e, entry) for e, entry in zip(people, marks, strict=True))])
    assert "Enregistrer ces 8 notes, inhabituelle comprise" in text_of(page)
    assert "Enregistrer 7 notes, sans celle qui est inhabituelle" in text_of(page)
    done = text_of(confirm(client, page, "usual"))
    assert "7 notes enregistrées, 1 laissée de côté." in done
    assert Mark.objects.count() == 7


def test_marks_that_moved_since_the_preview_are_shown_anew(client, send, gc_enrolments):
    page = send([HEADINGS, line_of(gc_enrolments[0], "12")])
    confirm(client, send([HEADINGS, line_of(gc_enrolments[0], "9")]))
    again = confirm(client, page)
    assert "Des notes ont changé depuis l’aperçu" in text_of(again)
    assert Mark.objects.get().entry == "9"
    confirm(client, again)
    assert Mark.objects.get().entry == "12"


def test_a_preview_two_hours_old_is_not_confirmed(client, send, gc_enrolments):
    page = send([HEADINGS, line_of(gc_enrolments[0], "12")])
    ListImport.objects.update(at=timezone.now() - timedelta(hours=2, minutes=1))
    assert "L’aperçu n’est plus valable" in text_of(confirm(client, page))
    assert not Mark.objects.exists()


def test_a_file_of_nothing_known_is_refused_beside_its_field(send, gc_enrolments):
    page = send(b"Ville;Pays\nLyon;France\n")
    assert "is-invalid" in text_of(page)
    assert "Aucune colonne ne porte le nom d’une épreuve attendue" in text_of(page)
    assert not ListImport.objects.exists()


def test_the_page_of_one_block_takes_and_gives_that_block_only(client, gc_part, gc_enrolments, send):
    page = client.get(f"{url_of(gc_part)}?epreuve=ECRIT")
    assert "modele.xlsx?epreuve=ECRIT" in text_of(page)
    sheet = client.get(f"{url_of(gc_part, 'marks_template')}?epreuve=ECRIT")
    headings = read_sheet(sheet.content).rows[0][1]
    assert headings == ["Numéro", "Nom", "Prénom", "Épreuve écrite /20", "Base ECRIT", "Feuille"]
    assert f"notes-{gc_part.session.code}-CRFP-LYO-ECRIT.xlsx" in sheet["Content-Disposition"]
    both = [[*HEADINGS, "CC_TC"], line_of(gc_enrolments[0], "12", "13")]
    page = send(both, f"{url_of(gc_part)}?epreuve=ECRIT")
    assert "Enregistrer cette note" in text_of(page)
    assert "Colonne non reprise : CC_TC." in text_of(page)
    for name in ("marks_import", "marks_template"):
        assert client.get(f"{url_of(gc_part, name)}?epreuve=MAGIE").status_code == 404
    assert client.get(f"{url_of(gc_part, 'marks_template')}?epreuve=ORAL").status_code == 404


def test_a_closed_part_offers_nothing_to_send(client, gc_part, gc_enrolments, cast, now):
    close_part(part=gc_part, by=cast.clerk, at=now)
    page = text_of(client.get(url_of(gc_part)))
    assert "transmis" in page
    assert "Voir l’aperçu" not in page


def test_somebody_else_s_file_does_not_exist(client, send, gc_part, gc_enrolments, dam_part, sign_in, cast):
    send([HEADINGS, line_of(gc_enrolments[0], "12")])
    (file,) = ListImport.objects.all()
    assert client.get(url_of(gc_part, "marks_import_detail", file.pk)).status_code == 200
    assert client.get(url_of(dam_part, "marks_import_detail", file.pk)).status_code == 404
    lists = reverse("candidates:import_detail", args=[gc_part.session.code, "CRFP-LYO", file.pk])
    assert client.get(lists).status_code == 404
    theirs = sign_in(cast.outsider)
    assert theirs.get(url_of(gc_part, "marks_import_detail", file.pk)).status_code == 404
    other = part_of(gc_part.session, "CRFP-LIL")
    assert theirs.get(url_of(other, "marks_import_detail", file.pk)).status_code == 404
