"""The national table: which files are shown, in which order, and what each cell says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from juries.deliberation import File, Summary
from juries.states import Outcome

ROWS = 200

SHOWN: dict[str, tuple[str, Callable[[Summary], bool]]] = {
    "": ("Tous les dossiers", lambda file: True),
    "examiner": ("À examiner", lambda file: not file.is_clear),
    "favorables": ("Favorables, sans rien à signaler", lambda file: file.is_clear),
    "a-decider": ("Sans décision", lambda file: not file.is_decided),
    "ecarts": ("Décision différente de la proposition", lambda file: file.departs),
}
ABOUT_DECISIONS = ("a-decider", "ecarts")

_SORTS: dict[str, Callable[[Summary], Any]] = {
    "nom": lambda file: file.sort_key,
    "option": lambda file: file.option,
    "crfp": lambda file: file.crfp[1],
    "total": lambda file: file.result.rank,
    "avis": lambda file: -1 if file.favourable is None else int(file.favourable),
    "decision": lambda file: file.outcome,
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

    def asked(self, files: Sequence[Summary]) -> list[Summary]:
        """The files asked for, in the order asked for."""
        wanted = [file for file in files if not file.is_hidden and self._wants(file)]
        if self.sort:
            wanted.sort(key=_SORTS[self.sort.removeprefix("-")], reverse=self.sort.startswith("-"))
        # What one is recused from comes last, whatever is sorted: its place would tell its total.
        return wanted + [file for file in files if file.is_hidden and self == Query("", "", "", self.sort)]

    def _wants(self, file: Summary) -> bool:
        return (
            SHOWN[self.show][1](file)
            and (not self.option or file.option[1] == self.option)
            and (not self.crfp or file.crfp[0] == self.crfp)
        )

    @property
    def address(self) -> str:
        """The query string that asks for the same again; empty when nothing is asked."""
        asked = {name: getattr(self, name) for name in ("show", "option", "crfp", "sort")}
        asked = {name: value for name, value in asked.items() if value}
        return f"?{urlencode(asked)}" if asked else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One candidate of the table; what the calculation says of it is in the cells of its result."""

    file: Summary | File
    verdict: str
    outcome: str  # the name of the decision's outcome, empty until decided


def row_of(file: Summary | File) -> Row:
    """The row of a file."""
    return Row(file=file, verdict=file.result.verdict.value, outcome=_outcome_of(file))


def _outcome_of(file: Summary | File) -> str:
    if isinstance(file, File):
        return Outcome(file.decision.outcome).name if file.decision else ""
    return Outcome(file.outcome).name if file.outcome else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading; the heading is empty when the person sorted the table."""

    heading: str
    rows: Sequence[Row]


def groups_of(files: Sequence[Summary], query: Query) -> list[Group]:
    """What needs a human first, then the rest, then what one is recused from; one group when sorted."""
    if query.sort:
        return [Group("", [row_of(file) for file in files])]
    groups = [
        Group(
            "À examiner d’abord", [row_of(file) for file in files if not file.is_clear and not file.is_hidden]
        ),
        Group(
            "Avis favorable et certifiables, sans rien à signaler",
            [row_of(file) for file in files if file.is_clear],
        ),
        Group("Récusé", [row_of(file) for file in files if file.is_hidden]),
    ]
    return [group for group in groups if group.rows]
