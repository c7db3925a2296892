"""What the tables that are scored have in common: rows of text, a header checked, words read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from evaluations.scoring.typography import typeset

NUMBER = "numero"
BETWEEN_SENTENCES = " | "
YES_NO = {"oui": True, "non": False, "": None}


class SheetError(ValueError):
    """The table cannot be answered at all; the message is one French sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))


def filled(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The rows that are not blank."""
    return (row for row in rows if any(cell.strip() for cell in row))


def check_header(names: Sequence[str], required: Sequence[str], known: Sequence[str]) -> None:
    """Are the columns there, each once? Raises SheetError."""
    if not names:
        raise SheetError("Le fichier est vide.")
    missing = [name for name in required if name not in names]
    if missing:
        raise SheetError(f"Colonne manquante : {', '.join(missing)} (le séparateur attendu est « ; »).")
    repeated = [name for name, count in Counter(names).items() if count > 1 and name in known]
    if repeated:
        raise SheetError(f"Colonne répétée : {', '.join(repeated)}.")
