"""Where each block of a CRFP's part stands: entered, checked by a second person, transmitted.

One reading for the page of the sheets, the tasks, the verbs and the transmission to the national jury, in a
number of queries that depends neither on the candidates nor on the blocks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from candidates.models import Enrolment, SessionPart
from cqp.roles import Role
from evaluations.models import Block, BlockSheet, Mark, SecondEntry
from evaluations.rules import RECORDS, eliminates, is_near_threshold

# The blocks a CRFP answers for: the juries' own marks are closed with the jury.
ANSWERED = RECORDS[Role.CRFP]


@dataclass(frozen=True, slots=True)
class Checked:
    """One mark that a second person types again, and what they typed if they did."""

    mark: Mark
    second: SecondEntry | None

    @property
    def is_settled(self) -> bool:
        """Did somebody settle on what stands now?"""
        return self.second is not None and self.second.settled_version == self.mark.version

    @property
    def is_awaited(self) -> bool:
        """Is a second person still awaited? Two entries by one person are one."""
        if self.second is None:
            return True
        return self.second.entered_by_id == self.mark.recorded_by_id and not self.is_settled

    @property
    def differs(self) -> bool:
        """Two people typed two things, and nobody has settled on what stands now."""
        if self.second is None or self.is_awaited or self.is_settled:
            return False
        return (self.second.outcome, self.second.value) != (self.mark.outcome, self.mark.value)


@dataclass(slots=True)
class Standing:
    """The sheet of one block: who is missing, what is checked, what still differs.

    Once transmitted its marks are checked no more: a correction has its own motive and author. A candidate
    deferred by a justified absence, at whatever examination, misses nothing (A5).
    """

    block: Block
    sheet: BlockSheet
    total: int = 0
    missing: list[Enrolment] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.total - len(self.missing)

    @property
    def to_retype(self) -> list[Checked]:
        return [item for item in self.checked if item.is_awaited]

    @property
    def differences(self) -> list[Checked]:
        return [item for item in self.checked if item.differs]

    @property
    def is_ready(self) -> bool:
        """May it be transmitted as far as its marks are concerned?"""
        return bool(self.total) and not (self.missing or self.to_retype or self.differences)

    @property
    def refusals(self) -> list[str]:
        """What keeps the sheet from being transmitted, a sentence each; candidates by name."""
        if not self.total:
            return ["Aucun candidat n’est inscrit."]
        return [
            *_naming("Note manquante", [enrolment.candidate.full_name for enrolment in self.missing]),
            *_naming("À ressaisir par une seconde personne", _names(self.to_retype)),
            *_naming("Écart entre les deux saisies, à trancher", _names(self.differences)),
        ]


def standings_of(part: SessionPart, blocks: Collection[int] | None = None) -> list[Standing]:
    """The sheets of a part in the order of its regulation (or those of these blocks)."""
    standings = standings_of_parts([part])[part.pk]
    return [one for one in standings if blocks is None or one.block.pk in blocks]


def standings_of_parts(parts: Sequence[SessionPart]) -> dict[int, list[Standing]]:
    """The sheets of each part, by its id; six queries whatever their number, the parts' adoptions apart."""
    regulations = {part.session.adoption.regulation_id for part in parts}
    blocks = list(Block.objects.filter(regulation__in=regulations, recorder__in=ANSWERED))
    sheets = {
        (sheet.part_id, sheet.block_id): sheet
        for sheet in BlockSheet.objects.counted().filter(part__in=parts)
    }
    sitting: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in Enrolment.objects.sitting().filter(part__in=parts).select_related("candidate"):
        sitting[enrolment.part_id].append(enrolment)
    marks, seconds = _marks(parts), _seconds(parts)
    return {
        part.pk: [
            _standing(sheet_of(sheets, part, block), sitting[part.pk], marks, seconds)
            for block in blocks
            if block.regulation_id == part.session.adoption.regulation_id
        ]
        for part in parts
    }


def sheet_of(sheets: Mapping[tuple[int, int], BlockSheet], part: SessionPart, block: Block) -> BlockSheet:
    """The sheet of this block in this part, or what no row means."""
    sheet = sheets.get((part.pk, block.pk)) or BlockSheet(block=block)
    sheet.part, sheet.block = part, block
    return sheet


Given = Mapping[tuple[int, int], list[Mark]]
"""The marks recorded, first then retake, by block and enrolment."""


def _marks(parts: Sequence[SessionPart]) -> Given:
    found: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    rows = Mark.objects.filter(enrolment__part__in=parts).exclude(outcome=Mark.Outcome.NONE)
    for mark in rows.order_by("attempt").prefetch_related("recorded_by"):
        found[mark.block_id, mark.enrolment_id].append(mark)
    return found


def _seconds(parts: Sequence[SessionPart]) -> Mapping[tuple[int, int, int], SecondEntry]:
    rows = SecondEntry.objects.filter(enrolment__part__in=parts).select_related("entered_by", "settled_by")
    return {(second.block_id, second.enrolment_id, second.attempt): second for second in rows}


def _standing(
    sheet: BlockSheet,
    enrolments: Sequence[Enrolment],
    marks: Given,
    seconds: Mapping[tuple[int, int, int], SecondEntry],
) -> Standing:
    block, checks = sheet.block, "" if sheet.tests_count or sheet.is_submitted else sheet.checks
    standing = Standing(block, sheet, len(enrolments))
    deferred = {
        mark.enrolment_id
        for given in marks.values()
        for mark in given
        if mark.outcome == Mark.Outcome.EXCUSED
    }
    for enrolment in enrolments:
        given = marks.get((block.pk, enrolment.pk), [])
        if enrolment.pk not in deferred and not any(mark.attempt == Mark.Attempt.FIRST for mark in given):
            standing.missing.append(enrolment)
        for mark in given:
            if is_checked(block, checks, mark):
                mark.enrolment, mark.block = enrolment, block
                second = seconds.get((block.pk, enrolment.pk, mark.attempt))
                standing.checked.append(Checked(mark, second))
    return standing


def is_checked(block: Block, checks: str, mark: Mark) -> bool:
    """Does a second person type this mark again? All of them, or those that deserve a second look.

    Never one kept from an earlier session: it was checked there.
    """
    if mark.kept_from_id:
        return False
    if checks == Block.DoubleEntry.FLAGGED:
        return bool(mark.unusual) or is_near_threshold(block, mark) or eliminates(block, mark)
    return checks == Block.DoubleEntry.ALL


def _names(items: Iterable[Checked]) -> list[str]:
    return list(dict.fromkeys(item.mark.enrolment.candidate.full_name for item in items))


def _naming(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    shown, more = ", ".join(names[:_NAMED]), len(names) - _NAMED
    others = f" et {more} autre{'s' if more >= 2 else ''}" if more > 0 else ""
    return [f"{what} : {shown}{others}."]


_NAMED = 6  # names worth reading in one sentence
