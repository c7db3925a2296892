"""An unfavourable opinion: argued at some length, and about this candidate only (R34)."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from candidates.models import Candidate, Enrolment, SessionPart
from candidates.services.enrolments import Identity
from cqp.accounts.actor import Actor
from cqp.workflow import Refusal
from juries.models import Opinion
from juries.opinion_rules import names_question, opinion_refusal
from juries.rules import Refusals
from juries.services.local import OpinionEntry, give_opinion, record_hearing
from tests.cast import Cast, enrol_some
from tests.juries.scenes import composed_jury

SignIn = Callable[[Actor], Client]


def who(birth_name: str, first_names: str = "Zoé", used_name: str = "") -> Candidate:
    return Candidate(birth_name=birth_name, first_names=first_names, used_name=used_name)


JUDGED = who("Martin-Dupont", "Anne Lise")


@pytest.mark.parametrize(
    ("argument", "other", "cited"),
    [
        ("Moins solide que DUPRE.", who("Dupré"), "Dupré"),
        ("Comme l’élève d’Aubigné, il hésite.", who("Aubigné"), "Aubigné"),
        ("Rappelle Jean-Pierre en mieux.", who("Roy", "Jean-Pierre Luc"), "Jean-Pierre"),
        ("Le mémoire de Mme Leroy.", who("Petit", used_name="Leroy"), "Leroy"),
        ("Le dossier d’eloïse est meilleur.", who("Roy", "Éloïse"), "Éloïse"),
        ("Mme de la Tour a mieux répondu.", who("de la Tour"), "de la Tour"),
    ],
)
def test_another_candidate_named_is_asked_about(argument: str, other: Candidate, cited: str) -> None:
    assert (
        names_question(argument, JUDGED, [other]) == f"L’argument cite {cited}, un autre candidat de ce jury."
    )


@pytest.mark.parametrize(
    ("argument", "other"),
    [
        ("Le dossier reste fragile.", who("Fragil")),  # not a whole word
        ("Mme Martin-Dupont hésite.", who("Martin")),  # part of the judged candidate's own name
        ("Anne doit revoir la réglementation.", who("Roy", "Anne")),  # both are called so
        ("Jean n’est pas Jean-Pierre.", who("Roy", "Luc")),
        ("La candidate le sait.", who("Lê", "La")),  # two letters are nobody
        ("", who("Roy")),
    ],
)
def test_a_name_of_ones_own_or_no_name_asks_nothing(argument: str, other: Candidate) -> None:
    assert names_question(argument, JUDGED, [other]) is None


def test_several_names_are_said_in_one_sentence() -> None:
    said = names_question("Roy puis Petit, puis Roy.", JUDGED, [who("Petit"), who("Roy")])
    assert said == "L’argument cite Roy et Petit, d’autres candidats de ce jury."


def test_the_longest_name_is_the_one_cited() -> None:
    said = names_question("Martin-Dupont-Aignan a mieux fait.", JUDGED, [who("Martin-Dupont-Aignan")])
    assert said
    assert "Martin-Dupont-Aignan" in said


@pytest.mark.parametrize(("length", "refused"), [(0, True), (14, True), (15, False)])
def test_an_unfavourable_opinion_is_argued_at_some_length(length: int, refused: bool) -> None:
    said = opinion_refusal(favourable=False, argument="x" * length, minimum=15)
    assert (said is not None) is refused
    assert opinion_refusal(favourable=True, argument="x" * length, minimum=15) is None


@pytest.fixture
def named(cast: Cast, gc_part: SessionPart) -> list[Enrolment]:
    """Two candidates of one jury, the second a Dupont; a Durand of the same session is heard elsewhere."""
    found = []
    for name in ("Morin", "Dupont", "Durand"):
        identity = Identity(
            birth_name=name,
            first_names=f"Prénom{name}",
            birth_date=date(1990, 5, 1),
            birth_place="Lyon",
            email=f"{name.lower()}@exemple.fr",
        )
        found += enrol_some(cast, gc_part, 1, identity=identity)
    composed_jury(cast, gc_part, found[:2])
    composed_jury(cast, gc_part, found[2:], "Jury 2")
    return found


def test_the_name_of_another_candidate_must_be_meant(
    cast: Cast, named: list[Enrolment], now: datetime
) -> None:
    hearing, argument = named[0].hearing, "Un dossier moins tenu que celui de dupont."
    values = {"hearing": hearing, "favourable": False, "argument": argument, "by": cast.juror, "at": now}

    with pytest.raises(Refusals) as asked:
        give_opinion(**values, version=0)  # type: ignore[arg-type]
    assert asked.value.sentences == {"argument": "L’argument cite Dupont, un autre candidat de ce jury."}
    assert not Opinion.objects.exists()

    give_opinion(**values, version=0, names_confirmed=True)  # type: ignore[arg-type]
    give_opinion(**values, version=0)  # type: ignore[arg-type]  # confirmed once, the same text asks no more
    assert Opinion.objects.get().version == 1


def test_somebody_heard_by_another_jury_may_be_a_word(
    cast: Cast, named: list[Enrolment], now: datetime
) -> None:
    opinion = OpinionEntry(False, "Rien à voir avec Durand, qui est ailleurs.", 0)
    record_hearing(hearing=named[0].hearing, marks=[], opinion=opinion, by=cast.juror, at=now)
    assert Opinion.objects.get().argument.startswith("Rien")


def test_a_short_argument_is_refused_by_the_number_of_the_regulation(
    cast: Cast, named: list[Enrolment], now: datetime
) -> None:
    with pytest.raises(Refusal, match="15 caractères au moins"):
        give_opinion(
            hearing=named[0].hearing, favourable=False, argument="Non.", version=0, by=cast.juror, at=now
        )


def test_the_page_asks_then_takes_the_tick(named: list[Enrolment], cast: Cast, sign_in: SignIn) -> None:
    client, url = sign_in(cast.juror), reverse("juries:hearing", args=[named[0].hearing.pk])
    data = {
        "note-ORAL": "8",
        "version-ORAL": "0",
        "opinion_version": "0",
        "opinion": "non-attribution",
        "argument": "Un dossier moins tenu que Dupont.",
    }
    assert "C’est voulu" not in client.get(url).content.decode()

    asked = client.post(url, data).content.decode()
    answer = client.post(url, data | {"names_confirmed": "on"})

    assert "L’argument cite Dupont" in asked
    assert "C’est voulu" in asked
    assert answer.status_code == 302
    assert Opinion.objects.get().argument == "Un dossier moins tenu que Dupont."
