"""From the lines of a candidate to one verdict, with every reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from evaluations.scoring import reasons
from evaluations.scoring.deadlines import last_course_day
from evaluations.scoring.marks import MISSING, ParsedMark
from evaluations.scoring.numbers import plain_number
from evaluations.scoring.reasons import Code, Reason
from evaluations.scoring.scheme import Scheme
from evaluations.scoring.tally import BlockLine, LineState, weigh

_ZERO = Decimal(0)


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


@dataclass(frozen=True, slots=True)
class Dossier:
    """A candidate before the arithmetic: first marks and retakes by block code; absent means missing."""

    marks: Mapping[str, ParsedMark]
    retakes: Mapping[str, ParsedMark] = field(default_factory=dict)
    course: Course = Course()


class Result(NamedTuple):
    """A verdict and all it rests on. Words and means are worked out when somebody asks for them."""

    scheme: Scheme
    lines: Sequence[BlockLine]
    course: Course
    total: Decimal | None  # None unless every mark counts (A4)
    verdict: Verdict

    @property
    def mean(self) -> Decimal | None:
        """Out of 20, exact, None with the total."""
        return None if self.total is None else self.scheme.mean(self.total)

    @property
    def eliminatory(self) -> tuple[str, ...]:
        """Block codes in regulation order, known even when other marks are missing."""
        return tuple([line.block.code for line in self.lines if line.state is LineState.ELIMINATORY])

    @property
    def missing(self) -> tuple[str, ...]:
        """Block codes without a mark, and PASS when attendance is needed and unknown (A9)."""
        return self._about(Code.MISSING, Code.PASS_UNKNOWN)

    @property
    def deferred(self) -> tuple[str, ...]:
        return self._about(Code.DEFERRED)

    @property
    def invalid(self) -> tuple[str, ...]:
        """Block codes, retake codes and fields that cannot be read."""
        return self._about(Code.INVALID)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything found against the candidate, what commands the verdict first."""
        if self.verdict is Verdict.CERTIFIABLE:
            return ()
        found = [*self.course.problems, *[reason for line in self.lines for reason in line.findings]]
        found += _course_findings(self.scheme, self.course)
        if self.total is not None and self.total < self.scheme.pass_total:
            found.append(reasons.total_too_low(self.total, self.scheme.total_max, self.scheme.pass_total))
        return tuple(sorted(found, key=attrgetter("rank")))

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader should know though it changes no verdict: absences counted 0, retakes."""
        return tuple([note for line in self.lines for note in line.notes])

    def to_data(self) -> dict[str, object]:
        """A JSON-ready plain dict, numbers as exact strings: what a proclamation freezes."""
        return {
            "regulation": {"code": self.scheme.code, "version": self.scheme.version},
            "verdict": self.verdict.value,
            "total": None if self.total is None else plain_number(self.total),
            "total_max": plain_number(self.scheme.total_max),
            "pass_total": plain_number(self.scheme.pass_total),
            "mean": None if self.mean is None else plain_number(self.mean),
            "eliminatory": list(self.eliminatory),
            "missing": list(self.missing),
            "deferred": list(self.deferred),
            "invalid": list(self.invalid),
            "blocks": [line.to_data() for line in self.lines],
            "reasons": [reason.to_data() for reason in self.reasons],
            "notes": [note.to_data() for note in self.notes],
        }

    def _about(self, *codes: Code) -> tuple[str, ...]:
        return tuple(reason.about for reason in self.reasons if reason.code in codes)


def score(scheme: Scheme, dossier: Dossier) -> Result:
    """The result of one candidate. An unknown block code is a mistake of the caller: ValueError."""
    known = {block.code for block in scheme.blocks}
    unknown = sorted((dossier.marks.keys() | dossier.retakes.keys()) - known)
    if unknown:
        raise ValueError(f"{scheme.code} ne connaît pas {', '.join(unknown)}")
    lines = [
        weigh(
            block,
            dossier.marks.get(block.code, MISSING),
            dossier.retakes.get(block.code, MISSING),
        )
        for block in scheme.blocks
    ]
    return conclude(scheme, lines, dossier.course)


def conclude(scheme: Scheme, lines: Sequence[BlockLine], course: Course) -> Result:
    """The result of a candidate whose lines are known, in the order of the regulation's blocks."""
    # Lists, not generators, and no word made before it is asked for: this runs once a candidate.
    worst = max([line.state for line in lines])
    total = None
    if worst <= LineState.ELIMINATORY:
        total = sum([line.weighted for line in lines if line.weighted is not None], _ZERO)
    return Result(scheme, lines, course, total, _verdict(scheme, worst, total, course))


def _verdict(scheme: Scheme, worst: LineState, total: Decimal | None, course: Course) -> Verdict:
    """INVALIDE, then REPORTE, then INCOMPLET, then the arithmetic (R6, R29)."""
    if worst is LineState.INVALID or course.problems:
        return Verdict.INVALIDE
    if worst is LineState.DEFERRED:
        return Verdict.REPORTE
    if total is None or (scheme.requires_pass and course.pass_followed is None):
        return Verdict.INCOMPLET
    if worst is LineState.ELIMINATORY or total < scheme.pass_total or _course_findings(scheme, course):
        return Verdict.NON_CERTIFIABLE
    return Verdict.CERTIFIABLE


def _course_findings(scheme: Scheme, course: Course) -> list[Reason]:
    """The conditions that are no marks: Pass (R29, A9) and the length of the course (R31, A10)."""
    found = []
    if scheme.requires_pass and course.pass_followed is not True:
        found.append(reasons.pass_unknown() if course.pass_followed is None else reasons.pass_not_followed())
    if scheme.max_months and course.first_day and course.last_day and not course.derogation:
        allowed = last_course_day(course.first_day, scheme.max_months)
        if course.last_day > allowed:
            found.append(reasons.course_too_long(course.last_day, allowed, scheme.max_months))
    return found
