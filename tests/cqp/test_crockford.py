"""Identification numbers and verification codes."""

from hypothesis import given
from hypothesis import strategies as st

from cqp.crockford import ALPHABET, check_character, new_identifier, normalise

BODIES = st.text(ALPHABET, min_size=10, max_size=10).filter(check_character)


def whole(body: str) -> str:
    return f"{body[:5]}-{body[5:]}-{check_character(body)}"


def test_a_new_identifier_is_grouped_and_checks() -> None:
    identifier = new_identifier()
    assert len(identifier) == 13
    assert normalise(identifier) == identifier


def test_ten_thousand_identifiers_are_all_different() -> None:
    assert len({new_identifier() for _ in range(10_000)}) == 10_000


@given(BODIES)
def test_spaces_case_and_confused_letters_are_forgiven(body: str) -> None:
    typed = whole(body).lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert normalise(typed) == whole(body)


@given(BODIES, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_a_typing_error(body: str, place: int, wrong: str) -> None:
    plain = body + str(check_character(body))
    changed = plain[:place] + wrong + plain[place + 1 :]
    assert normalise(changed) == (whole(body) if changed == plain else None)


@given(BODIES, st.integers(0, 8))
def test_two_neighbours_swapped_are_a_typing_error(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :] + str(check_character(body))
    assert (normalise(swapped) is None) == (body[place] != body[place + 1])


def test_what_is_not_a_number_is_refused() -> None:
    for text in ("", "abc", "7K2QM-93XTA", "7K2QM-93XTA-4-4", "７K2QM-93XTA-4", "<script>"):
        assert normalise(text) is None
