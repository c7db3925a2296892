"""The kit of a jury merged three ways: what the file says, what it said when it left, what stands.

Pure: a line in, what to do of it out. A mark is merged as in a sheet of marks; the opinion and its argument
are one thing, which nobody mixes from two hands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from evaluations.imports.merge import Step, step_between, step_of
from evaluations.scoring import MISSING, ParsedMark

Opinion = tuple[bool, str]
"""In favour or not, and the argument on one line."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a line says of one candidate: a mark a block, by code, and the opinion."""

    marks: Mapping[str, ParsedMark] = field(default_factory=dict)
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """What to do of one line. `marks`, `opinion`: what only the file changed; `clashes`: what both did."""

    marks: Mapping[str, ParsedMark]
    opinion: Opinion | None
    clashes: tuple[str, ...]  # codes of blocks; OPINION for the opinion
    emptied: tuple[str, ...]
    unchanged: int

    @property
    def changes(self) -> int:
        return len(self.marks) + (self.opinion is not None)


OPINION = "avis"


def one_line(text: str) -> str:
    """A text as a spreadsheet gives it back: its ends of lines are spaces."""
    return " ".join(text.split())


def merge(file: Heard, base: Heard, stands: Heard) -> Merge:
    """Cell by cell: what the file alone changed goes in, what moved here alone stays, both is a clash.

    An empty cell says nothing: a kit erases nothing.
    """
    steps = {
        code: step_of(mark, stands.marks.get(code, MISSING), base.marks.get(code, MISSING))
        for code, mark in file.marks.items()
    }
    steps[OPINION] = _opinion_step(file.opinion, stands.opinion, base.opinion)

    def named(step: Step) -> tuple[str, ...]:
        return tuple(code for code, found in steps.items() if found is step)

    applied = named(Step.APPLY)
    return Merge(
        marks={code: file.marks[code] for code in applied if code != OPINION},
        opinion=file.opinion if OPINION in applied else None,
        clashes=named(Step.CONFLICT),
        emptied=named(Step.EMPTIED),
        unchanged=len(named(Step.UNCHANGED)),
    )


def applied(stands: Heard, merged: Merge) -> Heard:
    """What stands once a merge has gone in."""
    marks = {**stands.marks, **merged.marks}
    return replace(stands, marks=marks, opinion=merged.opinion or stands.opinion)


def _opinion_step(theirs: Opinion | None, current: Opinion | None, base: Opinion | None) -> Step:
    # Wrapped, for « no opinion when the file left » is a base too.
    return step_between((theirs,), (current,), (base,), nothing=(None,))
