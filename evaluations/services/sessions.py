"""Opening a session under a regulation: one verb, from the calendar to the adoption."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from candidates.models import Option, Session
from candidates.services.sessions import create_session
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand
from evaluations import regulation_rules
from evaluations.models import Adoption, Regulation


@transaction.atomic
def open_session(
    *,
    regulation: Regulation,
    options: Sequence[Option],
    exam_first_day: date,
    exam_last_day: date,
    enrolment_deadline: date,
    entry_deadline: date,
    by: Actor,
    at: datetime,
) -> Session:
    """Open a session under a published regulation, which it keeps for good (R35).

    Raises Refusal when the regulation cannot run a session, the options are not its certification's,
    the days are out of order, or the session exists already.
    """
    by.must(Act.OPEN_SESSION)
    demand(regulation_rules.session_refusal(regulation, options))
    demand(regulation_rules.validity_refusal(regulation, exam_first_day))
    session = create_session(
        certification=regulation.certification,
        options=options,
        exam_first_day=exam_first_day,
        exam_last_day=exam_last_day,
        enrolment_deadline=enrolment_deadline,
        entry_deadline=entry_deadline,
        by=by,
        at=at,
    )
    Adoption.objects.create(session=session, regulation=regulation)
    after = {"reglement": regulation.code, "version": regulation.version}
    fact = Fact(Act.ADOPT_REGULATION, f"session {session.code}", after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return session
