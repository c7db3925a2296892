"""What stands of a proclaimed candidate: the proclamation, then every decision that rectified it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from candidates.models import Enrolment
from cqp.accounts.models import User
from cqp.templatetags.fr import day
from evaluations.kept import Corrected
from evaluations.models import Mark, Regulation
from evaluations.reading import course_of, points_scheme_of
from evaluations.scoring import (
    MISSING,
    Block,
    ParsedMark,
    Scheme,
    Verdict,
    conclude,
    parse_mark,
    plain_number,
    recorded_mark,
    weigh,
)
from juries.minutes import content_of
from juries.models import MemberRecusal, ProclaimedFile, Rectification
from juries.rules import proposal_for
from juries.states import Outcome

NO_MARK = "aucune note"
FIRST, RETAKE = Mark.Attempt.FIRST.value, Mark.Attempt.RETAKE.value
IDENTITY = {
    "birth_name": "Nom de naissance",
    "used_name": "Nom d’usage",
    "first_names": "Prénoms",
    "birth_date": "Date de naissance",
    "birth_place": "Lieu de naissance",
}
"""What of a holder may be corrected, and how it is called."""


@dataclass(frozen=True, slots=True)
class Step:
    """One decision on a candidate: the proclamation (rank 0), or one that rectified it."""

    rank: int
    outcome: Outcome
    held_on: date
    place: str
    content: Mapping[str, Any]
    digest: str
    rectification: Rectification | None = None

    @property
    def total(self) -> str | None:
        """The total as an exact text; None without one, or in blocs."""
        found: str | None = self.content["result"].get("total")
        return found


@dataclass(frozen=True, slots=True)
class Standing:
    """A proclaimed candidate today: every step, the last one being the truth."""

    file: ProclaimedFile
    steps: Sequence[Step]

    @property
    def first(self) -> Step:
        return self.steps[0]

    @property
    def current(self) -> Step:
        return self.steps[-1]

    @property
    def earlier(self) -> list[Step]:
        """What was superseded, the latest first."""
        return list(reversed(self.steps[:-1]))

    @property
    def is_rectified(self) -> bool:
        return len(self.steps) > 1

    def before(self, step: Step) -> Step:
        """The one this step superseded. ValueError for the proclamation."""
        here = self.steps.index(step)
        if not here:
            raise ValueError("a proclamation supersedes nothing")
        return self.steps[here - 1]

    @property
    def last_exam_day(self) -> date:
        return date.fromisoformat(self.session_data["session"]["exam_last_day"])

    @property
    def session_data(self) -> dict[str, Any]:
        """What the proclamation froze of the session."""
        data: dict[str, Any] = json.loads(self.file.proclamation.payload)
        return data


def standing_of(file: ProclaimedFile) -> Standing:
    """Where a proclaimed candidate stands; one query, more if `proclamation` is not selected."""
    rows = Rectification.objects.decided().filter(decision__enrolment=file.enrolment_id)
    rows = rows.select_related("proposed_by", "approved_by", "closed_by")
    return Standing(file, [_proclaimed(file), *map(_rectified, rows.order_by("rank"))])


def standing_before(rectification: Rectification, file: ProclaimedFile) -> Standing:
    """Where the candidate stood when this rectification was proposed."""
    standing = standing_of(file)
    return Standing(file, [step for step in standing.steps if step.rank < rectification.rank])


def corrected_marks(enrolment: Enrolment) -> Corrected:
    """The marks of a candidate as the last rectification left them; empty where there is none."""
    rows = Rectification.objects.decided().filter(decision__enrolment=enrolment)
    last = rows.order_by("-rank").first()
    if last is None:
        return {}
    return {
        (line["block"], line["attempt"]): (
            line["outcome"],
            None if line["value"] is None else Decimal(line["value"]),
        )
        for line in json.loads(last.content)["marks"]
    }


def _proclaimed(file: ProclaimedFile) -> Step:
    sitting = json.loads(file.proclamation.payload)["sitting"]
    held_on = date.fromisoformat(sitting["held_on"])
    return Step(0, Outcome(file.outcome), held_on, sitting["place"], content_of(file), file.digest)


def _rectified(row: Rectification) -> Step:
    if row.held_on is None:
        raise ValueError("a decided rectification has its day")
    content = json.loads(row.content)
    return Step(row.rank, Outcome(row.outcome), row.held_on, row.place, content, row.digest, row)


# --- What a correction would change ---


@dataclass(frozen=True, slots=True)
class Corrections:
    """What should have been read: marks by block code and attempt, identity by field; days in ISO."""

    marks: Mapping[tuple[str, int], str] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A file as it would stand once corrected.

    `changed`: what differs, before and after, marks by block code then attempt, identity by field.
    `problems`: marks that cannot be read, in words, by block code and attempt.
    """

    changed: dict[str, Any]
    content: dict[str, Any]
    proposed: Outcome | None
    problems: Mapping[tuple[str, int], str]

    @property
    def is_changed(self) -> bool:
        return bool(self.changed["marks"] or self.changed["identity"])


