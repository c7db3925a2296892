"""Enrolling a list on screen: nothing before the confirmation, nothing twice, nothing hidden."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.sheets.reading import MAX_BYTES
from tests.candidates.pages import close_enrolments, csv_of, listed, upload, xlsx_of
from tests.cast import Cast, part_of

SignIn = Callable[[Actor], Client]
THREE = [listed(number) for number in range(3)]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def url_of(part: SessionPart) -> str:
    return reverse("candidates:enrolment_import", args=[part.session.code, part.crfp.code])


def confirmation(page: Any) -> dict[str, str]:
    """The hidden fields of the preview."""
    return dict(
        re.findall(r'<input type="hidden" name="(ticket|expected)" value="([^"]+)"', page.content.decode())
    )


def test_a_list_goes_in_once_confirmed(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    page = client.post(url_of(gc_part), upload(xlsx_of(THREE), "liste.xlsx"))
    assert "Inscrire 3 candidats" in text_of(page)
    assert not Enrolment.objects.exists()
    answer = client.post(url_of(gc_part), confirmation(page), follow=True)
    assert "3 candidats inscrits." in text_of(answer)
    assert Enrolment.objects.filter(part=gc_part).count() == 3


def test_a_second_click_does_nothing_twice(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    fields = confirmation(client.post(url_of(gc_part), upload(csv_of(THREE))))
    client.post(url_of(gc_part), fields)
    again = client.post(url_of(gc_part), fields, follow=True)
    assert "déjà inscrits : rien n’a été ajouté" in text_of(again)
    assert Enrolment.objects.count() == 3


def test_what_is_left_out_is_said_before_and_after(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    lines = [*THREE, listed(7, option="Aucune"), listed(8, email="noe")]
    page = client.post(url_of(gc_part), upload(csv_of(lines)))
    text = text_of(page)
    assert "Option : « Aucune » n’est pas une valeur connue." in text.replace("\xa0", " ")
    assert "(ligne 5)" in text
    assert "Inscrire seulement ces 3 candidats" in text
    answer = text_of(client.post(url_of(gc_part), confirmation(page), follow=True))
    assert "3 candidats inscrits. 2 lignes non reprises du fichier : 5, 6." in answer


def test_nothing_valid_gives_nothing_to_confirm(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    page = sign_in(cast.clerk).post(url_of(gc_part), upload(csv_of([listed(1, organisme="?")])))
    assert "Aucune ligne ne peut être reprise" in text_of(page)
    assert confirmation(page) == {}


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


def test_no_file_is_said(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    assert "Choisissez le fichier à lire." in text_of(sign_in(cast.clerk).post(url_of(gc_part)))


def test_a_session_that_changed_meanwhile_asks_for_the_file_again(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    all_three = confirmation(client.post(url_of(gc_part), upload(csv_of(THREE))))
    client.post(url_of(gc_part), confirmation(client.post(url_of(gc_part), upload(csv_of(THREE[:1])))))
    page = client.post(url_of(gc_part), all_three)
    assert "La session a changé depuis l’aperçu" in text_of(page)
    assert Enrolment.objects.count() == 1


def test_a_ticket_is_worth_nothing_elsewhere(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, dam_part: SessionPart
) -> None:
    fields = confirmation(sign_in(cast.clerk).post(url_of(gc_part), upload(csv_of(THREE))))
    stale = "L’aperçu n’est plus valable"
    assert stale in text_of(sign_in(cast.clerk).post(url_of(dam_part), fields))
    other = part_of(gc_part.session, "CRFP-LIL")
    assert stale in text_of(sign_in(cast.outsider).post(url_of(other), fields))
    forged = fields | {"ticket": fields["ticket"][:-2] + "xx"}
    assert stale in text_of(sign_in(cast.clerk).post(url_of(gc_part), forged))
    assert not Enrolment.objects.exists()


def test_after_the_deadline_neither_file_nor_ticket_goes_in(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    fields = confirmation(client.post(url_of(gc_part), upload(csv_of(THREE))))
    close_enrolments(gc_part.session)
    assert "Les inscriptions sont closes" in text_of(client.get(url_of(gc_part)))
    assert "Les inscriptions sont closes" in text_of(client.post(url_of(gc_part), fields))
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
