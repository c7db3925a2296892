"""The verb that moves the opening of a proclaimed session's results, while they are not open."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.awards import publication_rules as rules
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import demand
from juries.models import Proclamation


@transaction.atomic
def set_opening(*, session: Session, opens_at: datetime | None, by: Actor, at: datetime) -> Session:
    """Bring the opening forward or postpone it; None opens at once. The same again does nothing.

    Raises Refusal when the session is not proclaimed, its results are open already, or the hour is past or
    more than three months after the proclamation.
    """
    by.must(Act.PUBLISH)
    session = Session.objects.select_for_update().get(pk=session.pk)
    # The lock may have been waited for: results that opened meanwhile stay open.
    now = max(at, timezone.now())
    if opens_at == session.results_open_at or (opens_at is None and session.is_published(now)):
        return session
    demand(rules.movable_refusal(session, now))
    if opens_at is not None:
        proclamation = Proclamation.objects.get(session=session)
        demand(rules.new_hour_refusal(proclamation, opens_at, now))
    before, session.results_open_at = session.results_open_at, opens_at or at
    session.save(update_fields=["results_open_at"])
    fact = Fact(
        Act.PUBLISH,
        f"session {session.code}",
        before={"ouverture": before.isoformat() if before else None},
        after={"ouverture": session.results_open_at.isoformat()},
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    return session
