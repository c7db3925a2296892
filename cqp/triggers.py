"""The database refuses the impossible: triggers with the same promise on SQLite and PostgreSQL.

Used by migrations only. `when` is an SQL condition over `{row}`, true when the write is refused; an UPDATE is
refused when it holds of the row before or of the row after.
"""

from collections.abc import Callable, Iterable

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

_ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}

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
_POSTGRESQL_TRUNCATE = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
# What SQLite's REPLACE would delete: another row of the same key, of which the condition holds.
_IN_THE_WAY = "EXISTS (SELECT 1 FROM {table} kept WHERE {same} AND ({when}))"


def refuse(table: str, events: Iterable[str], message: str, when: str = "1 = 1", name: str = "") -> RunPython:
    """A migration operation: each event (INSERT, UPDATE, DELETE) on `table` is refused `when` it holds.

    A second refusal of the same event on the same table takes a `name` of its own.
    """
    names = {f"{name or table}_no_{event.lower()}": event for event in events}

    def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        template = _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL
        for name, event in names.items():
            rows = _ROWS[event]
            condition = " OR ".join(f"({when.replace('{row}', row)})" for row in dict.fromkeys(rows))
            values = {"name": name, "event": event, "table": table, "message": message}
            editor.execute(template.format(**values, when=condition, row=rows[-1]), params=None)

    return RunPython(create, _drop(table, names))


def refuse_overwrite(table: str, message: str, when: str, *keys: tuple[str, ...]) -> RunPython:
    """A migration operation: on SQLite no row takes the place of another one that `when` holds of.

    REPLACE deletes the row of the same id, or of the same unique key, and fires no trigger of deletion.
    PostgreSQL has no such statement. A key that decides `when` (the enrolment of a decision) goes without
    saying: the new row is refused as the old one is. The other unique `keys` are given.
    """
    names = {f"{table}_overwrite_no_{event.lower()}": event for event in ("INSERT", "UPDATE")}

    def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor != "sqlite":
            return
        frozen = when.replace("{row}", "kept")
        for name, event in names.items():
            other = ["kept.id <> OLD.id"] if event == "UPDATE" else []
            same = [[f"kept.{column} = NEW.{column}" for column in key] for key in (("id",), *keys)]
            condition = " OR ".join(
                _IN_THE_WAY.format(table=table, same=" AND ".join(columns + other), when=frozen)
                for columns in same
            )
            values = {"name": name, "event": event, "table": table, "message": message}
            editor.execute(_SQLITE.format(**values, when=condition), params=None)

    return RunPython(create, _drop(table, names))


def refuse_truncate(table: str, message: str) -> RunPython:
    """A migration operation: PostgreSQL refuses to empty `table` at once (SQLite has no such statement)."""
    name = f"{table}_no_truncate"

    def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            sql = _POSTGRESQL_TRUNCATE.format(name=name, table=table, message=message)
            editor.execute(sql, params=None)

    return RunPython(create, _drop(table, [name]))


def lift(table: str, names: Iterable[str]) -> RunPython:
    """A migration operation: these refusals of `table` go, to be written anew. Reversed, nothing comes back.

    SQLite makes a table anew to alter a column, and its triggers are lost with the old one.
    """
    return RunPython(_drop(table, names), RunPython.noop)


def _drop(table: str, names: Iterable[str]) -> Callable[[StateApps, BaseDatabaseSchemaEditor], None]:
    names = list(names)

    def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for name in names:
            if editor.connection.vendor == "sqlite":
                editor.execute(f"DROP TRIGGER IF EXISTS {name}")
            else:
                editor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
                editor.execute(f"DROP FUNCTION IF EXISTS {name}()")

    return drop
