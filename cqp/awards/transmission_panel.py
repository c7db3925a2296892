"""The panel of a proclaimed session about the transmission of its holders."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.awards import transmission_rules as rules
from cqp.awards.panels import Link, Panel
from cqp.awards.transmission import Standing, registration_on, standing
from cqp.roles import Act
from cqp.templatetags.fr import day, plural, thousands

TITLE = "Transmission des titulaires"
_ACTS = (Act.TRANSMIT_HOLDERS, Act.COMPLETE_IDENTITY, Act.READ_REGISTER)


def panel(session: Session, actor: Actor, at: datetime) -> Panel | None:
    """Where the holders stand with the Caisse des dépôts, until when; None for whoever has no part in it."""
    if not any(map(actor.may, _ACTS)):
        return None
    now = standing(session)
    is_late = now.due is not None and now.due < timezone.localdate(at)
    refusal = rules.registration_refusal(session, registration_on(session))
    return Panel(
        title=TITLE,
        sentence=refusal or _sentence(now, is_late=is_late),
        facts=[
            ("À transmettre", thousands(now.to_send)),
            ("En attente du rapport", thousands(now.waiting)),
            ("Acceptés ou déclarés", thousands(now.accepted)),
            ("Rejetés, à renvoyer", thousands(now.rejected)),
        ],
        links=_links(session, actor, now),
        is_late=is_late and refusal is None,
    )


def _sentence(now: Standing, *, is_late: bool) -> str:
    """What matters most: a deadline that passed, what the portal must take back, the deadline to come."""
    if now.due is not None and is_late:
        what = "transmettez sans attendre" if now.to_send else "le rapport est toujours attendu"
        return f"Le délai légal est passé depuis le {day(now.due)}\u00a0: {what}."
    if now.to_remove:
        ending = plural(now.to_remove)
        why = plural(now.to_remove, "le certificat n’est plus,leurs certificats ne sont plus")
        return (
            f"{now.to_remove} passage{ending} accepté{ending} à faire supprimer sur le portail\u00a0: "
            f"{why} en vigueur."
        )
    if now.due is None:
        done = "Tous les titulaires sont transmis et acceptés."
        return done if now.accepted else "Personne n’est à transmettre."
    if not now.to_send:
        return f"Tout est transmis\u00a0: le rapport est attendu au plus tard le {day(now.due)}."
    return f"À transmettre au plus tard le {day(now.due)}, trois mois après la décision."


def _links(session: Session, actor: Actor, now: Standing) -> list[Link]:
    links = []
    if actor.may(Act.TRANSMIT_HOLDERS):
        links.append(Link("Accrochage", reverse("awards:transmission", args=[session.code]), "send"))
    if actor.may(Act.COMPLETE_IDENTITY) and now.incomplete:
        url = reverse("awards:identity_list", args=[session.code])
        links.append(Link("Compléter les identités", url, "pencil"))
    if actor.may(Act.READ_REGISTER):
        links.append(Link("Titulaires", f"{reverse('awards:register')}?session={session.code}", "people"))
    return links
