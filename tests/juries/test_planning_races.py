"""Two juries that want one room, two clicks on « Convoquer »: what only row locks decide."""

from datetime import time

import pytest
from django.core import mail
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.workflow import Refusal
from juries.models import HearingSlot, Summons
from juries.services.summons import summon
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.juries.planning_scenes import move, new_day, planned_jury
from tests.juries.scenes import composed_jury
from tests.juries.test_local_races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_juries_of_two_sessions_never_take_one_room_at_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    other = part_of(open_session_of("DAM_2006", cast.ucanss))
    (somebody,) = enrol_some(cast, other, 1)
    first = new_day(cast, composed_jury(cast, gc_part, gc_enrolments))
    second = new_day(cast, composed_jury(cast, other, [somebody], "Jury 2"))
    answers = together(
        lambda: move(cast, gc_enrolments[0], first, time(9)),
        lambda: move(cast, somebody, second, time(9, 30)),
    )
    assert [isinstance(answer, Refusal) for answer in answers].count(True) == 1
    assert HearingSlot.objects.count() == 1


def test_two_clicks_tell_everybody_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    answers = together(*[lambda: summon(jury=jury, by=cast.clerk, at=timezone.now())] * 2)
    assert sorted(len(answer.written) for answer in answers) == [0, 3]  # type: ignore[attr-defined]
    assert Summons.objects.count() == 3
    assert len(mail.outbox) == 3
