"""Rules of the carnet: each answers None (yes) or the French sentence of the refusal."""

from datetime import date

from candidates.models import Enrolment
from candidates.rules import part_closed_refusal, scope_refusal
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from cqp.templatetags.fr import day as day_of
from evaluations.models import Block, CarnetReopening, Competence, KeptBloc, Mark, MasteryAttestation
from evaluations.states import AttestationState

OBSERVED_BY_LINES = (
    "Cette note est le total des observations du carnet : "
    "elles se saisissent ligne par ligne, par le manager."
)


def closed_refusal(enrolment: Enrolment, reopening: CarnetReopening | None, today: date) -> str | None:
    """May this carnet still change? Until the deadline of the session, or the day it was reopened for."""
    closed = part_closed_refusal(enrolment.session, enrolment.part)
    if closed:
        return closed
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est désisté : son carnet ne change plus."
    last_day = last_day_of(enrolment, reopening)
    if today > last_day:
        return f"Le carnet est clos depuis le {day_of(last_day)} : le CRFP ou l’Ucanss peut le rouvrir."
    return None


def last_day_of(enrolment: Enrolment, reopening: CarnetReopening | None) -> date:
    """The last day this carnet may be filled."""
    deadline = enrolment.session.entry_deadline
    return max(deadline, reopening.until) if reopening else deadline


def side_refusal(enrolment: Enrolment, actor: Actor) -> str | None:
    """Does this actor sign this carnet, on the side of their role? Never one's own (R17)."""
    if enrolment.candidate.user_id == actor.user.pk:
        return "Ce carnet est le vôtre : nul ne signe son propre carnet."
    match actor.role:
        case Role.TUTOR if enrolment.tutor_id == actor.user.pk:
            return None
        case Role.MANAGER if enrolment.manager_id == actor.user.pk:
            return None
        case Role.TUTOR:
            return "Ce stagiaire est suivi par un autre tuteur."
    return "Ce stagiaire relève d’un autre manager."


def competence_refusal(enrolment: Enrolment, competence: Competence, kept: KeptBloc | None) -> str | None:
    """Is this competence one of this carnet's, still to be signed? What is kept is signed for good."""
    if competence.bloc.regulation_id != enrolment.session.adoption.regulation_id:
        return "Cette compétence n’appartient pas au référentiel de la session."
    if kept is not None:
        return f"Ce bloc est conservé, acquis le {day_of(kept.acquired_on)} : il n’y a rien à y signer."
    return None


def attesting_refusal(stored: MasteryAttestation | None) -> str | None:
    """May the tutor still write, or take back, what they attest? Not once the manager has signed it."""
    if stored is not None and stored.state == AttestationState.SIGNED:
        return f"{_name(stored.signed_by)} a signé cette compétence : seul le manager peut vous la renvoyer."
    return None


def observation_refusal(observed_on: date, situation: str, today: date) -> str | None:
    """Does an attestation say when and in which situation the competence was observed?"""
    if observed_on > today:
        return "Le jour de l’observation est à venir : une compétence s’atteste après l’avoir observée."
    if not situation:
        return "Décrivez la situation observée : le manager signe sur elle."
    return None


def signing_refusal(
    attestation: MasteryAttestation, confirmed: bool, reason: str, actor: Actor
) -> str | None:
    """May this manager sign this attestation so? Nobody signs both sides (R17); a disagreement is argued."""
    if attestation.state == AttestationState.SIGNED:
        return f"{_name(attestation.signed_by)} a déjà signé cette compétence."
    if attestation.state == AttestationState.RETURNED:
        return "Cette compétence est renvoyée au tuteur : elle attend une nouvelle attestation."
    if confirmed != attestation.mastered and not reason:
        return "Vous ne suivez pas l’avis du tuteur : dites pourquoi."
    return two_people_refusal(attestation, actor)


def two_people_refusal(attestation: MasteryAttestation, actor: Actor) -> str | None:
    """Is this actor somebody else than who attested?"""
    if attestation.attested_by_id == actor.user.pk:
        return "Vous avez attesté cette compétence : la signature du manager revient à quelqu’un d’autre."
    return None


def returning_refusal(reason: str, review_on: date, today: date) -> str | None:
    """Does a manager who sends back say why, and when to look again?"""
    if not reason:
        return "Dites au tuteur pourquoi vous lui renvoyez cette compétence."
    if review_on < today:
        return "Le jour où revoir cette compétence est passé."
    return None


def reopening_refusal(
    enrolment: Enrolment, reopening: CarnetReopening | None, until: date, today: date, actor: Actor
) -> str | None:
    """May this actor reopen this carnet until this day? The CRFP of the part, or Ucanss."""
    refusal = scope_refusal(enrolment.part, actor) or part_closed_refusal(enrolment.session, enrolment.part)
    if refusal is None and enrolment.state == EnrolmentState.WITHDRAWN:
        refusal = "Ce candidat s’est désisté : son carnet ne se rouvre pas."
    if refusal is not None:
        return refusal
    last_day = last_day_of(enrolment, reopening)
    if until < today:
        return "Ce jour est passé : choisissez aujourd’hui ou un jour à venir."
    if until <= last_day:
        return f"Le carnet est déjà ouvert jusqu’au {day_of(last_day)}."
    return None


def lines_refusal(block: Block, mark: Mark | None, has_observations: bool) -> str | None:
    """May this block be filled line by line? Not over a mark the CRFP took from a paper carnet."""
    if mark is None or mark.outcome == Mark.Outcome.NONE or has_observations:
        return None
    return (
        f"{_name(mark.recorded_by)} a saisi la note du carnet reçu sur papier ({mark.entry}) : "
        "le CRFP doit l’effacer avant qu’il se remplisse ligne par ligne."
    )


def typing_refusal(role: Role, has_lines: bool, has_observations: bool) -> str | None:
    """May the mark of this block be typed whole? By the CRFP only, from paper, and not over observations."""
    if has_observations or (has_lines and role != Role.CRFP):
        return OBSERVED_BY_LINES
    return None


def _name(user: User | None) -> str:
    return user.full_name if user else "Quelqu’un"
