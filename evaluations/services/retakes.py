"""Verbs on the retakes of a part: calling candidates, or recording that one gives it up (R7)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.rules import part_closed_refusal, scope_refusal
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.history import subject_of
from evaluations.models import Block, Mark, RetakeCall
from evaluations.rules import call_day_refusal, call_refusal
from evaluations.standing import ANSWERED

Taker = tuple[Enrolment, Block]
"""Somebody who takes a block again."""


@transaction.atomic
def call_retakes(
    *, part: SessionPart, takers: Sequence[Taker], held_on: date, place: str, by: Actor, at: datetime
) -> list[RetakeCall]:
    """Call candidates to take a block again, on a day at a place: all or none.

    Called already, or having given it up, they are called anew; called to the same day and place, nothing
    happens. Raises Refusal when the part is closed or another CRFP's, the day is past or after the deadline
    for marks, the place is missing, or a candidate, named, may not take the block again.
    """
    by.must(Act.CALL_RETAKE)
    place = cleaned(place)
    session, part = _held(part, by)
    demand(call_day_refusal(held_on, session, timezone.localdate(at)))
    if not place:
        raise Refusal("Indiquez le lieu du rattrapage.")
    if not takers:
        raise Refusal("Cochez au moins un candidat.")
    calls = _calls(part, takers)
    changed = [_changed(call, held_on, place, "", by, at) for call in calls]
    _keep(session, [one for one in changed if one], by, at)
    return calls


@transaction.atomic
def waive_retake(*, enrolment: Enrolment, block: Block, motive: str, by: Actor, at: datetime) -> RetakeCall:
    """Record that a candidate gives up taking a block again, with the motive; said twice, once is kept.

    Raises Refusal when the part is closed or another CRFP's, the block may not be taken again or already was,
    or the motive is missing.
    """
    by.must(Act.CALL_RETAKE)
    motive = cleaned(motive)
    session, part = _held(enrolment.part, by)
    if not motive:
        raise Refusal("Indiquez le motif du renoncement.")
    (call,) = _calls(part, [(enrolment, block)])
    changed = _changed(call, None, "", motive, by, at)
    _keep(session, [changed] if changed else [], by, at)
    return call


def _held(part: SessionPart, by: Actor) -> tuple[Session, SessionPart]:
    """The session and the part as they are now, under their locks, for who may touch them."""
    session, part = lock_part(part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part))
    return session, part


def _calls(part: SessionPart, takers: Sequence[Taker]) -> list[RetakeCall]:
    """The call of each taker as it stands, or a new one. Raises Refusal for who may not take it again."""
    ids = {enrolment.pk for enrolment, _ in takers}
    enrolments = Enrolment.objects.filter(part=part, pk__in=ids).select_related("candidate").in_bulk()
    blocks = Block.objects.filter(
        regulation__adoptions__session=part.session, recorder__in=ANSWERED
    ).in_bulk()
    marks = {
        (mark.enrolment_id, mark.block_id, mark.attempt): mark
        for mark in Mark.objects.filter(enrolment__in=enrolments)
    }
    stored = {
        (call.enrolment_id, call.block_id): call
        for call in RetakeCall.objects.filter(enrolment__in=enrolments).select_for_update()
    }
    calls = []
    for enrolment, block in takers:
        if enrolment.pk not in enrolments:
            raise Refusal("Ce candidat n’est plus dans cette partie de la session.")
        if block.pk not in blocks:
            raise Refusal("Cette épreuve n’appartient pas au règlement de la session.")
        found, key = enrolments[enrolment.pk], (enrolment.pk, block.pk)
        first, second = (marks.get((*key, attempt)) for attempt in Mark.Attempt)
        refusal = call_refusal(found, blocks[block.pk], first, second)
        if refusal:
            raise Refusal(f"{found.candidate.full_name} : {refusal[0].lower()}{refusal[1:]}")
        calls.append(stored.get(key) or RetakeCall(enrolment=found, block=blocks[block.pk]))
    return calls


def _changed(
    call: RetakeCall, held_on: date | None, place: str, motive: str, by: Actor, at: datetime
) -> tuple[RetakeCall, dict[str, Any]] | None:
    """The call with what it becomes, and what it was; None when it says so already."""
    before = _data_of(call) if call.pk else {}
    was = (call.held_on, call.place, call.waived_motive)
    if call.pk and was == (held_on, place, motive):
        return None
    call.held_on, call.place, call.waived_motive = held_on, place, motive
    call.at, call.by = at, by.user
    return call, before


def _keep(
    session: Session, changed: Sequence[tuple[RetakeCall, dict[str, Any]]], by: Actor, at: datetime
) -> None:
    for call, _ in changed:
        call.save()
    facts = [
        Fact(
            Act.CALL_RETAKE,
            subject_of(call.block, Mark.Attempt.RETAKE),
            call.enrolment_id,
            before=before,
            after=_data_of(call),
            reason=call.waived_motive,
        )
        for call, before in changed
    ]
    record(chain=session.code, by=by, at=at, facts=facts)


def _data_of(call: RetakeCall) -> dict[str, Any]:
    if call.held_on is None:
        return {"renoncement": True}
    return {"date": call.held_on.isoformat(), "lieu": call.place}
