"""Exact decimal numbers: no float enters, nothing is ever rounded (reading A2 of the regulations)."""

import re
from decimal import (
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

# Any operation that would have to round raises instead of answering something nearly true.
EXACT = Context(prec=40, traps=[Clamped, DivisionByZero, Inexact, InvalidOperation, Overflow])

_PLAIN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")


def exact(data: object) -> Decimal:
    """The Decimal written in regulation data: a plain string such as "12.5", or an integer.

    A float is refused, for it has already been rounded. Raises ValueError.
    """
    if isinstance(data, int) and not isinstance(data, bool):
        data = str(data)
    if not isinstance(data, str) or not _PLAIN.fullmatch(data):
        raise ValueError(f'« {data} » n’est pas un nombre décimal écrit entre guillemets, comme "12.5"')
    return Decimal(data)


def plain_number(value: Decimal) -> str:
    """The canonical text of a number for data: a point, no exponent, no trailing zero ("99.99", "10")."""
    if not value.is_finite():
        raise ValueError("Ce n’est pas un nombre fini")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def format_number(value: Decimal) -> str:
    """The same number for a French reader: "99,99", "10". Exact: 9,999 never becomes 10,00 (A2)."""
    return plain_number(value).replace(".", ",")


def signed_number(value: Decimal) -> str:
    """+2,5 or −0,01: exact, with its sign; 0 has none."""
    text = format_number(abs(value))
    return f"+{text}" if value > 0 else f"−{text}" if value < 0 else "0"


def count_points(value: Decimal) -> str:
    """« 0,01 point », « 2 points »: in French the plural starts at two."""
    return f"{format_number(value)} point{'s' if abs(value) >= 2 else ''}"
