"""Where the opening of the results stands, on the page of a proclaimed session."""

from datetime import datetime

from django.urls import reverse

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.awards.panels import Link, Panel
from cqp.awards.publication_rules import movable_refusal
from cqp.roles import Act
from cqp.templatetags.fr import thousands
from juries.publication import said


def panel(session: Session, actor: Actor, at: datetime) -> Panel:
    """When the results open, for how many people, and the way to move it."""
    is_open = session.is_published(at)
    files = session.proclamation.files.count()
    links = []
    if actor.may(Act.READ_PROCLAMATION):
        url = reverse("juries:proclamation_detail", args=[session.code])
        links.append(Link("Voir la proclamation", url))
    if actor.may(Act.PUBLISH) and movable_refusal(session, at) is None:
        url = reverse("awards:results_opening", args=[session.code])
        links.insert(0, Link("Avancer ou reporter l’ouverture", url, "clock"))
    return Panel(
        title="Ouverture des résultats",
        sentence=sentence_of(session, at)
        + ("" if is_open else " Jusque-là, seules l’Ucanss et la CPNEFP lisent ce qui est proclamé."),
        facts=[("Candidats concernés", thousands(files))],
        links=links,
    )


def sentence_of(session: Session, at: datetime) -> str:
    """« Résultats ouverts le 3 décembre 2026 à 9 h. », past or to come."""
    if session.results_open_at is None:
        return "Les résultats ne sont pas encore proclamés."
    verb = "sont ouverts depuis" if session.is_published(at) else "s’ouvrent"
    return f"Les résultats {verb} {said(session.results_open_at)}."
