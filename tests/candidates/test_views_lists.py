"""Enrolling a list on screen: nothing before the confirmation, nothing twice, nothing hidden."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, ListImport, SessionPart
from cqp.accounts.actor import Actor
from cqp.sheets.reading import MAX_BYTES, read_sheet
from tests.candidates.pages import close_enrolments, csv_of, listed, upload, xlsx_of
from tests.cast import Cast, part_of

SignIn = Callable[[Actor], Client]
THREE = [listed(number) for number in range(3)]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url_of(part: SessionPart) -> str:
    return reverse("candidates:enrolment_import", args=[part.session.code, part.crfp.code])


def sent(client: Client, part: SessionPart, content: bytes, name: str = "liste.csv") -> Any:
    """The preview of a file, once sent."""
    return client.post(url_of(part), upload(content, name), follow=True)


def confirmation(page: Any) -> dict[str, str]:
    """What the button of the preview sends."""
    return {
        "confirm": "all",
        **dict(re.findall(r'<input type="hidden" name="(seen)" value="([^"]+)"', page.content.decode())),
    }


def confirm(client: Client, page: Any) -> Any:
    return client.post(page.request["PATH_INFO"], confirmation(page), follow=True)


def test_a_list_goes_in_once_confirmed(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, xlsx_of(THREE), "liste.xlsx")
    assert "Inscrire 3 candidats" in text_of(page)
    assert not Enrolment.objects.exists()
    answer = confirm(client, page)
    assert "3 candidats inscrits." in text_of(answer)
    assert Enrolment.objects.filter(part=gc_part).count() == 3


def test_a_second_click_does_nothing_twice(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, csv_of(THREE))
    confirm(client, page)
    assert "Cet import est déjà confirmé." in text_of(confirm(client, page))
    assert Enrolment.objects.count() == 3


def test_the_same_file_again_changes_nothing_and_says_so(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    confirm(client, sent(client, gc_part, csv_of(THREE)))
    again = sent(client, gc_part, csv_of(THREE))
    assert "Ce même fichier a déjà été importé le" in text_of(again)
    assert "il ne change plus rien" in text_of(again)
    assert "seen" not in confirmation(again)
    answer = confirm(client, again)
    assert Enrolment.objects.count() == 3
    assert "Tous les candidats de ce fichier" in text_of(answer)


def test_what_is_left_out_is_said_before_and_after(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    lines = [*THREE, listed(7, option="Aucune"), listed(8, email="noe")]
    page = sent(client, gc_part, csv_of(lines))
    text = text_of(page)
    assert "Option : « Aucune » n’est pas une valeur connue." in text.replace("\xa0", " ")
    assert "(ligne 5)" in text
    assert "Inscrire seulement ces 3 candidats" in text
    answer = text_of(confirm(client, page)).replace("&nbsp;", "\xa0")
    assert "3 candidats inscrits. 2 lignes non reprises du fichier\xa0: 5, 6." in answer
    assert "notice-good" not in answer


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_lines_left_out_come_back_with_their_motives_and_go_in_once_corrected(
    form: str, when: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, csv_of([*THREE, listed(7, option="Aucune")]))
    if when == "after":
        page = confirm(client, page)
    dropped = client.get(f"{page.request['PATH_INFO']}ecartees/?format={form}")
    rows = read_sheet(dropped.content).rows
    assert [cells[-1] for _, cells in rows] == [
        "Motif",
        "Option : « Aucune » n’est pas une valeur connue.",
    ]
    place = rows[0][1].index("Option")
    rows[1][1][place] = "MALADIE"
    corrected = "\n".join(";".join(cells) for _, cells in rows).encode()
    again = sent(client, gc_part, corrected)
    assert "Inscrire 1 candidat<" in text_of(again)
    assert "non reprise" not in text_of(again)


def test_the_report_stays_while_the_corrected_file_is_sent(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, csv_of([listed(1, option="Aucune")]))
    url = page.request["PATH_INFO"]
    again = client.post(url, upload(b"%PDF-1.4"))
    assert "Ce fichier n’est pas un tableau lisible" in text_of(again)
    assert "« Aucune » n’est pas une valeur connue." in text_of(again).replace("\xa0", " ")
    better = client.post(url, upload(csv_of(THREE)), follow=True)
    assert better.request["PATH_INFO"] != url
    assert "Inscrire 3 candidats" in text_of(better)


def test_nothing_valid_gives_nothing_to_confirm(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    page = sent(sign_in(cast.clerk), gc_part, csv_of([listed(1, organisme="?")]))
    assert "Aucune ligne ne peut être reprise" in text_of(page)
    assert "seen" not in confirmation(page)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide."),
        (b"x" * (MAX_BYTES + 100), "Le fichier dépasse 2 Mo"),
        (b"%PDF-1.4", "Ce fichier n’est pas un tableau lisible"),
        (csv_of([]), "Le fichier ne contient que ses titres de colonnes"),
        (b"Ville;Pays\nLyon;France\n", "La première ligne ne porte pas les titres attendus"),
    ],
    ids=["empty", "too-big", "pdf", "headings-alone", "other-list"],
)
def test_a_wrong_file_is_refused_beside_its_field(
    content: bytes, sentence: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    page = sign_in(cast.clerk).post(url_of(gc_part), upload(content))
    assert page.status_code == 200
    assert sentence in text_of(page)
    assert "is-invalid" in text_of(page)
    assert not ListImport.objects.exists()


def test_no_file_is_said(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    assert "Choisissez le fichier à lire." in text_of(sign_in(cast.clerk).post(url_of(gc_part)))


def test_a_session_that_changed_meanwhile_shows_the_preview_as_it_is_now(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    all_three = sent(client, gc_part, csv_of(THREE))
    confirm(client, sent(client, gc_part, csv_of(THREE[:1])))
    page = confirm(client, all_three)
    assert "La session a changé depuis l’aperçu" in text_of(page)
    assert "Inscrire 2 candidats" in text_of(page)
    assert Enrolment.objects.count() == 1
    assert "2 candidats inscrits." in text_of(confirm(client, page))
    assert Enrolment.objects.count() == 3


def test_a_preview_is_worth_nothing_elsewhere(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, dam_part: SessionPart
) -> None:
    page = sent(sign_in(cast.clerk), gc_part, csv_of(THREE))
    (file,) = ListImport.objects.all()
    other = part_of(gc_part.session, "CRFP-LIL")
    elsewhere = [
        (cast.clerk, dam_part),
        (cast.outsider, other),
        (cast.outsider, gc_part),
    ]
    for actor, part in elsewhere:
        url = reverse("candidates:import_detail", args=[part.session.code, part.crfp.code, file.pk])
        assert sign_in(actor).post(url, confirmation(page)).status_code == 404
    assert not Enrolment.objects.exists()


def test_a_preview_is_not_confirmed_two_hours_later(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, csv_of(THREE))
    ListImport.objects.update(at=timezone.now() - timedelta(hours=2, minutes=1))
    assert "L’aperçu n’est plus valable" in text_of(confirm(client, page))
    assert "seen" not in confirmation(client.get(page.request["PATH_INFO"]))
    assert not Enrolment.objects.exists()


def test_after_the_deadline_neither_file_nor_preview_goes_in(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    page = sent(client, gc_part, csv_of(THREE))
    close_enrolments(gc_part.session)
    assert "Les inscriptions sont closes" in text_of(client.get(url_of(gc_part)))
    assert "Les inscriptions sont closes" in text_of(confirm(client, page))
    assert not Enrolment.objects.exists()


def test_another_crfp_finds_no_import_here(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    assert sign_in(cast.outsider).get(url_of(gc_part)).status_code == 404
    assert sign_in(cast.ucanss).get(url_of(gc_part)).status_code == 403


def test_the_template_is_made_for_the_session(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, dam_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)

    def template(part: SessionPart) -> Any:
        return client.get(reverse("candidates:import_template", args=[part.session.code, part.crfp.code]))

    gc = template(gc_part)
    assert gc.content.startswith(b"\xef\xbb\xbfNom de naissance;")
    assert f"candidats-{gc_part.session.code}.csv" in gc["Content-Disposition"]
    assert "MALADIE" in gc.content.decode()
    assert ";Option;" not in template(dam_part).content.decode()
