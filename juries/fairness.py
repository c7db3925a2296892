"""How the local juries of one session marked, side by side: means, spreads and sizes, nobody by name.

The national jury reads it; nothing is corrected by it. A candidate absent from a hearing has no mark there.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from candidates.models import Session
from candidates.states import EnrolmentState
from evaluations.models import BlocJudgement, Block, Mark
from juries.models import Hearing

# Under this many marks a spread says more of each candidate than of the jury.
SPREAD_FROM = 5
WHOLE = "Ensemble de la session"
_CENTS = Decimal("0.01")
_WIDTH = Decimal(200)  # of the drawing, in its own units


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart, in the units of its drawing: from the lowest to the highest, the mean."""

    low: int | None
    high: int | None
    mean: int


@dataclass(frozen=True, slots=True)
class MarkLine:
    """The marks of one jury in one evaluation, or of all juries; quantised once, half up."""

    jury: str
    crfp: str
    scale: Decimal
    n: int
    mean: Decimal
    deviation: Decimal | None = None  # of these very marks, not of a sample
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def bar(self) -> Bar:
        """Where it stands on the scale."""
        return Bar(_place(self.low, self.scale), _place(self.high, self.scale), _at(self.mean, self.scale))


@dataclass(frozen=True, slots=True)
class ShareLine:
    """How many times one jury, or all, said « acquis » of one bloc."""

    jury: str
    crfp: str
    n: int
    acquired: int

    @property
    def share(self) -> Decimal:
        """In hundredths, quantised once, half up."""
        return _quantised(Decimal(100 * self.acquired) / self.n)

    @property
    def bar(self) -> Bar:
        return Bar(0, _at(self.share, Decimal(100)), _at(self.share, Decimal(100)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One evaluation or one bloc: the whole session first, then each jury that judged in it."""

    code: str
    label: str
    marks: Sequence[MarkLine] = ()
    shares: Sequence[ShareLine] = ()


_Jury = tuple[str, str]  # its name, its CRFP


def comparisons_of(session: Session) -> list[Comparison]:
    """What the juries gave in each of their evaluations, or said of each bloc; three queries."""
    hearings = Hearing.objects.filter(jury__part__session=session, enrolment__state=EnrolmentState.ENROLLED)
    rows = hearings.values_list("enrolment_id", "jury__name", "jury__part__crfp__name")
    juries = {enrolment: (name, crfp) for enrolment, name, crfp in rows}
    return [*_of_marks(session, juries), *_of_blocs(session, juries)]


def _of_marks(session: Session, juries: dict[int, _Jury]) -> list[Comparison]:
    """First marks of the juries' own blocks."""
    marks = Mark.objects.filter(
        enrolment__session=session,
        block__recorder=Block.Recorder.JURY,
        attempt=Mark.Attempt.FIRST,
    ).order_by("block__position", "enrolment")
    rows = marks.values_list("block__code", "block__label", "block__mark_max", "enrolment_id", "value")
    given: dict[tuple[str, str, Decimal], dict[_Jury, list[Decimal]]] = {}
    for code, label, scale, enrolment, value in rows:
        if value is not None and enrolment in juries:
            found = given.setdefault((code, label, scale), defaultdict(list))
            found[juries[enrolment]].append(value)
    return [
        Comparison(code, label, marks=[
            _marks(WHOLE, "", scale, [value for values in by_jury.values() for value in values]),
            *(_marks(*jury, scale, by_jury[jury]) for jury in _sorted(by_jury)),
        ])
        for (code, label, scale), by_jury in given.items()
    ]  # fmt: skip


def _marks(jury: str, crfp: str, scale: Decimal, values: Sequence[Decimal]) -> MarkLine:
    mean = _quantised(statistics.mean(values))
    if len(values) < SPREAD_FROM:
        return MarkLine(jury, crfp, scale, len(values), mean)
    spread = _quantised(statistics.pstdev(values))
    return MarkLine(jury, crfp, scale, len(values), mean, spread, min(values), max(values))


def _of_blocs(session: Session, juries: dict[int, _Jury]) -> list[Comparison]:
    """What was concluded of each bloc; one in progress, or a candidate absent, does not count."""
    concluded = [BlocJudgement.Outcome.ACQUIRED, BlocJudgement.Outcome.NOT_ACQUIRED]
    judged = BlocJudgement.objects.filter(enrolment__session=session, outcome__in=concluded)
    rows = judged.order_by("bloc__position", "enrolment").values_list(
        "bloc__code", "bloc__title", "enrolment_id", "outcome"
    )
    said: dict[tuple[str, str], dict[_Jury, list[bool]]] = {}
    for code, title, enrolment, outcome in rows:
        if enrolment in juries:
            found = said.setdefault((code, title), defaultdict(list))
            found[juries[enrolment]].append(outcome == BlocJudgement.Outcome.ACQUIRED)
    return [
        Comparison(code, title, shares=[
            _share(WHOLE, "", [one for words in by_jury.values() for one in words]),
            *(_share(*jury, by_jury[jury]) for jury in _sorted(by_jury)),
        ])
        for (code, title), by_jury in said.items()
    ]  # fmt: skip


def _share(jury: str, crfp: str, words: Sequence[bool]) -> ShareLine:
    return ShareLine(jury, crfp, len(words), sum(words))


def _sorted(juries: Iterable[_Jury]) -> list[_Jury]:
    """By CRFP, then by name."""
    return sorted(juries, key=lambda jury: (jury[1], jury[0]))


def _quantised(value: Decimal) -> Decimal:
    return value.quantize(_CENTS, ROUND_HALF_UP)


def _place(value: Decimal | None, scale: Decimal) -> int | None:
    return None if value is None else _at(value, scale)


def _at(value: Decimal, scale: Decimal) -> int:
    """A mark on the drawing, to the nearest of its units."""
    return int((value * _WIDTH / scale).quantize(Decimal(1), ROUND_HALF_UP))
