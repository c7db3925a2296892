"""Rules of sessions and enrolments: each answers None (yes) or the French sentence of the refusal."""

from datetime import date, datetime, timedelta

from candidates.models import (
    Candidate,
    Certification,
    Enrolment,
    ListImport,
    Option,
    Session,
    SessionPart,
    sort_key_of,
)
from candidates.states import EnrolmentState, ImportState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme, User
from cqp.roles import Role
from cqp.templatetags.fr import day as day_of

KNOWN_ELSEWHERE = (
    "Cette personne est déjà connue sous une autre adresse électronique : adressez-vous à l’Ucanss."
)
IDENTITY_LOCKED = (
    "L’identité et l’adresse de cette personne servent aussi à une autre inscription : "
    "adressez-vous à l’Ucanss pour les corriger."
)
PREVIEW_LASTS = timedelta(hours=2)
LINES_KEPT = timedelta(days=30)
STALE_PREVIEW = "L’aperçu n’est plus valable : envoyez de nouveau le fichier."
BENEFICIARY = "Vous êtes candidat à ce CQP : nul ne décide de ce dont il bénéficie."
CANDIDATE_ROLE = "Ce rôle vient de l’inscription du candidat : il ne se retire pas."


def scope_refusal(part: SessionPart, actor: Actor) -> str | None:
    """A CRFP acts on its own part of a session only."""
    if actor.role == Role.CRFP and (actor.organisme is None or actor.organisme.pk != part.crfp_id):
        return "Cette partie de la session n’est pas celle de votre CRFP."
    return None


def enrolment_refusal(session: Session, part: SessionPart, today: date) -> str | None:
    """May a candidate still be added to this part of the session?"""
    closed = part_closed_refusal(session, part)
    if closed:
        return closed
    if today > session.enrolment_deadline:
        day = day_of(session.enrolment_deadline)
        return f"Les inscriptions sont closes depuis le {day} : seule l’Ucanss peut repousser cette échéance."
    return None


def import_refusal(file: ListImport, actor: Actor, now: datetime) -> str | None:
    """May this person confirm this file, as its preview stands?"""
    refusal = scope_refusal(file.part, actor)
    if refusal:
        return refusal
    if file.state != ImportState.PREVIEW:
        return "Cet import est déjà confirmé."
    if file.by_id != actor.user.pk or now - file.at > PREVIEW_LASTS:
        return STALE_PREVIEW
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


def jury_work_refusal(session: Session, part: SessionPart) -> str | None:
    """May the local juries of this part still work, and its CRFP transmit it?

    A part that is open while the national jury deliberates is one whose local jury sits again: that is all
    that may be done in it.
    """
    if session.state == SessionState.DELIBERATION and part.state == PartState.OPEN:
        return None
    return part_closed_refusal(session, part)


def part_reopening_refusal(session: Session) -> str | None:
    """May a part come back from the national jury? Until everything is proclaimed."""
    if session.state == SessionState.PROCLAIMED:
        return "La session est proclamée : plus rien ne peut y être modifié."
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


def exam_days_refusal(session: Session) -> str | None:
    """May the days of the exams still move? They decide the two years (R31): not under locked files."""
    sent = session.parts.filter(state=PartState.TRANSMITTED).select_related("crfp").first()
    if sent is None:
        return None
    return (
        "Les jours des épreuves ne peuvent plus changer : des dossiers sont déjà transmis au jury national "
        f"({sent.crfp.name}) ; seules les échéances peuvent encore bouger."
    )


def premss_refusal(start: date | None, exam_last_day: date) -> str | None:
    """The course begins before the exams end."""
    if start and start > exam_last_day:
        day = day_of(exam_last_day)
        return f"Le premier jour de Prem’ss ne peut pas suivre le dernier jour des épreuves ({day})."
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


def is_shared(candidate: Candidate, crfp: Organisme, besides: Enrolment | None = None) -> bool:
    """Does this person's identity serve elsewhere: another CRFP's enrolment, or one before its jury?"""
    others = (e for e in candidate.enrolments.all() if besides is None or e.pk != besides.pk)
    return any(e.part.crfp_id != crfp.pk for e in others) or is_before_jury(candidate, besides)


def is_before_jury(candidate: Candidate, besides: Enrolment | None = None) -> bool:
    """Has this person a file locked but not proclaimed? What is proclaimed is frozen on its own."""
    others = (e for e in candidate.enrolments.all() if besides is None or e.pk != besides.pk)
    open_sessions = (e for e in others if e.session.state != SessionState.PROCLAIMED)
    return any(part_closed_refusal(e.session, e.part) for e in open_sessions)


def is_known_to(candidate: Candidate, crfp: Organisme) -> bool:
    """Has this CRFP enrolled this person itself? Otherwise no sentence names him or her."""
    return any(e.part.crfp_id == crfp.pk for e in candidate.enrolments.all())


def known_person_refusal(candidate: Candidate, email: str, crfp: Organisme) -> str | None:
    """May somebody known already be enrolled under this e-mail? Enrolling takes over nobody's account."""
    if candidate.email.lower() != email.strip().lower() and is_shared(candidate, crfp):
        return KNOWN_ELSEWHERE
    return None


def spelling_refusal(candidate: Candidate, used_name: str) -> str | None:
    """Is somebody shared enrolled under the name already known? A name left out says nothing."""
    if used_name.strip() and sort_key_of(used_name) != sort_key_of(candidate.used_name):
        return (
            "Cette personne est déjà connue sous un autre nom d’usage : "
            "seule l’Ucanss peut le corriger, adressez-vous à elle."
        )
    return None


def twice_refusal(candidate: Candidate, part: SessionPart) -> str | None:
    """Once in a session; who withdrew from this very part may come back."""
    there = next((e for e in candidate.enrolments.all() if e.session_id == part.session_id), None)
    if there is None:
        return None
    if there.part_id != part.pk:
        return "Cette personne figure déjà dans cette session, dans un autre CRFP : adressez-vous à l’Ucanss."
    if there.state != EnrolmentState.WITHDRAWN:
        return f"{candidate.full_name} est déjà inscrit à cette session."
    return None


def address_refusal(email: str, holder: Candidate, crfp: Organisme) -> str:
    """One e-mail serves one candidate; the holder is named to the CRFP that enrolled him or her."""
    who = f"de {holder.full_name}" if is_known_to(holder, crfp) else "d’une autre personne"
    return f"L’adresse {email} est déjà celle {who}."


def twin_refusal(twin: Candidate, crfp: Organisme) -> str:
    """Two people do not share one identity."""
    who = f" : {twin.full_name}" if is_known_to(twin, crfp) else ""
    return f"Une autre personne porte déjà cette identité{who}."


def kept_role_refusal(membership: Membership) -> str | None:
    """Is this a role that nobody takes away by hand?"""
    reads_results = membership.role == Role.CANDIDATE and hasattr(membership.user, "candidate")
    return CANDIDATE_ROLE if reads_results else None


def own_file_refusal(enrolment: Enrolment, actor: Actor) -> str | None:
    """May this actor act on this file? Never on one's own, whatever the role (R56)."""
    return BENEFICIARY if enrolment.candidate.user_id == actor.user.pk else None


def beneficiary_refusal(certification: Certification, actor: Actor) -> str | None:
    """May this actor change the rules of this CQP? Not while waiting for its result as a candidate (R56)."""
    sitting = Enrolment.objects.sitting().filter(candidate__user=actor.user)
    awaited = sitting.filter(session__certification=certification)
    return BENEFICIARY if awaited.exclude(session__state=SessionState.PROCLAIMED).exists() else None


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
