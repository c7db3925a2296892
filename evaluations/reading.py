"""From rows to scoring objects: the only bridge between the database and the arithmetic."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from django.db import DatabaseError, connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from candidates.models import Enrolment, Session
from evaluations.bloc_reading import bloc_scheme_of, iter_bloc_results
from evaluations.models import JuryPoints, Mark, Regulation, jury_rule_of
from evaluations.reference import scheme_from_fixture
from evaluations.rules import threshold_of
from evaluations.scoring import (
    Block,
    BlockLine,
    BlocScheme,
    Course,
    LineTable,
    Result,
    Scheme,
    conclude,
    parse_mark,
)
from evaluations.scoring.bloc_sheet import BlocSheet
from evaluations.scoring.sheet import Sheet
from evaluations.states import RegulationState

_PASS = {Enrolment.Pass.YES: True, Enrolment.Pass.NO: False, Enrolment.Pass.UNKNOWN: None}
_FIRST = Mark.Attempt.FIRST.value
_CHUNK = 10_000


def scheme_of(regulation: Regulation) -> Scheme | BlocScheme:
    """The arithmetic of a regulation of the database. SchemeError when it is incoherent."""
    return bloc_scheme_of(regulation) if regulation.is_in_blocs else points_scheme_of(regulation)


def points_scheme_of(regulation: Regulation) -> Scheme:
    """The arithmetic of a regulation in points."""
    return Scheme(
        code=regulation.code,
        version=regulation.version,
        title=regulation.title,
        blocks=tuple(
            Block(
                code=block.code,
                label=block.label,
                mark_max=block.mark_max,
                coefficient=block.coefficient,
                threshold=threshold_of(block),
                retake=block.retake,
            )
            for block in regulation.blocks.all()
        ),
        total_max=regulation.total_max,
        pass_total=regulation.pass_total,
        requires_pass=regulation.requires_pass,
        max_months=regulation.max_months,
    )


def current_scheme(code: str) -> Scheme | BlocScheme:
    """The latest published version of a regulation, or the shipped one where no database has it.

    Raises UnknownRegulation, or SchemeError when the regulation is incoherent.
    """
    regulation = _latest_published(code)
    return scheme_from_fixture(code) if regulation is None else scheme_of(regulation)


def _latest_published(code: str) -> Regulation | None:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not Path(name).exists():
        return None  # to look would make an empty database
    try:
        published = Regulation.objects.filter(code=code, state=RegulationState.PUBLISHED)
        return published.order_by("-version").prefetch_related("blocks").first()
    except DatabaseError:
        return None


def sheet_of(scheme: Scheme | BlocScheme, rows: Iterable[Sequence[str]]) -> Sheet | BlocSheet:
    """A table to be scored, as the regulation wants it written. Raises SheetError."""
    return BlocSheet(scheme, rows) if isinstance(scheme, BlocScheme) else Sheet(scheme, rows)


def results_of(
    session: Session, enrolments: QuerySet[Enrolment] | None = None, *, with_points: bool = True
) -> dict[int, Result]:
    """The result of each enrolment (those still sitting, or those given), by its id.

    Without the points of the national jury (`with_points`) for whoever reads nothing yet of what it decides.

    Four queries in points, a dozen at most in blocs, whatever the number of candidates.

    Everything is worked out from the marks as they stand: nothing computed is stored while it can change.
    """
    return dict(iter_results(session, enrolments, with_points=with_points))


def result_of(enrolment: Enrolment, *, with_points: bool = True) -> Result:
    """The result of one enrolment, as the marks stand now."""
    alone = Enrolment.objects.filter(pk=enrolment.pk)
    return results_of(enrolment.session, alone, with_points=with_points)[enrolment.pk]


def iter_results(
    session: Session, enrolments: QuerySet[Enrolment] | None = None, *, with_points: bool = True
) -> Iterator[tuple[int, Result]]:
    """The same, one at a time in the order of ids, whichever kind of regulation the session runs under."""
    rows = Regulation.objects.select_related("jury_rule").prefetch_related("blocks")
    regulation = rows.get(adoptions__session=session)
    if enrolments is None:
        enrolments = Enrolment.objects.filter(session=session).sitting()
    courses = _courses(session, enrolments)
    if regulation.is_in_blocs:
        return iter_bloc_results(regulation, enrolments, courses)
    added = _jury_points(regulation, enrolments) if with_points else {}
    return _iter_points(regulation, enrolments, courses, added)


def _iter_points(
    regulation: Regulation,
    enrolments: QuerySet[Enrolment],
    courses: Iterator[tuple[int, Course]],
    added: Mapping[int, Mapping[int, Decimal]],
) -> Iterator[tuple[int, Result]]:
    """Two streams read side by side, so memory stays flat."""
    scheme = points_scheme_of(regulation)
    sheets = _Sheets(scheme, [block.pk for block in regulation.blocks.all()])
    marks = groupby(_marks(enrolments), key=itemgetter(0))
    pending, rows = next(marks, (None, iter(())))
    for pk, course in courses:
        lines = sheets.empty
        if pending == pk:
            lines = sheets.lines(rows)
            pending, rows = next(marks, (None, iter(())))
        if pk in added:
            lines = sheets.with_points(lines, added[pk])
        yield pk, conclude(scheme, lines, course)


def _jury_points(regulation: Regulation, enrolments: QuerySet[Enrolment]) -> dict[int, dict[int, Decimal]]:
    """What the national jury adds, by enrolment then by block; no query where the regulation allows none."""
    if jury_rule_of(regulation).points_max is None:
        return {}
    added: dict[int, dict[int, Decimal]] = {}
    rows = JuryPoints.objects.filter(enrolment__in=enrolments.order_by().values("pk"))
    for pk, block, points in rows.order_by().values_list("enrolment_id", "block_id", "points"):
        added.setdefault(pk, {})[block] = points
    return added


def _courses(session: Session, enrolments: QuerySet[Enrolment]) -> Iterator[tuple[int, Course]]:
    """What is known of each course. Few differ: each combination is built once."""
    last_day = session.exam_last_day
    built: dict[tuple[object, ...], Course] = {}
    rows = enrolments.order_by("pk").values_list("pk", "pass_followed", "premss_start", "derogation_motive")
    for pk, pass_followed, first_day, motive in rows.iterator(_CHUNK):
        key = (pass_followed, first_day, bool(motive))
        course = built.get(key)
        if course is None:
            course = built[key] = course_of(pass_followed, first_day, last_day, motive)
        yield pk, course


def course_of(pass_followed: str, first_day: date | None, last_day: date, motive: str) -> Course:
    """What is known of one course: Pass as stored, from and to which day, the motive of a derogation."""
    return Course(_PASS[Enrolment.Pass(pass_followed)], first_day, last_day, bool(motive))


def _marks(enrolments: QuerySet[Enrolment]) -> Iterator[tuple[int, int, int, str]]:
    """Enrolment, block, attempt and what was entered, as text: exact, without the cost of a Decimal each."""
    recorded = Mark.objects.filter(enrolment__in=enrolments.order_by().values("pk"))
    rows = recorded.exclude(outcome=Mark.Outcome.NONE).order_by("enrolment_id")
    entered = Coalesce(Cast("value", TextField()), "outcome", output_field=TextField())
    return rows.values_list("enrolment_id", "block_id", "attempt", entered).iterator(_CHUNK)


class _Sheets:
    """The lines of candidates, from their raw marks: a scale has few values, each is weighed once."""

    def __init__(self, scheme: Scheme, blocks: Iterable[int]) -> None:
        """`blocks` are the ids of the scheme's blocks, in its order."""
        tables = [LineTable[str](block, parse_mark) for block in scheme.blocks]
        self._tables = {pk: (place, tables[place]) for place, pk in enumerate(blocks)}
        self.empty: list[BlockLine] = [table[""] for table in tables]

    def lines(self, rows: Iterable[tuple[int, int, int, str]]) -> list[BlockLine]:
        """The lines of one candidate. Read for every mark of a session: kept lean."""
        lines, tables, retakes = self.empty.copy(), self._tables, []
        for _, block, attempt, entered in rows:
            place, table = tables[block]
            if attempt == _FIRST:
                lines[place] = table[entered]
            else:
                retakes.append((place, table, entered))
        for place, table, entered in retakes:
            lines[place] = table.with_retake(lines[place].first.text, entered)
        return lines

    def with_points(self, lines: list[BlockLine], added: Mapping[int, Decimal]) -> list[BlockLine]:
        """The same lines with the jury's points, by block id."""
        changed = lines.copy()
        for block, points in added.items():
            place, table = self._tables[block]
            changed[place] = table.with_points(changed[place], points)
        return changed
