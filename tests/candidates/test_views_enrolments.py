"""One enrolment on screen: made, read, corrected, given up, and the derogation."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from candidates.forms.enrolments import EnrolmentForm
from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from tests.candidates.pages import close_enrolments, typed
from tests.cast import Cast, enrol_some

SignIn = Callable[[Actor], Client]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def enrol_url(part: SessionPart) -> str:
    return reverse("candidates:enrol", args=[part.session.code, part.crfp.code])


def url(name: str, enrolment: Enrolment) -> str:
    return reverse(f"candidates:{name}", args=[enrolment.pk])


def test_a_candidate_is_enrolled_with_a_number(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    answer = sign_in(cast.clerk).post(enrol_url(gc_part), typed(), follow=True)
    made = Enrolment.objects.get(part=gc_part)
    assert made.candidate.full_name == "LAMBERT Noémie"
    assert (made.tutor.email, made.option and made.option.code) == ("tutor@exemple.fr", "MALADIE")
    assert answer.redirect_chain == [(url("enrolment_detail", made), 302)]
    assert made.number in text_of(answer)


def test_one_then_another_comes_back_to_an_empty_form(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    answer = sign_in(cast.clerk).post(enrol_url(gc_part), typed(again="1"))
    assert answer["Location"] == enrol_url(gc_part)


def test_a_session_without_options_asks_for_none(cast: Cast, sign_in: SignIn, dam_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    assert "Choisir une option" not in text_of(client.get(enrol_url(dam_part)))
    client.post(enrol_url(dam_part), typed())
    assert Enrolment.objects.get(part=dam_part).option is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("birth_name", "", "Ce champ est obligatoire."),
        ("birth_date", "31/02/1990", "Cette date n’existe pas : écrivez-la jj/mm/aaaa."),
        ("birth_date", "08/03/2094", "Cette date de naissance est invraisemblable : vérifiez l’année."),
        ("email", "noemie", "Cette adresse est incomplète"),
        ("option", "", "Ce champ est obligatoire."),
        ("option", "INCONNUE", "INCONNUE n’en fait pas partie."),
        ("organisme", "CRFP-LYO", "CRFP-LYO n’en fait pas partie."),
        ("tutor_email", "NOEMIE.lambert@exemple.fr", "nul ne peut être juge et partie"),
        ("manager_email", "noemie.lambert@exemple.fr", "nul ne peut être juge et partie"),
        ("corrector_last_name", "Blanc", "Complétez le correcteur, ou effacez ses trois champs."),
        ("premss_start", "hier", "Cette date n’existe pas"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_stays(
    field: str, value: str, sentence: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    page = sign_in(cast.clerk).post(enrol_url(gc_part), typed(**{field: value}))
    text = text_of(page)
    assert page.status_code == 200
    assert sentence in text.replace("&#x27;", "’").replace("'", "’")
    assert 'value="Grenoble"' in text
    assert not Enrolment.objects.exists()


def test_the_same_person_is_not_enrolled_twice(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    client.post(enrol_url(gc_part), typed())
    page = client.post(enrol_url(gc_part), typed(birth_name="LAMBERT", tutor_last_name="Roux"))
    assert "LAMBERT Noémie est déjà inscrit à cette session." in text_of(page)
    assert 'value="Roux"' in text_of(page)
    assert Enrolment.objects.count() == 1


def test_after_the_deadline_the_form_gives_way_to_the_reason(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    close_enrolments(gc_part.session)
    client = sign_in(cast.clerk)
    assert "Les inscriptions sont closes" in text_of(client.get(enrol_url(gc_part)))
    assert "Les inscriptions sont closes" in text_of(client.post(enrol_url(gc_part), typed()))
    assert not Enrolment.objects.exists()


def test_another_crfp_finds_no_form_here(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    assert sign_in(cast.outsider).post(enrol_url(gc_part), typed()).status_code == 404
    assert sign_in(cast.ucanss).get(enrol_url(gc_part)).status_code == 403


def test_an_enrolment_tells_everything(cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]) -> None:
    enrolment = gc_enrolments[0]
    text = text_of(sign_in(cast.clerk).get(url("enrolment_detail", enrolment)))
    candidate = enrolment.candidate
    for expected in (
        candidate.birth_name,
        candidate.email,
        enrolment.number,
        "TISSOT Thomas",
        "MERCIER Maud",
    ):
        assert expected in text


@pytest.mark.parametrize(
    "name", ["enrolment_detail", "enrolment_edit", "enrolment_withdraw", "enrolment_story"]
)
def test_an_enrolment_of_another_crfp_is_not_found(
    name: str, cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    assert sign_in(cast.outsider).get(url(name, gc_enrolments[0])).status_code == 404


def test_an_enrolment_is_corrected(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    client.post(enrol_url(gc_part), typed())
    enrolment = Enrolment.objects.get()
    assert 'value="1994-03-08"' in text_of(client.get(url("enrolment_edit", enrolment)))
    corrector = {"last_name": "Blanc", "first_name": "Léa", "email": "lea.blanc@exemple.fr"}
    changes = {f"corrector_{name}": value for name, value in corrector.items()}
    client.post(url("enrolment_edit", enrolment), typed(birth_place="Chambéry", **changes))
    enrolment.refresh_from_db()
    assert enrolment.candidate.birth_place == "Chambéry"
    assert enrolment.corrector is not None
    assert enrolment.corrector.full_name == "BLANC Léa"


def test_the_identity_of_somebody_else_is_refused(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    client = sign_in(cast.clerk)
    client.post(enrol_url(gc_part), typed())
    page = client.post(url("enrolment_edit", gc_enrolments[0]), typed())
    assert "Une autre personne porte déjà cette identité" in text_of(page)


def test_a_withdrawal_needs_its_motive_and_greys_the_row(
    cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    enrolment, client = gc_enrolments[0], sign_in(cast.clerk)
    page = client.post(url("enrolment_withdraw", enrolment), {"motive": "  "})
    assert "Indiquez le motif" in text_of(page)
    client.post(url("enrolment_withdraw", enrolment), {"motive": "Mutation à Brest"})
    enrolment.refresh_from_db()
    assert enrolment.state == EnrolmentState.WITHDRAWN
    text = text_of(client.get(url("enrolment_detail", enrolment)))
    assert "Mutation à Brest" in text
    assert "Ce candidat s’est déjà désisté." in text
    twice = client.post(url("enrolment_withdraw", enrolment), {"motive": "Mutation à Brest"})
    assert twice["Location"] == url("enrolment_detail", enrolment)
    again = client.post(url("enrolment_withdraw", enrolment), {"motive": "Encore"})
    assert "Ce candidat s’est déjà désisté." in text_of(again)


def test_only_the_ucanss_grants_a_derogation(
    cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    enrolment = gc_enrolments[0]
    assert sign_in(cast.clerk).get(url("derogation_grant", enrolment)).status_code == 403
    client = sign_in(cast.ucanss)
    client.post(url("derogation_grant", enrolment), {"motive": "Congé maternité"})
    enrolment.refresh_from_db()
    assert enrolment.derogation_by == cast.ucanss.user
    assert "Congé maternité" in text_of(client.get(url("enrolment_detail", enrolment)))


def test_a_course_that_begins_after_the_exams_is_refused_in_the_form(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    late = gc_part.session.exam_last_day + timedelta(days=1)
    page = sign_in(cast.clerk).post(enrol_url(gc_part), typed(premss_start=late.isoformat()))
    assert "ne peut pas suivre le dernier jour des épreuves" in text_of(page)
    assert not Enrolment.objects.exists()


def test_who_withdrew_is_enrolled_again_from_his_or_her_page(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    client.post(enrol_url(gc_part), typed())
    enrolment = Enrolment.objects.get()
    client.post(url("enrolment_withdraw", enrolment), {"motive": "Mutation"})
    back = f"{enrol_url(gc_part)}?reprendre={enrolment.pk}"
    assert back in text_of(client.get(url("enrolment_detail", enrolment)))
    assert 'value="Noémie, Jeanne"' in text_of(client.get(back))
    assert 'value="Noémie' not in text_of(client.get(f"{enrol_url(gc_part)}?reprendre={'9' * 30}"))
    answer = client.post(back, typed(), follow=True)
    assert enrolment.number in text_of(answer)
    enrolment.refresh_from_db()
    assert enrolment.state == EnrolmentState.ENROLLED
    close_enrolments(gc_part.session)
    client.post(url("enrolment_withdraw", enrolment), {"motive": "Mutation"})
    text = text_of(client.get(url("enrolment_detail", enrolment)))
    assert "Les inscriptions sont closes" in text
    assert back not in text


def test_what_paper_cannot_show_is_refused_where_it_was_typed() -> None:
    field = EnrolmentForm.base_fields["birth_name"]
    assert field.clean("Du\u200bpont  Martin") == "Dupont Martin"
    with pytest.raises(ValidationError, match="ne peut pas être imprimé"):
        field.clean("Dupont\x07")


def test_who_may_not_record_a_withdrawal_is_not_led_to_its_door(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    (one,) = enrol_some(cast, gc_part, 1)
    page, door = url("enrolment_detail", one), url("enrolment_withdraw", one)
    assert door in text_of(sign_in(cast.clerk).get(page))
    assert door not in text_of(sign_in(cast.ucanss).get(page))
