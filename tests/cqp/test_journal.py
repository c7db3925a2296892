"""The journal holds: appended in order, chained, refused to change, verified by a command."""

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, first_break, record
from cqp.journal.models import GENESIS, Chain, Entry
from cqp.roles import Act
from tests.cast import Cast


def write(by: Actor, count: int, at: datetime | None = None, chain: str = "ESSAI-2026-12") -> Chain:
    facts = [Fact(Act.RECORD_MARK, f"note {n}", enrolment=n, after={"note": "12,5"}) for n in range(count)]
    record(chain=chain, by=by, at=at or timezone.now(), facts=facts)
    return Chain.objects.get(key=chain)


def raw(sql: str, *params: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def drop_guards() -> None:
    """What an intruder with every right on the database would do first."""
    for event in ("update", "delete"):
        name = f"journal_entry_no_{event}"
        raw(f"DROP TRIGGER {name}" + (" ON journal_entry" if connection.vendor == "postgresql" else ""))


def test_entries_follow_each_other(cast: Cast) -> None:
    chain = write(cast.clerk, 3)
    entries = list(chain.entries.all())
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert entries[0].previous_hash == GENESIS
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:2]]
    assert (chain.count, chain.head) == (3, entries[2].hash)
    assert first_break(chain) is None


def test_an_entry_says_who_as_what(cast: Cast) -> None:
    entry = write(cast.clerk, 1).entries.get()
    assert (entry.actor, entry.role, entry.organisme) == (cast.clerk.user, "CRFP", "CRFP-LYO")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE journal_entry SET reason = 'x' WHERE seq = 2",
        "DELETE FROM journal_entry WHERE seq = 3",
        "DELETE FROM journal_chain",
    ],
)
def test_the_database_refuses_to_change_the_journal(cast: Cast, sql: str) -> None:
    write(cast.clerk, 3)
    with pytest.raises(DatabaseError, match="journal ne se modifie pas"), transaction.atomic():
        raw(sql)
    assert Entry.objects.filter(chain__key="ESSAI-2026-12").count() == 3


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("UPDATE journal_entry SET after = '{}' WHERE seq = 2 AND chain_id = %s", "n° 2 a été modifiée"),
        (
            "UPDATE journal_entry SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 1 AND chain_id = %s",
            "n° 1 a",
        ),
        ("DELETE FROM journal_entry WHERE seq = 2 AND chain_id = %s", "n° 2 manque"),
        ("DELETE FROM journal_entry WHERE seq = 3 AND chain_id = %s", "s’arrête à l’entrée n° 2"),
    ],
)
def test_an_intruder_is_named_by_the_first_broken_entry(cast: Cast, sql: str, sentence: str) -> None:
    chain = write(cast.clerk, 3)
    drop_guards()
    raw(sql, chain.pk)
    assert sentence in str(first_break(Chain.objects.get(pk=chain.pk)))
    with pytest.raises(CommandError, match=sentence) as refusal:
        call_command("verify_journal", chain.key)
    assert refusal.value.returncode == 1


def test_verify_journal_prints_the_heads(cast: Cast) -> None:
    chain = write(cast.clerk, 2)
    out = StringIO()
    call_command("verify_journal", stdout=out)
    assert f"ESSAI-2026-12 : 2 entrées, tête {chain.head}" in out.getvalue()
    assert "referentiel" in out.getvalue()


def test_verify_journal_knows_what_it_does_not_know(cast: Cast) -> None:
    with pytest.raises(CommandError, match="Aucun journal") as refusal:
        call_command("verify_journal", "GC-1999-01")
    assert refusal.value.returncode == 2


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_an_error(reference: None) -> None:
    fact = Fact(Act.ENROL, "inscription 1")
    with pytest.raises(RuntimeError, match="transaction"):
        record(chain="ESSAI", by=None, at=timezone.now(), facts=[fact])


def test_writing_over_an_entry_is_refused(cast: Cast) -> None:
    """SQLite's REPLACE deletes without firing the triggers of deletion."""
    chain = write(cast.clerk, 2)
    copy = "INSERT INTO journal_entry SELECT * FROM journal_entry WHERE seq = 1 AND chain_id = %s"
    if connection.vendor == "sqlite":
        copy = copy.replace("INSERT", "INSERT OR REPLACE")
    with pytest.raises(DatabaseError, match="journal ne se modifie pas"), transaction.atomic():
        raw(copy, chain.pk)
    assert first_break(chain) is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_emptying_the_journal_is_refused(reference: None) -> None:
    with pytest.raises(DatabaseError, match="journal ne se modifie pas"):
        raw("TRUNCATE journal_entry")
