"""Verbs on sessions and on each CRFP's part of them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from candidates import rules
from candidates.models import Certification, Option, Session, SessionPart
from candidates.services.locks import lock_part
from candidates.states import PART, SESSION, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import Refusal, demand


@transaction.atomic
def create_session(
    *,
    certification: Certification,
    options: Sequence[Option],
    exam_first_day: date,
    exam_last_day: date,
    enrolment_deadline: date,
    entry_deadline: date,
    by: Actor,
    at: datetime,
) -> Session:
    """Open a session (R35) with a part for every CRFP; one a certification and month.

    Raises Refusal when the days are out of order or the session exists already.
    """
    by.must(Act.OPEN_SESSION)
    demand(rules.calendar_refusal(exam_first_day, exam_last_day, enrolment_deadline, entry_deadline))
    code = f"{certification.code}-{exam_last_day:%Y-%m}"
    try:
        with transaction.atomic():
            session = Session.objects.create(
                code=code,
                certification=certification,
                exam_first_day=exam_first_day,
                exam_last_day=exam_last_day,
                enrolment_deadline=enrolment_deadline,
                entry_deadline=entry_deadline,
                opened_at=at,
            )
    except IntegrityError as error:
        raise Refusal(f"La session {code} est déjà ouverte.") from error
    session.options.set(options)
    _add_missing_parts(session)
    after = _calendar_of(session) | {"options": [option.code for option in options]}
    record(chain=code, by=by, at=at, facts=[_fact(session, Act.OPEN_SESSION, before={}, after=after)])
    return session


@transaction.atomic
def reschedule_session(
    *,
    session: Session,
    exam_first_day: date,
    exam_last_day: date,
    enrolment_deadline: date,
    entry_deadline: date,
    by: Actor,
    at: datetime,
) -> Session:
    """Move the days of an open session; its code stays, whatever the month.

    Gives their part to the CRFP created since the session opened. Raises Refusal when the exam days would
    move under files that are transmitted already.
    """
    by.must(Act.RESCHEDULE_SESSION)
    session = Session.objects.select_for_update().get(pk=session.pk)
    demand(rules.reschedule_refusal(session))
    if (exam_first_day, exam_last_day) != (session.exam_first_day, session.exam_last_day):
        demand(rules.exam_days_refusal(session))
    demand(rules.calendar_refusal(exam_first_day, exam_last_day, enrolment_deadline, entry_deadline))
    before = _calendar_of(session)
    session.exam_first_day = exam_first_day
    session.exam_last_day = exam_last_day
    session.enrolment_deadline = enrolment_deadline
    session.entry_deadline = entry_deadline
    after = _calendar_of(session)
    joined = _add_missing_parts(session)
    if joined:
        after["crfp"] = joined
    if after != before:
        session.save()
        fact = _fact(session, Act.RESCHEDULE_SESSION, before=before, after=after)
        record(chain=session.code, by=by, at=at, facts=[fact])
    return session


@transaction.atomic
def advance_session(
    *,
    session: Session,
    act: Act,
    by: Actor,
    at: datetime,
    facts: Sequence[Fact] = (),
    results_open_at: datetime | None = None,
) -> Session:
    """Take a session one step further (its table of transitions), journaling the step after `facts`.

    A proclamation says when its results open: at once when `results_open_at` is None.
    """
    by.must(act)
    session = Session.objects.select_for_update().get(pk=session.pk)
    before = session.state
    session.state = SessionState(SESSION.target(session.state, act))
    after: dict[str, str] = {"etat": session.state}
    if session.state == SessionState.PROCLAIMED:
        session.results_open_at = results_open_at or at
        after["ouverture"] = session.results_open_at.isoformat()
    record(
        chain=session.code,
        by=by,
        at=at,
        facts=[*facts, _fact(session, act, before={"etat": before}, after=after)],
    )
    session.save(update_fields=["state", "results_open_at"])
    return session


@transaction.atomic
def close_part(*, part: SessionPart, by: Actor, at: datetime) -> SessionPart:
    """Lock a CRFP's part: its files are before the national jury. Refusal when they are already."""
    by.must(Act.TRANSMIT)
    session, part = lock_part(part)
    demand(rules.scope_refusal(part, by))
    demand(rules.jury_work_refusal(session, part))
    part.state = PartState(PART.target(part.state, Act.TRANSMIT))
    part.transmitted_at, part.transmitted_by = at, by.user
    part.save()
    fact = Fact(Act.TRANSMIT, f"partie {part.crfp.code}", after={"etat": part.state})
    record(chain=session.code, by=by, at=at, facts=[fact])
    return part


@transaction.atomic
def reopen_part(*, part: SessionPart, motive: str, by: Actor, at: datetime) -> SessionPart:
    """Give a part back to its CRFP, whose jury sits again; open already, it stays so.

    While the national jury deliberates, its local jury and its transmission are all that may change in it.
    """
    by.must(Act.REOPEN_JURY)
    session, part = lock_part(part)
    demand(rules.part_reopening_refusal(session))
    if part.state == PartState.OPEN:
        return part
    before = part.state
    part.state = PartState(PART.target(part.state, Act.REOPEN_JURY))
    part.transmitted_at = part.transmitted_by = None
    part.save()
    fact = Fact(
        Act.REOPEN_JURY,
        f"partie {part.crfp.code}",
        before={"etat": before},
        after={"etat": part.state},
        reason=motive,
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    return part


def _add_missing_parts(session: Session) -> list[str]:
    """A part for every CRFP without one; the codes of those that had none."""
    there = session.parts.values("crfp")
    crfps = list(Organisme.objects.filter(kind=Organisme.Kind.CRFP).exclude(pk__in=there))
    SessionPart.objects.bulk_create(SessionPart(session=session, crfp=crfp) for crfp in crfps)
    return [crfp.code for crfp in crfps]


def _calendar_of(session: Session) -> dict[str, Any]:
    return {
        "premier_jour": session.exam_first_day.isoformat(),
        "dernier_jour": session.exam_last_day.isoformat(),
        "cloture_inscriptions": session.enrolment_deadline.isoformat(),
        "echeance_saisie": session.entry_deadline.isoformat(),
    }


def _fact(session: Session, act: Act, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> Fact:
    return Fact(act, f"session {session.code}", before=before, after=after)
