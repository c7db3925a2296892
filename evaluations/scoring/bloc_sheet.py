"""A table of signatures and jury's words: one line a competence of a candidate, text everywhere.

Columns may come in any order; a line left out is all empty. Candidates are answered in the order in which
they first appear, wherever their lines are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from evaluations.scoring import reasons
from evaluations.scoring.bloc_verdict import BlocResult, judge_all
from evaluations.scoring.blocs import BlocScheme, Heard, Words
from evaluations.scoring.header import BETWEEN_SENTENCES, NUMBER, YES_NO, check_header, filled
from evaluations.scoring.marks import printable
from evaluations.scoring.reasons import Reason
from evaluations.scoring.result import Course

COMPETENCE, TUTOR, MANAGER, JURY = "competence", "tuteur", "manager", "jury"
COLUMNS = (NUMBER, COMPETENCE, TUTOR, MANAGER, JURY)
ANSWER_HEADER = (NUMBER, "blocs_acquis", "resultat", "motifs")

_STRAY = "\0"  # no cell holds it: the command refuses such a file
_JUDGED = {"acquis": True, "non acquis": False, "": None}


@dataclass(slots=True)
class _Candidate:
    """What was read of one candidate: words by competence, problems by bloc, problems of no bloc."""

    words: dict[str, Words] = field(default_factory=dict)
    problems: dict[str, list[Reason]] = field(default_factory=dict)
    strays: list[Reason] = field(default_factory=list)


class BlocSheet:
    """One table: where its columns are, and the answers to its candidates."""

    def __init__(self, scheme: BlocScheme, rows: Iterable[Sequence[str]]) -> None:
        """Reads the header, which is the first row that is not blank. Raises SheetError."""
        self.scheme = scheme
        self._rows = filled(rows)
        names = [name.strip() for name in next(self._rows, ())]
        check_header(names, COLUMNS, COLUMNS)
        self.ignored = tuple(name for name in names if name and name not in COLUMNS)
        self._width = len(names)
        self._places = [names.index(name) for name in COLUMNS]
        self._bloc_of = {one.code: bloc.code for bloc in scheme.blocs for one in bloc.competences}

    def answers(self) -> Iterator[Sequence[str]]:
        """The header of the answers, then one answer a candidate."""
        yield ANSWER_HEADER
        candidates: dict[str, _Candidate] = {}
        for row in self._rows:
            self._read(row, candidates)
        for key, candidate in candidates.items():
            yield self._answer(key.partition(_STRAY)[0], self._result(candidate))

    def _answer(self, number: str, result: BlocResult) -> Sequence[str]:
        said = BETWEEN_SENTENCES.join(one.sentence for one in (*result.reasons, *result.notes))
        return number, " ".join(result.acquired), result.verdict.value, said

    def _result(self, candidate: _Candidate) -> BlocResult:
        heard = {
            bloc.code: Heard(
                words={
                    one.code: candidate.words[one.code]
                    for one in bloc.competences
                    if one.code in candidate.words
                },
                problems=tuple(candidate.problems.get(bloc.code, ())),
            )
            for bloc in self.scheme.blocs
        }
        return judge_all(self.scheme, heard, Course(problems=tuple(candidate.strays)))

    def _read(self, row: Sequence[str], candidates: dict[str, _Candidate]) -> None:
        """One line into its candidate; what cannot be read of it is said there."""
        cells = [*row[: self._width], *[""] * (self._width - len(row))]
        number, code, tutor, manager, jury = (cells[place].strip() for place in self._places)
        code = code.upper()
        # A line without number is nobody's: it is answered alone.
        key = number or f"{_STRAY}{len(candidates)}"
        candidate = candidates.setdefault(key, _Candidate())
        bloc = self._bloc_of.get(code)
        if number and not any((code, tutor, manager, jury)):
            return  # a candidate of whom nothing is said yet
        problems = candidate.strays if bloc is None else candidate.problems.setdefault(bloc, [])
        if not number:
            problems.append(reasons.invalid(NUMBER, "Ligne", "Le numéro du candidat manque."))
        if any(cell.strip() for cell in row[self._width :]):
            problems.append(reasons.invalid(code, "Ligne", "Il y a plus de valeurs que de colonnes."))
        if not code:
            problems.append(reasons.invalid(COMPETENCE, "Ligne", "La compétence manque."))
        elif bloc is None:
            problems.append(_unreadable(COMPETENCE, code, "une compétence du règlement"))
        elif code in candidate.words:
            problems.append(reasons.invalid(code, code, "Cette compétence a deux lignes."))
        else:
            candidate.words[code] = Words(
                _word(tutor, YES_NO, f"{code}, {TUTOR}", "oui ou non", problems),
                _word(manager, YES_NO, f"{code}, {MANAGER}", "oui ou non", problems),
                _word(jury, _JUDGED, f"{code}, {JURY}", "acquis ou non acquis", problems),
            )


def _word(
    text: str, words: dict[str, bool | None], about: str, expected: str, problems: list[Reason]
) -> bool | None:
    word = " ".join(text.lower().split())
    if word not in words:
        problems.append(_unreadable(about, text, expected))
    return words.get(word)


def _unreadable(about: str, text: str, expected: str) -> Reason:
    return reasons.invalid(about, about, f"« {printable(text)} » n’est pas {expected}.")
