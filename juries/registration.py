"""The dated registration of a certification, as the documents print it (dossier § 2.3)."""

from datetime import date

from candidates.models import RncpRegistration, Session
from candidates.registration_rules import jury_day_warning
from cqp.templatetags.fr import day


def registration_of(session: Session, decided_on: date) -> dict[str, str] | None:
    """The dated registration that covers the day of the decision, if there is one (dossier § 2.3)."""
    for registration in session.certification.registrations.all():
        if registration.covers(decided_on):
            return printed_registration(registration)
    return None


def jury_day_of(session: Session) -> date:
    """The day its national jury sits; the latest it may, while that is not known."""
    sitting = getattr(session, "sitting", None)
    return sitting.held_on if sitting else session.national_jury_deadline


def registration_warning(session: Session) -> str | None:
    """What to know before proclaiming: no registration covers the day of the jury."""
    registrations = session.certification.registrations.all()
    return jury_day_warning(session, jury_day_of(session), registrations)


def printed_registration(registration: RncpRegistration) -> dict[str, str]:
    """What the documents say of a registration."""
    return {
        "code": registration.code,
        "level": registration.level,
        "eu_level": registration.eu_level,
        "nsf_codes": registration.nsf_codes,
        "decided_on": day(registration.decided_on) if registration.decided_on else "",
    }
