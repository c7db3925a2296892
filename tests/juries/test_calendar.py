"""Nothing goes to the national jury before the examinations are over."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.templatetags.fr import day
from cqp.workflow import Refusal
from juries.models import Sitting
from juries.rules import Refusals
from juries.services.national import open_sitting
from juries.services.transmission import transmit_part
from tests.cast import Cast
from tests.juries.national_scenes import CLEAR, play
from tests.juries.scenes import transmitted_part

pytestmark = pytest.mark.django_db


def exams_end(session: Session, last_day: date) -> None:
    """The calendar is moved by hand."""
    session.enrolment_deadline = session.exam_first_day = session.exam_last_day = last_day
    session.save()


def open_on(cast: Cast, session: Session, held_on: date) -> Sitting:
    return open_sitting(
        session=session, held_on=held_on, place="Paris", by=cast.cpnefp_president, at=timezone.now()
    )


def test_a_part_waits_for_the_last_day_of_the_exams(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    exams_end(gc_part.session, tomorrow)

    with pytest.raises(Refusal, match="Les épreuves ne sont pas terminées") as refusal:
        transmitted_part(cast, gc_part, gc_enrolments)
    assert day(tomorrow) in refusal.value.sentence

    transmit_part(part=gc_part, by=cast.clerk, at=timezone.now() + timedelta(days=1))


def test_the_page_of_the_transmission_says_it(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in
) -> None:
    exams_end(gc_part.session, timezone.localdate() + timedelta(days=1))
    page = sign_in(cast.clerk).get(f"/jurys/{gc_part.session.code}/crfp/CRFP-LYO/transmettre/")
    assert "Les épreuves ne sont pas terminées" in page.content.decode()


def test_the_sitting_waits_for_it_too(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    exams_end(gc_part.session, timezone.localdate() + timedelta(days=1))

    with pytest.raises(Refusal, match="Les épreuves ne sont pas terminées"):
        open_on(cast, gc_part.session, timezone.localdate())


def test_the_day_of_the_sitting_is_after_the_exams_and_not_to_come(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    today = timezone.localdate()
    exams_end(gc_part.session, today - timedelta(days=5))

    for days, sentence in ((1, "à venir"), (-6, "précède la fin des épreuves")):
        with pytest.raises(Refusals, match=sentence) as refusals:
            open_on(cast, gc_part.session, today + timedelta(days=days))
        assert list(refusals.value.sentences) == ["held_on"]

    assert open_on(cast, gc_part.session, today - timedelta(days=5)).held_on == today - timedelta(days=5)
