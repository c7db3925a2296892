"""Writing and verifying the chains."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cqp.accounts.actor import Actor
from cqp.journal.models import GENESIS, Chain, Entry
from cqp.roles import Act

REFERENCE = "referentiel"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing done to one subject, ready to be journaled; `before` and `after` are JSON-plain."""

    act: Act
    subject: str
    enrolment: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


def canonical(data: Mapping[str, Any]) -> str:
    """The one JSON text of some data: sorted keys, no spaces, accents kept."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest_of(entry: Entry, chain_key: str) -> str:
    """SHA-256 over everything an entry says, its place in the chain and the hash before it."""
    content = {
        "chain": chain_key,
        "seq": entry.seq,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "role": entry.role,
        "organisme": entry.organisme,
        "act": entry.act,
        "subject": entry.subject,
        "enrolment": entry.enrolment_ref,
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "previous": entry.previous_hash,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def record(*, chain: str, by: Actor | None, at: datetime, facts: Sequence[Fact]) -> None:
    """Append facts to a chain, inside the transaction of the verb that did them.

    `by` is None only for what the product does itself (loading its reference data).
    Raises RuntimeError outside a transaction: an act and its entry stand or fall together.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("journal.record needs the transaction of the act it records")
    if not facts:
        return
    row = _held(chain)
    entries = []
    for fact in facts:
        entry = Entry(
            chain=row,
            seq=row.count + 1,
            at=at,
            actor=by.user if by else None,
            role=by.role if by else "",
            organisme=by.organisme.code if by and by.organisme else "",
            act=fact.act,
            subject=fact.subject,
            enrolment_ref=fact.enrolment,
            before=canonical(fact.before),
            after=canonical(fact.after),
            reason=fact.reason,
            previous_hash=row.head,
        )
        entry.hash = digest_of(entry, chain)
        entries.append(entry)
        row.count, row.head = entry.seq, entry.hash
    Entry.objects.bulk_create(entries)
    row.save(update_fields=["count", "head"])


def _held(key: str) -> Chain:
    """The chain, locked until the end of the transaction; made by its first entry."""
    chain = Chain.objects.select_for_update().filter(key=key).first()
    if chain is None:
        Chain.objects.get_or_create(key=key)
        chain = Chain.objects.select_for_update().get(key=key)
    return chain


def first_break(chain: Chain) -> str | None:
    """The first thing wrong in a chain, in a French sentence, or None when every entry holds."""
    previous, seq = GENESIS, 0
    for entry in _entries(chain):
        seq += 1
        if entry.seq != seq:
            return f"{chain.key} : l’entrée n° {seq} manque (n° {entry.seq} trouvé à sa place)."
        if entry.previous_hash != previous:
            return f"{chain.key} : l’entrée n° {seq} ne suit pas la précédente."
        if digest_of(entry, chain.key) != entry.hash:
            return f"{chain.key} : l’entrée n° {seq} a été modifiée."
        previous = entry.hash
    if (seq, previous) != (chain.count, chain.head):
        return f"{chain.key} : la chaîne s’arrête à l’entrée n° {seq}, sa tête annonce le n° {chain.count}."
    return None


def _entries(chain: Chain) -> Iterator[Entry]:
    return chain.entries.order_by("seq").iterator(chunk_size=2000)
