"""Verbs on marks: one cell, the changed cells of a sheet, one gesture on many, its undoing, a correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction

from candidates.models import Enrolment, SessionPart
from candidates.services.locks import lock_part
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.roles import Act, Role
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.models import Block, Mark, Operation
from evaluations.reading import result_of
from evaluations.rules import incomplete_refusal
from evaluations.services.desk import Answer, Desk, Entry, Key, MarkConflict, Question

__all__ = ["Answer", "Entry", "MarkConflict", "Question"]

_JURY_ELSEWHERE = "La note du jury local se saisit depuis l’audition du candidat."


@dataclass(frozen=True, slots=True)
class Recorded:
    """A gesture once done: what became of each cell, and the operation that undoes it (None: no change)."""

    answers: Sequence[Answer]
    operation: Operation | None


@dataclass(frozen=True, slots=True)
class Undone:
    """A gesture once undone: the operation that did so, and the cells left as somebody changed them since."""

    operation: Operation
    left: Sequence[Answer]
    answers: Sequence[Answer]


@transaction.atomic
def record_mark(
    *, enrolment: Enrolment, block: Block, attempt: int, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """Write one mark as typed (`12,5`, `ABS`, `ABJ`, empty to erase) and journal it; returns it as stored.

    A juror's mark goes through the hearing, which knows who sits and until when: it is refused here.
    `version` is the one the author saw, 0 when there was no mark. What is stored already is left alone.
    The caller answers for an unusual mark: it is kept and marked as such.
    Raises Refusal with the rule's sentence, MarkConflict when somebody else changed it in between.
    """
    by.must(Act.RECORD_MARK)
    if by.role == Role.JUROR:
        raise Refusal(_JURY_ELSEWHERE)
    return write_mark(
        enrolment=enrolment, block=block, attempt=attempt, entry=entry, version=version, by=by, at=at
    )


@transaction.atomic
def write_mark(
    *, enrolment: Enrolment, block: Block, attempt: int, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """The writing itself of `record_mark`, for the juries once they know that this juror may judge."""
    by.must(Act.RECORD_MARK)
    cell = Entry(enrolment, block, attempt, entry, version, confirmed=True)
    return _only(Desk(enrolment.part, [cell], by=by, at=at))


def record_sheet(*, entries: Sequence[Entry], by: Actor, at: datetime) -> list[Answer]:
    """Record several cells, each with its own answer: one refused loses nothing of the others.

    An unusual mark that was not confirmed is asked about, and not written.
    """
    by.must(Act.RECORD_MARK)
    if by.role == Role.JUROR:
        raise Refusal(_JURY_ELSEWHERE)
    answers: dict[Key, Answer] = {}
    in_order = sorted(entries, key=lambda entry: entry.enrolment.part_id)
    for _, group in groupby(in_order, key=lambda entry: entry.enrolment.part_id):
        cells = list(group)
        with transaction.atomic():
            desk = Desk(cells[0].enrolment.part, cells, by=by, at=at)
            answers |= {answer.entry.key: answer for answer in desk.judge()}
            desk.write()
    return [answers[entry.key] for entry in entries]


def preview_marks(*, part: SessionPart, entries: Sequence[Entry], by: Actor, now: datetime) -> list[Answer]:
    """What recording these cells would answer, as things stand; nothing is written."""
    by.must(Act.RECORD_MARK)
    with transaction.atomic():
        return Desk(part, entries, by=by, at=now).judge()


@transaction.atomic
def record_operation(
    *,
    part: SessionPart,
    kind: Operation.Kind,
    label: str,
    entries: Sequence[Entry],
    by: Actor,
    at: datetime,
) -> Recorded:
    """Record the cells of one gesture (a paste, a filling, an import), each with its own answer.

    What was written is one operation, which `undo_operation` takes back whole. Cells already as asked are
    no part of it; a gesture that changes nothing leaves no operation.
    """
    by.must(Act.RECORD_MARK)
    if by.role == Role.JUROR:
        raise Refusal(_JURY_ELSEWHERE)
    desk = Desk(part, entries, by=by, at=at)
    answers = desk.judge()
    return Recorded(answers, _kept(desk, kind, label))


@transaction.atomic
def undo_operation(*, operation: Operation, by: Actor, at: datetime) -> Undone:
    """Put back what a gesture changed, except the cells changed since, which are named with their author.

    Undone already, it stays so, and the answers say how its cells stand now. Undoing an undoing does the
    gesture again. Raises Refusal when nothing of it can be put back.
    """
    by.must(Act.RECORD_MARK)
    lock_part(operation.part)
    done = Operation.objects.filter(undoes=operation).first()
    if done is not None:
        return Undone(done, [], _standing(operation))
    entries = list(_reversed_entries(operation))
    desk = Desk(operation.part, entries, by=by, at=at)
    answers = desk.judge()
    undoing = _kept(desk, Operation.Kind.UNDO, f"Annulation : {operation.label}", undoes=operation)
    left = [answer for answer in answers if answer.mark is None]
    if undoing is None:
        reasons = dict.fromkeys(answer.refusal for answer in left)
        raise Refusal(" ".join(["Rien ne peut être annulé.", *list(reasons)[:3]]))
    return Undone(undoing, left, answers)


@transaction.atomic
def correct_mark(
    *,
    enrolment: Enrolment,
    block: Block,
    attempt: int,
    entry: str,
    version: int,
    reason: str,
    by: Actor,
    at: datetime,
    confirmed: bool = False,
) -> Mark:
    """Correct a mark already transmitted, with the motive; returns it as stored.

    Opinions given before on this candidate are stale from here: they say what the jury saw then. Raises
    Refusal when the actor has not this right, the motive is missing, the mark cannot be read or the files
    that have left would lack something; Question for an unusual mark not yet `confirmed`; MarkConflict when
    somebody else changed it in between.
    """
    by.must(Act.CORRECT_MARK)
    reason = cleaned(reason)
    if not reason:
        raise Refusal("Indiquez le motif de la correction.")
    if not entry.strip():
        raise Refusal("Une note transmise se corrige par une autre note, ABS ou ABJ : elle ne s’efface pas.")
    cell = Entry(enrolment, block, attempt, entry, version, confirmed=confirmed)
    desk = Desk(enrolment.part, [cell], by=by, at=at, act=Act.CORRECT_MARK, reason=reason)
    mark = _only(desk)
    if desk.part.state == PartState.TRANSMITTED:
        demand(incomplete_refusal([owed.label for owed in result_of(mark.enrolment).owed]))
    return mark


def _only(desk: Desk) -> Mark:
    """The one mark of a desk, written; raises what kept it from being so."""
    (answer,) = desk.judge()
    if answer.stored is not None:
        raise MarkConflict(answer.stored)
    if answer.question:
        raise Question(answer.question)
    if answer.mark is None:
        raise Refusal(answer.refusal)
    desk.write()
    return answer.mark


def _kept(desk: Desk, kind: Operation.Kind, label: str, undoes: Operation | None = None) -> Operation | None:
    """Write what was accepted, as one operation; None when nothing was."""
    changes = desk.changes
    if not changes:
        return None
    operation = Operation.objects.create(
        part=desk.part,
        kind=kind,
        label=label[:160],
        changes=changes,
        at=desk.at,
        by=desk.by.user,
        undoes=undoes,
    )
    desk.write(operation)
    return operation


def _reversed_entries(operation: Operation) -> list[Entry]:
    """The cells of an operation with what they held before, over the version it left."""
    enrolments = Enrolment.objects.filter(part=operation.part_id).in_bulk()
    blocks = Block.objects.filter(regulation__adoptions__session=operation.part.session_id).in_bulk()
    return [
        Entry(enrolments[enrolment], blocks[block], attempt, before, version, flag=flag)
        for enrolment, block, attempt, before, _after, version, flag in operation.changes
        if enrolment in enrolments
    ]


def _standing(operation: Operation) -> list[Answer]:
    """The cells of an operation as they are stored now, whoever wrote them."""
    entries = {entry.key: entry for entry in _reversed_entries(operation)}
    ids = {key.enrolment for key in entries}
    marks = Mark.objects.filter(enrolment__part=operation.part_id, enrolment__in=ids)
    stored = {Key(mark.enrolment_id, mark.block_id, mark.attempt): mark for mark in marks}
    return [
        Answer(entry, stored[key].entry, mark=stored[key]) for key, entry in entries.items() if key in stored
    ]
