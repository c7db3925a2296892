"""Rules of sessions and enrolments: each answers None (yes) or the French sentence of the refusal."""

from datetime import date

from django.utils.formats import date_format

from candidates.models import Enrolment, Option, Session, SessionPart
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.models import User


def enrolment_refusal(session: Session, part: SessionPart, today: date) -> str | None:
    """May a candidate still be added to this part of the session?"""
    closed = part_closed_refusal(session, part)
    if closed:
        return closed
    if today > session.enrolment_deadline:
        day = date_format(session.enrolment_deadline, "j F Y")
        return f"Les inscriptions sont closes depuis le {day} : seule l’Ucanss peut repousser cette échéance."
    return None


def part_closed_refusal(session: Session, part: SessionPart) -> str | None:
    """May anything of this part still change?"""
    if session.state == SessionState.PROCLAIMED:
        return "La session est proclamée : plus rien ne peut y être modifié."
    if session.state == SessionState.DELIBERATION:
        return "Le jury national délibère : plus rien ne peut être modifié."
    if part.state == PartState.TRANSMITTED:
        return "Les dossiers de ce CRFP sont transmis au jury national : ils sont verrouillés."
    return None


def calendar_refusal(
    exam_first_day: date, exam_last_day: date, enrolment_deadline: date, entry_deadline: date
) -> str | None:
    """Are the days of a session in order?"""
    if exam_last_day < exam_first_day:
        return "Le dernier jour des épreuves précède le premier."
    if enrolment_deadline > exam_first_day:
        return "La clôture des inscriptions doit précéder les épreuves."
    if entry_deadline < exam_last_day:
        return "L’échéance de saisie ne peut pas précéder le dernier jour des épreuves."
    return None


def reschedule_refusal(session: Session) -> str | None:
    """May the calendar of the session still change?"""
    if session.state != SessionState.OPEN:
        return "Le calendrier ne peut plus changer : la session est devant le jury national."
    return None


def option_refusal(option: Option | None, options: set[Option]) -> str | None:
    """Is this option one of the session's? A certification without options takes none."""
    if options and option is None:
        return "Choisissez l’option du candidat."
    if option is not None and option not in options:
        return f"L’option « {option.label} » n’est pas ouverte dans cette session."
    return None


def withdrawal_refusal(enrolment: Enrolment) -> str | None:
    """May this candidate still withdraw?"""
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est déjà désisté."
    return part_closed_refusal(enrolment.session, enrolment.part)


def conflict_of(user: User, enrolment: Enrolment) -> str | None:
    """Why this person may not judge this candidate (R56: nobody is judge and party; A26)."""
    who, name = user.full_name, enrolment.candidate.full_name
    if user.pk == enrolment.tutor_id:
        return f"{who} est tuteur de {name} : nul ne peut être juge et partie."
    if user.pk == enrolment.manager_id:
        return f"{who} est manager de {name} : nul ne peut être juge et partie."
    if user.pk == enrolment.corrector_id:
        return f"{who} a corrigé l’écrit de {name} : nul ne peut être juge et partie."
    if user.pk == enrolment.candidate.user_id:
        return f"{who} est candidat : nul ne peut être juge et partie."
    return None
