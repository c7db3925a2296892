"""What people paste: cleaned where it is harmless, refused where it cannot be printed."""

import unicodedata

import pytest

from cqp.text import cleaned, cleaned_lines, printable_refusal
from cqp.workflow import Refusal


@pytest.mark.parametrize("mark", ["\u200b", "\u200e", "\u200f", "\u200d", "\ufeff", "\u00ad", "\u2060"])
def test_an_invisible_mark_is_taken_away(mark: str) -> None:
    assert cleaned(f"{mark}Mar{mark}tin{mark}") == "Martin"
    assert printable_refusal(cleaned(f"Mar{mark}tin")) is None


@pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u061c", "\x07", "\x00", "\x85", "\ue000"])
def test_what_cannot_be_printed_is_refused_by_its_code(character: str) -> None:
    with pytest.raises(Refusal, match=f"U\\+{ord(character):04X}.*retapez-le"):
        cleaned(f"Mar{character}tin")
    with pytest.raises(Refusal):
        cleaned_lines(f"Mar{character}tin")


def test_a_name_is_composed_and_single_spaced() -> None:
    assert cleaned("  Élo\u0308die\u00a0 \tde\u202fL’Épine\n") == "Élödie de L’Épine"
    assert cleaned(unicodedata.normalize("NFD", "Éloïse")) == "Éloïse"


def test_a_text_keeps_its_lines_and_its_typography() -> None:
    assert cleaned_lines(" Un\u00a0: deux\u200b.\r\n\r\nTrois ! ") == "Un\u00a0: deux.\n\nTrois !"


def test_a_clean_text_stays_as_it_is() -> None:
    for text in ("", "Nguyễn", "D’Aubigné-Łuczak", "Đà Nẵng"):
        assert cleaned(text) == text
