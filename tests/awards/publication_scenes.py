"""Sessions proclaimed with their results kept for later, and the clock brought past the opening."""

from datetime import datetime, timedelta

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from juries.services.national import adopt_clear_files, proclaim
from juries.states import Outcome
from tests.cast import Cast
from tests.juries.national_scenes import CLEAR, EXCUSED, FAILED, Story, decide_as, play, sit

AWHILE = timedelta(days=7)


def proclaimed_later(
    cast: Cast, part: SessionPart, stories: tuple[Story, ...] = (CLEAR, FAILED, EXCUSED)
) -> list[Enrolment]:
    """Certified, failed, deferred; proclaimed, the results open in a week."""
    enrolments = play(cast, part, stories)
    sit(cast, part.session)
    adopt_clear_files(session=part.session, by=cast.cpnefp, at=timezone.now())
    for enrolment, story in zip(enrolments, stories, strict=True):
        if story.marks.get("ECRIT") == "ABJ":
            decide_as(cast, enrolment, Outcome.DEFERRED)
        elif not story.favourable:
            decide_as(cast, enrolment, Outcome.NOT_CERTIFIED)
    at = timezone.now()
    proclaim(session=part.session, by=cast.cpnefp_president, at=at, opens_at=at + AWHILE)
    return [Enrolment.objects.get(pk=one.pk) for one in enrolments]


def let_open(session: Session, since: timedelta = timedelta(0)) -> datetime:
    """The hour comes: the results of the session have been open for a while."""
    opened = timezone.now() - since
    Session.objects.filter(pk=session.pk).update(results_open_at=opened)
    return opened
