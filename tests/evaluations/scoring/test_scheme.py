"""Regulations as data: what is shipped, and what is refused."""

import copy
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from evaluations.reference import UnknownRegulation, regulation_data, scheme_from_fixture, shipped_codes
from evaluations.scoring import Scheme, SchemeError, format_number, parse_mark, weigh
from evaluations.scoring.deadlines import last_course_day
from tests.evaluations.scoring.schemes import points_scheme


def test_three_regulations_are_shipped() -> None:
    assert shipped_codes() == ["DAM_2006", "DAM_BLOCS", "GC_2013"]


@pytest.mark.parametrize("code", ["NOPE", "", "../regulations/GC_2013", "gc_2013"])
def test_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(UnknownRegulation):
        scheme_from_fixture(code)


@pytest.mark.parametrize(
    ("code", "blocks"),
    [
        ("DAM_2006", ["CARNET 100 ", "CC 40 < 12/40", "MEMOIRE 30 < 9/30", "ORAL 30 < 9/30"]),
        ("GC_2013", ["CC_TC 20 ", "CC_OPT 20 ", "ECRIT 60 ≤ 6/20", "ORAL 60 ≤ 6/20", "APT 40 "]),
    ],
)
def test_blocks_and_thresholds_are_those_of_the_source(code: str, blocks: list[str]) -> None:
    scheme = points_scheme(code)
    assert [f"{b.code} {format_number(b.weighted_max)} {b.threshold_text}" for b in scheme.blocks] == blocks
    assert [b.code for b in scheme.blocks if b.retake] == (["CC"] if code == "DAM_2006" else [])
    assert (scheme.total_max, scheme.pass_total) == (Decimal(200), Decimal(100))


def test_only_the_gestionnaire_conseil_has_conditions() -> None:
    gc, dam = scheme_from_fixture("GC_2013"), scheme_from_fixture("DAM_2006")
    assert (gc.requires_pass, gc.max_months) == (True, 24)
    assert (dam.requires_pass, dam.max_months) == (False, None)


def test_the_blocs_have_their_competences_and_criteria() -> None:
    blocs = regulation_data("DAM_BLOCS")["blocs"]
    competences = [competence for bloc in blocs for competence in bloc["competences"]]
    assert [len(bloc["competences"]) for bloc in blocs] == [6, 5, 4]
    assert [sum(len(c["criteria"]) for c in bloc["competences"]) for bloc in blocs] == [16, 14, 15]
    assert [c["code"] for c in competences if c["is_key"]] == (
        ["B1C2", "B1C3", "B1C5", "B2C2", "B2C3", "B2C4", "B3C2", "B3C3"]
    )
    assert [bloc["minutes"] for bloc in blocs] == [30, 35, 15]


def a_regulation() -> dict[str, Any]:
    return copy.deepcopy(regulation_data("GC_2013"))


def test_a_new_regulation_needs_only_new_data() -> None:
    data = a_regulation()
    data["code"], data["total_max"], data["pass_total"] = "GC_2030", "240", "120.5"
    data["blocks"][0]["coefficient"] = "3"
    data["blocks"][0]["threshold"] = {"operator": "<", "value": "7.5"}
    with pytest.raises(SchemeError, match="moyenne exacte"):
        Scheme.from_data(data)
    data["total_max"] = "250"
    data["blocks"][0]["coefficient"] = "3.5"
    scheme = Scheme.from_data(data)
    assert weigh(scheme.blocks[0], parse_mark("7,49", Decimal(20))).eliminatory
    assert scheme.mean(Decimal(250)) == 20


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"blocks": []}, "au moins une épreuve"),
        ({"blocks": None}, "liste"),
        ({"total_max": "199"}, "200 points en tout"),
        ({"total_max": 200.0}, "décimal"),
        ({"pass_total": "201"}, "dépasse"),
        ({"pass_total": "0"}, "plus grand que zéro"),
        ({"pass_total": "NaN"}, "décimal"),
        ({"version": "1"}, "entier"),
        ({"version": True}, "entier"),
        ({"title": " "}, "title"),
        ({"conditions": {"requires_pass": "oui"}}, "true ou false"),
        ({"conditions": {"max_months": 0}}, "entier"),
        ({"conditions": []}, "objet"),
    ],
)
def test_a_faulty_regulation_is_refused_in_french(change: dict[str, Any], says: str) -> None:
    with pytest.raises(SchemeError, match=says):
        Scheme.from_data(a_regulation() | change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "cc tc"}, "code d’épreuve"),
        ({"code": "CC_OPT"}, "différents"),
        ({"mark_max": 20.0}, "décimal"),
        ({"coefficient": "-1"}, "décimal"),
        ({"threshold": {"operator": ">", "value": "6"}}, "opérateur"),
        ({"threshold": {"operator": "<", "value": "21"}}, "seuil"),
        ({"threshold": {"operator": "<"}}, "décimal"),
        ({"retake": True}, "sans seuil"),
    ],
)
def test_a_faulty_block_is_refused_in_french(change: dict[str, Any], says: str) -> None:
    data = a_regulation()
    data["blocks"][0] |= change
    with pytest.raises(SchemeError, match=says):
        Scheme.from_data(data)


@pytest.mark.parametrize("code", ["GC_2013", "DAM_2006", "DAM_BLOCS"])
def test_shipped_texts_use_french_typography(code: str) -> None:
    text = json.dumps(regulation_data(code), ensure_ascii=False)
    assert "'" not in text
    assert not any(f" {mark}" in text for mark in ":;!?»%")


@pytest.mark.parametrize(("first", "last"), [("2013-03-04", "2015-03-04"), ("2012-02-29", "2014-02-28")])
def test_a_course_lasts_two_years_at_most(first: str, last: str) -> None:
    assert last_course_day(date.fromisoformat(first), 24) == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("9.999", "9,999"),
        ("10.00", "10"),
        ("1E+2", "100"),
        ("0.10", "0,1"),
        ("-0.00", "0"),
        ("-5.5", "-5,5"),
    ],
)
def test_numbers_are_shown_exactly(value: str, text: str) -> None:
    assert format_number(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_not_a_number_is_not_shown(value: str) -> None:
    with pytest.raises(ValueError, match="nombre fini"):
        format_number(Decimal(value))
