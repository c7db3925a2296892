"""Two people proclaim at the same instant: exactly one proclamation, and the other is told."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from candidates.models import Session
from cqp.workflow import Refusal
from juries.models import Certificate, Proclamation
from juries.services import national
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import to_deliberation

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ready(cast: Cast) -> Session:
    """A session that only waits for its proclamation."""
    session = open_session_of("GC_2013", cast.ucanss)
    part = part_of(session)
    session = to_deliberation(cast, part, enrol_some(cast, part, 3))
    national.adopt_clear_files(session=session, by=cast.cpnefp_president, at=timezone.now())
    return session


def at_once(count: int, act: Callable[[], Any]) -> list[Any]:
    """What each of `count` threads got, all let go by one barrier."""
    barrier, outcomes = threading.Barrier(count), []

    def run() -> None:
        try:
            barrier.wait()
            outcomes.append(act())
        except Exception as error:
            outcomes.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_only_one_of_two_proclamations_happens(cast: Cast, ready: Session) -> None:
    outcomes = at_once(
        4, lambda: national.proclaim(session=ready, by=cast.cpnefp_president, at=timezone.now())
    )
    assert sum(isinstance(outcome, Proclamation) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refusal) for outcome in outcomes) == 3
    assert Proclamation.objects.count() == 1
    assert Certificate.objects.count() == 3


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: rows are read without being locked."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *args, **kwargs: rows.all())
    return


@pytest.mark.usefixtures("without_locks")
def test_without_locks_the_race_is_seen(cast: Cast, ready: Session) -> None:
    """Both pass the rule; only the constraint of the table stops the second, with no sentence."""
    meeting = threading.Barrier(2)
    gaps = national.proclamation_gaps

    def gaps_then_wait(files: Any) -> str | None:
        found = gaps(files)
        meeting.wait(timeout=30)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(national, "proclamation_gaps", gaps_then_wait)
        outcomes = at_once(
            2, lambda: national.proclaim(session=ready, by=cast.cpnefp_president, at=timezone.now())
        )
    assert not any(isinstance(outcome, Refusal) for outcome in outcomes)
    assert any(isinstance(outcome, Exception) for outcome in outcomes)


def test_a_failure_half_way_leaves_nothing(
    cast: Cast, ready: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(national, "advance_session", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        national.proclaim(session=ready, by=cast.cpnefp_president, at=timezone.now())
    assert not transaction.get_connection().in_atomic_block
    assert not Proclamation.objects.exists()
    assert not Certificate.objects.exists()
