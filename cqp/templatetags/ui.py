"""What the components need beyond HTML: icons, and the words and colours of an outcome."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django import template
from django.utils.safestring import SafeString

register = template.Library()

ICONS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "bootstrap-icons"


@dataclass(frozen=True)
class Badge:
    """How an outcome is shown: its words, its icon, and the tone of the theme."""

    label: str
    icon: str
    tone: str


OUTCOMES = {
    "CERTIFIABLE": Badge("Certifiable", "check-circle-fill", "good"),
    "NON_CERTIFIABLE": Badge("Non certifiable", "x-circle-fill", "bad"),
    "INCOMPLET": Badge("Incomplet", "hourglass-split", "wait"),
    "REPORTE": Badge("Reporté", "pause-circle", "wait"),
    "INVALIDE": Badge("Invalide", "slash-circle", "bad"),
    "CERTIFIED": Badge("Certifié", "award", "good"),
    "NOT_CERTIFIED": Badge("Non certifié", "x-circle-fill", "bad"),
    "DEFERRED": Badge("Reporté", "pause-circle", "wait"),
}


@register.filter
def badge(outcome: str) -> Badge:
    """Give the badge of a verdict or of a decision; an unknown word is shown as it is, in a neutral tone."""
    return OUTCOMES.get(outcome) or Badge(outcome, "question-circle", "calm")


@cache
def _drawing(name: str) -> SafeString:
    """Read one icon of the repository, once a process."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"not the name of an icon: {name!r}")
    path = ICONS / f"{name}.svg"
    if not path.is_file():
        raise ValueError(f"no icon named {name!r} in static/vendor/bootstrap-icons")
    drawing = path.read_text(encoding="utf-8").replace(
        "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
    )
    # The only text declared safe in the product: a file shipped with it, named by a word
    # that cannot leave its folder, with nothing a user typed in it.
    return SafeString(drawing.strip())


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw a Bootstrap icon inline, hidden from screen readers: words must stand beside it."""
    return _drawing(name)
