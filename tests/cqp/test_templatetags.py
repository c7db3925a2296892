"""French writing of marks, dates and counts; icons that stay in their folder."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.template import Context, Template

from cqp.templatetags import fr, ui


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("12.50"), "12,5"),
        (Decimal("12"), "12"),
        (Decimal("10.00"), "10"),
        (Decimal("100"), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("0.00"), "0"),
        (Decimal("-0.0"), "0"),
        (Decimal("-3.25"), "\u22123,25"),
        (Decimal("9.999"), "9,999"),
        (Decimal("99.99"), "99,99"),
        (Decimal("9.99999999999999999999999999999999999"), "9,99999999999999999999999999999999999"),
        (7, "7"),
        (None, "–"),
        ("ABS", "ABS"),
        ("ABJ", "ABJ"),
        ("", ""),
    ],
)
def test_a_mark_is_written_exactly_with_a_comma(value: Decimal | str | None, written: str) -> None:
    assert fr.mark(value) == written


def test_a_float_is_never_a_mark() -> None:
    with pytest.raises(TypeError, match="float"):
        fr.mark(9.99)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("14.05"), "14,05/20"),
        (Decimal("0.00"), "0/20"),
        (Decimal("-0.5"), "\u22120,5/20"),
        ("12,5", "12,5/20"),
        ("ABS", "ABS"),
        ("ABJ", "ABJ"),
        ("–", "–"),
        ("", "–"),
        (None, "–"),
    ],
)
def test_only_a_number_has_a_scale(value: Decimal | str | None, written: str) -> None:
    assert fr.out_of(value, 20) == written


def test_a_scale_is_written_as_a_mark_is() -> None:
    assert fr.out_of("106", "200") == "106/200"
    assert fr.out_of(Decimal("8.75"), Decimal("30.00")) == "8,75/30"


def test_the_first_of_the_month_is_an_ordinal() -> None:
    assert fr.day(date(2026, 6, 1)) == "1er juin 2026"
    assert fr.day(date(2026, 11, 22)) == "22 novembre 2026"
    assert fr.day(date(2026, 8, 11)) == "11 août 2026"
    assert fr.day(None) == "–"


def test_dates_in_figures_have_two_digits() -> None:
    assert fr.day_short(date(2026, 2, 3)) == "03/02/2026"
    assert fr.day_short(None) == "–"


def test_an_hour_is_written_in_one_piece() -> None:
    assert [fr.hour(time(9)), fr.hour(time(14, 5)), fr.hour(None)] == ["9\u00a0h", "14\u00a0h\u00a005", "–"]


def test_a_moment_is_told_on_the_clock_of_paris() -> None:
    late = datetime(2026, 11, 22, 23, 5, tzinfo=UTC)
    assert fr.moment(late) == "23/11/2026 à 0\u00a0h\u00a005"
    assert fr.day(late) == "23 novembre 2026"
    assert fr.moment(None) == "–"


def test_thousands_are_held_together() -> None:
    assert fr.thousands(2000) == "2\u00a0000"
    assert fr.thousands(999) == "999"
    assert fr.thousands(None) == "–"


@pytest.mark.parametrize(("count", "word"), [(0, "candidat"), (1, "candidat"), (2, "candidats")])
def test_zero_is_singular_in_french(count: int, word: str) -> None:
    assert "candidat" + fr.plural(count) == word


def test_a_plural_may_change_the_ending() -> None:
    assert "journ" + fr.plural(1, "al,aux") == "journal"
    assert "journ" + fr.plural(3, "al,aux") == "journaux"


def test_an_identification_number_is_read_by_groups() -> None:
    assert fr.groups("7k3qx9m2tbr") == "7K3QX-9M2TB-R"
    assert fr.groups("7K3QX-9M2TB-R") == "7K3QX-9M2TB-R"


def test_high_punctuation_stays_with_its_word() -> None:
    assert fr.nbsp("« Oui » : 10 %") == "«\u00a0Oui\u00a0»\u00a0: 10\u00a0%"
    assert fr.nbsp("Le duplicata n° 2, et non 2") == "Le duplicata n°\u00a02, et non 2"


@pytest.mark.parametrize(
    ("size", "written"), [(1, "1 ko"), (392_100, "393 ko"), (1_449_000, "1,4 Mo"), (2_000_000, "2 Mo")]
)
def test_a_size_is_written_in_the_units_people_read(size: int, written: str) -> None:
    assert fr.weight(size) == written.replace(" ", "\u00a0")


def test_the_name_of_a_session_breaks_before_its_month() -> None:
    assert fr.last_clause("CQP, session de juin 2027") == "CQP, session\u00a0de\u00a0juin\u00a02027"
    assert fr.last_clause("Sans virgule ici") == "Sans virgule ici"


def test_text_of_a_user_stays_escaped_after_nbsp() -> None:
    shown = Template("{% load fr %}{{ text|nbsp }}").render(Context({"text": "<b> : x"}))
    assert shown == "&lt;b&gt;\u00a0: x"


def test_an_icon_is_hidden_from_screen_readers() -> None:
    shown = Template('{% load ui %}{% icon "award" %}').render(Context())
    assert shown.startswith('<svg aria-hidden="true" focusable="false"')


@pytest.mark.parametrize("name", ["../bootstrap/LICENSE", "no-such-icon", "", "a.svg"])
def test_an_icon_outside_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="icon"):
        ui.icon(name)


def test_every_outcome_has_words_and_an_icon_that_exists() -> None:
    for outcome in ui.OUTCOMES:
        assert ui.badge(outcome).label
        assert ui.icon(ui.badge(outcome).icon)


def test_an_unknown_outcome_is_shown_as_it_is() -> None:
    assert ui.badge("AUTRE").label == "AUTRE"
