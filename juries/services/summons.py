"""Verbs of the CRFP that tell the candidates when they are heard."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from candidates.models import Enrolment
from candidates.rules import scope_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.workflow import Refusal, demand
from juries.delivery import deliver
from juries.minutes import seal
from juries.models import LocalJury, Summons
from juries.plans import plan_of
from juries.rules import jury_frozen_refusal
from juries.services.locks import lock_jury, lock_part
from juries.summons import LEAVING, LOST, Letter, content_for, delivery_of, letters_of


@dataclass(frozen=True, slots=True)
class Told:
    """Who was summoned, of whom on paper for want of an address; and who has to be planned again first."""

    written: list[Summons] = field(default_factory=list)
    on_paper: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)


@transaction.atomic
def summon(*, jury: LocalJury, by: Actor, at: datetime) -> Told:
    """Summon every candidate of a jury whose plan is not the one told; nobody twice for the same plan.

    The messages leave once the transaction is over, and whether each left is journaled.
    """
    by.must(Act.SUMMON)
    session, jury = lock_jury(jury)
    demand(scope_refusal(jury.part, by) or jury_frozen_refusal(jury))
    told, facts = Told(), []
    for letter in letters_of(plan_of(jury), timezone.localdate(at)):
        name = letter.line.name
        if letter.fault:
            told.held.append(name)
        if not letter.is_due:
            continue
        row = _write(letter, by, at)
        told.written.append(row)
        if not row.email:
            told.on_paper.append(name)
        after = {"convocation": row.rank, "empreinte": row.digest}
        facts.append(Fact(Act.SUMMON, f"inscription {row.enrolment_id}", row.enrolment_id, after=after))
    record(chain=session.code, by=by, at=at, facts=facts)
    if told.written:
        pks = [row.pk for row in told.written]
        deliver.enqueue(pks)
    return told


@transaction.atomic
def send_again(*, summons: Summons, by: Actor, at: datetime) -> None:
    """Send once more the last convocation of a candidate whose message did not leave.

    Also when nothing is known of it for an hour, its task lost: should that task come back after all, it
    finds the message sent and leaves it there, unless both run at the same moment.
    """
    by.must(Act.SUMMON)
    session, part = lock_part(summons.enrolment.part)
    demand(scope_refusal(part, by))
    if delivery_of(summons, at) not in LOST:
        return
    latest = Summons.objects.filter(enrolment=summons.enrolment_id).aggregate(rank=Max("rank"))["rank"]
    if latest != summons.rank:
        raise Refusal(f"La convocation n° {latest} remplace celle-ci : c’est elle qu’il faut envoyer.")
    after = {"convocation": summons.rank, "envoi": LEAVING}
    fact = Fact(Act.SUMMON, f"inscription {summons.enrolment_id}", summons.enrolment_id, after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
    deliver.enqueue([summons.pk])


def _write(letter: Letter, by: Actor, at: datetime) -> Summons:
    last = letter.last.summons if letter.last else None
    enrolment: Enrolment = letter.line.hearing.enrolment
    content = content_for(letter.line, last, timezone.localdate(at))
    sealed = seal(content)
    return Summons.objects.create(
        enrolment=enrolment,
        rank=content["rank"],
        content=sealed.text,
        digest=sealed.digest,
        email=enrolment.candidate.email,
        at=at,
        by=by.user,
    )
