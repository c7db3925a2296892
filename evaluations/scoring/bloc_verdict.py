"""From the blocs of a candidate to one verdict, with every reason in words (A18)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from evaluations.scoring import bloc_reasons
from evaluations.scoring.blocs import NOTHING_HEARD, BlocLine, BlocScheme, BlocState, Conclusion, Heard, judge
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
from evaluations.scoring.table import Cell

_OWES = {Code.SIGNATURE_MISSING: Owes.CARNET, Code.JUDGEMENT_MISSING: Owes.JURY}


class BlocResult(NamedTuple):
    """A verdict in blocs and all it rests on. Words are worked out when somebody asks for them."""

    scheme: BlocScheme
    lines: Sequence[BlocLine]
    course: Course
    verdict: Verdict

    @property
    def acquired(self) -> tuple[str, ...]:
        """Codes of the acquired blocs, kept ones among them, in regulation order."""
        return tuple([line.bloc.code for line in self.lines if line.acquired])

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything found against the candidate, what commands the verdict first."""
        if self.verdict is Verdict.CERTIFIABLE:
            return ()
        found = [*self.course.problems, *[reason for line in self.lines for reason in line.findings]]
        found += course_findings(self.scheme, self.course)
        if self.verdict is Verdict.NON_CERTIFIABLE and len(self.acquired) < self.scheme.blocs_needed:
            found.append(bloc_reasons.blocs_too_few(len(self.acquired), self.scheme.blocs_needed))
        return tuple(sorted(found, key=attrgetter("rank")))

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What a reader should know though it changes no verdict: blocs kept from another session."""
        return tuple([note for line in self.lines for note in line.notes])

    @property
    def owed(self) -> list[Owed]:
        """What the file still lacks; a deferred candidate lacks nothing."""
        if self.verdict is Verdict.REPORTE:
            return []
        words = [(line.bloc, one) for line in self.lines for one in line.findings if one.code in _OWES]
        return [
            # The code of the bloc says enough in a list of what is missing.
            *(
                Owed(_OWES[one.code], one.sentence.replace(f" {bloc.label}", "", 1).rstrip("."))
                for bloc, one in words
            ),
            *facts_owed(self.scheme, self.course),
        ]

    @property
    def was_absent(self) -> bool:
        return any(line.heard.conclusion is Conclusion.ABSENT and not line.heard.kept for line in self.lines)

    @property
    def rank(self) -> Decimal:
        """For sorting: how many blocs are acquired."""
        return Decimal(len(self.acquired))

    @property
    def cells(self) -> list[Cell]:
        """One a bloc, for a table of candidates."""
        return [line.cell for line in self.lines]

    @property
    def headline(self) -> Cell:
        """« 2 sur 3 » blocs."""
        acquired, needed = len(self.acquired), self.scheme.blocs_needed
        below = acquired < needed and self.verdict is Verdict.NON_CERTIFIABLE
        tone, said = ("bad", "insuffisant") if below else ("", "")
        return Cell(f"{acquired} sur {needed}", tone, said)

    @property
    def values(self) -> list[Decimal | str | None]:
        """The same for a spreadsheet, under `BlocScheme.headings`."""
        needed = Decimal(self.scheme.blocs_needed)
        return [*(line.words for line in self.lines), Decimal(len(self.acquired)), needed]

    def close_calls(self, mark: Decimal, total: Decimal) -> list[str]:
        """One bloc short of the certification: no points here, `mark` and `total` do not count."""
        short = self.scheme.blocs_needed - len(self.acquired)
        return ["Il manque un bloc"] if short == 1 and self.verdict is Verdict.NON_CERTIFIABLE else []

    def to_data(self) -> dict[str, object]:
        """A JSON-ready plain dict: what a proclamation freezes."""
        return {
            "regime": "BLOCS",
            "regulation": {"code": self.scheme.code, "version": self.scheme.version},
            "verdict": self.verdict.value,
            "acquired": list(self.acquired),
            "needed": self.scheme.blocs_needed,
            "blocs": [line.to_data() for line in self.lines],
            "reasons": [reason.to_data() for reason in self.reasons],
            "notes": [note.to_data() for note in self.notes],
        }


def judge_all(scheme: BlocScheme, heard: Mapping[str, Heard], course: Course = UNKNOWN_COURSE) -> BlocResult:
    """The result of one candidate, `heard` by bloc code. ValueError on an unknown bloc."""
    unknown = sorted(heard.keys() - {bloc.code for bloc in scheme.blocs})
    if unknown:
        raise ValueError(f"{scheme.code} ne connaît pas {', '.join(unknown)}")
    lines = [judge(scheme.rule, bloc, heard.get(bloc.code, NOTHING_HEARD)) for bloc in scheme.blocs]
    return conclude_blocs(scheme, lines, course)


def conclude_blocs(scheme: BlocScheme, lines: Sequence[BlocLine], course: Course) -> BlocResult:
    """The result of a candidate whose blocs are judged, in the order of the regulation."""
    return BlocResult(scheme, lines, course, _verdict(scheme, lines, course))


def _verdict(scheme: BlocScheme, lines: Sequence[BlocLine], course: Course) -> Verdict:
    """INVALIDE, then REPORTE, then INCOMPLET while any bloc is, then the count of the acquired ones."""
    worst = max([line.state for line in lines])
    if worst is BlocState.INVALID or course.problems:
        return Verdict.INVALIDE
    if worst is BlocState.DEFERRED:
        return Verdict.REPORTE
    if worst is BlocState.INCOMPLETE or (scheme.requires_pass and course.pass_followed is None):
        return Verdict.INCOMPLET
    acquired = sum(line.acquired for line in lines)
    if acquired < scheme.blocs_needed or course_findings(scheme, course):
        return Verdict.NON_CERTIFIABLE
    return Verdict.CERTIFIABLE
