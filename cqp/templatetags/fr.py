"""How marks, dates, counts and identification numbers are written in French.

Every filter is exact: nothing here rounds, so a failing 99,99 can never be shown as 100.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal

from django import template
from django.template.defaultfilters import stringfilter
from django.utils import timezone

register = template.Library()

NBSP = "\u00a0"
MINUS = "\u2212"
NOTHING = "–"
GROUP = 5
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


@register.filter
def mark(value: Decimal | int | str | None) -> str:
    """Write a mark: 12,5 for Decimal("12.50"), a dash for nothing; ABS, ABJ and other words pass unchanged.

    A float is refused: it has already lost the exact value the rules are about.
    """
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if not isinstance(value, (Decimal, int)):
        raise TypeError(f"a mark is a Decimal, not a {type(value).__name__}")
    digits = format(value, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    if digits == "-0":
        digits = "0"
    return digits.replace(".", ",").replace("-", MINUS)


@register.filter
def out_of(value: Decimal | int | str | None, scale: Decimal | int | str) -> str:
    """Write a mark on its scale: 14,05/20; what is no number has no scale: ABS, ABJ, or a dash for nothing.

    No space, so a line never breaks at the slash.
    """
    written = mark(value) or NOTHING
    return f"{written}/{mark(scale)}" if written.lstrip(MINUS)[0].isdecimal() else written


def _local(value: date | datetime) -> date | datetime:
    """Bring an aware moment to the clock on the wall; leave plain dates alone."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a date in words: 1er juin 2026, 22 novembre 2026."""
    if not value:
        return NOTHING
    local = _local(value)
    number = "1er" if local.day == 1 else str(local.day)
    return f"{number} {MONTHS[local.month - 1]} {local.year}"


@register.filter
def weekday(value: date | datetime | None) -> str:
    """Write a date with its day of the week: jeudi 3 décembre 2026."""
    if not value:
        return NOTHING
    return f"{WEEKDAYS[_local(value).weekday()]} {day(value)}"


@register.filter
def day_short(value: date | datetime | None) -> str:
    """Write a date in figures: 22/11/2026."""
    if not value:
        return NOTHING
    local = _local(value)
    return f"{local.day:02}/{local.month:02}/{local.year:04}"


@register.filter
def moment(value: datetime | None) -> str:
    """Write a date and an hour: 22/11/2026 à 14 h 05, the hour held together."""
    if not value:
        return NOTHING
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day_short(local)} à {local.hour}{NBSP}h{NBSP}{local.minute:02}"


@register.filter
def hour(value: time | None) -> str:
    """Write an hour of the clock, held together: 9 h, 14 h 05."""
    if value is None:
        return NOTHING
    return f"{value.hour}{NBSP}h" + (f"{NBSP}{value.minute:02}" if value.minute else "")


@register.filter
def thousands(value: int | None) -> str:
    """Write a whole number with its thousands apart: 2 000."""
    if value is None:
        return NOTHING
    return f"{value:,}".replace(",", NBSP).replace("-", MINUS)


@register.filter
def weight(size: int) -> str:
    """Write the size of a file: 393 ko, 1,4 Mo; never nothing for a file that holds something."""
    if size < 1_000_000:
        return f"{-(-size // 1000)}{NBSP}ko"
    return f"{mark(Decimal(size // 100_000) / 10)}{NBSP}Mo"


@register.filter
def plural(count: int, endings: str = "s") -> str:
    """Give the ending a French count asks for: singular below two ("0 candidat"), unlike Django's pluralize.

    `{{ n }} candidat{{ n|plural }}`, `journ{{ n|plural:"al,aux" }}`.
    """
    singular, _, several = endings.rpartition(",")
    return several if abs(count) >= 2 else singular


@register.filter
@stringfilter
def groups(value: str) -> str:
    """Write an identification number in groups of five: 7K3QX-9M2TB-R."""
    compact = re.sub(r"[\s-]", "", value).upper()
    return "-".join(compact[start : start + GROUP] for start in range(0, len(compact), GROUP))


@register.filter(is_safe=True)
@stringfilter
def nbsp(value: str) -> str:
    """Hold high punctuation to its word, « n° » to its number, guillemets to what they quote."""
    value = re.sub(r" (?=[:;!?%»€])", NBSP, value)
    return re.sub(r"(?<=«) |(?<=\bn°) ", NBSP, value)


@register.filter(is_safe=True)
@stringfilter
def last_clause(value: str) -> str:
    """Hold together the words after the last comma: « …, session de juin 2027 » keeps its year."""
    head, comma, tail = value.rpartition(", ")
    return f"{head}{comma}{tail.replace(' ', NBSP)}" if comma else value
