"""Where the messages of a session stand, for its page."""

from datetime import datetime

from django.urls import reverse

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.awards.message_queue import Counts, counts_of
from cqp.awards.panels import Link, Panel
from cqp.roles import Act
from cqp.templatetags.fr import moment, plural, thousands


def panel(session: Session, actor: Actor, at: datetime) -> Panel | None:
    """How many messages left, wait or failed; None for whoever does not follow them."""
    if not actor.may(Act.FOLLOW_MESSAGES):
        return None
    counts = counts_of(session, at)
    link = Link("Voir les messages", reverse("awards:message_list", args=[session.code]), "envelope")
    facts = (
        ("Envoyés", thousands(counts.sent)),
        ("À envoyer", thousands(counts.to_send)),
        ("En échec", thousands(counts.failed)),
    )
    return Panel(
        "Messages",
        sentence_of(session, counts, at),
        facts if counts.total else (),
        (link,),
        is_late=bool(counts.failed) or counts.is_late(at),
    )


def sentence_of(session: Session, counts: Counts, at: datetime) -> str:
    """One sentence on the queue of a session."""
    if not counts.total:
        return "Aucun message n’est préparé\u00a0: personne n’est prévenu par courrier électronique."
    if counts.is_late(at):
        since = moment(counts.waiting_since)
        return f"Des messages attendent depuis le {since}\u00a0: le serveur de messagerie ne répond pas, ou aucun processus d’envoi ne tourne."  # noqa: E501
    if counts.failed:
        return f"{thousands(counts.failed)} message{plural(counts.failed)} en échec."
    if counts.to_send and not session.is_published(at):
        opening = moment(session.results_open_at)
        what = "Les messages partent" if counts.to_send > 1 else "Le message part"
        return f"{what} à l’ouverture des résultats, le {opening}."
    if counts.to_send:
        return "Les messages partent." if counts.to_send > 1 else "Un message part."
    if not counts.sent:
        return "Plus aucun message n’est à envoyer."
    return "Tous les messages sont partis." if counts.sent > 1 else "Le message est parti."
