"""What holds for every candidate, and the agreement of two scorers that share nothing."""

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.scoring import Course, Dossier, PointsResult, Scheme, Verdict, parse_mark, score
from tests.evaluations.scoring import oracle
from tests.evaluations.scoring.schemes import points_scheme

SCHEMES = {code: points_scheme(code) for code in oracle.TABLES}


def text_of(mark: oracle.type_of_mark) -> str:
    if isinstance(mark, int):
        return f"{mark // 100},{mark % 100:02d}"
    return mark or ""


def scored(
    scheme: Scheme,
    marks: list[oracle.type_of_mark],
    retake: oracle.type_of_mark = None,
    pass_followed: bool | None = True,
) -> PointsResult:
    codes = [row[0] for row in oracle.TABLES[scheme.code]]
    scale = {block.code: block.mark_max for block in scheme.blocks}
    parsed = {c: parse_mark(text_of(m), scale[c]) for c, m in zip(codes, marks, strict=True)}
    retakes = {b.code: parse_mark(text_of(retake), b.mark_max) for b in scheme.blocks if b.retake}
    return score(scheme, Dossier(parsed, retakes, Course(pass_followed)))


def assert_same(result: PointsResult, expected: tuple[str, int | None, list[str]]) -> None:
    verdict, total, eliminated = expected
    assert result.verdict == verdict
    assert result.total == (None if total is None else Decimal(total) / 100)
    assert list(result.eliminatory) == eliminated


def a_mark(scale: int) -> st.SearchStrategy[oracle.type_of_mark]:
    """Any mark, the eliminatory bounds and the absences often."""
    bounds = [
        hundredths for hundredths in (0, 599, 600, 601, 899, 900, 1199, 1200, scale) if hundredths <= scale
    ]
    return st.one_of(st.integers(0, scale), st.sampled_from(bounds), st.sampled_from(["ABS", "ABJ", None]))


def numbers(regulation: str) -> st.SearchStrategy[tuple[int, ...]]:
    return st.tuples(*(st.integers(0, row[1]) for row in oracle.TABLES[regulation]))


regulations = pytest.mark.parametrize("regulation", list(oracle.TABLES))


@regulations
@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_oracle_agrees_whatever_the_marks(regulation: str, data: st.DataObject) -> None:
    marks = [data.draw(a_mark(row[1])) for row in oracle.TABLES[regulation]]
    can_retake = any(row[4] for row in oracle.TABLES[regulation])
    retake = data.draw(a_mark(4000)) if can_retake else None
    pass_followed = data.draw(st.sampled_from([True, False, None]))
    result = scored(SCHEMES[regulation], marks, retake, pass_followed)
    assert_same(result, oracle.judge(regulation, marks, retake, pass_followed))


@regulations
def test_the_oracle_agrees_around_every_bound(regulation: str) -> None:
    around = []
    for _, scale, _, bound, _ in oracle.TABLES[regulation]:
        middle = 1000 if bound is None else bound
        around.append(sorted({0, middle - 1, middle, middle + 1, scale}))
    for marks in itertools.product(*around):
        assert_same(
            scored(SCHEMES[regulation], list(marks)), oracle.judge(regulation, list(marks), None, True)
        )


@regulations
@given(data=st.data())
@settings(deadline=None)
def test_total_and_mean_stay_in_bounds_and_agree(regulation: str, data: st.DataObject) -> None:
    result = scored(SCHEMES[regulation], list(data.draw(numbers(regulation))))
    assert result.total is not None
    assert result.mean is not None
    assert 0 <= result.total <= 200
    assert result.mean * 10 == result.total
    if result.verdict is Verdict.CERTIFIABLE:
        assert result.total >= 100
        assert not result.eliminatory


@regulations
@given(data=st.data())
@settings(deadline=None)
def test_a_higher_mark_never_fails_who_passed(regulation: str, data: st.DataObject) -> None:
    """Without retake: a first mark of 12 forbids the retake that 11,99 allows."""
    marks = list(data.draw(numbers(regulation)))
    place = data.draw(st.integers(0, len(marks) - 1))
    better = list(marks)
    better[place] = data.draw(st.integers(marks[place], oracle.TABLES[regulation][place][1]))
    before = scored(SCHEMES[regulation], [*marks])
    after = scored(SCHEMES[regulation], [*better])
    assert before.total is not None
    assert after.total is not None
    assert after.total >= before.total
    if before.verdict is Verdict.CERTIFIABLE:
        assert after.verdict is Verdict.CERTIFIABLE


@regulations
@given(data=st.data())
@settings(deadline=None)
def test_the_order_of_the_blocks_changes_nothing(regulation: str, data: st.DataObject) -> None:
    marks = list(data.draw(numbers(regulation)))
    scheme = SCHEMES[regulation]
    shuffled = replace(scheme, blocks=tuple(data.draw(st.permutations(scheme.blocks))))
    one, other = scored(scheme, [*marks]), scored(shuffled, [*marks])
    assert (one.verdict, one.total, set(one.eliminatory)) == (
        other.verdict,
        other.total,
        set(other.eliminatory),
    )


@regulations
@given(data=st.data())
@settings(deadline=None)
def test_a_missing_mark_is_not_a_zero(regulation: str, data: st.DataObject) -> None:
    marks: list[oracle.type_of_mark] = list(data.draw(numbers(regulation)))
    place = data.draw(st.integers(0, len(marks) - 1))
    marks[place] = None
    result = scored(SCHEMES[regulation], marks)
    assert result.verdict is Verdict.INCOMPLET
    assert result.total is None
    marks[place] = "ABS"
    assert scored(SCHEMES[regulation], marks).total is not None
