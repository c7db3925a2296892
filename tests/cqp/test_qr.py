"""A QR code is always the same, decodes, and its family draws the same one faster."""

import pytest
import zxingcpp
from PIL import Image

from cqp.qr import QrFamily, Squares, paths_of, runs_of, squares_of

URL = "https://cqp.example.fr/v/7K2QM-93XTA-4"
OTHERS = ["https://cqp.example.fr/v/00000-00000-0", "https://cqp.example.fr/v/ZZZZZ-ZZZZZ-Z", URL]


def read(squares: Squares) -> str:
    """Print the code in ten pixels a square, with its quiet zone, and read it."""
    side, _ = squares
    picture = Image.new("L", (side + 8, side + 8), 255)
    for y, start, end in runs_of(squares):
        for x in range(start, end):
            picture.putpixel((x + 4, y + 4), 0)
    found = zxingcpp.read_barcodes(
        picture.resize((10 * (side + 8), 10 * (side + 8)), Image.Resampling.NEAREST)
    )
    return found[0].text if found else ""


@pytest.mark.parametrize("url", OTHERS)
def test_a_code_says_its_text(url: str) -> None:
    assert read(squares_of(url)) == url


@pytest.mark.parametrize("url", OTHERS)
def test_a_family_draws_the_same_codes(url: str) -> None:
    family = QrFamily(URL)

    assert family.squares_of(url) == squares_of(url)
    assert read(family.squares_of(url)) == url


def test_a_family_refuses_another_length() -> None:
    with pytest.raises(ValueError, match="zip"):
        QrFamily(URL).squares_of(f"{URL}0")


def test_a_flipped_square_is_another_code() -> None:
    """Positive control: these comparisons see one square."""
    side, bits = squares_of(URL)

    assert QrFamily(URL).squares_of(URL) != (side, bits ^ 1)


def test_the_paths_cover_each_dark_square_once() -> None:
    side, bits = squares_of(URL)
    drawn = paths_of(URL)

    assert drawn["side"] == side
    assert sum(end - start for _y, start, end in runs_of((side, bits))) == bits.bit_count()
    assert len(list(runs_of((side, bits)))) == len(drawn["paths"])  # type: ignore[arg-type]
