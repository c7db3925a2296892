"""What a file would do, or did: counts, what is wrong with its lines, what deserves a look; for any file."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence, and the lines of the file it is true of; none where it is true of the whole file."""

    message: str
    rows: tuple[int, ...]

    @property
    def where(self) -> str:
        """« ligne 4 », « lignes 4, 9 et 12 », « lignes 2 à 200 »."""
        if not self.rows:
            return ""
        first, last = self.rows[0], self.rows[-1]
        if len(self.rows) == 1:
            return f"ligne {first}"
        if len(self.rows) > 2 and last - first == len(self.rows) - 1:
            return f"lignes {first} à {last}"
        return f"lignes {', '.join(map(str, self.rows[:-1]))} et {last}"


@dataclass
class Findings:
    """Sentences gathered with their lines, in the order they were first met.

    Sentences of one `kind` are told once, in the words of the first.
    """

    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    said: dict[str, str] = field(default_factory=dict)

    def add(self, message: str, *numbers: int, kind: str = "") -> None:
        self.said.setdefault(kind or message, message)
        gathered = self.rows[kind or message]
        gathered += [number for number in numbers if number not in gathered[-1:]]

    def as_problems(self) -> tuple[Problem, ...]:
        """The most frequent first; each line once."""
        problems = [Problem(self.said[key], tuple(sorted(set(rows)))) for key, rows in self.rows.items()]
        return tuple(sorted(problems, key=lambda problem: (-len(problem.rows), problem.rows[:1])))


@dataclass(frozen=True, slots=True)
class Report:
    """How many are new, changed, unchanged, refused; problems keep their lines out, warnings do not.

    Of candidates, a count counts people; of marks, marks.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def accepted(self) -> int:
        return self.new + self.changed

    @property
    def dropped(self) -> dict[int, tuple[str, ...]]:
        """The lines of which something is left out, in order, each with every reason."""
        reasons: dict[int, list[str]] = defaultdict(list)
        for problem in self.problems:
            for row in problem.rows:
                reasons[row].append(problem.message)
        return {row: tuple(reasons[row]) for row in sorted(reasons)}

    def as_json(self) -> dict[str, Any]:
        """What the command prints and what a finished import keeps."""
        errors = [(problem, True) for problem in self.problems]
        errors += [(problem, False) for problem in self.warnings]
        if self.ignored:
            errors.append((Problem(f"Colonnes non reprises : {', '.join(self.ignored)}.", ()), False))
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "errors": [
                {"message": problem.message, "lines": list(problem.rows), "blocking": blocking}
                for problem, blocking in errors
            ],
        }

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> Self:
        """A report as it was kept."""

        def told(blocking: bool) -> tuple[Problem, ...]:
            errors: Iterable[Mapping[str, Any]] = data.get("errors", ())
            return tuple(
                Problem(error["message"], tuple(error["lines"]))
                for error in errors
                if error["blocking"] is blocking
            )

        counts = {name: data.get(name, 0) for name in ("new", "changed", "unchanged", "refused")}
        return cls(**counts, problems=told(True), warnings=told(False))


def failure(sentence: str) -> Report:
    """The report of a file that cannot be read at all."""
    return Report(problems=(Problem(sentence, ()),))
