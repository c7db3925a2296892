"""Kits of a jury as they go out and come back, changed as a spreadsheet would."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from candidates.imports.files import read_file
from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.sheets.workbook import MAX_WORDS
from juries.kit_file import kit_of
from juries.kit_preview import KitPreview, KitSheet, preview_of
from juries.models import Hearing, LocalJury
from juries.reading import lines_of
from juries.services.kit import bring_kit

Rows = list[list[str]]


def taken(jury: LocalJury, by: Actor, at: datetime, hours: Mapping[int, str] | None = None) -> Rows:
    """The lines of the kit a juror takes away, as somebody sees them."""
    lines = lines_of(jury.hearings.visible_to(by))
    rows = read_file(kit_of(jury, lines, hours or {}, at), longest=MAX_WORDS).rows
    width = len(rows[0][1])
    return [[*cells, *[""] * (width - len(cells))] for _, cells in rows]


def fill(rows: Rows, enrolment: Enrolment, **entries: str) -> None:
    """Type in the line of a candidate; `oral`, `avis`, `argument` name columns by their beginning."""
    line = next(line for line in rows if line[0] == enrolment.number)
    for name, entry in entries.items():
        wanted = {"oral": "Épreuve orale", "avis": "Avis", "argument": "Argument", "numero": "Numéro"}
        wanted |= {"base": "Base ORAL", "feuille": "Feuille"}
        place = next(n for n, heading in enumerate(rows[0]) if heading.startswith(wanted[name]))
        line[place] = entry


def sheet_of(rows: Sequence[Sequence[str]], **more: Any) -> KitSheet:
    return KitSheet([(number, list(cells)) for number, cells in enumerate(rows, 1)], **more)


def looked_at(jury: LocalJury, rows: Rows, by: Actor, now: datetime) -> KitPreview:
    return preview_of(jury, sheet_of(rows), by=by, now=now)


def brought(jury: LocalJury, rows: Rows, by: Actor, at: datetime, *, names: bool = False) -> KitPreview:
    """Look, and confirm at once."""
    seen = looked_at(jury, rows, by, at).fingerprint
    return bring_kit(jury=jury, sheet=sheet_of(rows), seen=seen, names_confirmed=names, by=by, at=at)


def filled_kit(hearing: Hearing, by: Actor, at: datetime) -> dict[str, Any]:
    """What bringing a kit with one mark more needs."""
    rows = taken(hearing.jury, by, at)
    fill(rows, hearing.enrolment, oral="12,5")
    seen = looked_at(hearing.jury, rows, by, at).fingerprint
    return {"jury": hearing.jury, "sheet": sheet_of(rows), "seen": seen, "names_confirmed": False}
