"""Two people press the same button at the same moment: row locks let one of them through."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import SessionPart
from cqp.journal.chain import first_break
from cqp.journal.models import Chain
from cqp.workflow import Refusal
from juries.models import Certificate, Decision, Proclamation
from juries.services import national
from juries.services.national import adopt_clear_files, proclaim
from tests.cast import Cast
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
