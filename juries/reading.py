"""What the juries have done so far, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from candidates.models import Enrolment, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.models import Membership, User
from evaluations.models import Adoption, Block, Mark, SeatRule
from juries.models import Hearing, JurySeat, LocalJury, Opinion
from juries.rules import (
    composition_gaps,
    composition_refusal,
    conflicts_of,
    jury_frozen_refusal,
    still_awaited,
    unsettled_refusal,
)

# --- The local jury ---


@dataclass(frozen=True, slots=True)
class HearingLine:
    """A candidate before a jury: the jury's own marks, its opinion, and what is still awaited."""

    hearing: Hearing
    blocks: Sequence[Block]
    marks: Mapping[int, Mark]
    opinion: Opinion | None
    awaited: tuple[str, ...]

    @property
    def enrolment(self) -> Enrolment:
        return self.hearing.enrolment

    @property
    def settled(self) -> bool:
        return not self.awaited

    @property
    def excused(self) -> bool:
        """A justified absence: the candidate is deferred (A5)."""
        return any(mark.outcome == Mark.Outcome.EXCUSED for mark in self.marks.values())

    @property
    def cells(self) -> list[tuple[Block, Mark | None]]:
        """The jury's blocks in regulation order, each with its mark if any."""
        return [(block, self.marks.get(block.pk)) for block in self.blocks]


def jury_marks_of(enrolments: Iterable[int]) -> dict[int, dict[int, Mark]]:
    """First marks given by juries, by enrolment then by block. Jurors never get anything else."""
    marks: dict[int, dict[int, Mark]] = defaultdict(dict)
    rows = Mark.objects.filter(
        enrolment__in=list(enrolments), block__recorder=Block.Recorder.JURY, attempt=Mark.Attempt.FIRST
    )
    for mark in rows:
        marks[mark.enrolment_id][mark.block_id] = mark
    return marks


def judged_by_juries(enrolments: Sequence[Enrolment]) -> set[int]:
    """Those for whom a jury has recorded a mark or an opinion."""
    ids = [enrolment.pk for enrolment in enrolments]
    marked = {pk for pk, marks in jury_marks_of(ids).items() if any(mark.entry for mark in marks.values())}
    heard = Opinion.objects.filter(hearing__enrolment__in=ids)
    return marked | set(heard.values_list("hearing__enrolment_id", flat=True))


def lines_of(hearings: QuerySet[Hearing]) -> list[HearingLine]:
    """The lines of these hearings, whatever their jury and session; withdrawn candidates are left out."""
    loaded = list(
        hearings.filter(enrolment__state=EnrolmentState.ENROLLED)
        .select_related(
            "jury__part__session",
            "opinion__given_by",
            "enrolment__candidate",
            "enrolment__option",
            "enrolment__organisme",
        )
        .order_by("enrolment__candidate__sort_key", "pk")
    )
    marks = jury_marks_of(hearing.enrolment_id for hearing in loaded)
    blocks = _blocks_by_session({hearing.jury.part.session_id for hearing in loaded})
    return [
        _line(hearing, blocks[hearing.jury.part.session_id], marks[hearing.enrolment_id])
        for hearing in loaded
    ]


def _blocks_by_session(sessions: set[int]) -> dict[int, list[Block]]:
    blocks: dict[int, list[Block]] = defaultdict(list)
    adoptions = Adoption.objects.filter(session__in=sessions).values_list("session_id", "regulation_id")
    ours = dict(adoptions)
    rows = list(
        Block.objects.filter(regulation__in=ours.values(), recorder=Block.Recorder.JURY).order_by("position")
    )
    for session, regulation in ours.items():
        blocks[session] = [block for block in rows if block.regulation_id == regulation]
    return blocks


def _line(hearing: Hearing, blocks: Sequence[Block], marks: Mapping[int, Mark]) -> HearingLine:
    opinion = getattr(hearing, "opinion", None)
    return HearingLine(hearing, blocks, marks, opinion, still_awaited(blocks, marks, opinion))


def seats_of(jury: LocalJury) -> list[JurySeat]:
    """Who sits in a jury, in the order of the regulation's seats."""
    return list(jury.seats.select_related("user", "rule").order_by("rule__position"))


def organismes_of(users: Iterable[User]) -> dict[int, set[int]]:
    """The organismes where these people hold a role, by person."""
    found: dict[int, set[int]] = defaultdict(set)
    memberships = Membership.objects.filter(user__in=list(users), organisme__isnull=False)
    for user, organisme in memberships.values_list("user_id", "organisme_id"):
        found[user].add(organisme)
    return found


def seat_rules_of(part: SessionPart) -> list[SeatRule]:
    """The seats a jury of this session must fill (R12, A25)."""
    rules = SeatRule.objects.filter(regulation__adoptions__session=part.session_id)
    return list(rules.order_by("position"))


def closing_refusal(jury: LocalJury, seats: Sequence[JurySeat], lines: Sequence[HearingLine]) -> str | None:
    """What still keeps a jury from being closed: a seat, a juror judge and party, a candidate; by name."""
    conflicts = conflicts_of([seat.user for seat in seats], [line.enrolment for line in lines])
    return (
        jury_frozen_refusal(jury)
        or composition_refusal(jury, composition_gaps(seat_rules_of(jury.part), seats))
        or " ".join(conflicts)
        or unsettled_refusal(
            len(lines),
            {line.enrolment.candidate.full_name: line.awaited for line in lines if not line.settled},
        )
    )
