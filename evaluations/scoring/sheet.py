"""A table of marks as a spreadsheet writes it: a header, one candidate a row, text everywhere.

Columns may come in any order. `numero` and the block codes are compulsory; the retake of a block that has
one, `pass_suivi`, `premier_jour`, `dernier_jour` and `derogation` are read where the regulation knows them,
and an absent column is an empty one. Other columns are ignored, and named so that a misspelt one is noticed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from evaluations.scoring import reasons
from evaluations.scoring.header import BETWEEN_SENTENCES, NUMBER, YES_NO, check_header, filled
from evaluations.scoring.marks import parse_mark, printable
from evaluations.scoring.numbers import format_number
from evaluations.scoring.reasons import Reason
from evaluations.scoring.result import UNKNOWN_COURSE, Course
from evaluations.scoring.scheme import Scheme
from evaluations.scoring.tally import BlockLine, LineTable
from evaluations.scoring.verdict import PointsResult, conclude

PASS, FIRST_DAY, LAST_DAY, DEROGATION = "pass_suivi", "premier_jour", "dernier_jour", "derogation"
ANSWER_HEADER = (NUMBER, "total_200", "moyenne_20", "eliminatoires", "resultat", "motifs")

_DATE = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})|(?P<D>[0-9]{2})/(?P<M>[0-9]{2})/(?P<Y>[0-9]{4})"
)


class Sheet:
    """One table: where its columns are, and the answers to its rows."""

    def __init__(self, scheme: Scheme, rows: Iterable[Sequence[str]]) -> None:
        """Reads the header, which is the first row that is not blank. Raises SheetError."""
        self.scheme = scheme
        self._rows = filled(rows)
        names = [name.strip() for name in next(self._rows, ())]
        known = self._known()
        check_header(names, self._required(), known)
        self.ignored = tuple(name for name in names if name and name not in known)
        self._width = len(names)
        # An absent optional column is read at a place of its own, just past the row: always empty.
        self._place = {name: names.index(name) if name in names else self._width for name in known}
        self._blocks = [
            (LineTable(block, parse_mark), self._place[block.code], self._place.get(block.retake_code))
            for block in scheme.blocks
        ]
        self._has_course = scheme.requires_pass or scheme.max_months is not None

    def answers(self) -> Iterator[Sequence[str]]:
        """The header of the answers, then one answer a row, in the order given; blank rows are skipped."""
        yield ANSWER_HEADER
        for row in self._rows:
            yield self.answer(row)

    def _required(self) -> list[str]:
        return [NUMBER, *(block.code for block in self.scheme.blocks)]

    def _known(self) -> list[str]:
        known = self._required()
        known += [block.retake_code for block in self.scheme.blocks if block.retake]
        known += [PASS] if self.scheme.requires_pass else []
        return known + ([FIRST_DAY, LAST_DAY, DEROGATION] if self.scheme.max_months else [])

    def answer(self, row: Sequence[str]) -> Sequence[str]:
        """The answer to one row, as text. A short row lacks its last marks; one too long is invalid."""
        result = self.result(row)
        return (
            row[self._place[NUMBER]].strip() if self._place[NUMBER] < len(row) else "",
            "" if result.total is None else format_number(result.total),
            "" if result.mean is None else format_number(result.mean),
            " ".join(result.eliminatory),
            result.verdict.value,
            BETWEEN_SENTENCES.join(said.sentence for said in (*result.reasons, *result.notes)),
        )

    def result(self, row: Sequence[str]) -> PointsResult:
        """The result of one row."""
        cells = [*row[: self._width], *[""] * (self._width + 1 - len(row[: self._width]))]
        course = self._course(cells) if self._has_course else UNKNOWN_COURSE
        problems = self._row_problems(cells, row)
        if problems:
            course = replace(course, problems=(*problems, *course.problems))
        return conclude(self.scheme, self._lines(cells), course)

    def _lines(self, cells: list[str]) -> list[BlockLine]:
        return [
            table[cells[place]]
            if retake is None or not cells[retake].strip()
            else table.with_retake(cells[place], cells[retake])
            for table, place, retake in self._blocks
        ]

    def _row_problems(self, cells: list[str], row: Sequence[str]) -> list[Reason]:
        problems = []
        if not cells[self._place[NUMBER]].strip():
            problems.append(reasons.invalid(NUMBER, "Ligne", "Le numéro du candidat manque."))
        if any(cell.strip() for cell in row[self._width :]):
            problems.append(reasons.invalid("", "Ligne", "Il y a plus de valeurs que de colonnes."))
        return problems

    def _course(self, cells: list[str]) -> Course:
        place, beyond = self._place, self._width
        return _course(
            cells[place.get(PASS, beyond)],
            cells[place.get(FIRST_DAY, beyond)],
            cells[place.get(LAST_DAY, beyond)],
            cells[place.get(DEROGATION, beyond)],
        )


@lru_cache(maxsize=4096)
def _course(pass_text: str, first_text: str, last_text: str, derogation_text: str) -> Course:
    """What the four columns say. Few rows differ here, so each combination is read once."""
    problems: list[Reason] = []
    pass_followed = _yes_no(pass_text, PASS, problems)
    first_day, last_day = _day(first_text, FIRST_DAY, problems), _day(last_text, LAST_DAY, problems)
    derogation = _yes_no(derogation_text, DEROGATION, problems)
    if first_day and last_day and last_day < first_day:
        problems.append(reasons.invalid(LAST_DAY, LAST_DAY, "Le dernier jour précède le premier."))
    return Course(pass_followed, first_day, last_day, derogation is True, tuple(problems))


def _yes_no(text: str, column: str, problems: list[Reason]) -> bool | None:
    word = text.strip().lower()
    if word not in YES_NO:
        problems.append(_unreadable(column, text, "oui ou non"))
    return YES_NO.get(word)


def _day(text: str, column: str, problems: list[Reason]) -> date | None:
    text = text.strip()
    if not text:
        return None
    found = _DATE.fullmatch(text)
    try:
        if found:
            return date(*(int(found[iso] or found[french]) for iso, french in ("yY", "mM", "dD")))
    except ValueError:
        pass  # well formed, but not a day of the calendar: 2013-02-30
    problems.append(_unreadable(column, text, "une date aaaa-mm-jj ou jj/mm/aaaa"))
    return None


def _unreadable(column: str, text: str, expected: str) -> Reason:
    return reasons.invalid(column, column, f"« {printable(text.strip())} » n’est pas {expected}.")
