"""The documents say what is there: paths and tests they name exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
REGULATION = (ROOT / "docs" / "regulation.md").read_text()


def test_every_path_of_the_regulation_map_exists() -> None:
    paths = re.findall(r"`([\w./]+\.(?:py|json))`", REGULATION)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_test_of_the_regulation_map_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", REGULATION))
    sources = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", sources, re.MULTILINE))
    assert named - there == set()


@pytest.mark.parametrize(
    "document", [*sorted(path.name for path in (ROOT / "docs").glob("*.md")), "README.md"]
)
def test_every_relative_link_leads_somewhere(document: str) -> None:
    path = ROOT / document if document == "README.md" else ROOT / "docs" / document
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []
