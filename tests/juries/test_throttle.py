"""Tries are counted for a whole hour, each of them, however many come together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from juries.models import Tries
from juries.throttle import HOUR, count_try, take_back, too_many

TOGETHER, TIMES = 6, 15


@pytest.mark.django_db
def test_the_hour_runs_from_the_first_try() -> None:
    start = timezone.now()
    for minutes in (0, 1, 50):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert not too_many("essai", 3)
            count_try("essai")
    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert too_many("essai", 3)
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert not too_many("essai", 3)
        assert count_try("essai") == 1


@pytest.mark.django_db
def test_a_good_try_counts_for_nothing() -> None:
    assert [count_try("essai"), count_try("essai")] == [1, 2]
    take_back("essai")
    take_back("autre")
    assert count_try("essai") == 2


@pytest.mark.django_db
def test_a_new_key_forgets_those_whose_hour_is_over() -> None:
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        count_try("ancien")
    with time_machine.travel(start + HOUR / 2, tick=False):
        count_try("récent")
    with time_machine.travel(start + HOUR, tick=False):
        count_try("nouveau")
    assert set(Tries.objects.values_list("key", flat=True)) == {"récent", "nouveau"}


def _seen_then_written(key: str) -> int:
    """As a cache counts: what was seen, and one."""
    row = Tries.objects.get(key=key)
    row.count += 1
    row.save()
    return row.count


def _ranks(count: Callable[[str], int]) -> list[int]:
    """What many told of the same key are answered, each on its own connection."""
    barrier = Barrier(TOGETHER)

    def run(_who: int) -> list[int]:
        try:
            found = []
            for time in range(TIMES):
                barrier.wait(timeout=30)
                found.append(count(f"essai {time}"))
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(TOGETHER) as pool:
        return sorted(rank for found in pool.map(run, range(TOGETHER)) for rank in found)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_tries_that_come_together_are_all_counted() -> None:
    each_once = sorted(list(range(1, TOGETHER + 1)) * TIMES)
    assert _ranks(count_try) == each_once
    Tries.objects.update(count=0)
    assert _ranks(_seen_then_written) != each_once, "the test sees a lost try"
