"""Before the examinations are over, what cannot be undone is said, and confirmed."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.templatetags.fr import day
from juries.models import Sitting
from juries.rules import Refusals
from juries.services.national import open_sitting
from juries.services.transmission import transmit_part
from tests.cast import Cast
from tests.journey import enter_marks, hold_jury, submit_sheets
from tests.juries.national_scenes import CLEAR, play

pytestmark = pytest.mark.django_db


def exams_end(session: Session, last_day: date) -> None:
    """The calendar is moved by hand."""
    session.enrolment_deadline = session.exam_first_day = session.exam_last_day = last_day
    session.save()


def open_on(cast: Cast, session: Session, held_on: date, *, early: bool = False) -> Sitting:
    return open_sitting(
        session=session,
        held_on=held_on,
        place="Paris",
        by=cast.cpnefp_president,
        at=timezone.now(),
        early=early,
    )


def test_an_early_transmission_is_said_where_it_is_confirmed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in
) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    exams_end(gc_part.session, tomorrow)
    enter_marks(cast, gc_enrolments)
    submit_sheets(cast, gc_part)
    hold_jury(cast, gc_part, gc_enrolments)
    page = sign_in(cast.clerk).get(f"/jurys/{gc_part.session.code}/crfp/CRFP-LYO/transmettre/")
    assert f"Les épreuves s’achèvent le {day(tomorrow)}" in page.content.decode()
    transmit_part(part=gc_part, by=cast.clerk, at=timezone.now())


def test_an_early_sitting_is_confirmed(cast: Cast, gc_part: SessionPart, sign_in) -> None:
    play(cast, gc_part, [CLEAR])
    today = timezone.localdate()
    exams_end(gc_part.session, today + timedelta(days=1))
    with pytest.raises(Refusals, match="Les épreuves s’achèvent") as refusals:
        open_on(cast, gc_part.session, today)
    assert list(refusals.value.sentences) == ["early"]

    url = f"/jurys/{gc_part.session.code}/seance/ouvrir/"
    client, data = sign_in(cast.cpnefp_president), {"held_on": today.isoformat(), "place": "Paris"}
    page = client.post(url, data)
    assert "J’ouvre la séance avant la fin des épreuves" in page.content.decode()
    assert not Sitting.objects.exists()
    assert client.post(url, data | {"early": "on"}).status_code == 302
    assert Sitting.objects.get().held_on == today


def test_the_day_of_the_sitting_is_of_the_session_and_not_to_come(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    today = timezone.localdate()
    for days, sentence in ((1, "à venir"), (-1, "précède la dernière transmission")):
        with pytest.raises(Refusals, match=sentence) as refusals:
            open_on(cast, gc_part.session, today + timedelta(days=days))
        assert list(refusals.value.sentences) == ["held_on"]
    assert open_on(cast, gc_part.session, today).held_on == today
