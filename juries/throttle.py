"""Counting tries: enough for somebody who mistypes, too few for somebody who guesses (T7)."""

import time

from django.core.cache import cache

HOUR = 60 * 60


def too_many(key: str, limit: int) -> bool:
    """Have there been `limit` tries under this key within the hour of the first one?"""
    count, _until = _tries(key)
    return count >= limit


def count_try(key: str) -> None:
    """One more try under this key; the hour runs from the first one."""
    count, until = _tries(key)
    # Not `incr`: the database cache would give the row its default life of five minutes.
    cache.set(f"tries:{key}", (count + 1, until), max(1, until - int(time.time())))


def _tries(key: str) -> tuple[int, int]:
    """How many tries so far, and until when (in seconds of the epoch) they count."""
    found: tuple[int, int] | None = cache.get(f"tries:{key}")
    return found or (0, int(time.time()) + HOUR)
