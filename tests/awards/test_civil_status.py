"""What the transmission wants besides the identity: sex, place of birth by code, completed by who may."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates import communes
from candidates.civil_status_rules import commune_refusal, country_refusal, place_refusal
from candidates.models import CivilStatus, Enrolment, SessionPart
from candidates.services.civil_status import Completion, complete_identities
from cqp.awards.identity_form import CivilStatusForm, code_typed
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from tests.awards.flux_scenes import certified, complete
from tests.cast import Cast


def done(enrolment: Enrolment, by: Any, **values: Any) -> CivilStatus:
    known = {"sex": "F", "birth_commune": "69123"} | values
    told = [Completion(enrolment, **known)]
    complete_identities(session=enrolment.session, completions=told, by=by, at=timezone.now())
    return CivilStatus.objects.get(candidate=enrolment.candidate_id)


def test_an_identity_is_completed_once_and_the_journal_keeps_no_word_of_it(
    cast: Cast, gc_enrolments: list[Enrolment]
) -> None:
    enrolment = gc_enrolments[0]
    assert done(enrolment, cast.clerk) == done(enrolment, cast.clerk)
    entry = Entry.objects.get(act=Act.COMPLETE_IDENTITY)
    assert entry.enrolment_ref == enrolment.pk
    assert "sexe" in entry.after
    assert "69123" not in entry.after
    done(enrolment, cast.ucanss, birth_commune="2a004")
    assert CivilStatus.objects.get().birth_commune_code == "2A004"
    assert "sexe" not in Entry.objects.filter(act=Act.COMPLETE_IDENTITY).latest("pk").after


def test_born_abroad_is_a_country_and_no_commune(cast: Cast, gc_enrolments: list[Enrolment]) -> None:
    done(gc_enrolments[0], cast.clerk)
    status = done(gc_enrolments[0], cast.clerk, birth_commune="", birth_country="99109")
    assert (status.birth_commune_code, status.birth_country_code) == ("", "99109")


@pytest.mark.parametrize(
    "values",
    [
        {"sex": ""},
        {"sex": "X"},
        {"birth_commune": ""},
        {"birth_country": "99109"},
        {"birth_commune": "69000"},
        {"birth_commune": "690'0"},
        {"birth_commune": "٦٩١٢٣", "is_old": True},
        {"birth_commune": "", "birth_country": "991٠٩"},
        {"birth_commune": "", "birth_country": "99100"},
        {"birth_commune": "", "birth_country": "DE"},
    ],
)
def test_what_cannot_be_right_is_refused(
    cast: Cast, gc_enrolments: list[Enrolment], values: dict[str, str]
) -> None:
    with pytest.raises(Refusal):
        done(gc_enrolments[0], cast.clerk, **values)
    assert not CivilStatus.objects.exists()


@pytest.mark.parametrize("who", ["outsider", "tutor", "cpnefp_president", "organisme"])
def test_only_its_crfp_and_ucanss_complete(cast: Cast, gc_enrolments: list[Enrolment], who: str) -> None:
    with pytest.raises(Refusal):
        done(gc_enrolments[0], getattr(cast, who))


def test_a_commune_that_is_no_more_is_confirmed(cast: Cast, gc_enrolments: list[Enrolment]) -> None:
    assert communes.commune_of("69001") is not None
    assert commune_refusal("69999", is_old=False)
    assert (
        done(gc_enrolments[0], cast.clerk, birth_commune="69999", is_old=True).birth_commune_code == "69999"
    )


def test_the_rules_say_what_is_a_code() -> None:
    assert place_refusal("", "")
    assert not commune_refusal("97411", is_old=False)
    assert commune_refusal("99109", is_old=True)
    assert commune_refusal("00123", is_old=True)
    assert not country_refusal("99352")
    assert country_refusal("99999")


def test_the_list_is_searched_by_code_and_by_name_without_accents() -> None:
    assert communes.named("LYON")[0].label == "69123 Lyon"
    assert [one.code for one in communes.found("6912")][:2] == ["69120", "69121"]
    assert communes.found("saint etienne")[0].name.startswith("Saint-Étienne")
    assert communes.named("VANDOEUVRE LES NANCY") == communes.named("Vandœuvre-lès-Nancy") != []
    assert communes.found("vandoeu") == communes.found("vandœu") != []
    assert communes.found("l") == communes.found("") == communes.found("zzzzzz") == []
    assert len(communes.found("saint")) == communes.SHOWN
    assert communes.named("Saint-Denis de la Réunion") == []
    assert {one.department for one in communes.named("Saint-Denis")} >= {"93", "974"}


@pytest.mark.parametrize(
    ("typed", "code", "refused"),
    [
        ("69123", "69123", False),
        ("69123 Lyon", "69123", False),
        (" lyon ", "69123", False),
        ("2a004 Ajaccio", "2A004", False),
        ("69123 LYON", "69123", False),
        ("69999 Lyon", "69999", False),  # the rule asks whether it is no more
        ("69001 Lyon", "", True),
        ("13001 Marseille", "", True),
        ("Saint-Denis", "", True),
        ("Nulle-Part", "", True),
        ("", "", True),
        ("69", "69", False),  # the rule says what a code is
    ],
)
def test_a_commune_is_typed_as_one_likes(typed: str, code: str, *, refused: bool) -> None:
    found, refusal = code_typed(typed)
    assert (found, bool(refusal)) == (code, refused)


def test_the_form_keeps_the_place_chosen_and_says_beside_its_field_what_is_wrong() -> None:
    form = CivilStatusForm(
        {"sex": "M", "place": "ETRANGER", "birth_commune": "Lyon", "birth_country": "99109"}
    )
    assert form.is_valid()
    assert (form.cleaned_data["birth_commune"], form.cleaned_data["birth_country"]) == ("", "99109")
    wrong = CivilStatusForm({"sex": "M", "place": "FRANCE", "birth_commune": "69380 000"})
    assert list(wrong.errors) == ["birth_commune"]
    assert list(CivilStatusForm({}).errors) == ["sex", "place", "birth_commune"]


# --- The pages ---


def test_the_list_leads_to_each_identity_and_empties(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    first, second = certified(cast, gc_part)
    client, url = sign_in(cast.clerk), reverse("awards:identity_list", args=[gc_part.session.code])
    page = client.get(url)
    form_url = reverse("awards:identity_complete", args=[first.pk])
    assert form_url in page.content.decode()
    values = {"sex": "F", "place": "FRANCE", "birth_commune": "69123 Lyon", "birth_country": ""}
    assert client.post(form_url, values)["Location"] == url
    assert client.post(form_url, values)["Location"] == url  # the double click
    assert [h.certificate.decision.enrolment for h in client.get(url).context["holders"]] == [second]
    complete([second], cast.clerk)
    assert "Toutes les identités sont complètes" in client.get(url).content.decode()
    assert 'value="69123 Lyon"' in client.get(form_url).content.decode()


def test_a_wrong_form_loses_nothing(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    (enrolment,) = certified(cast, gc_part, 1)
    url = reverse("awards:identity_complete", args=[enrolment.pk])
    page = sign_in(cast.clerk).post(url, {"sex": "M", "place": "FRANCE", "birth_commune": "<b>Nulle</b>"})
    assert page.status_code == 200
    assert "&lt;b&gt;Nulle&lt;/b&gt;" in page.content.decode()
    assert not CivilStatus.objects.exists()


def test_a_crfp_learns_nobody_is_certified_before_the_results_open(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    certified(cast, gc_part)
    gc_part.session.refresh_from_db()
    gc_part.session.results_open_at = timezone.now() + timedelta(days=2)
    gc_part.session.save(update_fields=["results_open_at"])
    url = reverse("awards:identity_list", args=[gc_part.session.code])
    assert not sign_in(cast.clerk).get(url).context["page"].object_list
    assert len(sign_in(cast.ucanss).get(url).context["page"].object_list) == 2


def test_another_crfp_finds_nothing(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    (enrolment,) = certified(cast, gc_part, 1)
    client = sign_in(cast.outsider)
    assert client.get(reverse("awards:identity_complete", args=[enrolment.pk])).status_code == 404
    assert (
        not client.get(reverse("awards:identity_list", args=[gc_part.session.code]))
        .context["page"]
        .object_list
    )


def test_the_box_offers_communes(cast: Cast, sign_in: Any) -> None:
    client, url = sign_in(cast.clerk), reverse("awards:commune_options")
    assert 'value="69123 Lyon"' in client.get(url, {"q": "lyon"}).content.decode()
    assert 'value="69123 Lyon"' in client.get(url, {"birth_commune": "lyon"}).content.decode()
    assert "<option" not in client.get(url, {"q": "<script>" * 50}).content.decode()


def test_the_list_costs_the_same_for_one_and_three(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    first, second, third = certified(cast, gc_part, 3)
    client, url = sign_in(cast.clerk), reverse("awards:identity_list", args=[gc_part.session.code])

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    three = cost()
    complete([first, second], cast.clerk)
    assert third.pk
    assert cost() == three
