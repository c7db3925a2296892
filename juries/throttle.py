"""Counting tries: enough for somebody who mistypes, too few for somebody who guesses (T7)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from juries.models import Tries

HOUR = timedelta(hours=1)
_FORGOTTEN = 20


def too_many(key: str, limit: int) -> bool:
    """Have there been `limit` tries under this key within the hour of the first one?"""
    return Tries.objects.filter(key=key, until__gt=timezone.now(), count__gte=limit).exists()


@transaction.atomic
def count_try(key: str) -> int:
    """One more try under this key; returns its rank within the hour, which runs from the first one.

    Whoever guards a secret counts before looking, and refuses by the rank: tries of the same moment have each
    their own, where a look at the count before would let them all pass.
    """
    now = timezone.now()
    row, is_new = Tries.objects.select_for_update().get_or_create(key=key, defaults={"until": now + HOUR})
    if row.until <= now:
        row.count, row.until = 0, now + HOUR
    row.count += 1
    row.save(update_fields=["count", "until"])
    if is_new:
        _forget_some(now)
    return row.count


def take_back(key: str) -> None:
    """The try just counted was a good one: it counts for nothing."""
    Tries.objects.filter(key=key, count__gt=0).update(count=F("count") - 1)


def _forget_some(now: datetime) -> None:
    """A new key leaves room for itself: rows whose hour is over go, but those somebody holds."""
    over = Tries.objects.select_for_update(skip_locked=True).filter(until__lte=now).order_by("until", "key")
    Tries.objects.filter(key__in=[row.key for row in over[:_FORGOTTEN]]).delete()
