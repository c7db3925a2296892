"""The corners of a verdict: retakes, precedence, words, and what is frozen."""

import json
from decimal import Decimal

import pytest

from evaluations.scoring import Course, Dossier, PointsResult, parse_mark, score
from tests.evaluations.scoring.schemes import points_scheme

DAM = points_scheme("DAM_2006")
GC = points_scheme("GC_2013")


def dam(marks: str, retake: str = "") -> PointsResult:
    texts = dict(zip(("CARNET", "CC", "MEMOIRE", "ORAL"), marks.split(";"), strict=True))
    scale = {block.code: block.mark_max for block in DAM.blocks}
    parsed = {code: parse_mark(text, scale[code]) for code, text in texts.items()}
    return score(DAM, Dossier(parsed, {"CC": parse_mark(retake, Decimal(40))}))


def gc(marks: str, pass_followed: bool | None = True) -> PointsResult:
    texts = zip(GC.blocks, marks.split(";"), strict=True)
    parsed = {block.code: parse_mark(text, block.mark_max) for block, text in texts}
    return score(GC, Dossier(parsed, course=Course(pass_followed)))


@pytest.mark.parametrize(
    ("first", "retake", "verdict", "eliminatory", "keys"),
    [
        ("8", "", "NON_CERTIFIABLE", ("CC",), "ELIMINATORY:CC"),
        ("8", "12", "CERTIFIABLE", (), "RETAKE_REPLACES:CC"),
        ("8", "ABS", "NON_CERTIFIABLE", ("CC",), "ELIMINATORY:CC RETAKE_REPLACES:CC ABSENT_COUNTS_ZERO:CC"),
        ("8", "ABJ", "REPORTE", (), "DEFERRED:CC RETAKE_REPLACES:CC"),
        ("8", "x", "INVALIDE", (), "INVALID:CC_RATTRAPAGE"),
        ("8", "40,01", "INVALIDE", (), "INVALID:CC_RATTRAPAGE"),
        ("ABS", "14", "CERTIFIABLE", (), "RETAKE_REPLACES:CC"),
        ("ABS", "", "NON_CERTIFIABLE", ("CC",), "ELIMINATORY:CC ABSENT_COUNTS_ZERO:CC"),
        ("ABJ", "14", "REPORTE", (), "DEFERRED:CC RETAKE_IGNORED:CC"),
        ("", "14", "INCOMPLET", (), "MISSING:CC RETAKE_IGNORED:CC"),
        ("12", "ABJ", "CERTIFIABLE", (), "RETAKE_IGNORED:CC"),
        ("12", "ABS", "CERTIFIABLE", (), "RETAKE_IGNORED:CC"),
        ("12", "x", "INVALIDE", (), "INVALID:CC_RATTRAPAGE"),
        ("x", "14", "INVALIDE", (), "INVALID:CC"),
        ("x", "y", "INVALIDE", (), "INVALID:CC INVALID:CC_RATTRAPAGE"),
    ],
)
def test_each_corner_of_the_retake(
    first: str, retake: str, verdict: str, eliminatory: tuple[str, ...], keys: str
) -> None:
    result = dam(f"90;{first};15;15", retake)
    assert (result.verdict, result.eliminatory) == (verdict, eliminatory)
    assert [said.key for said in (*result.reasons, *result.notes)] == keys.split()


@pytest.mark.parametrize(
    ("marks", "pass_followed", "verdict"),
    [
        ("x;ABJ;;5;12", None, "INVALIDE"),
        ("12;ABJ;;5;12", None, "REPORTE"),
        ("12;12;;5;12", None, "INCOMPLET"),
        ("12;12;12;5;12", None, "INCOMPLET"),
        ("12;12;12;5;12", True, "NON_CERTIFIABLE"),
        ("12;12;12;12;12", True, "CERTIFIABLE"),
    ],
)
def test_the_most_serious_finding_commands(marks: str, pass_followed: bool | None, verdict: str) -> None:
    assert gc(marks, pass_followed).verdict == verdict


def test_a_reason_names_block_mark_threshold_operator_and_distance() -> None:
    at_most, below = gc("20;20;5,5;20;20"), dam("100;11,99;30;30")
    assert at_most.reasons[0].sentence == (
        "Épreuve écrite\u00a0: 5,5/20, note éliminatoire car inférieure ou égale à 6/20"
        " (écart au seuil\u00a0: 0,5 point)."
    )
    assert below.reasons[0].sentence == (
        "Contrôle continu\u00a0: 11,99/40, note éliminatoire car strictement inférieure à 12/40"
        " (écart au seuil\u00a0: 0,01 point)."
    )


def test_an_absence_that_eliminates_is_told_as_an_absence_not_as_a_mark() -> None:
    sentences = [reason.sentence for reason in gc("20;20;ABS;20;20").reasons]
    assert sentences[0] == (
        "Épreuve écrite\u00a0: ABS, comptée 0, note éliminatoire car inférieure ou égale à 6/20"
        " (écart au seuil\u00a0: 6 points)."
    )


def test_a_total_below_by_a_hundredth_says_so_without_rounding() -> None:
    assert gc("9,99;10;10;10;10").reasons[0].sentence == (
        "Total\u00a0: 99,99/200, inférieur à 100 (il manque 0,01 point)."
    )


def test_every_known_elimination_is_told_even_when_a_mark_is_missing() -> None:
    result = gc("12;12;5;;12")
    assert [reason.key for reason in result.reasons] == ["MISSING:ORAL", "ELIMINATORY:ECRIT"]


def test_a_line_offers_all_that_a_statement_of_marks_shows() -> None:
    line = dam("70;8;15;15", "14").to_data()["blocks"]
    assert isinstance(line, list)
    assert line[1] == {
        "code": "CC",
        "label": "Contrôle continu",
        "mark": "14",
        "first_mark": "8",
        "retake_mark": "14",
        "retake_used": True,
        "scale": "40",
        "coefficient": "1",
        "weighted": "14",
        "weighted_max": "40",
        "threshold": "< 12/40",
        "eliminatory": False,
        "distance": "2",
    }


def test_what_is_frozen_is_plain_json() -> None:
    data = gc("12;abs;12,5;5;x", None).to_data()
    assert json.loads(json.dumps(data)) == data


def test_an_unknown_block_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="CC"):
        score(GC, Dossier({"CC": parse_mark("12", Decimal(20))}))


def test_a_retake_where_none_exists_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="rattrapage"):
        score(GC, Dossier({}, {"ORAL": parse_mark("12", Decimal(20))}))
