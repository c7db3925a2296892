"""From the lines of a candidate to one verdict, with every reason in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from evaluations.scoring import reasons
from evaluations.scoring.marks import MISSING, MarkKind, ParsedMark
from evaluations.scoring.numbers import format_number, plain_number, signed_number
from evaluations.scoring.reasons import Code, Reason
from evaluations.scoring.result import (
    UNKNOWN_COURSE,
    Course,
    Owed,
    Owes,
    Verdict,
    course_findings,
    facts_owed,
)
from evaluations.scoring.scheme import Scheme
from evaluations.scoring.table import Cell
from evaluations.scoring.tally import BlockLine, LineState, weigh

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A candidate before the arithmetic: first marks, retakes and jury's points by block code.

    Absent means missing.
    """

    marks: Mapping[str, ParsedMark]
    retakes: Mapping[str, ParsedMark] = field(default_factory=dict)
    course: Course = UNKNOWN_COURSE
    points: Mapping[str, Decimal] = field(default_factory=dict)


class PointsResult(NamedTuple):
    """A verdict in points and all it rests on. Words and means are worked out when somebody asks for them."""

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
        found += course_findings(self.scheme, self.course)
        if self.total is not None and self.total < self.scheme.pass_total:
            found.append(reasons.total_too_low(self.total, self.scheme.total_max, self.scheme.pass_total))
        return tuple(sorted(found, key=attrgetter("rank")))

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader should know though it changes no verdict: absences counted 0, retakes."""
        return tuple([note for line in self.lines for note in line.notes])

    @property
    def owed(self) -> list[Owed]:
        """What the file still lacks, in the regulation's order; a deferred candidate lacks nothing."""
        if self.verdict is Verdict.REPORTE:
            return []
        missing = [line.block.label for line in self.lines if line.state is LineState.MISSING]
        return [
            *(Owed(Owes.MARKS, label) for label in missing),
            *facts_owed(self.scheme, self.course),
        ]

    @property
    def acquired(self) -> tuple[str, ...]:
        """Blocs acquired: none, a regulation in points has no bloc."""
        return ()

    @property
    def was_absent(self) -> bool:
        return any(line.mark.kind is MarkKind.ABS for line in self.lines)

    @property
    def rank(self) -> Decimal:
        """For sorting: the total, whoever has none first."""
        return Decimal(-1) if self.total is None else self.total

    @property
    def gap(self) -> Decimal | None:
        """Total minus the total required, signed."""
        return None if self.total is None else self.total - self.scheme.pass_total

    @property
    def cells(self) -> list[Cell]:
        """One a block, for a table of candidates."""
        return [line.cell for line in self.lines]

    @property
    def headline(self) -> Cell:
        """The total and how far it is from the one required."""
        if self.total is None or self.gap is None:
            return Cell("–")
        below = self.gap < 0
        tone, said = ("bad", "insuffisant") if below else ("", "")
        return Cell(format_number(self.total), tone, said, (signed_number(self.gap),))

    @property
    def values(self) -> list[Decimal | str | None]:
        """The same for a spreadsheet, under `Scheme.headings`."""
        found: list[Decimal | str | None] = []
        for line in self.lines:
            found.append(line.mark.shown if line.mark.value is None else line.mark.value)
            found += [line.distance] if line.block.threshold else []
        retaken = [f"{one.block.label} ({one.first.shown} d’abord)" for one in self.lines if one.retake_used]
        eliminated = [line.block.label for line in self.lines if line.eliminatory]
        added = [f"{one.block.label} {signed_number(one.added)}" for one in self.lines if one.added]
        words = (", ".join(eliminated), ", ".join(retaken), ", ".join(added))
        return [*found, *words, self.total, self.gap]

    def close_calls(self, mark: Decimal, total: Decimal) -> list[str]:
        """What stands exactly at a limit, or within these many points of it."""
        found = [
            f"{line.block.label} {_near(line.distance)}"
            for line in self.lines
            if line.distance is not None and abs(line.distance) <= mark
        ]
        if self.gap is not None and -total <= self.gap <= 0:
            found.append(f"Total {_near(self.gap)}")
        return found

    def to_data(self) -> dict[str, object]:
        """A JSON-ready plain dict, numbers as exact strings: what a proclamation freezes."""
        return {
            "regime": "POINTS",
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


def _near(distance: Decimal) -> str:
    return f"à {format_number(abs(distance))} du seuil" if distance else "au seuil"


def score(scheme: Scheme, dossier: Dossier) -> PointsResult:
    """The result of one candidate. An unknown block code is a mistake of the caller: ValueError."""
    known = {block.code for block in scheme.blocks}
    unknown = sorted((dossier.marks.keys() | dossier.retakes.keys() | dossier.points.keys()) - known)
    if unknown:
        raise ValueError(f"{scheme.code} ne connaît pas {', '.join(unknown)}")
    lines = [
        weigh(
            block,
            dossier.marks.get(block.code, MISSING),
            dossier.retakes.get(block.code, MISSING),
            dossier.points.get(block.code, _ZERO),
        )
        for block in scheme.blocks
    ]
    return conclude(scheme, lines, dossier.course)


def conclude(scheme: Scheme, lines: Sequence[BlockLine], course: Course) -> PointsResult:
    """The result of a candidate whose lines are known, in the order of the regulation's blocks."""
    # Lists, not generators, and no word made before it is asked for: this runs once a candidate.
    worst = max([line.state for line in lines])
    total = None
    if worst <= LineState.ELIMINATORY:
        total = sum([line.weighted for line in lines if line.weighted is not None], _ZERO)
    return PointsResult(scheme, lines, course, total, _verdict(scheme, worst, total, course))


def _verdict(scheme: Scheme, worst: LineState, total: Decimal | None, course: Course) -> Verdict:
    """INVALIDE, then REPORTE, then INCOMPLET, then the arithmetic (R6, R29)."""
    if worst is LineState.INVALID or course.problems:
        return Verdict.INVALIDE
    if worst is LineState.DEFERRED:
        return Verdict.REPORTE
    if total is None or (scheme.requires_pass and course.pass_followed is None):
        return Verdict.INCOMPLET
    if worst is LineState.ELIMINATORY or total < scheme.pass_total or course_findings(scheme, course):
        return Verdict.NON_CERTIFIABLE
    return Verdict.CERTIFIABLE
