"""The verb of Ucanss that has a closed local jury sit again."""

from datetime import datetime

from django.db import transaction

from candidates.rules import part_reopening_refusal
from candidates.services.sessions import reopen_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import demand
from juries.composition_rules import reopening_refusal
from juries.models import JuryReopening, LocalJury
from juries.rules import demand_of
from juries.services.locks import lock_jury
from juries.states import LOCAL_JURY, JuryState


@transaction.atomic
def reopen_jury(*, jury: LocalJury, motive: str, by: Actor, at: datetime) -> LocalJury:
    """Have a closed jury sit again, and give its part back to the CRFP if it had left; open, it stays so.

    Its minutes stay: those of the next closing replace them. What the national jury decided of its
    candidates no longer stands. Raises Refusal once the session is proclaimed, Refusals (`motive`) when it
    is not said why.
    """
    by.must(Act.REOPEN_JURY)
    motive = cleaned_lines(motive)
    session, jury = lock_jury(jury)
    demand(part_reopening_refusal(session))
    if jury.state == JuryState.OPEN:
        return jury
    demand_of("motive", reopening_refusal(motive))
    before = jury.state
    jury.state = JuryState(LOCAL_JURY.target(jury.state, Act.REOPEN_JURY))
    jury.closed_at = jury.closed_by = None
    jury.save()
    JuryReopening.objects.create(jury=jury, motive=motive, at=at, by=by.user)
    jury.part = reopen_part(part=jury.part, motive=motive, by=by, at=at)
    was, becomes = {"etat": before}, {"etat": jury.state}
    fact = Fact(Act.REOPEN_JURY, f"jury {jury.pk}", before=was, after=becomes, reason=motive)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return jury
