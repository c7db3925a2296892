"""Local juries brought to a state by the real services."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Block, Mark, SeatRule
from evaluations.services.marks import record_mark
from juries.models import Hearing, JurySeat, LocalJury
from juries.services.composition import assign_candidates, create_jury, seat_juror
from juries.services.local import MarkEntry, OpinionEntry, close_jury, record_hearing
from juries.services.transmission import transmit_part
from tests.cast import Cast
from tests.journey import submit_sheets


def new_jury(cast: Cast, part: SessionPart, name: str = "Jury 1") -> LocalJury:
    day = timezone.localdate() + timedelta(days=25)
    return create_jury(part=part, name=name, meets_on=day, place="Lyon", by=cast.clerk, at=timezone.now())


def seat(cast: Cast, jury: LocalJury, rule: SeatRule, who: Actor, *, is_president: bool = False) -> JurySeat:
    return seat_juror(
        jury=jury,
        rule=rule,
        email=who.user.email,
        last_name=who.user.last_name,
        first_name=who.user.first_name,
        is_president=is_president,
        by=cast.clerk,
        at=timezone.now(),
    )


def seat_rules(jury: LocalJury) -> list[SeatRule]:
    return list(SeatRule.objects.filter(regulation__adoptions__session=jury.part.session))


def composed_jury(
    cast: Cast, part: SessionPart, enrolments: Sequence[Enrolment], name: str = "Jury 1"
) -> LocalJury:
    """A jury with every seat filled, the president of the cast in the first, hearing these candidates."""
    jury = new_jury(cast, part, name)
    people = (cast.jury_president, cast.juror, cast.second_juror)
    for rule, who in zip(seat_rules(jury), people, strict=False):
        seat(cast, jury, rule, who, is_president=who == cast.jury_president)
    assign_candidates(jury=jury, enrolments=enrolments, by=cast.clerk, at=timezone.now())
    return jury


def jury_blocks(enrolment: Enrolment) -> list[Block]:
    regulation = enrolment.session.adoption.regulation
    return list(regulation.blocks.filter(recorder=Block.Recorder.JURY))


def hear(
    cast: Cast, enrolment: Enrolment, entry: str = "14", *, favourable: bool = True, argument: str = ""
) -> None:
    """The jury's marks and opinion of one candidate."""
    record_hearing(
        hearing=Hearing.objects.get(enrolment=enrolment),
        marks=[MarkEntry(block, entry, 0) for block in jury_blocks(enrolment)],
        opinion=OpinionEntry(favourable, argument, 0),
        by=cast.juror,
        at=timezone.now(),
    )


def mark_the_rest(cast: Cast, enrolment: Enrolment, entry: str = "12") -> None:
    """Every mark that is not the jury's, by the clerk or the manager."""
    for block in enrolment.session.adoption.regulation.blocks.exclude(recorder=Block.Recorder.JURY):
        record_mark(
            enrolment=enrolment,
            block=block,
            attempt=Mark.Attempt.FIRST,
            entry=entry,
            version=0,
            by=cast.clerk,
            at=timezone.now(),
        )


def closed_jury(cast: Cast, part: SessionPart, enrolments: Sequence[Enrolment]) -> LocalJury:
    """A jury that heard these candidates, in favour of all, and closed."""
    jury = composed_jury(cast, part, enrolments)
    for enrolment in enrolments:
        hear(cast, enrolment)
    return close_jury(jury=jury, by=cast.jury_president, at=timezone.now())


def transmitted_part(cast: Cast, part: SessionPart, enrolments: Sequence[Enrolment]) -> SessionPart:
    """A part with every mark and opinion, sent to the national jury."""
    for enrolment in enrolments:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, part)
    closed_jury(cast, part, enrolments)
    return transmit_part(part=part, by=cast.clerk, at=timezone.now())
