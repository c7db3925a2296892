"""Sending the convocations: one message each, with its paper and its entry for the diary."""

import logging
from email.encoders import encode_base64
from email.mime.base import MIMEBase

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.background import task
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.templatetags.fr import nbsp
from cqp.workflow import Refusal
from juries.invitations import invitation
from juries.models import Summons
from juries.summons import FAILED, SENT, content_of, delivery_of, sent_pdf, when_of

log = logging.getLogger(__name__)


@task()
def deliver(pks: list[int]) -> None:
    """What the worker runs: send these convocations, and journal whether each left.

    Run again after a crash, it skips those the journal says left. A message leaves before the journal can
    say so: when the worker stops in between, or two of them have the same convocation at the same moment,
    that one message is sent twice, the same text both times. A task that never comes back is seen after an
    hour, and its messages sent again by hand. An address that fails keeps nobody else waiting.
    """
    rows = Summons.objects.filter(pk__in=pks, enrolment__state=EnrolmentState.ENROLLED).exclude(email="")
    related = ("by", "enrolment__part__crfp", "enrolment__session")
    for summons in rows.select_related(*related).order_by("pk"):
        if delivery_of(summons, timezone.now()) != SENT:
            send(summons)


def send(summons: Summons) -> None:
    """Send one convocation, outside any transaction of ours; the journal says how it went."""
    try:
        message_of(summons).send()
    except (OSError, ValueError, Refusal) as error:
        log.warning("No convocation %s: %s", summons.pk, error)
        outcome = FAILED
    else:
        outcome = SENT
    enrolment = summons.enrolment
    fact = Fact(
        Act.SUMMON,
        f"inscription {enrolment.pk}",
        enrolment.pk,
        after={"convocation": summons.rank, "envoi": outcome},
    )
    by = Actor(summons.by, Role.CRFP, enrolment.part.crfp)
    with transaction.atomic():
        record(chain=enrolment.session.code, by=by, at=timezone.now(), facts=[fact])


def message_of(summons: Summons) -> EmailMessage:
    """The message; nothing anybody typed is in its headers."""
    content = content_of(summons)
    when = when_of(content)
    subject = f"Convocation à votre audition, {when.words}"
    message = EmailMessage(subject, _body(summons), None, [summons.email])
    message.attach(f"convocation-{summons.rank}.pdf", sent_pdf(summons), "application/pdf")
    message.attach(_diary(invitation(summons)))
    return message


def _diary(content: bytes) -> MIMEBase:
    """In base64: the ends of its lines arrive as they left."""
    part = MIMEBase("text", "calendar", charset="utf-8", method="PUBLISH")
    part.set_payload(content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename="audition.ics")
    return part


def _body(summons: Summons) -> str:
    content = content_of(summons)
    told = content["told"]
    option = f", option {told['option']}" if told["option"] else ""
    where = ", ".join(filter(None, (told["place"], told["room"])))
    again = "Cette convocation annule et remplace la précédente." if content["replaces"] else ""
    paragraphs = [
        f"Bonjour {told['candidate']},",
        f"Vous êtes convoqué(e) à votre audition pour le {content['title']}{option}.",
        f"{when_of(content).words}\nDurée : {told['minutes']} minutes\nLieu : {where}\nJury : {told['jury']}",
        again,
        f"Apportez {' et '.join(content['bring'])}. La convocation est jointe, avec un rendez-vous à ajouter "
        "à votre agenda.",
        f"Si cette heure ne vous convient pas, prévenez sans attendre votre CRFP.\n\n{content['crfp']}",
    ]
    return nbsp("\n\n".join(filter(None, paragraphs)) + "\n")
