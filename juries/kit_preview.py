"""What a kit that comes back would change, candidate by candidate; and all that is wrong, at once."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from candidates.imports.report import Findings, Problem
from candidates.models import Candidate
from cqp.accounts.actor import Actor
from cqp.journal.chain import canonical
from cqp.sheets.reading import COMPUTED, Sheet
from cqp.sheets.workbook import Row
from cqp.templatetags.fr import moment
from cqp.workflow import Refusal
from evaluations.models import Block, Mark, jury_rule_of
from evaluations.scoring import MISSING
from evaluations.services.marks import Answer, Entry, preview_marks
from juries import composition_rules
from juries.kit import OPINION, Heard, Merge, merge
from juries.kit_file import (
    AGAINST,
    FOR,
    NO_BLOCS,
    KitColumns,
    KitIdentity,
    digest_of,
    read_identity,
    stands_of,
    unreadable_marks,
)
from juries.models import LocalJury
from juries.opinion_rules import names_question, opinion_refusal, unseen_refusal
from juries.reading import HearingLine, candidates_of, jurors_missing, lines_of, regulation_of, seats_of
from juries.services.entries import MarkEntry, OpinionEntry

EMPTIED = "Case vidée : ce qui est enregistré reste, un kit n’efface rien."
FORMULA = "Cette ligne contient une formule : tapez ce qu’elle donne."


@dataclass(frozen=True, slots=True)
class KitSheet:
    """The lines of a kit as they were read, and what was noticed of them."""

    rows: Sequence[Row]
    computed: frozenset[int] = frozenset()
    broken: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sheet: Sheet) -> "KitSheet":
        computed = [row for notice in sheet.notices if notice.sentence == COMPUTED for row in notice.rows]
        blocking = [notice for notice in sheet.notices if notice.blocking]
        broken = {row: notice.sentence for notice in blocking for row in notice.rows}
        return cls(sheet.rows, frozenset(computed), broken)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing the kit would write."""

    row: int
    name: str
    title: str
    before: str
    after: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """One thing that moved here and in the file, each its own way: neither goes over the other."""

    row: int
    name: str
    title: str
    base: str
    theirs: str
    here: str
    who: str


@dataclass(frozen=True, slots=True)
class KitLine:
    """What goes in for one candidate."""

    hearing: HearingLine
    marks: tuple[MarkEntry, ...]
    opinion: OpinionEntry | None
    question: str  # about the names the argument cites


