"""PDFs as people see them: pixels and words."""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops


def picture_of(pdf: bytes, resolution: int = 110) -> Image.Image:
    """Return the only page of a document, as poppler paints it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page"
        path.write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", str(resolution), "-singlefile", path, path], check=True)
        with Image.open(path.with_suffix(".ppm")) as picture:
            return picture.convert("RGB")


def differing_pixels(one: Image.Image, other: Image.Image) -> int:
    """Count the pixels that are not exactly the same."""
    assert one.size == other.size
    changed = (
        ImageChops.difference(one, other).convert("L", (1, 1, 1, 0)).point(lambda value: 255 if value else 0)
    )
    return changed.histogram()[255]


def words_of(pdf: bytes) -> str:
    """Return the words of a document, as pdftotext finds them."""
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(found.stdout.decode().split())
