"""The database refuses the impossible: triggers with the same promise on SQLite and PostgreSQL.

Used by migrations only. `when` is an SQL condition over `{row}` (OLD or NEW), true when the write is refused.
"""

from collections.abc import Iterable

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

_SQLITE = """
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when})
BEGIN SELECT RAISE(ABORT, '{message}'); END
"""
_POSTGRESQL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ({when}) THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF;
  RETURN {row};
END $$;
CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}();
"""


def refuse(table: str, events: Iterable[str], message: str, when: str = "1 = 1") -> RunPython:
    """A migration operation: each event (INSERT, UPDATE, DELETE) on `table` is refused `when` it holds."""
    events = tuple(events)

    def names() -> list[tuple[str, str, str]]:
        return [
            (f"{table}_no_{event.lower()}", event, "OLD" if event == "DELETE" else "NEW") for event in events
        ]

    def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        template = _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL
        for name, event, row in names():
            condition = when.replace("{row}", row)
            sql = template.format(
                name=name, event=event, table=table, when=condition, message=message, row=row
            )
            editor.execute(sql, params=None)

    def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for name, _event, _row in names():
            if editor.connection.vendor == "sqlite":
                editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                editor.execute(f"DROP FUNCTION IF EXISTS {name}()")

    return RunPython(create, drop)
