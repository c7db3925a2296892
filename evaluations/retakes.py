"""Who may take a block again after an eliminatory mark (R7), and what became of it.

One reading for the page, the tasks and the transmission, in a number of queries that depends neither on the
candidates nor on the blocks.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from candidates.models import Enrolment, SessionPart
from cqp.templatetags.fr import out_of
from evaluations.models import Block, BlockSheet, Mark, RetakeCall
from evaluations.rules import eliminates
from evaluations.standing import ANSWERED

_FIRST, _RETAKE = Mark.Attempt.FIRST, Mark.Attempt.RETAKE


@dataclass(frozen=True, slots=True)
class Retake:
    """An eliminatory first mark, the call to take the block again or its renouncing, and the second mark.

    `is_deferred`: a justified absence, at whatever examination, sends the file to another session (A5).
    """

    enrolment: Enrolment
    block: Block
    first: Mark
    call: RetakeCall | None
    second: Mark | None
    is_submitted: bool
    is_deferred: bool

    @property
    def key(self) -> str:
        return f"{self.enrolment.pk}-{self.block.pk}"

    @property
    def version(self) -> int:
        """The version of the second mark, 0 for none; an erased one keeps its own."""
        return self.second.version if self.second else 0

    @property
    def is_taken(self) -> bool:
        return self.second is not None and self.second.outcome != Mark.Outcome.NONE

    @property
    def is_waived(self) -> bool:
        return self.call is not None and bool(self.call.waived_motive) and not self.is_taken

    @property
    def is_called(self) -> bool:
        return self.call is not None and not self.call.waived_motive

    @property
    def is_open(self) -> bool:
        """May the candidate still take the block again?"""
        return not (self.is_taken or self.is_waived)

    def is_awaited(self, today: date) -> bool:
        """Has the day of the retake come without its mark?"""
        return (
            self.is_open
            and self.call is not None
            and self.call.held_on is not None
            and self.call.held_on <= today
        )

    @property
    def distance(self) -> Decimal | None:
        """How far the first mark is from the threshold; below, it is negative."""
        points = Decimal(0) if self.first.outcome == Mark.Outcome.ABSENT else self.first.value
        threshold = self.block.threshold
        return None if points is None or threshold is None else points - threshold

    @property
    def state(self) -> str:
        """Where it stands, in a few words."""
        if self.is_taken:
            return "Noté"
        if self.is_waived:
            return "Renoncement"
        return "Convoqué" if self.is_called else "À organiser"

    @property
    def outcome(self) -> str:
        """What the second mark does to the first, in words; empty until there is one."""
        if self.second is None or not self.is_taken:
            return ""
        if self.second.outcome == Mark.Outcome.EXCUSED:
            return "absence justifiée au rattrapage : le candidat est reporté"
        scale = self.block.mark_max
        second = f"{out_of(self.second.entry, scale)} remplace {out_of(self.first.entry, scale)}"
        saved = not eliminates(self.block, self.second)
        return f"{second} : {'n’est plus éliminatoire' if saved else 'reste éliminatoire'}"

    @property
    def is_saved(self) -> bool:
        return self.is_taken and not self.is_excused and not eliminates(self.block, self.second)

    @property
    def is_excused(self) -> bool:
        return self.second is not None and self.second.outcome == Mark.Outcome.EXCUSED


def retakes_of(part: SessionPart) -> list[Retake]:
    """Every retake of a part, by candidate then by block."""
    return retakes_of_parts([part])[part.pk]


def open_retakes(part: SessionPart) -> list[Retake]:
    """Those who may still take a block again: neither done, nor given up, nor sent to another session."""
    return [retake for retake in retakes_of(part) if retake.is_open and not retake.is_deferred]


def retakes_of_parts(parts: Sequence[SessionPart]) -> dict[int, list[Retake]]:
    """The retakes of each part, by its id; five queries whatever their number, the parts' adoptions apart."""
    found: dict[int, list[Retake]] = {part.pk: [] for part in parts}
    regulations = {part.session.adoption.regulation_id for part in parts}
    blocks = Block.objects.filter(regulation__in=regulations, retake=True, recorder__in=ANSWERED)
    of_regulation: dict[int, list[Block]] = defaultdict(list)
    for block in blocks:
        of_regulation[block.regulation_id].append(block)
    parts = [part for part in parts if of_regulation[part.session.adoption.regulation_id]]
    if not parts:
        return found
    marks, calls, submitted = _marks(parts), _calls(parts), _submitted(parts)
    of_part = {part.pk: part for part in parts}
    sitting = Enrolment.objects.sitting().filter(part__in=parts)
    for enrolment in sitting.select_related("candidate", "option", "organisme").order_by(
        "candidate__sort_key", "pk"
    ):
        part = enrolment.part = of_part[enrolment.part_id]
        enrolment.session = part.session
        own = marks.get(enrolment.pk, {})
        found[part.pk] += [
            Retake(
                enrolment,
                block,
                first,
                calls.get((enrolment.pk, block.pk)),
                own.get((block.pk, _RETAKE)),
                is_submitted=(part.pk, block.pk) in submitted,
                is_deferred=any(mark.outcome == Mark.Outcome.EXCUSED for mark in own.values()),
            )
            for block in of_regulation[part.session.adoption.regulation_id]
            if (first := own.get((block.pk, _FIRST))) is not None and eliminates(block, first)
        ]
    return found


def _marks(parts: Sequence[SessionPart]) -> Mapping[int, dict[tuple[int, int], Mark]]:
    """The marks of each enrolment, by block and attempt."""
    found: dict[int, dict[tuple[int, int], Mark]] = defaultdict(dict)
    for mark in Mark.objects.filter(enrolment__part__in=parts).order_by():
        found[mark.enrolment_id][mark.block_id, mark.attempt] = mark
    return found


def _calls(parts: Sequence[SessionPart]) -> dict[tuple[int, int], RetakeCall]:
    rows = RetakeCall.objects.filter(enrolment__part__in=parts).select_related("by")
    return {(call.enrolment_id, call.block_id): call for call in rows}


def _submitted(parts: Iterable[SessionPart]) -> set[tuple[int, int]]:
    sheets = BlockSheet.objects.filter(part__in=list(parts), submitted_at__isnull=False)
    return set(sheets.order_by().values_list("part_id", "block_id"))
