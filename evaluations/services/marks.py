"""Recording marks: one cell, or the changed cells of a sheet, each with its own answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.workflow import Conflict, Refusal, demand
from evaluations.models import Block, Mark
from evaluations.rules import mark_refusal
from evaluations.scoring import MarkKind, ParsedMark, parse_mark


class MarkConflict(Conflict):
    """Somebody else changed the mark first; `stored` is what they left."""

    def __init__(self, stored: Mark) -> None:
        local = timezone.localtime(stored.recorded_at)
        hour = f"{local:%d/%m/%Y} à {local.hour} h {local:%M}"
        value = f"saisi {stored.entry}" if stored.entry else "effacé cette note"
        super().__init__(f"{stored.recorded_by.full_name} a {value} le {hour}.")
        self.stored = stored


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell as somebody filled it; `version` is that of the mark before their eyes, 0 for none."""

    enrolment: Enrolment
    block: Block
    attempt: int
    entry: str
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one cell: the mark recorded, or the refusal and, after a conflict, what is stored."""

    entry: Entry
    mark: Mark | None = None
    refusal: str = ""
    stored: Mark | None = None

    @property
    def is_conflict(self) -> bool:
        return self.stored is not None


@transaction.atomic
def record_mark(
    *, enrolment: Enrolment, block: Block, attempt: int, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """Write one mark as typed (`12,5`, `ABS`, `ABJ`, empty to erase) and journal it; returns it as stored.

    A juror's mark goes through the hearing, which knows who sits and until when: it is refused here.
    `version` is the one the author saw, 0 when there was no mark. What is stored already is left alone.
    Raises Refusal with the rule's sentence, MarkConflict when somebody else changed it in between.
    """
    by.must(Act.RECORD_MARK)
    if by.role == Role.JUROR:
        raise Refusal("La note du jury local se saisit depuis l’audition du candidat.")
    return write_mark(
        enrolment=enrolment, block=block, attempt=attempt, entry=entry, version=version, by=by, at=at
    )


@transaction.atomic
def write_mark(
    *, enrolment: Enrolment, block: Block, attempt: int, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """The writing itself of `record_mark`, for the juries once they know that this juror may judge."""
    by.must(Act.RECORD_MARK)
    enrolment = _locked(enrolment)
    parsed = parse_mark(entry, block.mark_max)
    if parsed.kind is MarkKind.INVALID:
        raise Refusal(parsed.problem)
    marks = {
        mark.attempt: mark
        for mark in Mark.objects.filter(enrolment=enrolment, block=block).select_related("recorded_by")
    }
    first = marks.get(Mark.Attempt.FIRST)
    demand(mark_refusal(enrolment, block, attempt, first, by, clearing=parsed.is_missing))
    stored = marks.get(attempt) or Mark(attempt=attempt, version=0)
    stored.enrolment, stored.block = enrolment, block
    if _says(stored, parsed):
        return stored
    if stored.version != version:
        raise MarkConflict(stored) if stored.pk else Refusal("La page est périmée : rechargez-la.")
    before = stored.entry
    _write(stored, parsed, by, at)
    record(chain=enrolment.session.code, by=by, at=at, facts=[_fact(stored, before)])
    return stored


def record_sheet(*, entries: Sequence[Entry], by: Actor, at: datetime) -> list[Answer]:
    """Record several cells, each on its own: one refused loses nothing of the others."""
    by.must(Act.RECORD_MARK)
    return [_answer(entry, by, at) for entry in entries]


def _answer(entry: Entry, by: Actor, at: datetime) -> Answer:
    try:
        mark = record_mark(
            enrolment=entry.enrolment,
            block=entry.block,
            attempt=entry.attempt,
            entry=entry.entry,
            version=entry.version,
            by=by,
            at=at,
        )
    except MarkConflict as conflict:
        return Answer(entry, refusal=conflict.sentence, stored=conflict.stored)
    except Refusal as refusal:
        return Answer(entry, refusal=refusal.sentence)
    return Answer(entry, mark=mark)


def _locked(enrolment: Enrolment) -> Enrolment:
    """The enrolment as it is now, held with its session and part until the end of the transaction."""
    session, part = lock_part(enrolment.part)
    fresh = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    fresh.part, fresh.session = part, session
    return fresh


def _says(mark: Mark, parsed: ParsedMark) -> bool:
    """Is this already what is stored? An absent mark and an erased one say the same."""
    outcome = mark.outcome if mark.pk else Mark.Outcome.NONE
    return outcome == parsed.kind.value and mark.value == parsed.value


def _write(mark: Mark, parsed: ParsedMark, by: Actor, at: datetime) -> None:
    mark.outcome = Mark.Outcome(parsed.kind.value)
    mark.value = parsed.value
    mark.scale = mark.block.mark_max
    mark.version += 1
    mark.recorded_at = at
    mark.recorded_by = by.user
    mark.save()


def _fact(mark: Mark, before: str) -> Fact:
    which = " (rattrapage)" if mark.attempt == Mark.Attempt.RETAKE else ""
    return Fact(
        Act.RECORD_MARK,
        subject=f"{mark.block.code}{which}",
        enrolment=mark.enrolment_id,
        before={"note": before} if mark.version > 1 else {},
        after={"note": mark.entry, "version": mark.version},
    )
