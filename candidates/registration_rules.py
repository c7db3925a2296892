"""What a dated registration may be, and what to warn of when none covers a day (dossier § 2.3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from candidates.models import RncpRegistration, Session
from cqp.templatetags.fr import day

SOON = relativedelta(months=6)
CODE = re.compile(r"RNCP[0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class RegistrationEntry:
    """A registration as it is filled in."""

    code: str
    level: str
    eu_level: str
    nsf_codes: str
    decided_on: date | None
    valid_from: date | None
    valid_to: date


def registration_refusal(entry: RegistrationEntry, others: Iterable[RncpRegistration]) -> str | None:
    """May this registration stand beside the others of its certification?"""
    if not CODE.fullmatch(entry.code):
        return "Un code s’écrit RNCP suivi de son numéro, comme RNCP35729."
    if entry.valid_from and entry.valid_from > entry.valid_to:
        return "L’enregistrement finit avant de commencer : vérifiez les deux dates."
    if entry.decided_on and entry.decided_on > entry.valid_to:
        return "La décision d’enregistrement est postérieure à la fin de l’enregistrement."
    for other in others:
        if other.code == entry.code:
            return f"Le code {entry.code} est déjà enregistré pour cette certification : modifiez-le."
        if _overlap(entry, other):
            return (
                f"Ces dates chevauchent celles de {other.code} ({_period(other)}) : un seul enregistrement "
                "vaut un jour donné."
            )
    return None


def _overlap(entry: RegistrationEntry, other: RncpRegistration) -> bool:
    """One whose beginning is not known covers nothing, so it overlaps nothing."""
    if entry.valid_from is None or other.valid_from is None:
        return False
    return entry.valid_from <= other.valid_to and other.valid_from <= entry.valid_to


def _period(registration: RncpRegistration) -> str:
    begins = f"du {day(registration.valid_from)} " if registration.valid_from else ""
    return f"{begins}au {day(registration.valid_to)}"


def jury_day_warning(
    session: Session, jury_day: date, registrations: Iterable[RncpRegistration]
) -> str | None:
    """What to know before a jury sits that day: no registration covers it, so no line is printed."""
    if any(registration.covers(jury_day) for registration in registrations):
        return None
    return (
        f"Aucun enregistrement au RNCP ne couvre le {day(jury_day)} : les certificats de {session.name} ne "
        "porteront pas de mention d’enregistrement."
    )


def validity_warning(registrations: Iterable[RncpRegistration], today: date) -> str | None:
    """What to know of registrations of which none, or none for long, is in force; None without any."""
    rows = list(registrations)
    if not rows:
        return None
    horizon = today + SOON
    last = _last_in_force(rows, today, horizon)
    if last is None:
        return _uncovered(max(rows, key=lambda row: row.valid_to), today)
    if last.valid_to <= horizon:
        return f"L’enregistrement {last.code} expire le {day(last.valid_to)}\u00a0: aucun ne prend sa suite."
    return None


def _uncovered(last: RncpRegistration, today: date) -> str:
    if last.valid_to < today:
        return (
            f"L’enregistrement {last.code} a expiré le {day(last.valid_to)}\u00a0: "
            "aucune mention n’est imprimée."
        )
    return (
        "Aucun enregistrement ne couvre aujourd’hui, aucune mention n’est imprimée\u00a0: "
        f"vérifiez les dates de {last.code}."
    )


def _last_in_force(rows: list[RncpRegistration], today: date, horizon: date) -> RncpRegistration | None:
    """The last of those that cover, one after the other, each day from today on; up to the horizon."""
    last, uncovered = None, today
    while row := next((one for one in rows if one.covers(uncovered)), None):
        last = row
        if row.valid_to > horizon:
            break
        uncovered = row.valid_to + timedelta(days=1)
    return last
