"""When the results of a session open, and who reads them before: the hour is chosen at the proclamation."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.db.models import Q
from django.utils import timezone

from candidates.models import Session
from candidates.models.enrolments import published
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.templatetags.fr import NBSP, day, hour
from evaluations.visibility import AUDIENCE_OF, Datum, Phase, may_see

MONTHS = 3
"""An opening further away is a typing error, or keeps people waiting for nothing."""


def open_to(actor: Actor | None, to_session: str) -> Q:
    """The rows whose results this reader may read now, by the table of visibility.

    Ucanss and the CPNEFP from the proclamation on, the others once they are open.
    """
    if actor is not None and may_see(AUDIENCE_OF[actor.role], Datum.OUTCOME, Phase.PROCLAIMED):
        return Q()
    return published(to_session, timezone.now())


def is_open_to(actor: Actor, session: Session) -> bool:
    """The same of one session, proclaimed or not."""
    if session.state != SessionState.PROCLAIMED:
        return False
    phase = Phase.PUBLISHED if session.is_published(timezone.now()) else Phase.PROCLAIMED
    return may_see(AUDIENCE_OF[actor.role], Datum.OUTCOME, phase)


def hour_refusal(opens_at: datetime, *, proclaimed_at: datetime, now: datetime) -> str | None:
    """May the results open then? In the future, and within three months of the proclamation."""
    if opens_at <= now:
        return "Cette heure est déjà passée : choisissez l’ouverture immédiate, ou une heure à venir."
    latest = timezone.localtime(proclaimed_at) + relativedelta(months=MONTHS)
    if opens_at > latest:
        return f"Les résultats s’ouvrent dans les trois mois : {said(latest)} au plus tard."
    return None


def said(opens_at: datetime) -> str:
    """« le 3 décembre 2026 à 9 h », on the clock of the wall."""
    local = timezone.localtime(opens_at)
    return f"le {day(local)} à{NBSP}{hour(local.time())}"
