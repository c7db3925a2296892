"""Bringing a session from stage to stage by the real services, as its people would."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from evaluations.services.sheets import submit_sheet
from juries.models import Decision, Hearing, LocalJury, Proclamation
from juries.services.composition import assign_candidates, create_jury, seat_juror
from juries.services.local import close_jury, give_opinion, record_hearing_mark
from juries.services.national import adopt_clear_files, decide, open_sitting, proclaim
from juries.services.transmission import transmit_part
from juries.states import Outcome
from tests.blocs import judge_blocs, sign_carnet
from tests.cast import Cast
from tests.sittings import attend

GOOD = {"CC_TC": "14", "CC_OPT": "13", "ECRIT": "12,5", "ORAL": "15", "APT": "16"} | {
    "CARNET": "70",
    "CC": "28",
    "MEMOIRE": "20",
}
"""Marks that certify, under both regulations (ORAL is /20 or /30)."""


def blocks_of(session: Session) -> list[Block]:
    return list(session.adoption.regulation.blocks.all())


def clerk_of(cast: Cast, part: SessionPart) -> Actor:
    """Who works for the CRFP of this part: Lyon's clerk, or the one elsewhere."""
    return cast.clerk if part.crfp == cast.clerk.organisme else cast.outsider


def enter_marks(cast: Cast, enrolments: Sequence[Enrolment], marks: Mapping[str, str] = GOOD) -> None:
    """The clerk enters every mark that is not the jury's."""
    for enrolment in enrolments:
        for block in blocks_of(enrolment.session):
            if block.recorder != Block.Recorder.JURY and block.code in marks:
                record_mark(
                    enrolment=enrolment,
                    block=block,
                    attempt=Mark.Attempt.FIRST,
                    entry=marks[block.code],
                    version=0,
                    by=clerk_of(cast, enrolment.part),
                    at=timezone.now(),
                )


def submit_sheets(cast: Cast, part: SessionPart) -> None:
    """The clerk transmits the marks of every block that is not the jury's."""
    for block in blocks_of(part.session):
        if block.recorder != Block.Recorder.JURY:
            submit_sheet(part=part, block=block, by=clerk_of(cast, part), at=timezone.now())


def compose_jury(
    cast: Cast, part: SessionPart, name: str = "Jury A", jurors: Sequence[Actor] | None = None
) -> LocalJury:
    """A jury with every seat of the regulation filled, the first juror presiding."""
    at = timezone.now()
    day = timezone.localdate()
    jury = create_jury(part=part, name=name, meets_on=day, place="Lyon", by=clerk_of(cast, part), at=at)
    jurors = jurors or [cast.jury_president, cast.juror, cast.second_juror]
    seats = part.session.adoption.regulation.seats.all()
    for rule, juror in zip(seats, jurors, strict=False):
        seat_juror(
            jury=jury,
            rule=rule,
            email=juror.user.email,
            last_name=juror.user.last_name,
            first_name=juror.user.first_name,
            is_president=juror is jurors[0],
            by=clerk_of(cast, part),
            at=at,
        )
    return LocalJury.objects.get(pk=jury.pk)


def hear(
    cast: Cast,
    hearing: Hearing,
    marks: Mapping[str, str] = GOOD,
    *,
    favourable: bool = True,
    argument: str = "",
    by: Actor | None = None,
    refused: Collection[str] = (),
) -> None:
    """The jury records its marks or judges the blocs, then gives its opinion of one candidate."""
    at, by = timezone.now(), by or cast.jury_president
    judge_blocs(cast, hearing, refused, by)
    for block in blocks_of(hearing.enrolment.session):
        if block.recorder == Block.Recorder.JURY:
            record_hearing_mark(
                hearing=hearing, block=block, entry=marks[block.code], version=0, by=by, at=at
            )
    give_opinion(hearing=hearing, favourable=favourable, argument=argument, version=0, by=by, at=at)


def hold_jury(
    cast: Cast,
    part: SessionPart,
    enrolments: Sequence[Enrolment],
    name: str = "Jury A",
    jurors: Sequence[Actor] | None = None,
    refused: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> LocalJury:
    """Compose a jury, hear everybody favourably, close it; `refused`: competences, by enrolment."""
    jury = compose_jury(cast, part, name, jurors)
    president = jurors[0] if jurors else cast.jury_president
    at = timezone.now()
    for hearing in assign_candidates(jury=jury, enrolments=enrolments, by=clerk_of(cast, part), at=at):
        hear(cast, hearing, by=president, refused=refused.get(hearing.enrolment_id, ()))
    return close_jury(jury=jury, by=president, at=at)


def to_transmission(
    cast: Cast,
    part: SessionPart,
    enrolments: Sequence[Enrolment],
    jurors: Sequence[Actor] | None = None,
    refused: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> SessionPart:
    """Every mark entered or carnet signed, the jury held, the part transmitted."""
    enter_marks(cast, enrolments)
    submit_sheets(cast, part)
    for enrolment in enrolments:
        sign_carnet(enrolment)
    hold_jury(cast, part, enrolments, jurors=jurors, refused=refused)
    return transmit_part(part=part, by=clerk_of(cast, part), at=timezone.now())


def to_deliberation(
    cast: Cast,
    part: SessionPart,
    enrolments: Sequence[Enrolment],
    refused: Mapping[int, Collection[str]] = MappingProxyType({}),
) -> Session:
    """The part transmitted and the sitting of the CPNEFP open."""
    to_transmission(cast, part, enrolments, refused=refused)
    day = timezone.localdate()
    open_sitting(
        session=part.session, held_on=day, place="Paris", by=cast.cpnefp_president, at=timezone.now()
    )
    attend(part.session, cast.cpnefp_president)
    return Session.objects.get(pk=part.session_id)


def to_proclamation(cast: Cast, part: SessionPart, enrolments: Sequence[Enrolment]) -> Proclamation:
    """Every clear file adopted, the others decided as computed, the session proclaimed."""
    session = to_deliberation(cast, part, enrolments)
    at: datetime = timezone.now()
    adopt_clear_files(session=session, by=cast.cpnefp_president, at=at)
    decided = Decision.objects.values("enrolment")
    for enrolment in Enrolment.objects.filter(session=session).sitting().exclude(pk__in=decided):
        decide(
            enrolment=enrolment,
            outcome=Outcome.CERTIFIED,
            motive="Parcours convaincant",
            by=cast.cpnefp,
            at=at,
        )
    return proclaim(session=session, by=cast.cpnefp_president, at=at)
