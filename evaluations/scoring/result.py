"""What a regulation of either kind answers about a candidate: a verdict, its reasons, one way to read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Protocol

from evaluations.scoring import reasons
from evaluations.scoring.deadlines import last_course_day
from evaluations.scoring.reasons import Reason
from evaluations.scoring.table import Cell, Column


class Verdict(StrEnum):
    """What is proposed to the national jury, which alone certifies (R13, R36). Serious before harmless."""

    INVALIDE = "INVALIDE"
    REPORTE = "REPORTE"
    INCOMPLET = "INCOMPLET"
    NON_CERTIFIABLE = "NON_CERTIFIABLE"
    CERTIFIABLE = "CERTIFIABLE"


@dataclass(frozen=True, slots=True)
class Course:
    """What is known of a candidate's training, beside the marks. None means unknown.

    `problems` are the facts that could not be read; one is enough to make the whole invalid.
    """

    pass_followed: bool | None = None
    first_day: date | None = None
    last_day: date | None = None
    derogation: bool = False
    problems: tuple[Reason, ...] = ()


UNKNOWN_COURSE = Course()


class Owes(StrEnum):
    """Who still owes something to a file."""

    MARKS = "MARKS"
    CARNET = "CARNET"
    JURY = "JURY"
    FACTS = "FACTS"  # what is known of the course


class Owed(NamedTuple):
    """One thing a file still lacks before it can be transmitted: whose it is, and its name."""

    by: Owes
    label: str


class AnyScheme(Protocol):
    """A regulation, as the arithmetic knows it: `Scheme` in points, `BlocScheme` in blocs."""

    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def requires_pass(self) -> bool: ...
    @property
    def max_months(self) -> int | None: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...
    @property
    def total_column(self) -> Column: ...
    @property
    def headings(self) -> tuple[str, ...]: ...
    @property
    def legend(self) -> tuple[str, ...]: ...
    def to_data(self) -> dict[str, object]: ...


class Result(Protocol):
    """One candidate's result under such a regulation. `account_of(result.to_data())` explains it whole."""

    @property
    def scheme(self) -> AnyScheme: ...
    @property
    def course(self) -> Course: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def reasons(self) -> tuple[Reason, ...]: ...
    @property
    def notes(self) -> tuple[Reason, ...]: ...
    @property
    def owed(self) -> list[Owed]: ...
    @property
    def was_absent(self) -> bool: ...
    @property
    def rank(self) -> Decimal: ...
    @property
    def cells(self) -> Sequence[Cell]: ...
    @property
    def headline(self) -> Cell: ...
    @property
    def values(self) -> Sequence[Decimal | str | None]: ...
    @property
    def acquired(self) -> tuple[str, ...]: ...
    def close_calls(self, mark: Decimal, total: Decimal) -> list[str]: ...
    def to_data(self) -> dict[str, object]: ...


def course_findings(scheme: AnyScheme, course: Course) -> list[Reason]:
    """The conditions that are no marks: Pass (R29, A9) and the length of the course (R31, A10)."""
    found = []
    if scheme.requires_pass and course.pass_followed is not True:
        found.append(reasons.pass_unknown() if course.pass_followed is None else reasons.pass_not_followed())
    if scheme.max_months and course.first_day and course.last_day and not course.derogation:
        allowed = last_course_day(course.first_day, scheme.max_months)
        if course.last_day > allowed:
            found.append(reasons.course_too_long(course.last_day, allowed, scheme.max_months))
    return found


def facts_owed(scheme: AnyScheme, course: Course) -> list[Owed]:
    """What the file must still tell of the course: its first day where its length counts (R31)."""
    owed = []
    if scheme.requires_pass and course.pass_followed is None:
        owed.append(Owed(Owes.FACTS, "Pass suivi ou non"))
    if scheme.max_months and course.first_day is None:
        owed.append(Owed(Owes.FACTS, "Premier jour de Prem’ss"))
    return owed
