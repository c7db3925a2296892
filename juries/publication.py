"""When the results of a session open: chosen at the proclamation, moved until then, never moved after."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from cqp.templatetags.fr import NBSP, day, hour

MONTHS = 3
"""An opening further away is a typing error, or keeps people waiting for nothing."""


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
