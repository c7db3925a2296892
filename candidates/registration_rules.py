"""What a dated registration may be, and what to warn of when none covers a day (dossier § 2.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from candidates.models import RncpRegistration, Session
from cqp.templatetags.fr import day

SOON = relativedelta(months=6)


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
    last = max(rows, key=lambda row: row.valid_to)
    if last.valid_to < today:
        return (
            f"L’enregistrement {last.code} a expiré le {day(last.valid_to)} : aucune mention n’est imprimée."
        )
    if not any(row.covers(today) for row in rows):
        return f"Aucun enregistrement ne couvre aujourd’hui : complétez les dates de {last.code}."
    if last.valid_to <= today + SOON:
        return f"L’enregistrement {last.code} expire le {day(last.valid_to)} : aucun ne lui succède."
    return None
