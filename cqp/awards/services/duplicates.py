"""The verb that delivers one more original of a certificate."""

from datetime import datetime, timedelta

from django.db import transaction

from candidates.services.locks import lock_session
from cqp.accounts.actor import Actor
from cqp.awards.duplicate_rules import duplicate_refusal, reason_refusal
from cqp.awards.duplicates import document_status, enrolment_of
from cqp.awards.models import Duplicate
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import demand
from juries.models import BlocCertificate, Certificate

_SAME_CLICK = timedelta(minutes=1)


@transaction.atomic
def issue_duplicate(
    *, document: Certificate | BlocCertificate, reason: str, by: Actor, at: datetime
) -> Duplicate:
    """Deliver a duplicate of a certificate in force, under the next rank.

    The same reason by the same person within a minute is the second click of a double click: the first
    duplicate is given again. Raises Refusal for a certificate no longer in force, or without a reason.
    """
    by.must(Act.ISSUE_DUPLICATE)
    reason = cleaned(reason)
    demand(reason_refusal(reason))
    enrolment = enrolment_of(document)
    # What decides whether a certificate is in force holds its session: once held here, none of it moves.
    session = lock_session(enrolment.session)
    document = _as_it_is(document)
    last = document.duplicates.order_by("-rank").first()
    if last and (last.reason, last.by_id) == (reason, by.user.pk) and at - last.at < _SAME_CLICK:
        return last
    demand(duplicate_refusal(document_status(document)))
    made = Duplicate.objects.create(
        certificate=document if isinstance(document, Certificate) else None,
        bloc_certificate=document if isinstance(document, BlocCertificate) else None,
        rank=last.rank + 1 if last else 1,
        reason=reason,
        at=at,
        by=by.user,
    )
    fact = Fact(
        Act.ISSUE_DUPLICATE,
        f"Duplicata n° {made.rank} du certificat {document.number}",
        enrolment=enrolment.pk,
        after={"certificat": document.number, "rang": made.rank},
        reason=reason,
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    return made


def _as_it_is(document: Certificate | BlocCertificate) -> Certificate | BlocCertificate:
    """The document without anything that was read of it before."""
    if isinstance(document, Certificate):
        return Certificate.objects.get(pk=document.pk)
    return BlocCertificate.objects.get(pk=document.pk)
