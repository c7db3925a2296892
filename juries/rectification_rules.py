"""Rules of a decision rectified after the proclamation: None (yes) or the French sentence of the refusal."""

from datetime import date

from candidates.models import Enrolment, Session
from candidates.rules import conflict_of
from candidates.states import EnrolmentState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from cqp.templatetags.fr import day as day_of
from evaluations.models import JuryRule
from juries.models import Certificate, Rectification
from juries.publication import is_open_to
from juries.rectification import IDENTITY
from juries.states import Outcome, RectificationState

MOTIVE_MIN = 15
"""Characters: enough to say what was wrong, and how it is known."""
_LONGEST = {"birth_place": 120, "first_names": 120}
_OPTIONAL = frozenset({"used_name"})


def rectifiable_refusal(session: Session, enrolment: Enrolment) -> str | None:
    """Is there a proclaimed decision to rectify?"""
    if session.state != SessionState.PROCLAIMED:
        return "La session n’est pas proclamée : la décision se change encore sans rectification."
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return f"{enrolment.candidate.full_name} s’est désisté : aucune décision n’a été proclamée."
    return None


def shut_refusal(session: Session, by: Actor) -> str | None:
    """May this person know of a decision to rectify? A CRFP, once the results are open."""
    if is_open_to(by, session):
        return None
    return "Les résultats ne sont pas encore ouverts : il n’y a rien à rectifier pour l’instant."


def pending_refusal(pending: Rectification | None) -> str | None:
    """One correction of a decision at a time."""
    if pending is None:
        return None
    who = pending.proposed_by.full_name
    return (
        f"Une rectification de cette décision est déjà en cours, proposée par {who} : "
        "elle doit d’abord être décidée ou rejetée."
    )


def motive_refusal(motive: str) -> str | None:
    """Does the motive say something?"""
    if len(motive) < MOTIVE_MIN:
        return f"Expliquez ce qui était faux et comment on le sait, en {MOTIVE_MIN} caractères au moins."
    return None


def identity_refusals(identity: dict[str, str], today: date) -> dict[str, str]:
    """What is wrong with the corrected identity, by field."""
    found = {}
    for name, value in identity.items():
        longest = _LONGEST.get(name, 80)
        if not value and name not in _OPTIONAL:
            found[name] = f"{IDENTITY[name]} : ce champ ne peut pas être vide."
        elif len(value) > longest:
            found[name] = f"{IDENTITY[name]} : {longest} caractères au plus."
    born = identity.get("birth_date")
    if born and date.fromisoformat(born) >= today:
        found["birth_date"] = "La date de naissance doit être passée."
    return found


def nothing_refusal(*, corrected: bool, outcome: str, current: Outcome) -> str | None:
    """Does the rectification change something?"""
    if not corrected and outcome == current:
        return "Rien ne change : corrigez une note, l’identité ou la décision."
    return None


def outcome_refusal(proposed: Outcome | None, outcome: str) -> str | None:
    """Is this outcome open, once the marks are corrected?"""
    if proposed is None:
        return "Une fois corrigé, ce dossier est incomplet : il ne peut pas être jugé."
    if proposed == Outcome.DEFERRED and outcome != Outcome.DEFERRED:
        return "Une absence justifiée laisse ce dossier sans total : il ne peut qu’être reporté."
    return None


def held_refusal(outcome: str, held: Certificate | None) -> str | None:
    """May this outcome be given? One certificate in force for a person and a CQP.

    `held`: the one the person holds from another session.
    """
    if held is None or outcome != Outcome.CERTIFIED:
        return None
    code = held.decision.enrolment.session.code
    return (
        f"Ce CQP est déjà certifié à la session {code} (certificat n° {held.number}) : "
        "deux certificats ne peuvent pas être en vigueur pour une même personne."
    )


def approval_refusal(rectification: Rectification, user: User, enrolment: Enrolment) -> str | None:
    """May this person approve? Somebody else than who proposed, and no party to the file (R56)."""
    if user.pk == rectification.proposed_by_id:
        return "Vous avez proposé cette rectification : une autre personne doit l’approuver."
    return conflict_of(user, enrolment)


def decider_refusal(
    rectification: Rectification, user: User, enrolment: Enrolment, *, stepped_aside: bool
) -> str | None:
    """May this person decide? Neither who proposed nor who approved, and no party to the file (R56).

    `stepped_aside`: recused from this file at the sitting that decided first.
    """
    if user.pk in (rectification.proposed_by_id, rectification.approved_by_id):
        did = "proposé" if user.pk == rectification.proposed_by_id else "approuvé"
        return f"Vous avez {did} cette rectification : une autre personne doit la décider."
    if stepped_aside:
        return "Vous vous êtes récusé pour ce dossier : une autre personne doit le décider."
    return conflict_of(user, enrolment)


def day_refusal(
    rectified_by: str, held_on: date, *, superseded: date, approved: date, today: date
) -> str | None:
    """Can it have been decided that day? After the decision it rectifies, and once it was approved."""
    sitting = rectified_by == JuryRule.Rectifier.SITTING
    what = "La séance" if sitting else "La décision"
    if held_on > today:
        return f"{what} ne peut pas être à venir : aujourd’hui, {day_of(today)}, au plus tard."
    if held_on < superseded:
        return f"{what} ne peut pas précéder la décision rectifiée, du {day_of(superseded)}."
    if held_on < approved:
        return f"{what} ne peut pas précéder l’approbation de la rectification, du {day_of(approved)}."
    return None


def place_refusal(place: str) -> str | None:
    """Is the place known?"""
    if not place:
        return "Indiquez le lieu : il figure sur le procès-verbal et sur le certificat."
    return None


def dismisser_refusal(actor: Actor, state: str) -> str | None:
    """May this actor set it aside? Ucanss until it is approved, then the presidency of the CPNEFP alone."""
    if state == RectificationState.APPROVED and actor.role == Role.UCANSS:
        return "Cette rectification est approuvée : seule la présidence de la CPNEFP peut encore la rejeter."
    return None


def dismissal_refusal(reason: str) -> str | None:
    """Is it said why nothing is rectified?"""
    if len(reason) < MOTIVE_MIN:
        return f"Dites pourquoi rien n’est rectifié, en {MOTIVE_MIN} caractères au moins."
    return None