@dataclass
class KitPreview:
    """Everything a kit would do, as things stand."""

    lines: list[KitLine] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    unchanged: int = 0
    found: Findings = field(default_factory=Findings)
    noticed: Findings = field(default_factory=Findings)

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.found.as_problems()

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return self.noticed.as_problems()

    @property
    def asks(self) -> bool:
        """Does an argument name another candidate?"""
        return any(line.question for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """What somebody saw when they confirmed: anything else to write gives another text."""
        told = [
            [line.hearing.hearing.pk, mark.block.code, mark.entry, mark.version]
            for line in self.lines
            for mark in line.marks
        ]
        told += [
            [line.hearing.hearing.pk, line.opinion.favourable, line.opinion.argument, line.opinion.version]
            for line in self.lines
            if line.opinion
        ]
        return hashlib.sha256(canonical({"cells": told}).encode()).hexdigest()[:16]


def preview_of(jury: LocalJury, sheet: KitSheet, *, by: Actor, now: datetime) -> KitPreview:
    """Read the lines against what is recorded of the candidates this juror hears; nothing is written.

    Raises Refusal when the file as a whole cannot be a kit of this jury.
    """
    lines = {line.hearing.pk: line for line in lines_of(jury.hearings.visible_to(by))}
    if any(line.blocs for line in lines.values()):
        raise Refusal(NO_BLOCS)
    blocks = list(next(iter(lines.values())).blocks) if lines else []
    columns = KitColumns.read(sheet.rows[0][1], blocks)
    preview = KitPreview()
    reading = _Reading(jury, columns, blocks, by, now, preview, jurors_missing(jury, seats_of(jury), lines))
    read = [one for found in reading.people(sheet, lines) if (one := reading.read(*found))]
    answers = reading.judged_marks(read)
    for one in read:
        reading.judge(one, answers)
    return preview


@dataclass
class _Reading:
    """A kit being read."""

    jury: LocalJury
    columns: KitColumns
    blocks: Sequence[Block]
    by: Actor
    now: datetime
    preview: KitPreview
    missing: Mapping[int, int]  # jurors, by hearing

    def __post_init__(self) -> None:
        self.others: list[Candidate] = candidates_of(self.jury)
        self.least = jury_rule_of(regulation_of(self.jury.part.session)).argument_min
        self.titles = {block.code: block.label for block in self.blocks} | {OPINION: "Avis"}

    def people(
        self, sheet: KitSheet, lines: Mapping[int, HearingLine]
    ) -> Iterator[tuple[int, Sequence[str], HearingLine, KitIdentity]]:
        """Each line with its candidate; one that names nobody, or somebody named twice, stays out."""
        known: dict[int, list[tuple[int, Sequence[str], HearingLine, KitIdentity]]] = {}
        for row, cells in sheet.rows[1:]:
            try:
                identity = self._identity(cells)
            except _LineRefusal as refused:
                self.preview.found.add(refused.sentence, row)
                continue
            line = lines.get(identity.hearing)
            problem = sheet.broken.get(row) or (FORMULA if row in sheet.computed else "")
            if line is None:
                problem = "Cette ligne n’est celle d’aucun candidat que vous entendez dans ce jury."
            elif self.columns.number(cells).upper() != line.enrolment.number.upper():
                problem = (
                    "Le numéro et l’identité de cette ligne ne vont pas ensemble : l’un des deux est faux."
                )
            if problem or line is None:
                self.preview.found.add(problem, row)
                continue
            known.setdefault(line.hearing.pk, []).append((row, cells, line, identity))
        for group in known.values():
            if len(group) > 1:
                name = group[0][2].enrolment.candidate.full_name
                rows = [row for row, *_ in group]
                self.preview.found.add(f"{name} figure plusieurs fois : gardez une seule ligne.", *rows)
            else:
                yield group[0]

    def _identity(self, cells: Sequence[str]) -> KitIdentity:
        """Raises Refusal for the whole file when the line is of another jury."""
        try:
            identity = read_identity(self.columns.identity(cells))
        except Refusal as refused:
            raise _LineRefusal(refused.sentence) from refused
        if identity.jury != self.jury.pk:
            raise Refusal("Ce fichier est le kit d’un autre jury.")
        return identity

    def read(
        self, row: int, cells: Sequence[str], line: HearingLine, identity: KitIdentity
    ) -> "_Merged | None":
        """What one line changes, merged with what stands; None when it cannot be read."""
        found = self.preview.found
        try:
            file, base = self.columns.file(cells), self.columns.base(cells)
        except Refusal as refused:
            found.add(refused.sentence, row)
            return None
        if digest_of(base) != identity.base:
            found.add(
                "Les colonnes « Base » de cette ligne ont été modifiées : téléchargez un nouveau kit.", row
            )
            return None
        problems = unreadable_marks(file, self.blocks)
        if self.columns.is_orphan(cells):
            problems.append("Choisissez l’avis que cet argument accompagne.")
        for problem in problems:
            found.add(problem, row)
        readable = {code: mark for code, mark in file.marks.items() if not mark.problem}
        stands = stands_of(line)
        merged = merge(Heard(readable, file.opinion), base, stands)
        self.preview.unchanged += merged.unchanged
        if merged.emptied and not self.columns.is_orphan(cells):
            self.preview.noticed.add(EMPTIED, row)
        for code in merged.clashes:
            self._clash(row, line, code, file, base)
        return _Merged(row, line, merged, identity)

    def judged_marks(self, read: Sequence["_Merged"]) -> dict[tuple[int, int], Answer]:
        """What the desk answers to each mark of the kit, by enrolment and block."""
        cells = [
            Entry(
                one.line.enrolment, mark.block, Mark.Attempt.FIRST, mark.entry, mark.version, confirmed=True
            )
            for one in read
            for mark in one.marks
        ]
        if not cells:
            return {}
        answers = preview_marks(part=self.jury.part, entries=cells, by=self.by, now=self.now)
        return {
            (cell.enrolment.pk, cell.block.pk): answer for cell, answer in zip(cells, answers, strict=True)
        }

    def judge(self, one: "_Merged", answers: Mapping[tuple[int, int], Answer]) -> None:
        """What of a merge may go in, in the rules' own words for what may not."""
        refusal = self._quorum_refusal(one)
        if refusal:
            self.preview.found.add(refusal, one.row)
            return
        kept = []
        for mark in one.marks:
            answer = answers[one.line.enrolment.pk, mark.block.pk]
            if answer.refusal:
                self.preview.found.add(f"{mark.block.label} : {answer.refusal}", one.row)
            else:
                self._change(one.row, one.line, mark.block.label, answer.before, mark.entry)
                kept.append(mark)
        opinion, question = self._opinion(one.row, one.line, one.merged, one.identity)
        if kept or opinion:
            self.preview.lines.append(KitLine(one.line, tuple(kept), opinion, question))

    def _quorum_refusal(self, one: "_Merged") -> str | None:
        """Did enough jurors hear a candidate of whom something changes?"""
        if not one.marks and one.merged.opinion is None:
            return None
        missing = self.missing[one.line.hearing.pk]
        return composition_rules.quorum_refusal({one.line.enrolment.candidate.full_name: missing})

    def _opinion(
        self, row: int, line: HearingLine, merged: Merge, identity: KitIdentity
    ) -> tuple[OpinionEntry | None, str]:
        if merged.opinion is None:
            return None, ""
        favourable, argument = merged.opinion
        refusal = opinion_refusal(favourable=favourable, argument=argument, minimum=self.least)
        refusal = refusal or unseen_refusal(identity.corrections, line.corrections)
        if refusal:
            self.preview.found.add(refusal, row)
            return None, ""
        question = names_question(argument, line.enrolment.candidate, self.others) or ""
        before = said_of(stands_of(line).opinion)
        self._change(row, line, self.titles[OPINION], before, said_of(merged.opinion), question)
        version = line.opinion.version if line.opinion else 0
        return OpinionEntry(favourable, argument, version, identity.corrections), question

    def _change(
        self, row: int, line: HearingLine, title: str, before: str, after: str, question: str = ""
    ) -> None:
        name = line.enrolment.candidate.full_name
        self.preview.changes.append(Change(row, name, title, before, after, question))

    def _clash(self, row: int, line: HearingLine, code: str, file: Heard, base: Heard) -> None:
        stands = stands_of(line)

        def said(heard: Heard) -> str:
            return said_of(heard.opinion) if code == OPINION else heard.marks.get(code, MISSING).shown

        name, title = line.enrolment.candidate.full_name, self.titles[code]
        clash = Clash(row, name, title, said(base), said(file), said(stands), _author(line, code))
        self.preview.clashes.append(clash)


@dataclass(frozen=True, slots=True)
class _Merged:
    """One line of a kit once merged."""

    row: int
    line: HearingLine
    merged: Merge
    identity: KitIdentity

    @property
    def marks(self) -> list[MarkEntry]:
        """The marks that go in, each over the one that stands."""
        given = self.merged.marks
        return [
            MarkEntry(block, given[block.code].shown, stored.version if stored else 0)
            for block, stored in self.line.cells
            if block.code in given
        ]


class _LineRefusal(Refusal):
    """One line cannot be read; the others may."""


def said_of(opinion: tuple[bool, str] | None) -> str:
    """« Non-attribution : le dossier… »."""
    if opinion is None:
        return ""
    favourable, argument = opinion
    said = FOR if favourable else AGAINST
    return f"{said} : {argument}" if argument else said


def _author(line: HearingLine, code: str) -> str:
    """Who left what stands, and when."""
    if code == OPINION:
        given = line.opinion
        return f"{given.given_by.full_name}, {moment(given.given_at)}" if given else ""
    mark = next((mark for block, mark in line.cells if block.code == code), None)
    return f"{mark.recorded_by.full_name}, {moment(mark.recorded_at)}" if mark else ""
