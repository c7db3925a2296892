"""The verb of a juror who steps aside for one candidate (R56)."""

from datetime import datetime

from django.db import transaction

from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import demand
from juries import composition_rules
from juries.models import Hearing, Recusal
from juries.reading import judged_by_juries, seats_of
from juries.rules import demand_of
from juries.services.locks import lock_hearing


@transaction.atomic
def recuse(*, hearing: Hearing, motive: str, by: Actor, at: datetime) -> Recusal:
    """A juror steps aside for one candidate, and sees nothing of that hearing any more; said once, it stays.

    Raises Refusal when somebody does not sit there, or once the jury has recorded anything of the candidate;
    Refusals by field (`motive`) when it is not said why.
    """
    by.must(Act.RECUSE)
    motive = cleaned(motive)
    session, hearing = lock_hearing(hearing)
    found = hearing.recusals.filter(user=by.user).first()
    if found:
        return found
    enrolment, jury = hearing.enrolment, hearing.jury
    judged = bool(judged_by_juries([enrolment]))
    demand(composition_rules.recusal_refusal(jury, enrolment, seats_of(jury), by, judged=judged))
    demand_of("motive", composition_rules.recusal_motive_refusal(motive))
    recusal = Recusal.objects.create(hearing=hearing, user=by.user, motive=motive, at=at)
    after = {"jury": jury.pk, "jure": by.user.pk}
    fact = Fact(Act.RECUSE, f"inscription {enrolment.pk}", enrolment.pk, after=after, reason=motive)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return recusal
