"""What the product itself does to a message: it left, or it did not arrive. Journaled without an actor."""

from datetime import datetime

from django.db import transaction

from cqp.awards.models import Message
from cqp.awards.states import MESSAGE, MessageState
from cqp.journal.chain import Fact, record
from cqp.roles import Act


@transaction.atomic
def mark_sent(*, message: Message, at: datetime) -> bool:
    """The mail server took this message; False when that was known already, or when it was sent again since.

    One transaction a message, as it leaves: after a crash, what the journal does not say sent is sent again.
    """
    target = MESSAGE.target(MessageState.TO_SEND, Act.SEND_MESSAGE)
    rows = Message.objects.filter(pk=message.pk, state=MessageState.TO_SEND, resent=message.resent)
    if not rows.update(state=target, sent_at=at, failure="", is_bounced=False):
        return False
    after = {"etat": target.value, "essai": message.attempts}
    fact = Fact(Act.SEND_MESSAGE, f"message {message.pk}", message.enrolment_id, after=after)
    record(chain=message.session.code, by=None, at=at, facts=[fact])
    return True


@transaction.atomic
def mark_failed(*, message: Message, sentence: str, is_bounced: bool, at: datetime) -> bool:
    """This message did not leave, or came back later; False when that was known already.

    So it is when the message moved since it was read: another try, or another sending, has its own outcome.
    """
    row = Message.objects.select_for_update().get(pk=message.pk)
    if (row.state, row.resent, row.attempts) != (message.state, message.resent, message.attempts):
        return False
    if row.state == MessageState.FAILED and (row.is_bounced or not is_bounced):
        return False
    before = row.state
    if before != MessageState.FAILED:
        row.state = MessageState(MESSAGE.target(before, Act.FAIL_MESSAGE))
    row.failure, row.is_bounced = sentence, is_bounced
    row.save(update_fields=["state", "failure", "is_bounced"])
    after = {"etat": row.state, "adresse_refusee": is_bounced}
    fact = Fact(
        Act.FAIL_MESSAGE, f"message {row.pk}", row.enrolment_id, {"etat": before}, after, reason=sentence
    )
    record(chain=message.session.code, by=None, at=at, facts=[fact])
    return True
