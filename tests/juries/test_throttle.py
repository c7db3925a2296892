"""Tries are counted for a whole hour, on the cache production uses."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.test import override_settings
from django.utils import timezone

from juries.throttle import count_try, too_many

DATABASE = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_of_tests"}
}


@pytest.mark.django_db
@override_settings(CACHES=DATABASE)
def test_the_hour_runs_from_the_first_try() -> None:
    call_command("createcachetable", verbosity=0)
    start = timezone.now()
    for minutes in (0, 1, 50):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert not too_many("essai", 3)
            count_try("essai")
    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert too_many("essai", 3)
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert not too_many("essai", 3)