def outlook_of(standing: Standing, regulation: Regulation, corrections: Corrections) -> Outlook:
    """The file with these corrections, worked out again where a mark changes; exact.

    A regulation in blocs has no marks to correct: its result stays what was proclaimed.
    """
    content = dict(standing.current.content)
    identity = _changes(content["holder"], corrections.identity)
    content["holder"] = content["holder"] | {name: one["after"] for name, one in identity.items()}
    marks: dict[str, Any] = {}
    problems: dict[tuple[str, int], str] = {}
    if not regulation.is_in_blocs and corrections.marks:
        scheme = points_scheme_of(regulation)
        marks, problems = _mark_changes(scheme, content["marks"], corrections.marks)
        if marks and not problems:
            content["marks"] = list(_corrected(content["marks"], marks, scheme))
            content["result"] = _worked_out(scheme, content, standing.last_exam_day)
    verdict = Verdict(content["result"]["verdict"])
    return Outlook({"marks": marks, "identity": identity}, content, proposal_for(verdict), problems)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing corrected, in words."""

    label: str
    before: str
    after: str


def told_of(changed: Mapping[str, Any], content: Mapping[str, Any]) -> list[Told]:
    """What differs, in words; `content` names the blocks."""
    labels = {one["code"]: one["label"] for one in content["result"]["blocks"]} if changed["marks"] else {}
    marks = [
        Told(
            f"{labels[code]}, rattrapage" if int(attempt) == RETAKE else labels[code],
            one["before"] or NO_MARK,
            one["after"] or NO_MARK,
        )
        for code, attempts in changed["marks"].items()
        for attempt, one in attempts.items()
    ]
    identity = changed["identity"]
    return marks + [
        Told(label, _shown(name, identity[name]["before"]), _shown(name, identity[name]["after"]))
        for name, label in IDENTITY.items()
        if name in identity
    ]


def _shown(name: str, value: str) -> str:
    return day(date.fromisoformat(value)) if name == "birth_date" else value or "–"


def corrections_in(changed: Mapping[str, Any]) -> Corrections:
    """What was asked, from what a rectification keeps of it."""
    marks = {
        (code, int(attempt)): one["after"]
        for code, attempts in changed["marks"].items()
        for attempt, one in attempts.items()
    }
    return Corrections(marks, {name: one["after"] for name, one in changed["identity"].items()})


def mark_field(code: str, attempt: int) -> str:
    """The name of the field where a mark is corrected: `mark-ECRIT-1`."""
    return f"mark-{code}-{attempt}"


def entry_of(line: Mapping[str, Any]) -> str:
    """A frozen mark as people type it: `12,5`, `ABS`, `ABJ` or nothing."""
    if line["value"] is not None:
        return str(line["value"]).replace(".", ",")
    return "" if line["outcome"] == Mark.Outcome.NONE else str(line["outcome"])


def entries_of(content: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """Every frozen mark as typed, by block code and attempt."""
    return {(line["block"], line["attempt"]): entry_of(line) for line in content["marks"]}


def _changes(holder: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {
        name: {"before": holder[name], "after": wanted[name]}
        for name in IDENTITY
        if name in wanted and wanted[name] != holder[name]
    }


def _mark_changes(
    scheme: Scheme, lines: Sequence[Mapping[str, Any]], wanted: Mapping[tuple[str, int], str]
) -> tuple[dict[str, Any], dict[tuple[str, int], str]]:
    """What differs, and what cannot be read. ValueError for an unknown block, or a retake there is not."""
    before = {(line["block"], line["attempt"]): entry_of(line) for line in lines}
    blocks = {block.code: block for block in scheme.blocks}
    changed: dict[str, Any] = {}
    problems = {}
    for (code, attempt), typed in wanted.items():
        if code not in blocks or (attempt != FIRST and not blocks[code].retake):
            raise ValueError(f"{scheme.code} ne connaît pas {code}, essai {attempt}")
        mark = parse_mark(typed, blocks[code].mark_max)
        was = before.get((code, attempt), "")
        if mark.problem:
            problems[code, attempt] = mark.problem
        elif mark.shown != was:
            changed.setdefault(code, {})[str(attempt)] = {"before": was, "after": mark.shown}
    return changed, problems


def _corrected(
    lines: Sequence[Mapping[str, Any]], changed: Mapping[str, Any], scheme: Scheme
) -> Iterator[dict[str, Any]]:
    """The frozen marks with what changes in its place, and after them the marks there were none of."""
    scales = {block.code: block.mark_max for block in scheme.blocks}
    left = {
        (code, int(attempt)): one["after"] for code, own in changed.items() for attempt, one in own.items()
    }
    for line in lines:
        after = left.pop((line["block"], line["attempt"]), None)
        yield dict(line) if after is None else dict(line) | _stored(after, scales[line["block"]])
    for (code, attempt), after in left.items():
        yield {"block": code, "attempt": attempt, "version": 0, "by_id": None} | _stored(after, scales[code])


def _stored(entry: str, scale: Decimal) -> dict[str, Any]:
    mark = parse_mark(entry, scale)
    return {
        "outcome": mark.kind.value,
        "value": None if mark.value is None else plain_number(mark.value),
    }


def _worked_out(scheme: Scheme, content: Mapping[str, Any], last_day: date) -> dict[str, object]:
    """The result of frozen facts, as the proclamation would have frozen it.

    The points of the jury are those it gave, not those the result shows: an absence takes none, and the
    mark that replaces it finds them again.
    """
    marks = {(line["block"], line["attempt"]): line for line in content["marks"]}
    start = content["premss_start"]
    course = course_of(
        content["pass"], date.fromisoformat(start) if start else None, last_day, content["derogation"]
    )
    added = {one["block"]: Decimal(one["points"]) for one in content.get("points", [])}
    lines = [
        weigh(
            block,
            _read(marks, block, FIRST),
            _read(marks, block, RETAKE) if block.retake else MISSING,
            added.get(block.code, Decimal(0)),
        )
        for block in scheme.blocks
    ]
    return conclude(scheme, lines, course).to_data()


def _read(marks: Mapping[tuple[str, int], Mapping[str, Any]], block: Block, attempt: int) -> ParsedMark:
    line = marks.get((block.code, attempt))
    if line is None:
        return MISSING
    value = None if line["value"] is None else Decimal(line["value"])
    return recorded_mark(line["outcome"], value, block.mark_max)


# --- One rectification, proposed or decided, beside what it rectifies ---


def stepped_aside(user: User, enrolment: Enrolment) -> bool:
    """Did this member step aside for this file at the sitting that decided first?"""
    return MemberRecusal.objects.filter(enrolment=enrolment, member__user=user).exists()


@dataclass(frozen=True, slots=True)
class Case:
    """A rectification with the file before it and after it, decided or not."""

    rectification: Rectification
    standing: Standing  # before it
    content: Mapping[str, Any]
    proposed: Outcome | None

    @property
    def before(self) -> Step:
        return self.standing.current

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.rectification.outcome)

    @property
    def departs(self) -> bool:
        """Another decision than the one the calculation proposes."""
        return self.proposed is not None and self.proposed != self.outcome

    @property
    def is_worked_out_again(self) -> bool:
        return bool(self.before.content["result"] != self.content["result"])

    @property
    def told(self) -> list[Told]:
        return told_of(self.rectification.corrections, self.content)


def case_of(rectification: Rectification, file: ProclaimedFile, regulation: Regulation) -> Case:
    """The case as it is shown: what was frozen once decided, worked out until then."""
    standing = standing_before(rectification, file)
    if rectification.content:
        content = json.loads(rectification.content)
        proposed = content["decision"]["proposed"]
        return Case(rectification, standing, content, Outcome(proposed) if proposed else None)
    outlook = outlook_of(standing, regulation, corrections_in(rectification.corrections))
    return Case(rectification, standing, outlook.content, outlook.proposed)
