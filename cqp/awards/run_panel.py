"""The documents of a session, in a panel of its page."""

from datetime import datetime

from django.urls import reverse

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.awards.models import DocumentRun
from cqp.awards.panels import Link, Panel
from cqp.awards.run_rules import is_stuck
from cqp.awards.states import RunState
from cqp.roles import Act
from cqp.seal import seal_warning
from cqp.templatetags.fr import moment, thousands

_SENTENCES = {
    RunState.WAITING: "Des documents sont en cours de production.",
    RunState.FAILED: "Une production de documents s’est interrompue : reprenez-la.",
    RunState.DONE: "Des documents sont prêts : un ZIP et un PDF pour l’imprimeur.",
    RunState.FORGOTTEN: "Les fichiers produits ont été effacés : demandez-les de nouveau.",
}
_NONE = "Aucun document n’a encore été produit en nombre."


def panel(session: Session, actor: Actor, at: datetime) -> Panel | None:
    """Where the documents made in number stand; one query. None for whoever does not make them."""
    if not actor.may(Act.MAKE_DOCUMENTS):
        return None
    latest: dict[str, DocumentRun] = {}
    for run in DocumentRun.objects.visible_to(actor).filter(session=session).order_by("asked_at", "pk"):
        latest[run.kind] = run
    states = {run.state for run in latest.values()}
    # The first of these that is true is what matters: something stopped, something moves, something is there.
    order = (RunState.FAILED, RunState.WAITING, RunState.DONE, RunState.FORGOTTEN)
    said = next((_SENTENCES[state] for state in order if state in states), _NONE)
    stuck = any(is_stuck(run, at) for run in latest.values())
    warning = seal_warning(at)
    return Panel(
        "Documents en nombre",
        f"{said} {warning}" if warning else said,
        [(run.get_kind_display(), _told(run)) for run in latest.values()],
        [Link("Produire et télécharger", reverse("awards:run_list", args=[session.code]), "download")],
        is_late=RunState.FAILED in states or stuck,
    )


def _told(run: DocumentRun) -> str:
    if run.state == RunState.WAITING:
        return f"{thousands(run.done)} sur {thousands(run.total)}"
    if run.state == RunState.FAILED:
        return f"interrompus à {thousands(run.done)} sur {thousands(run.total)}"
    when = moment(run.finished_at)
    return f"{thousands(run.done)}, {when}" if run.state == RunState.DONE else f"effacés ({when})"
