"""One mark as people, spreadsheets and ill-wishers write it."""

from decimal import Decimal

import pytest

from evaluations.scoring import MarkKind, parse_mark, recorded_mark

TWENTY = Decimal(20)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"),
        ("20", "20"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("12,50", "12.5"),
        ("  7 ", "7"),
        ("\u00a07,25\u202f", "7.25"),
        ("\t9,99\r\n", "9.99"),
        ("08", "8"),
        ("20,00", "20"),
        ("0,01", "0.01"),
    ],
)
def test_a_number_on_the_scale_is_read_exactly(text: str, value: str) -> None:
    mark = parse_mark(text, TWENTY)
    assert (mark.kind, mark.value, mark.problem) == (MarkKind.NOTE, Decimal(value), "")


@pytest.mark.parametrize("text", ["", " ", "\u00a0", "\t"])
def test_nothing_is_a_missing_mark(text: str) -> None:
    assert parse_mark(text, TWENTY).kind is MarkKind.MISSING


@pytest.mark.parametrize(
    ("text", "kind", "points"),
    [("ABS", "ABS", Decimal(0)), (" abs ", "ABS", Decimal(0)), ("Abj", "ABJ", None), ("ABJ", "ABJ", None)],
)
def test_absences_are_read_in_any_case(text: str, kind: str, points: Decimal | None) -> None:
    mark = parse_mark(text, TWENTY)
    assert (mark.kind, mark.points) == (kind, points)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20,01", "hors barème"),
        ("21", "hors barème"),
        ("999999999", "hors barème"),
        ("-0,25", "négative"),
        ("-0", "négative"),
        ("12,345", "plus de deux décimales"),
        ("12,500", "plus de deux décimales"),
        ("99,999", "plus de deux décimales"),
        ("1e1", "n’est pas une note"),
        ("NaN", "n’est pas une note"),
        ("Infinity", "n’est pas une note"),
        ("+12", "n’est pas une note"),
        ("−1", "n’est pas une note"),
        ("12,", "n’est pas une note"),
        (",5", "n’est pas une note"),
        ("1_0", "n’est pas une note"),
        ("1 2", "n’est pas une note"),
        ("12,5/20", "n’est pas une note"),
        ("12;5", "n’est pas une note"),
        ("1.2.3", "n’est pas une note"),
        ("1,2.3", "n’est pas une note"),
        ("0x10", "n’est pas une note"),
        ("\u0661\u0662", "n’est pas une note"),
        ("１２", "n’est pas une note"),
        ("½", "n’est pas une note"),
        ("²", "n’est pas une note"),
        ("ABSENT", "n’est pas une note"),
        ("VIDE", "n’est pas une note"),
        ("INVALIDE", "n’est pas une note"),
        ("ÄBS", "n’est pas une note"),
        ("=12", "n’est pas une note"),
        ("'12", "n’est pas une note"),
        ("1\u200b2", "n’est pas une note"),
        ("12\n13", "n’est pas une note"),
        ("\0", "n’est pas une note"),
        ("9" * 10_000, "n’est pas une note"),
        ("0" * 10_000, "n’est pas une note"),
    ],
)
def test_anything_else_is_refused_in_one_french_sentence(text: str, says: str) -> None:
    mark = parse_mark(text, TWENTY)
    assert (mark.kind, mark.value, mark.points) == (MarkKind.INVALID, None, None)
    assert says in mark.problem
    assert mark.problem.endswith(".")
    assert mark.problem.replace("\u00a0", " ").isprintable()
    assert len(mark.problem) < 120


def test_the_sentence_names_the_scale_with_french_spaces() -> None:
    assert parse_mark("abc", Decimal(40)).problem == (
        "«\u00a0abc\u00a0» n’est pas une note, on attend un nombre de 0 à 40, ABS ou ABJ."
    )


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("NOTE", "12.50", "12,5"), ("ABS", None, "ABS"), ("ABJ", None, "ABJ"), ("VIDE", None, "")],
)
def test_a_stored_mark_is_read_by_the_same_rules(kind: str, value: str | None, shown: str) -> None:
    mark = recorded_mark(kind, None if value is None else Decimal(value), TWENTY)
    assert (mark.kind, mark.shown) == (kind, shown)


def test_a_stored_mark_off_the_scale_is_invalid_too() -> None:
    assert recorded_mark("NOTE", Decimal("20.01"), TWENTY).kind is MarkKind.INVALID
