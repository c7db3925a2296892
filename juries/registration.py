"""The dated registration of a certification, as the documents print it (dossier § 2.3)."""

from datetime import date

from candidates.models import RncpRegistration, Session
from cqp.templatetags.fr import day


def registration_of(session: Session, decided_on: date) -> dict[str, str] | None:
    """The dated registration that covers the day of the decision, if there is one (dossier § 2.3)."""
    for registration in session.certification.registrations.all():
        if registration.covers(decided_on):
            return _printed_registration(registration)
    return None


def _printed_registration(registration: RncpRegistration) -> dict[str, str]:
    return {
        "code": registration.code,
        "level": registration.level,
        "eu_level": registration.eu_level,
        "nsf_codes": registration.nsf_codes,
        "decided_on": day(registration.decided_on) if registration.decided_on else "",
    }
