"""A workflow is a table of transitions; this module reads it and refuses illegal steps. No Django here."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Refusal(Exception):
    """A rule said no. Carries the one French sentence shown where the person tried."""

    @property
    def sentence(self) -> str:
        return str(self.args[0])


class Conflict(Refusal):
    """Somebody else changed the same thing first; the sentence says what, who and when."""


def demand(refusal: str | None) -> None:
    """Raise the refusal a rule answered with; `None` means yes."""
    if refusal is not None:
        raise Refusal(refusal)


@dataclass(frozen=True, slots=True)
class Transition:
    """One legal step of a workflow: from `source`, by `act`, to `target`."""

    source: StrEnum
    act: str
    target: StrEnum


class Workflow:
    """A named table of transitions, asked before each step and printed in docs/states.md."""

    def __init__(self, name: str, start: StrEnum, transitions: Iterable[Transition]) -> None:
        self.name = name
        self.start = start
        self.transitions = tuple(transitions)

    def target(self, source: str, act: str) -> StrEnum:
        """The state after `act`; raises Refusal when the table has no such step."""
        for step in self.transitions:
            if step.source == source and step.act == act:
                return step.target
        raise Refusal(f"Cette étape n’est pas possible : {self.name.lower()} est à l’état « {source} ».")

    def allows(self, source: str, act: str) -> bool:
        return any(step.source == source and step.act == act for step in self.transitions)

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start.value}"]
        lines += [f"    {s.source.value} --> {s.target.value} : {s.act}" for s in self.transitions]
        reached = {s.target for s in self.transitions} | {self.start}
        left = {s.source for s in self.transitions if s.source != s.target}
        lines += sorted(f"    {state.value} --> [*]" for state in reached - left)
        return "\n".join(lines)
