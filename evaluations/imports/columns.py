"""The headings of a sheet of marks: which column says who, which says a mark, which what it was before."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from candidates.forms.choices import plain
from candidates.imports.files import MOTIVE
from cqp.workflow import Refusal
from evaluations.models import Block, Mark
from evaluations.scoring import format_number

FIRST, RETAKE = Mark.Attempt.FIRST, Mark.Attempt.RETAKE
NUMBER, LAST_NAME, FIRST_NAME, SHEET = "Numéro", "Nom", "Prénom", "Feuille"

_PERSON = {
    plain(heading): name
    for name, headings in {
        NUMBER: (NUMBER, "N°", "No", "Numéro d’identification", "Numéro candidat", "Identifiant"),
        LAST_NAME: (
            LAST_NAME,
            "Nom de famille",
            "Nom de naissance",
            "Nom et prénom",
            "Nom Prénom",
            "Candidat",
        ),
        FIRST_NAME: (FIRST_NAME, "Prénoms", "Prénom(s)"),
        SHEET: (SHEET, "Identité de la feuille"),
    }.items()
    for heading in headings
}
_BASE = re.compile(r"^BASE ")
_RETAKE = re.compile(r" RATTRAPAGE\b")
_SCALE = re.compile(r"^(?P<name>.+?) (?:SUR )?(?P<scale>[0-9]+(?: [0-9]{1,2})?)$")

Slot = tuple[int, int]
"""A block by its id, and which of its two marks."""


@dataclass(frozen=True, slots=True)
class MarkColumn:
    """One column of marks, and where what they were when the file left stands, if the file says so."""

    place: int
    block: Block
    attempt: int
    base: int | None

    @property
    def title(self) -> str:
        return title_of(self.block, self.attempt)


@dataclass(frozen=True, slots=True)
class Headings:
    """Where everything stands in the lines of a sheet of marks."""

    people: Mapping[str, int]
    marks: tuple[MarkColumn, ...]
    ignored: tuple[str, ...]

    @classmethod
    def read(cls, cells: Sequence[str], blocks: Sequence[Block], only: Block | None = None) -> Self:
        """Raises Refusal when these headings are not those of a sheet of marks of these blocks.

        Columns of other blocks than `only` are left aside, and named.
        """
        names = _names(blocks)
        people: dict[str, int] = {}
        marks: dict[Slot, int] = {}
        bases: dict[Slot, int] = {}
        ignored: list[str] = []
        for place, heading in enumerate(cells):
            text = plain(heading)
            if text in _PERSON:
                _put(people, _PERSON[text], place, heading)
            elif (slot := _slot(text, heading, names)) is None or (only and slot[0] != only.pk):
                ignored += [heading] if heading and heading != MOTIVE else []
            else:
                _put(bases if _BASE.match(text) and text not in names else marks, slot, place, heading)
        _demand_a_sheet(people, marks, blocks, only)
        by_pk = {block.pk: block for block in blocks}
        in_order = sorted(
            marks.items(), key=lambda item: item[0][1]
        )  # a retake is judged after its first mark
        columns = (MarkColumn(place, by_pk[pk], n, bases.get((pk, n))) for (pk, n), place in in_order)
        return cls(people, tuple(columns), tuple(ignored))

    def cell(self, name: str, cells: Sequence[str]) -> str:
        """What a line says under one of the headings of a person."""
        return text_at(cells, self.people.get(name))


def text_at(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def title_of(block: Block, attempt: int) -> str:
    """« Épreuve écrite », « Contrôle continu (rattrapage) »."""
    return f"{block.label} (rattrapage)" if attempt == RETAKE else block.label


def heading_of(block: Block, attempt: int) -> str:
    """The heading of a column of marks: « Épreuve écrite /20 »."""
    scaled = f"{block.label} /{format_number(block.mark_max)}"
    return f"{scaled} (rattrapage)" if attempt == RETAKE else scaled


def base_heading_of(block: Block, attempt: int) -> str:
    return f"Base {block.code} (rattrapage)" if attempt == RETAKE else f"Base {block.code}"


def _names(blocks: Sequence[Block]) -> dict[str, Block]:
    """Each block by its code and by its label; a label that two blocks share names neither."""
    named = [(plain(name), block) for block in blocks for name in {block.code, block.label}]
    counts = Counter(name for name, _ in named)
    codes = {plain(block.code): block for block in blocks}
    return {name: block for name, block in named if counts[name] == 1} | codes


def _slot(text: str, heading: str, names: Mapping[str, Block]) -> Slot | None:
    """Which mark a heading means; None when it means none. Raises Refusal for another scale."""
    attempt = RETAKE if _RETAKE.search(text) else FIRST
    text = _RETAKE.sub("", text)
    text = text if text in names else _BASE.sub("", text)
    block = names.get(text)
    if block is None and (scaled := _SCALE.match(text)):
        block = names.get(scaled["name"])
        if block and scaled["scale"].replace(" ", ",") != format_number(block.mark_max):
            raise Refusal(f"La colonne « {heading} » n’a pas le barème de l’épreuve : {_scale(block)}.")
    return (block.pk, attempt) if block else None


def _scale(block: Block) -> str:
    return f"{block.label} se note sur {format_number(block.mark_max)}"


def _put(columns: dict[Any, int], key: object, place: int, heading: str) -> None:
    if key in columns:
        raise Refusal(f"Deux colonnes veulent dire « {heading} » : n’en gardez qu’une.")
    columns[key] = place


def _demand_a_sheet(
    people: Mapping[str, int], marks: Mapping[Slot, int], blocks: Sequence[Block], only: Block | None
) -> None:
    if not marks:
        wanted = [only] if only else blocks
        raise Refusal(f"Aucune colonne ne porte le nom d’une épreuve attendue : {_listed(wanted)}.")
    if NUMBER not in people and LAST_NAME not in people:
        raise Refusal(
            "Il manque la colonne « Numéro » ou la colonne « Nom » : rien ne dit qui sont les candidats."
        )


def _listed(blocks: Sequence[Block]) -> str:
    return ", ".join(f"« {block.label} »" for block in blocks)


def slots_of(blocks: Sequence[Block]) -> Iterator[tuple[Block, int]]:
    """Every mark these blocks may have, in the order of the regulation."""
    for block in blocks:
        yield block, FIRST
        if block.retake:
            yield block, RETAKE
