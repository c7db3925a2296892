"""A duplicate asked for while the certificate is being replaced: the session decides who comes first."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from candidates.models import SessionPart
from cqp.awards.models import Duplicate
from cqp.awards.services.duplicates import issue_duplicate
from cqp.workflow import Refusal
from juries.models import Certificate, Rectification
from juries.states import Outcome
from tests.cast import Cast
from tests.juries.rectification_scenes import SPOILT, approved, decided, proclaimed_three
from tests.juries.test_national_races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_who_waits_for_a_rectification_delivers_no_duplicate_of_what_it_took_back(
    cast: Cast, gc_part: SessionPart
) -> None:
    certified, _, _ = proclaimed_three(cast, gc_part)
    pending = approved(cast, certified, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    decided_but_not_yet_told, told = Event(), Event()

    def decide() -> None:
        try:
            with transaction.atomic():
                decided(cast, Rectification.objects.get(pk=pending.pk))
                decided_but_not_yet_told.set()
                told.wait(20)
        finally:
            decided_but_not_yet_told.set()
            connection.close()

    def ask() -> Duplicate:
        try:
            decided_but_not_yet_told.wait(20)
            return _asked(cast)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(decide), pool.submit(ask)
        decided_but_not_yet_told.wait(20)
        waits = _is_still_running(second)
        told.set()
        first.result()
        assert waits
        with pytest.raises(Refusal, match="n’est plus en vigueur"):
            second.result()
    assert not Duplicate.objects.exists()


def test_of_many_clicks_at_once_one_duplicate_is_delivered(cast: Cast, gc_part: SessionPart) -> None:
    proclaimed_three(cast, gc_part)
    answers = at_once(lambda: _asked(cast))
    assert {getattr(answer, "pk", answer) for answer in answers} == {Duplicate.objects.get().pk}


def _asked(cast: Cast) -> Duplicate:
    document = Certificate.objects.get()
    return issue_duplicate(document=document, reason="Original perdu", by=cast.ucanss, at=timezone.now())


def _is_still_running(asked: Future[Duplicate]) -> bool:
    """After a second: long enough for whoever waits for nobody."""
    try:
        asked.exception(timeout=1)
    except TimeoutError:
        return True
    return False
