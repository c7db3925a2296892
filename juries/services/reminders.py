"""Reminding, by hand, whoever a national jury waits for: one e-mail a day, whoever asks (R36)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Reminder
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.templatetags.fr import day, nbsp
from cqp.workflow import Refusal
from juries.forecast import Owed, Owner
from juries.forecast_reading import forecasts_of

log = logging.getLogger(__name__)

_DOORS = {
    Role.TUTOR: "evaluations:trainee_list",
    Role.MANAGER: "evaluations:trainee_list",
    Role.JUROR: "juries:jury_list",
}


@transaction.atomic
def remind_owner(*, session: Session, owner: str, by: Actor, at: datetime) -> list[Membership]:
    """Write to the owner of this key what the national jury waits for; returns who is told.

    Somebody told today already, by this act or by the morning's reminder, is not told twice. Raises Refusal
    when this owner owes nothing any more, as far as the actor may see, or nobody can be written to.
    """
    by.must(Act.REMIND)
    today = timezone.localdate(at)
    owed = [one for found in forecasts_of(by, today, session.code) for one in found.owed_by(owner)]
    if not owed:
        raise Refusal("Rien n’est plus attendu de cette personne pour cette session.")
    members = _members(owed[0].owner)
    if not members:
        raise Refusal(f"{owed[0].owner.name} n’a pas de compte actif : prévenez autrement.")
    told: list[Membership] = []
    for membership in members:
        reminder, is_new = Reminder.objects.get_or_create(
            membership=membership, day=today, defaults={"tasks": len(owed)}
        )
        if is_new:
            told.append(membership)
            transaction.on_commit(partial(_send, reminder, session, owed))
    after = {"relance": [one.words for one in owed]}
    facts = [Fact(Act.REMIND, f"compte {one.user_id}", after=after) for one in told]
    record(chain=session.code, by=by, at=at, facts=facts)
    return told


def _members(owner: Owner) -> list[Membership]:
    """To whom the reminder goes: one membership of a person, or everybody of the CRFP."""
    rows = Membership.objects.filter(role=owner.role, user__is_active=True).order_by("pk")
    rows = rows.select_related("user")
    if owner.user is not None:
        return list(rows.filter(user=owner.user)[:1])
    return list(rows.filter(organisme=owner.organisme))


def _send(reminder: Reminder, session: Session, owed: Sequence[Owed]) -> None:
    """An address out of reach may be tried again the same day."""
    user = reminder.membership.user
    subject = nbsp(f"CQP : le jury national vous attend, {session.code}")
    try:
        send_mail(subject, _text(reminder.membership, session, owed), None, [user.email])
    except OSError as error:
        reminder.delete()
        log.warning("No reminder to membership %s: %s", reminder.membership_id, error)


def _text(membership: Membership, session: Session, owed: Sequence[Owed]) -> str:
    """The message, in plain text; no candidate by name."""
    latest = day(session.national_jury_deadline)
    door = reverse(_DOORS.get(Role(membership.role), "home"))
    lines = [
        f"Bonjour {membership.user.full_name},",
        f"{session.name} : le jury national se tient au plus tard le {latest}. Il attend de vous :",
        "\n".join(f"- {one.words} ({one.place})" for one in owed),
        f"{settings.SITE_URL}{door}",
        "Sans cela, ces candidats ne pourront pas être proclamés.",
    ]
    return nbsp("\n\n".join(lines) + "\n")
