"""What deserves a second look: exact, and only when the group is large enough to say so."""

from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluations.scoring import Group, is_far, mean_mark, parse_mark, probably_meant
from evaluations.scoring.unusual import MIN_GROUP

marks = st.decimals("0", "20", places=2)
usual = [Decimal(n) for n in ("11", "12", "12.5", "13", "13.5", "14", "12", "11.5")]


def test_a_lost_digit_is_guessed() -> None:
    assert probably_meant(Decimal(2), Decimal(20), Group.of(usual)) == 12


def test_a_shifted_comma_is_guessed() -> None:
    assert probably_meant(Decimal("1.25"), Decimal(20), Group.of(usual)) == Decimal("12.5")


def test_a_low_mark_of_a_spread_group_is_no_slip() -> None:
    spread = Group.of([Decimal(n) for n in (2, 5, 8, 11, 14, 17, 3, 19)])
    assert probably_meant(Decimal(2), Decimal(20), spread) is None
    assert not is_far(Decimal(2), spread)


def test_a_small_group_says_nothing() -> None:
    small = Group.of([Decimal(12)] * (MIN_GROUP - 1))
    assert probably_meant(Decimal(2), Decimal(20), small) is None
    assert not is_far(Decimal(2), small)


def test_a_group_of_one_value_finds_any_other_far() -> None:
    same = Group.of([Decimal(12)] * MIN_GROUP)
    assert is_far(Decimal("12.01"), same)
    assert not is_far(Decimal(12), same)


def test_exactly_three_deviations_is_not_beyond_them() -> None:
    # Mean 10, standard deviation 2: 16 is exactly three away.
    group = Group.of([Decimal(8), Decimal(12)] * 4)
    assert not is_far(Decimal(16), group)
    assert is_far(Decimal("16.01"), group)


@given(st.lists(marks, min_size=MIN_GROUP, max_size=40), marks)
def test_far_is_what_floats_say_where_they_can_tell(values: list[Decimal], mark: Decimal) -> None:
    numbers = [float(value) for value in values]
    mean = sum(numbers) / len(numbers)
    deviation = sqrt(sum((n - mean) ** 2 for n in numbers) / len(numbers))
    assume(abs(abs(float(mark) - mean) - 3 * deviation) > 1e-6)
    assert is_far(mark, Group.of(values)) == (abs(float(mark) - mean) > 3 * deviation)


@given(st.lists(marks, min_size=1, max_size=20), st.data())
def test_leaving_one_out_is_the_group_without_it(values: list[Decimal], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    assert Group.of(values).without(values[place]) == Group.of(values[:place] + values[place + 1 :])


# --- Several tests, one mark (A28) ---


@pytest.mark.parametrize(
    ("tests", "mark"),
    [
        (["12", "13"], "12,5"),
        (["10", "10", "11"], "10,33"),
        (["10", "11", "11"], "10,67"),
        (["10", "10,01"], "10,01"),  # 10.005: half up
        (["0,01", "0", "0", "0", "0", "0", "0", "0"], "0"),  # 0.00125
        (["12", "ABS"], "6"),
        (["12", "ABJ"], "12"),
        (["ABJ", "ABJ"], "ABJ"),
        (["ABS", "ABS"], "ABS"),
        (["ABS", "ABJ"], "ABS"),
        (["12", ""], ""),
        ([], ""),
    ],
)
def test_the_mean_is_quantised_once_half_up(tests: list[str], mark: str) -> None:
    assert mean_mark([parse_mark(test, Decimal(20)) for test in tests]).shown == mark


def test_an_unreadable_test_is_never_averaged() -> None:
    with pytest.raises(ValueError, match="illisible"):
        mean_mark([parse_mark("douze", Decimal(20))])


@given(st.lists(marks, min_size=1, max_size=12))
def test_the_mean_is_within_half_a_hundredth(values: list[Decimal]) -> None:
    made = mean_mark([parse_mark(str(value), Decimal(20)) for value in values])
    assert made.value is not None
    exact = sum(values) * 200  # hundredths, doubled, times the number of tests
    error = made.value * 200 * len(values) - exact
    assert -len(values) < error <= len(values)
