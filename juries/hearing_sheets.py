"""What the page of a hearing shows beside its form: times of its parts, one's own sheet, the proposals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cqp.accounts.models import User
from evaluations.models import Block, HearingPart
from juries.models import Hearing, HearingNote, JurorMark
from juries.reading import HearingLine


@dataclass(frozen=True, slots=True)
class TimedPart:
    """One part of a hearing: what it is, how many minutes it lasts, and at most (R33)."""

    label: str
    minutes: int
    minutes_max: int | None = None

    @property
    def longest(self) -> int:
        return self.minutes_max or self.minutes


@dataclass(frozen=True, slots=True)
class Proposals:
    """What each juror who wrote a mark would give, block by block (A29)."""

    user: User
    marks: Sequence[JurorMark | None]


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """A juror's own notes and proposals on one candidate."""

    note: HearingNote | None
    marks: Mapping[int, JurorMark]  # by block


def timed_parts_of(line: HearingLine) -> list[TimedPart]:
    """The parts of a hearing in order: those of the regulation, or one a bloc where a sheet is filled."""
    if line.blocs:
        judged = [one.bloc for one in line.blocs if not one.kept]
        return [TimedPart(f"{bloc.code} {bloc.title}", bloc.minutes) for bloc in judged]
    parts = HearingPart.objects.filter(regulation__adoptions__session=line.hearing.jury.part.session_id)
    return [TimedPart(part.label, part.minutes, part.minutes_max) for part in parts]


def own_sheet_of(line: HearingLine, user: User) -> OwnSheet:
    """The only way to somebody's notes: those of their author."""
    note = HearingNote.objects.filter(hearing=line.hearing, user=user).first()
    marks = JurorMark.objects.filter(hearing=line.hearing, user=user)
    return OwnSheet(note, {mark.block_id: mark for mark in marks})


def is_written_of(hearing: Hearing) -> bool:
    """Has a juror written anything alone of this candidate, or stepped aside? Neither who, nor what."""
    return (
        hearing.recusals.exists() or hearing.juror_marks.exists() or hearing.notes.exclude(text="").exists()
    )


def proposals_of(line: HearingLine) -> list[Proposals]:
    """What the members of the jury proposed, side by side, by name; not who stepped aside since (R56)."""
    members = line.hearing.jury.seats.values("user")
    rows = JurorMark.objects.filter(hearing=line.hearing, user__in=members).select_related("user")
    rows = rows.exclude(user__in=line.hearing.recusals.values("user"))
    by_user: dict[User, dict[int, JurorMark]] = {}
    for row in rows.order_by("user__last_name", "user__first_name", "user_id"):
        by_user.setdefault(row.user, {})[row.block_id] = row
    blocks: Sequence[Block] = line.blocks
    return [Proposals(user, [marks.get(block.pk) for block in blocks]) for user, marks in by_user.items()]
