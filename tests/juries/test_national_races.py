"""Two people press the same button at the same moment: row locks let one of them through."""

import json
from collections.abc import Callable
from itertools import cycle
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Session, SessionPart
from cqp.accounts.actor import Actor
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act, Role
from cqp.workflow import Refusal
from juries.models import Certificate, Decision, Proclamation
from juries.services import national
from juries.services.national import adopt_clear_files, proclaim
from juries.services.sittings import call_roll
from juries.sitting import Presence, roll_of
from tests.cast import Cast
from tests.juries.machine import joined
from tests.juries.national_scenes import CLEAR, play, sit

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

CROWD = 8


def at_once(act: Callable[[], object], crowd: int = CROWD) -> list[object]:
    """What each of a crowd got from the same act, done at the same moment: a value or its refusal."""
    barrier, answers = Barrier(crowd), []

    def run() -> None:
        barrier.wait()
        try:
            answers.append(act())
        except (Refusal, IntegrityError) as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(crowd)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_many_proclamations_at_once_one_goes_through(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR, CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())

    answers = at_once(lambda: proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now()))

    assert len([answer for answer in answers if isinstance(answer, Proclamation)]) == 1
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert {refusal.sentence for refusal in refusals} == {"Cette session est déjà proclamée."}
    assert len(refusals) == CROWD - 1
    assert Proclamation.objects.count() == 1
    assert Certificate.objects.count() == 2
    assert first_break(Chain.objects.get(key=gc_part.session.code)) is None


def test_of_the_presidency_and_its_deputy_at_once_one_proclaims(cast: Cast, gc_part: SessionPart) -> None:
    deputy = joined(cast.cpnefp_salaries, Role.CPNEFP_PRESIDENT, "suppleance")
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    _vice_presides(gc_part.session, deputy)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    turns = cycle((cast.cpnefp_president, deputy))

    answers = at_once(lambda: proclaim(session=gc_part.session, by=next(turns), at=timezone.now()))

    (done,) = [answer for answer in answers if isinstance(answer, Proclamation)]
    assert done.by in (cast.cpnefp_president.user, deputy.user)
    assert len([answer for answer in answers if isinstance(answer, Refusal)]) == CROWD - 1
    assert json.loads(done.payload)["proclaimed"]["by_id"] == done.by_id
    assert Entry.objects.filter(act=Act.PROCLAIM).values("actor").distinct().get() == {"actor": done.by_id}
    assert first_break(Chain.objects.get(key=gc_part.session.code)) is None


def _vice_presides(session: Session, deputy: Actor) -> None:
    """The roll called again: everybody there, this member in the vice-presidency."""
    roll = roll_of(session)
    president, vice = roll.president, roll.member_of(deputy)
    assert president
    assert vice
    call_roll(
        session=session,
        presences={member.pk: Presence("PRESENT") for member in roll.members},
        president=president.pk,
        vice_president=vice.pk,
        by=deputy,
        at=timezone.now(),
    )


def test_without_locks_the_race_is_seen(
    cast: Cast, gc_part: SessionPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: both pass the rules, and only the constraint of the table stops one."""
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    gaps, meeting = national.proclamation_refusals, Barrier(2)

    def gaps_seen_by_both(*args: Any, **kwargs: Any) -> list[str]:
        found = gaps(*args, **kwargs)
        meeting.wait(timeout=30)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *args, **kwargs: rows.all())
    monkeypatch.setattr(national, "proclamation_refusals", gaps_seen_by_both)
    answers = at_once(
        lambda: proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now()), crowd=2
    )
    assert not any(isinstance(answer, Refusal) for answer in answers)
    assert any(isinstance(answer, IntegrityError) for answer in answers)


def test_of_many_adoptions_at_once_each_file_is_adopted_once(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR, CLEAR])
    sit(cast, gc_part.session)

    answers = at_once(lambda: adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now()))

    assert sorted(map(str, answers)) == ["0"] * (CROWD - 1) + ["2"]
    assert Decision.objects.count() == 2
