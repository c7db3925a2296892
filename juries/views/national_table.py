"""The national table: which files are shown, in which order, and what each cell says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from evaluations.scoring import Block, BlockLine, Scheme, format_number
from juries.deliberation import File
from juries.states import Outcome

ROWS = 200

SHOWN: dict[str, tuple[str, Callable[[File], bool]]] = {
    "": ("Tous les dossiers", lambda file: True),
    "examiner": ("À examiner", lambda file: not file.is_clear),
    "favorables": ("Favorables, sans rien à signaler", lambda file: file.is_clear),
    "a-decider": ("Sans décision", lambda file: file.decision is None),
    "ecarts": ("Décision différente de la proposition", lambda file: file.departs),
}
ABOUT_DECISIONS = ("a-decider", "ecarts")

_SORTS: dict[str, Callable[[File], Any]] = {
    "nom": lambda file: file.enrolment.candidate.sort_key,
    "option": lambda file: file.enrolment.option.position if file.enrolment.option else -1,
    "crfp": lambda file: file.enrolment.part.crfp.name,
    "total": lambda file: Decimal(-1) if file.result.total is None else file.result.total,
    "avis": lambda file: -1 if file.opinion is None else int(file.opinion.favourable),
    "decision": lambda file: file.decision.outcome if file.decision else "",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What the address asks for; unknown words ask for nothing."""

    show: str
    option: str
    crfp: str
    sort: str

    @classmethod
    def of(cls, request: HttpRequest, *, with_decisions: bool = True) -> "Query":
        show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
        hidden = () if with_decisions else (*ABOUT_DECISIONS, "decision")
        return cls(
            show=show if show in SHOWN and show not in hidden else "",
            option=request.GET.get("option", ""),
            crfp=request.GET.get("crfp", ""),
            sort=sort if sort.removeprefix("-") in _SORTS and sort.removeprefix("-") not in hidden else "",
        )

    def asked(self, files: Sequence[File]) -> list[File]:
        """The files asked for, in the order asked for."""
        wanted = [file for file in files if self._wants(file)]
        if self.sort:
            wanted.sort(key=_SORTS[self.sort.removeprefix("-")], reverse=self.sort.startswith("-"))
        return wanted

    def _wants(self, file: File) -> bool:
        enrolment = file.enrolment
        return (
            SHOWN[self.show][1](file)
            and (not self.option or (enrolment.option is not None and enrolment.option.code == self.option))
            and (not self.crfp or enrolment.part.crfp.code == self.crfp)
        )

    @property
    def address(self) -> str:
        """The query string that asks for the same again; empty when nothing is asked."""
        asked = {name: getattr(self, name) for name in ("show", "option", "crfp", "sort")}
        asked = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(asked)}" if asked else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A mark as the table shows it: its text, its signed distance to the threshold, what to know of it."""

    line: BlockLine
    distance: str
    note: str

    @property
    def text(self) -> str:
        return self.line.mark.shown

    @property
    def eliminatory(self) -> bool:
        return self.line.eliminatory


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate of the table, everything in words."""

    file: File
    cells: Sequence[Cell]
    total: str
    distance: str
    below: bool

    @property
    def verdict(self) -> str:
        return self.file.result.verdict.value

    @property
    def outcome(self) -> str:
        return Outcome(self.file.decision.outcome).name if self.file.decision else ""


def row_of(file: File) -> Row:
    """The row of a file."""
    result = file.result
    gap = None if result.total is None else result.total - result.scheme.pass_total
    return Row(
        file=file,
        cells=[_cell(line) for line in result.lines],
        total="" if result.total is None else format_number(result.total),
        distance="" if gap is None else signed(gap),
        below=gap is not None and gap < 0,
    )


def _cell(line: BlockLine) -> Cell:
    return Cell(
        line=line,
        distance="" if line.distance is None else signed(line.distance),
        note=f"rattrapage, {line.first.shown} d’abord" if line.retake_used else "",
    )


def signed(number: Decimal) -> str:
    """+2,5 or −0,01: exact, with its sign; 0 has none."""
    text = format_number(abs(number))
    return f"+{text}" if number > 0 else f"−{text}" if number < 0 else "0"


def columns_of(scheme: Scheme) -> Sequence[Block]:
    """The blocks, in the order of the regulation."""
    return scheme.blocks


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; the heading is empty when the person sorted the table."""

    heading: str
    rows: Sequence[Row]


def groups_of(files: Sequence[File], query: Query) -> list[Group]:
    """What needs a human first, then the rest; one nameless group when sorted otherwise."""
    rows = [row_of(file) for file in files]
    if query.sort:
        return [Group("", rows)]
    groups = [
        Group("À examiner d’abord", [row for row in rows if not row.file.is_clear]),
        Group("Avis favorable et certifiables, sans rien à signaler", [r for r in rows if r.file.is_clear]),
    ]
    return [group for group in groups if group.rows]
