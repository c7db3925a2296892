"""Sessions brought before the national jury, and proclaimed, by the real services."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from juries.models import Proclamation, Sitting
from juries.services.local import close_jury
from juries.services.national import adopt_clear_files, decide, open_sitting, proclaim
from juries.services.transmission import transmit_part
from juries.states import Outcome
from tests.cast import Cast, enrol_some
from tests.journey import submit_sheets
from tests.juries.scenes import composed_jury, hear
from tests.sittings import attend

ARGUMENT = "La situation tirée n’a pas été comprise, les réponses restent théoriques."


@dataclass(frozen=True)
class Story:
    """A gestionnaire conseil: marks by block code, 12 where nothing is said, and the jury's opinion."""

    marks: Mapping[str, str] = field(default_factory=dict)
    favourable: bool = True


CLEAR = Story()
FAILED = Story({"ECRIT": "6"}, favourable=False)
TOO_LOW = Story({"CC_TC": "8", "CC_OPT": "8", "ECRIT": "8", "APT": "8", "ORAL": "8"}, favourable=False)
AGAINST = Story(favourable=False)
INDULGENT = Story({"ECRIT": "6"})
AT_THE_LIMIT = Story({"CC_TC": "10", "CC_OPT": "10", "ECRIT": "10", "APT": "10", "ORAL": "10"})
NEAR = Story({"ECRIT": "6,25", "CC_TC": "20", "CC_OPT": "20", "APT": "20"})
EXCUSED = Story({"ECRIT": "ABJ"})


def play(cast: Cast, part: SessionPart, stories: Sequence[Story]) -> list[Enrolment]:
    """One candidate a story, marked, heard, and transmitted with the part."""
    enrolments = enrol_some(cast, part, len(stories))
    jury = composed_jury(cast, part, enrolments)
    for enrolment, story in zip(enrolments, stories, strict=True):
        _mark(cast, enrolment, story)
        argument = "" if story.favourable else ARGUMENT
        hear(cast, enrolment, story.marks.get("ORAL", "12"), favourable=story.favourable, argument=argument)
    close_jury(jury=jury, by=cast.jury_president, at=timezone.now())
    submit_sheets(cast, part)
    transmit_part(part=part, by=cast.clerk, at=timezone.now())
    return enrolments


def _mark(cast: Cast, enrolment: Enrolment, story: Story) -> None:
    for block in enrolment.session.adoption.regulation.blocks.exclude(recorder=Block.Recorder.JURY):
        record_mark(
            enrolment=enrolment,
            block=block,
            attempt=Mark.Attempt.FIRST,
            entry=story.marks.get(block.code, "12"),
            version=0,
            by=cast.clerk,
            at=timezone.now(),
        )


def sit(cast: Cast, session: Session, place: str = "Montreuil") -> Sitting:
    """The CPNEFP sits, everybody there, the day the examinations end."""
    sitting = open_sitting(
        session=session,
        held_on=session.exam_last_day,
        place=place,
        by=cast.cpnefp_president,
        at=timezone.now(),
    )
    attend(session, cast.cpnefp_president)
    return sitting


def decide_as(cast: Cast, enrolment: Enrolment, outcome: Outcome, motive: str = "") -> None:
    decide(enrolment=enrolment, outcome=outcome, motive=motive, by=cast.cpnefp, at=timezone.now())


def proclaim_all(cast: Cast, session: Session, decisions: Mapping[Enrolment, Outcome]) -> Proclamation:
    """The clear files adopted, the others decided as said, and the session proclaimed."""
    adopt_clear_files(session=session, by=cast.cpnefp, at=timezone.now())
    for enrolment, outcome in decisions.items():
        decide_as(cast, enrolment, outcome)
    return proclaim(session=session, by=cast.cpnefp_president, at=timezone.now())
