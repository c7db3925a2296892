"""Emptying the tables between tests: the triggers that refuse deletions step aside meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import flush
from django.db import connection

NEVER_EMPTIED = """
SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE '%_no_truncate'
"""


@contextmanager
def guards_lifted() -> Iterator[None]:
    """On SQLite, drop every trigger and make it anew after; PostgreSQL minds only those of TRUNCATE."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(NEVER_EMPTIED)
            tables = [table for (table,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        try:
            yield
        finally:
            for _name, sql in triggers:
                cursor.execute(sql)


def let_tests_empty_the_tables() -> None:
    """Wrap Django's flush, which transactional tests end with."""
    handle = flush.Command.handle

    def guarded(self: flush.Command, **options: Any) -> None:
        with guards_lifted():
            handle(self, **options)

    flush.Command.handle = guarded  # type: ignore[method-assign]
