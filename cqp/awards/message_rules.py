"""The rules of the messages; each answers with its refusal, None meaning yes."""

from candidates.models import Session
from candidates.states import SessionState
from cqp.awards.models import Message
from cqp.awards.states import MESSAGE, MessageState
from cqp.roles import Act


def writing_refusal(session: Session) -> str | None:
    """May the messages of this session be prepared?"""
    if session.state != SessionState.PROCLAIMED or session.results_open_at is None:
        return "Les messages se préparent après la proclamation de la session."
    return None


def resending_refusal(message: Message, *, stands: bool) -> str | None:
    """May this message leave again? `stands`: no other one replaces it."""
    if not stands:
        return "Ce message ne compte plus : un autre le remplace, ou son lecteur a quitté l’organisme."
    if MESSAGE.allows(message.state, Act.RESEND_MESSAGE):
        return None
    if message.state == MessageState.SENT:
        return "Ce message est déjà envoyé. Si l’adresse n’est pas la bonne, corrigez-la : il repartira."
    return "Ce message est déjà à envoyer."


def address_refusal(session: Session) -> str | None:
    """May a candidate's address be corrected from the messages of this session?"""
    if session.state != SessionState.PROCLAIMED:
        return "Avant la proclamation, l’adresse se corrige dans l’inscription du candidat."
    return None
