"""The register of holders: everybody certified, found by name or number, with what became of it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, Certification, Enrolment, Option, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards.register import STATUSES, certificates_of, of_status
from cqp.awards.register_statistics import Line, statistics
from juries.certificate_status import status_of, with_status
from juries.models import Certificate, ProclaimedFile
from juries.rectification import Corrections
from juries.states import Outcome
from tests.awards.flux_scenes import certified, complete, flux_of, number_of, reported, sender
from tests.cast import Cast
from tests.juries.rectification_scenes import REPAIRED, SPOILT, proclaimed_three, rectified

__all__ = ["sender"]

SignIn = Callable[[Actor], Client]
URL = "/titulaires/"
RENAMED = Corrections(identity={"birth_name": "Nouveau"})


@pytest.fixture
def holders(cast: Cast, gc_part: SessionPart) -> list[Enrolment]:
    return certified(cast, gc_part)


def found(client: Client, **query: str) -> list[int]:
    """The enrolments of the page."""
    page = client.get(URL, query)
    assert page.status_code == 200
    return [row.decision.enrolment_id for row, *_rest in page.context["lines"]]


def test_a_holder_is_found_by_the_beginning_of_a_name_accents_apart(
    cast: Cast, holders: list[Enrolment], sign_in: SignIn
) -> None:
    first, second = holders
    Candidate.objects.filter(pk=first.candidate_id).update(birth_name="Énault", sort_key="ENAULT EVE")
    Candidate.objects.filter(pk=second.candidate_id).update(
        birth_name="Dupont", used_name="Zwick", sort_key="DUPONT ZOE"
    )
    client = sign_in(cast.cpnefp)
    assert found(client, q="éna") == found(client, q="  ENAULT  eve ") == [first.pk]
    assert found(client, q="zwi") == found(client, q="dupont") == [second.pk]
    assert found(client, q="ault") == []
    Candidate.objects.filter(pk=second.candidate_id).update(used_name="D’Élan-Nguyễn", first_names="Zoé, Éva")
    for typed in ("d'elan", "D’ÉLAN", "d élan nguyen", "D'ÉLAN-NGUYỄN Zoé", "delan"):
        assert found(client, q=typed) == ([second.pk] if typed != "delan" else []), typed
    assert found(client, q=".*") == found(client, q="[d]") == found(client, q="d.elan") == []
    assert found(client, q="é" * 3_000) == found(client, q="\U0001f600") == []
    assert found(client, q="%") == found(client, q="_____") == found(client, q="'; --") == []


def test_a_certificate_is_found_by_its_number_or_its_code(
    cast: Cast, holders: list[Enrolment], sign_in: SignIn
) -> None:
    client = sign_in(cast.ucanss)
    for certificate in Certificate.objects.all():
        mine = [certificate.decision.enrolment_id]
        assert found(client, q=certificate.number.lower()) == mine
        assert found(client, q=certificate.code.replace("-", " ").lower()) == mine
    assert len(found(client, q=holders[0].session.code)) == 2
    assert found(client, q="gc") == found(client, q="GC-") == [], "a name that a number begins with"


def test_each_filter_keeps_what_it_says(cast: Cast, holders: list[Enrolment], sign_in: SignIn) -> None:
    client, one = sign_in(cast.ucanss), holders[0]
    keep = {
        "certification": "GC",
        "option": one.option.code if one.option else "",
        "session": one.session.code,
        "annee": str(timezone.localdate().year),
        "organisme": "CPAM-LYO",
        "crfp": "CRFP-LYO",
        "statut": "valide",
        "transmission": "a-transmettre",
    }
    drop = {
        "certification": "DAM",
        "option": "RECOUVREMENT",
        "organisme": "CAF-LIL",
        "crfp": "CRFP-LIL",
        "statut": "annule",
        "transmission": "accepte",
    }
    for name, value in keep.items():
        assert len(found(client, **{name: value})) == 2, name
    for name, value in drop.items():
        assert found(client, **{name: value}) == [], name
    assert "Aucun titulaire ne répond" in client.get(URL, drop).content.decode()
    other = Certification.objects.get(code="DAM")
    Option.objects.create(certification=other, code=keep["option"], label="Du même code")
    assert len(found(client, option=keep["option"])) == 2
    for name in [*keep, "q", "page"]:  # a choice nobody offers filters nothing
        for value in ("1900", "\x00", "-1") if name != "q" else ("\x00",):
            assert len(found(client, **{name: value})) == 2, name


def test_the_statuses_of_the_filter_are_those_of_the_certificates(cast: Cast, gc_part: SessionPart) -> None:
    first, second, third, _fourth = certified(cast, gc_part, 4)
    rectified(cast, first, corrections=RENAMED, outcome=Outcome.CERTIFIED)
    rectified(cast, second, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    rectified(cast, third, corrections=RENAMED, outcome=Outcome.CERTIFIED)
    rectified(cast, third, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    every = certificates_of(cast.ucanss)
    told: dict[str, set[str]] = {key: set() for key, _label in STATUSES}
    for row in with_status(every):
        status = status_of(row)
        key = "valide" if status.is_valid else "annule" if status.is_withdrawn else "remplace"
        told[key].add(row.number)
    assert {key: len(numbers) for key, numbers in told.items()} == {"valide": 2, "remplace": 1, "annule": 3}
    for key, numbers in told.items():
        assert set(of_status(every, key).values_list("number", flat=True)) == numbers


@pytest.mark.parametrize("who", ["clerk", "juror", "tutor", "organisme"])
def test_the_register_is_not_for_everybody(
    cast: Cast, holders: list[Enrolment], sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(cast, who))
    for url in (URL, f"{URL}statistiques/", reverse("awards:holder_history", args=[number_of(holders[0])])):
        assert client.get(url).status_code == 403


def test_an_empty_register_says_so(cast: Cast, sign_in: SignIn) -> None:
    assert "Aucun certificat n’est encore délivré" in sign_in(cast.cpnefp).get(URL).content.decode()


def test_the_list_costs_the_same_for_one_and_three(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    enrolments = certified(cast, gc_part, 3)
    client = sign_in(cast.ucanss)

    def cost(**query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, query)
        return len(queries)

    assert cost() == cost(q=number_of(enrolments[0]))
    assert len(found(client)) == 3


@pytest.mark.usefixtures("sender")
def test_the_history_says_what_became_of_a_certificate(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    first, second = certified(cast, gc_part)
    complete([first, second], cast.clerk)
    reported(cast, flux_of(cast, gc_part.session), {number_of(first): "Plusieurs <titulaires>"})
    rectified(cast, first, corrections=RENAMED, outcome=Outcome.CERTIFIED)
    client, old = sign_in(cast.ucanss), number_of(first)
    page = client.get(reverse("awards:holder_history", args=[old])).content.decode()
    new = Certificate.objects.in_force().get(decision__enrolment=first).number
    assert f"par le n° {new}" in page
    assert reverse("awards:holder_history", args=[new]) in page
    assert "Plusieurs &lt;titulaires&gt;" in page
    for words in (
        "décision rectificative n°&nbsp;1",
        "Passage rejeté",
        "Identité complétée",
        "Aucun duplicata",
    ):
        assert words in page
    assert client.get(reverse("awards:holder_history", args=["GC-1900-01-00001"])).status_code == 404
    reader = sign_in(cast.cpnefp).get(reverse("awards:holder_history", args=[new])).content.decode()
    assert "Sexe et lieu de naissance" not in reader


def test_statistics_tell_what_is_decided_today(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    _certified, failed, _excused = proclaimed_three(cast, gc_part)
    (line,) = statistics(ProclaimedFile.objects.all())
    assert (line.certified, line.refused, line.deferred, line.total) == (1, 1, 1, 3)
    assert line.rate == Decimal("50.0")
    rectified(cast, failed, corrections=REPAIRED, outcome=Outcome.CERTIFIED)
    (line,) = statistics(ProclaimedFile.objects.all())
    assert (line.certified, line.refused, line.rate) == (2, 0, Decimal("100.0"))
    page = sign_in(cast.cpnefp).get(f"{URL}statistiques/").content.decode()
    assert "100" in page
    assert 'class="rate-done" width="100"' in page


def test_statistics_without_a_proclamation_are_empty(cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.ucanss), f"{URL}statistiques/"
    assert statistics(ProclaimedFile.objects.all()) == []
    assert "Aucune session n’est encore proclamée" in client.get(url).content.decode()
    assert len(client.get(url, {"format": "csv"}).content.decode("utf-8-sig").splitlines()) == 1


def test_a_rate_is_of_those_judged() -> None:
    assert Line(2026, "GC", "", 2, 1, 5).rate == Decimal("66.7")
    assert Line(2026, "GC", "", 0, 0, 5).rate is None
