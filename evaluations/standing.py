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
    def is_awaited(self) -> bool:
        return self.second is None

    @property
    def differs(self) -> bool:
        """Two people typed two things, and nobody has settled on what stands now."""
        if self.second is None or self.second.settled_version == self.mark.version:
            return False
        return (self.second.outcome, self.second.value) != (self.mark.outcome, self.mark.value)


@dataclass(slots=True)
class Standing:
    """The sheet of one block: who is missing, what is checked, what still differs.

    A candidate deferred by a justified absence, at whatever examination, misses nothing (A5).
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
    """The sheets of a part in the order of its regulation (or those of these blocks); five queries."""
    rows = Block.objects.filter(regulation__adoptions__session=part.session_id, recorder__in=ANSWERED)
    if blocks is not None:
        rows = rows.filter(pk__in=blocks)
    sheets = {sheet.block_id: sheet for sheet in BlockSheet.objects.counted().filter(part=part)}
    enrolments = list(Enrolment.objects.sitting().filter(part=part).select_related("candidate"))
    marks = _marks(part)
    seconds = _seconds(part)
    return [
        _standing(sheets.get(block.pk) or BlockSheet(part=part, block=block), enrolments, marks, seconds)
        for block in rows
    ]


def _marks(part: SessionPart) -> Mapping[tuple[int, int], list[Mark]]:
    found: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    rows = Mark.objects.filter(enrolment__part=part).exclude(outcome=Mark.Outcome.NONE)
    for mark in rows.order_by("attempt").select_related("recorded_by"):
        found[mark.block_id, mark.enrolment_id].append(mark)
    return found


def _seconds(part: SessionPart) -> Mapping[tuple[int, int, int], SecondEntry]:
    rows = SecondEntry.objects.filter(enrolment__part=part).select_related("entered_by", "settled_by")
    return {(second.block_id, second.enrolment_id, second.attempt): second for second in rows}


def _standing(
    sheet: BlockSheet,
    enrolments: Sequence[Enrolment],
    marks: Mapping[tuple[int, int], list[Mark]],
    seconds: Mapping[tuple[int, int, int], SecondEntry],
) -> Standing:
    block, checks = sheet.block, "" if sheet.tests_count else sheet.checks
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
    """Does a second person type this mark again? All of them, or those that deserve a second look."""
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
