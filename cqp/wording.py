"""Plain text with fields, « délivré à {titulaire} »: the only template a person of ours may write.

A field is a known name between braces. It is replaced by its value, once; nothing else is ever interpreted:
no attribute, no call, no format, no language of templates. What a value says is never read again. A brace
that closes no field is a slip of the pen: it is no field anybody knows.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_FIELD = re.compile(r"\{([^{}\n]{0,60})\}|\{[^{}\s]{0,60}|\}")

FIELDS: dict[str, str] = {
    "titulaire": "prénom et nom de la personne",
    "certification": "intitulé exact de la certification",
    "option": "option de la personne, ou rien",
    "session": "session d’examen",
    "date": "date de la décision",
    "lieu": "lieu de la décision",
}
"""Every field there is, and what it becomes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; unknown: a field nobody knows, shown as typed and in red."""

    text: str
    is_unknown: bool = False


def pieces(text: str, values: Mapping[str, str]) -> list[Piece]:
    """The text with its fields replaced, unknown ones apart."""
    found, end = [], 0
    for match in _FIELD.finditer(text):
        found.append(Piece(text[end : match.start()]))
        value = values.get(match[1])
        found.append(Piece(match[0], is_unknown=True) if value is None else Piece(value))
        end = match.end()
    found.append(Piece(text[end:]))
    return [piece for piece in found if piece.text]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its fields replaced; an unknown one stays as it was typed."""
    return "".join(piece.text for piece in pieces(text, values))


def unknown_field(text: str, known: Collection[str]) -> str | None:
    """The first field of a text that nobody knows, braces included; None when all are known."""
    return next((match[0] for match in _FIELD.finditer(text) if match[1] not in known), None)
