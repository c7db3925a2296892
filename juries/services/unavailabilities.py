"""Verbs of the CRFP on when its candidates cannot come."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from candidates.models import Enrolment, Session
from candidates.rules import part_closed_refusal, scope_refusal
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import demand
from juries import planning_rules as rules
from juries.models import Unavailability
from juries.planning_entries import AwayEntry
from juries.rules import demand_of


@transaction.atomic
def record_unavailability(
    *, enrolment: Enrolment, entry: AwayEntry, by: Actor, at: datetime
) -> Unavailability:
    """Note when a candidate cannot come; an hour already given stays, and the plan says it fails."""
    by.must(Act.PLAN_HEARINGS)
    session, part = lock_part(enrolment.part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part))
    demand_of("ends", rules.away_refusal(entry.starts, entry.ends))
    entry = replace(entry, reason=cleaned(entry.reason))
    hours = {"day": entry.day, "starts": entry.starts, "ends": entry.ends}
    known = Unavailability.objects.filter(enrolment=enrolment, **hours).first()
    if known:
        return known
    row = Unavailability.objects.create(enrolment=enrolment, **asdict(entry))
    _journal(session, row, {}, _hours(row), by, at)
    return row


@transaction.atomic
def remove_unavailability(*, unavailability: Unavailability, by: Actor, at: datetime) -> None:
    """The candidate can come after all; one removed already stays so."""
    by.must(Act.PLAN_HEARINGS)
    session, part = lock_part(unavailability.enrolment.part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part))
    row = Unavailability.objects.filter(pk=unavailability.pk).first()
    if row is None:
        return
    before = _hours(row)
    _journal(session, row, before, {}, by, at)
    row.delete()


def _hours(row: Unavailability) -> dict[str, Any]:
    """An absence, as the journal says it: never its reason, which is the candidate's own business."""
    hours = f"{row.starts:%H:%M}-{row.ends:%H:%M}" if row.starts else "journée"
    return {"indisponible": row.day.isoformat(), "heures": hours}


def _journal(
    session: Session,
    row: Unavailability,
    before: dict[str, Any],
    after: dict[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    subject = f"inscription {row.enrolment_id}"
    fact = Fact(Act.PLAN_HEARINGS, subject, row.enrolment_id, before=before, after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
