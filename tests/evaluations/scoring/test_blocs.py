"""The regime in blocs: a table a member of a jury can read, and what holds for every candidate."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluations.reference import regulation_data
from evaluations.scoring import (
    BlocResult,
    BlocRule,
    BlocScheme,
    Conclusion,
    Course,
    Heard,
    SchemeError,
    Scope,
    Verdict,
    Words,
    account_of,
    judge_all,
)

SCHEME = BlocScheme.from_data(regulation_data("DAM_BLOCS"))
WORDS = {"oui": True, "non": False, "acquis": True, "non acquis": False, "-": None}
VOICES = {"tuteur": "tutor", "manager": "manager", "jury": "jury"}

with (Path(__file__).parent / "blocs.csv").open(encoding="utf-8", newline="") as table:
    VECTORS = list(csv.DictReader(table, delimiter=";"))


def all_said(scheme: BlocScheme = SCHEME) -> dict[str, Heard]:
    """A candidate for whom everybody said yes; the jury on key competences only."""
    return {
        bloc.code: Heard({c.code: Words(True, True, True if c.is_key else None) for c in bloc.competences})
        for bloc in scheme.blocs
    }


def heard_of(exceptions: str) -> dict[str, Heard]:
    """The same, but for what the column « sauf » of the table says."""
    heard = all_said()
    for exception in filter(None, exceptions.split(", ")):
        about, _, rest = exception.partition(" ")
        bloc = about[:2]
        if about != bloc:
            voice, _, word = rest.partition(" ")
            words = replace(heard[bloc].words[about], **{VOICES[voice]: WORDS[word]})
            heard[bloc] = replace(heard[bloc], words={**heard[bloc].words, about: words})
        elif rest == "conservé":
            heard[bloc] = Heard({}, kept=date(2025, 6, 30))
        elif rest == "en cours":
            heard[bloc] = replace(heard[bloc], is_open=True)
        elif rest == "-":
            heard[bloc] = Heard({})
        else:
            conclusion = {"non acquis": Conclusion.NOT_ACQUIRED}.get(rest) or Conclusion(rest)
            heard[bloc] = replace(heard[bloc], conclusion=conclusion)
    return heard


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v['cas']} {v['situation']}" for v in VECTORS])
def test_the_candidate_is_judged_as_the_table_says(vector: dict[str, str]) -> None:
    result = judge_all(SCHEME, heard_of(vector["sauf"]))
    assert " ".join(result.acquired) == vector["blocs_acquis"]
    assert result.verdict == vector["resultat"]
    assert " ".join(reason.key for reason in result.reasons) == vector["motifs"]


def test_every_case_of_the_table_is_another_one() -> None:
    assert len({vector["sauf"] for vector in VECTORS}) == len(VECTORS) == 23


# --- Every candidate ----------------------------------------------------------------------------------------

PLACES = [
    (bloc.code, c.code, voice) for bloc in SCHEME.blocs for c in bloc.competences for voice in VOICES.values()
]
any_words = st.builds(Words, *[st.sampled_from([True, True, True, False, None])] * 3)


@st.composite
def candidates(draw: Any) -> dict[str, Heard]:
    return {
        bloc.code: Heard(
            {c.code: draw(any_words) for c in bloc.competences},
            draw(st.sampled_from([None, None, None, *Conclusion])),
        )
        for bloc in SCHEME.blocs
    }


def without(heard: dict[str, Heard], place: tuple[str, str, str], word: bool | None) -> dict[str, Heard]:
    bloc, competence, voice = place
    words = replace(heard[bloc].words[competence], **{voice: word})
    return heard | {bloc: replace(heard[bloc], words={**heard[bloc].words, competence: words})}


@given(heard=candidates(), place=st.sampled_from(PLACES), word=st.sampled_from([None, False]))
def test_taking_a_word_away_never_turns_a_bloc_acquired(heard, place, word) -> None:
    before = judge_all(SCHEME, without(heard, place, True))
    after = judge_all(SCHEME, without(heard, place, word))
    assert set(after.acquired) <= set(before.acquired)
    assert not (after.verdict is Verdict.CERTIFIABLE and before.verdict is not Verdict.CERTIFIABLE)


@given(
    heard=candidates(), key=st.sampled_from([c.code for b in SCHEME.blocs for c in b.competences if c.is_key])
)
def test_a_key_competence_without_the_jury_never_makes_its_bloc(heard, key) -> None:
    for word in (None, False):
        assert key[:2] not in judge_all(SCHEME, without(heard, (key[:2], key, "jury"), word)).acquired


def to_declare_by_hand(heard: dict[str, Heard]) -> tuple[str, list[str]]:
    """The same rule once more, written from the sentence of the regulation and nothing else."""
    states = {}
    for bloc in SCHEME.blocs:
        said = heard[bloc.code]
        words = [said.words[c.code] for c in bloc.competences]
        refusals = [w for one in words for w in (one.tutor, one.manager, one.jury) if w is False]
        needed = [w for one in words for w in (one.tutor, one.manager)]
        needed += [one.jury for c, one in zip(bloc.competences, words, strict=True) if c.is_key]
        if said.conclusion == "ABJ":
            states[bloc.code] = "reporté"
        elif refusals or said.conclusion in ("ABS", "NON_ACQUIS"):
            states[bloc.code] = "non"
        else:
            states[bloc.code] = "?" if None in needed else "oui"
    acquired = [code for code, state in states.items() if state == "oui"]
    if "reporté" in states.values():
        return "REPORTE", acquired
    if "?" in states.values():
        return "INCOMPLET", acquired
    return "CERTIFIABLE" if len(acquired) == 3 else "NON_CERTIFIABLE", acquired


@given(heard=candidates())
def test_two_ways_of_judging_agree(heard) -> None:
    result = judge_all(SCHEME, heard)
    assert (result.verdict, list(result.acquired)) == to_declare_by_hand(heard)
    assert bool(result.reasons) == (result.verdict is not Verdict.CERTIFIABLE)


# --- The rule is data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "exceptions", "acquired"),
    [
        (BlocRule(manager=Scope.KEY), "B1C1 manager -", "B1 B2 B3"),
        (BlocRule(manager=Scope.KEY), "B1C2 manager -", "B2 B3"),
        (BlocRule(tutor=Scope.NONE), "B1C2 tuteur -", "B1 B2 B3"),
        (BlocRule(jury=Scope.ALL), "", ""),
        (BlocRule(jury=Scope.NONE), "B1C2 jury -", "B1 B2 B3"),
        (BlocRule(jury=Scope.NONE), "B1C2 jury non acquis", "B2 B3"),
    ],
)
def test_whose_word_is_needed_is_for_the_regulation_to_say(rule, exceptions, acquired) -> None:
    scheme = replace(SCHEME, rule=rule)
    assert " ".join(judge_all(scheme, heard_of(exceptions)).acquired) == acquired


def test_a_regulation_may_certify_with_fewer_blocs() -> None:
    scheme = replace(SCHEME, rule=BlocRule(blocs_needed=2))
    assert judge_all(scheme, heard_of("B1C2 jury non acquis")).verdict is Verdict.CERTIFIABLE
    assert (
        judge_all(scheme, heard_of("B1C2 jury non acquis, B2C1 tuteur non")).verdict
        is Verdict.NON_CERTIFIABLE
    )


def test_the_conditions_of_the_course_hold_in_blocs_too() -> None:
    scheme = replace(SCHEME, requires_pass=True, max_months=24)
    for course, verdict in (
        (Course(pass_followed=None), Verdict.INCOMPLET),
        (Course(pass_followed=False), Verdict.NON_CERTIFIABLE),
        (Course(True, date(2024, 1, 10), date(2026, 1, 10)), Verdict.CERTIFIABLE),
        (Course(True, date(2024, 1, 10), date(2026, 1, 11)), Verdict.NON_CERTIFIABLE),
    ):
        assert judge_all(scheme, all_said(), course).verdict is verdict


def test_the_rule_is_written_and_read_back() -> None:
    scheme = replace(SCHEME, rule=BlocRule(jury=Scope.ALL, blocs_needed=2))
    assert BlocScheme.from_data(scheme.to_data()) == scheme


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"blocs": []}, "au moins un bloc"),
        ({"bloc_rule": None}, "bloc_rule"),
        (
            {"bloc_rule": {"tutor": "TOUTES", "manager": "TOUTES", "jury": "PEUT-ETRE"}},
            "TOUTES, CLES ou AUCUNE",
        ),
        ({"bloc_rule": {"tutor": "TOUTES", "manager": "TOUTES"}}, "jury"),
        (
            {"bloc_rule": {"tutor": "TOUTES", "manager": "TOUTES", "jury": "CLES", "blocs_needed": 4}},
            "plus de blocs",
        ),
        ({"blocs": [{"code": "B1", "title": "Un", "competences": []}]}, "aucune compétence"),
        ({"bloc_rule": {"tutor": "AUCUNE", "manager": "AUCUNE", "jury": "AUCUNE"}}, "personne n’aurait"),
    ],
)
def test_a_faulty_rule_is_refused_in_french(change: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemeError, match=says):
        BlocScheme.from_data(regulation_data("DAM_BLOCS") | change)


def test_a_bloc_or_a_competence_nobody_knows_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="B9"):
        judge_all(SCHEME, {"B9": Heard({})})
    with pytest.raises(ValueError, match="B2C1"):
        judge_all(SCHEME, {"B1": Heard({"B2C1": Words()})})


# --- What is read of a result -------------------------------------------------------------------------------


def test_the_account_says_every_word_of_every_competence() -> None:
    account = account_of(judge_all(SCHEME, heard_of("B1C2 jury non acquis, B3 conservé")).to_data())
    assert [group.state.text for group in account.groups] == [
        "non acquis",
        "acquis",
        "conservé, acquis le 30/06/2025",
    ]
    assert [len(group.rows) for group in account.groups] == [6, 5, 0]
    row = account.groups[0].rows[1]
    assert row.label.startswith("B1C2 ")
    assert row.label.endswith("(compétence clé)")
    assert [(cell.text, cell.tone) for cell in row.cells] == [("oui", ""), ("oui", ""), ("non acquis", "bad")]
    assert account.figures[0].value == "2 sur 3"


def test_what_is_owed_says_whose_it_is() -> None:
    owed = judge_all(SCHEME, heard_of("B1C1 tuteur -, B2C2 jury -")).owed
    assert [one.by for one in owed] == ["CARNET", "JURY"]
    assert "B1C1" in owed[0].label
    assert judge_all(SCHEME, heard_of("B1C1 tuteur -, B2 ABJ")).owed == []


def test_one_bloc_short_of_the_certification_calls_for_a_look() -> None:
    def calls(exceptions: str) -> list[str]:
        return judge_all(SCHEME, heard_of(exceptions)).close_calls(Decimal(1), Decimal(1))

    assert calls("B1C2 jury non acquis") == ["Il manque un bloc"]
    assert calls("B1C2 jury non acquis, B2C1 tuteur non") == calls("") == []


def test_every_scheme_gives_as_many_values_as_headings() -> None:
    result: BlocResult = judge_all(SCHEME, all_said())
    assert len(result.values) == len(SCHEME.headings)
    assert len(result.cells) == len(SCHEME.columns)
