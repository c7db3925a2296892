"""Counting tries: enough for somebody who mistypes, too few for somebody who guesses (T7)."""

from django.core.cache import cache

HOUR = 60 * 60


def too_many(key: str, limit: int) -> bool:
    """Have there been `limit` tries under this key within the hour of the first one?"""
    count: int = cache.get(f"tries:{key}", 0)
    return count >= limit


def count_try(key: str) -> None:
    """One more try under this key."""
    name = f"tries:{key}"
    if not cache.add(name, 1, HOUR):
        try:
            cache.incr(name)
        except ValueError:  # it expired between the two
            cache.set(name, 1, HOUR)
