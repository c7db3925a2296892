"""A result explained: what screens and documents print, from live data or from what was frozen.

Everything is in words, so that no page needs to know which kind of regulation it shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from evaluations.scoring.blocs import STATE_TONES, STATE_WORDS
from evaluations.scoring.numbers import format_number, signed_number
from evaluations.scoring.table import Cell

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """What sums a result up: « 128,75/200 », « au total, il faut 100 »."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the detail: a block, or a competence."""

    label: str
    columns: Sequence[str]
    cells: Sequence[Cell]

    @property
    def named(self) -> list[tuple[str, Cell]]:
        """Each cell after its column, for a narrow screen."""
        return list(zip(self.columns, self.cells, strict=True))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under a heading, which may be empty, with what is to be said of them all."""

    heading: str
    state: Cell
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Account:
    """A whole result, ready to be shown.

    `record` is what its document is called, `fine` the sentence of a result nothing speaks against.
    """

    record: str
    caption: str
    noun: str
    columns: Sequence[str]
    groups: Sequence[Group]
    figures: Sequence[Figure]
    fine: str

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


def account_of(data: Data) -> Account:
    """The account of a result, from `Result.to_data()`."""
    return _ACCOUNTS[data.get("regime", "POINTS")](data)


_NO_STATE = Cell("")


_OF_POINTS = ("Note", "Coefficient", "Points", "Éliminatoire si", "Écart au seuil")
_WITH_JURY = ("Note", "Points de jury", *_OF_POINTS[1:])
_OF_BLOCS = ("Tuteur", "Manager", "Jury")


def _points(data: Data) -> Account:
    figures = [
        Figure(_out_of(data["total"], data["total_max"]), f"au total, il faut {_french(data['pass_total'])}"),
        Figure(_out_of(data["mean"], "20"), "de moyenne"),
    ]
    blocks = data["blocks"]
    columns = _WITH_JURY if any("jury_points" in block for block in blocks) else _OF_POINTS
    return Account(
        record="Relevé de notes",
        caption="Note, coefficient, points et seuil de chaque épreuve",
        noun="Épreuve",
        columns=columns,
        groups=[Group("", _NO_STATE, [_block(block, columns) for block in blocks])],
        figures=figures if data["total"] is not None else [],
        fine="Le total requis est atteint, sans note éliminatoire ; les autres conditions sont remplies.",
    )


def _block(block: Data, columns: Sequence[str]) -> Row:
    distance = block["distance"]
    return Row(
        block["label"],
        columns,
        (
            _mark(block),
            *([_jury_points(block)] if columns is _WITH_JURY else []),
            Cell(_french(block["coefficient"])),
            Cell(_out_of(block["weighted"], block["weighted_max"])),
            Cell(block["threshold"] or "jamais"),
            Cell("–" if distance is None else signed_number(Decimal(distance))),
        ),
    )


def _jury_points(block: Data) -> Cell:
    """What the national jury adds beside the mark, and what counts then."""
    if "jury_points" not in block:
        return Cell("–")
    return Cell(signed_number(Decimal(block["jury_points"])), asides=(f"compte {_french(block['counted'])}",))


def _mark(block: Data) -> Cell:
    mark = block["mark"]
    first = (f"rattrapage, {block['first_mark']} d’abord",) if block["retake_used"] else ()
    if not mark:
        return Cell("manque", "missing")
    shown = f"{mark}/{_french(block['scale'])}" if mark[0].isdecimal() else mark
    absent = ("comptée 0",) if mark == "ABS" else ()
    tone, said = ("bad", "éliminatoire") if block["eliminatory"] else ("", "")
    return Cell(shown, tone, said, (*first, *absent))


def _blocs(data: Data) -> Account:
    acquired, needed = len(data["acquired"]), data["needed"]
    return Account(
        record="Relevé de compétences",
        caption="Signatures du carnet et avis du jury sur chaque compétence",
        noun="Compétence",
        columns=_OF_BLOCS,
        groups=[_bloc(bloc) for bloc in data["blocs"]],
        figures=[Figure(f"{acquired} sur {needed}", "blocs acquis")],
        fine="Tous les blocs nécessaires sont acquis.",
    )


_SIGNED = {True: Cell("oui"), False: Cell("non", "bad", "refusée"), None: Cell("–")}
_JUDGED = {True: Cell("acquis"), False: Cell("non acquis", "bad"), None: Cell("–")}


def _bloc(bloc: Data) -> Group:
    state = STATE_WORDS[bloc["state"]]
    heading = f"{bloc['code']} {bloc['label']}"
    if bloc["kept"]:
        kept = Cell(f"conservé, acquis le {date.fromisoformat(bloc['kept']):%d/%m/%Y}")
        return Group(heading, kept, [])
    return Group(
        heading,
        Cell(state, STATE_TONES.get(bloc["state"], "")),
        [_competence(c) for c in bloc["competences"]],
    )


def _competence(one: Data) -> Row:
    key = " (compétence clé)" if one["is_key"] else ""
    words = (_SIGNED[one["tutor"]], _SIGNED[one["manager"]], _JUDGED[one["jury"]])
    return Row(f"{one['code']} {one['label']}{key}", _OF_BLOCS, words)


_ACCOUNTS: dict[str, Callable[[Data], Account]] = {"POINTS": _points, "BLOCS": _blocs}


def _french(number: str) -> str:
    return format_number(Decimal(number))


def _out_of(number: str | None, scale: str) -> str:
    return "–" if number is None else f"{_french(number)}/{_french(scale)}"
