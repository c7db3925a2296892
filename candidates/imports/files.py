"""A file from the hands of its author to its preview: read, kept, found again; and its lines left out."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from candidates.models import ListImport, SessionPart
from candidates.services.imports import keep_for_preview
from candidates.states import ImportState
from cqp.accounts.actor import Actor
from cqp.sheets.reading import MAX_BYTES, Finding, Sheet, read_sheet
from cqp.sheets.workbook import MAX_CELL, Row
from cqp.sheets.writing import Table

# The sheets our templates carry beside the one to fill.
GUIDE, LISTS = "Mode d’emploi", "Listes"
MOTIVE = "Motif"


class Upload(Protocol):
    """A file as a form receives it."""

    name: str | None

    def read(self, size: int = ..., /) -> bytes: ...


def read_file(content: bytes, longest: int = MAX_CELL) -> Sheet:
    """The lines of a file, whatever its format; nothing is said of our own sheets. Raises Refusal."""
    return read_sheet(content, beside=(GUIDE, LISTS), longest=longest)


def take_in(
    upload: Upload, *, part: SessionPart, kind: ListImport.Kind, by: Actor, now: datetime, block: str = ""
) -> ListImport:
    """Read a file somebody sends and keep its lines for the preview. Raises Refusal."""
    # One byte more than allowed is enough to know the file is too big.
    content = upload.read(MAX_BYTES + 1)
    sheet = read_file(content)
    name = "".join(character for character in upload.name or "" if character.isprintable())
    return keep_sheet(sheet, content, name, part=part, kind=kind, by=by, now=now, block=block)


def keep_sheet(
    sheet: Sheet,
    content: bytes,
    name: str,
    *,
    part: SessionPart,
    kind: ListImport.Kind,
    by: Actor,
    now: datetime,
    block: str = "",
) -> ListImport:
    """Keep what was read of a file."""
    return keep_for_preview(
        part=part,
        kind=kind,
        file_name=name or "sans nom",
        sha256=hashlib.sha256(content).hexdigest(),
        rows=sheet.rows,
        notices=[(notice.sentence, notice.rows, notice.blocking) for notice in sheet.notices],
        by=by,
        now=now,
        block=block,
    )


def rows_of(file: ListImport) -> list[Row]:
    """The lines of a file as they were read, its headings first."""
    return [(number, cells) for number, cells in file.rows]


def notices_of(file: ListImport) -> list[Finding]:
    return [Finding(sentence, tuple(numbers), blocking) for sentence, numbers, blocking in file.notices]


def done_before(file: ListImport) -> ListImport | None:
    """The last time this very file was imported here."""
    same = ListImport.objects.filter(part=file.part, kind=file.kind, block=file.block, sha256=file.sha256)
    return same.filter(state=ImportState.DONE).select_related("by").first()


def table_of_dropped(rows: Sequence[Row], dropped: Mapping[int, Sequence[str]]) -> Table:
    """The lines left out under the headings of the file, with the reasons: to correct and send again."""
    headings = rows[0][1] if rows else []
    kept = [place for place, heading in enumerate(headings) if heading != MOTIVE]
    lines = [
        [*(cells[place] if place < len(cells) else "" for place in kept), " ".join(dropped[number])]
        for number, cells in rows[1:]
        if number in dropped
    ]
    return Table("Lignes écartées", [*(headings[place] for place in kept), MOTIVE], lines)
