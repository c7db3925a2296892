"""What Ucanss does by hand on the portal of the Caisse des dépôts, and notes here."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.communes import commune_of
from candidates.models import CivilStatus
from cqp.accounts.actor import ActorRequest
from cqp.awards import transmission_rules as rules
from cqp.awards.holders import holder_of, with_identity
from cqp.awards.models import PortalNote
from cqp.awards.services.transmission import erase_portal_note, note_portal
from cqp.awards.transmission import registration_on, told_of, with_standing, with_told
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.models import Certificate


@writes
@for_act(Act.NOTE_PORTAL)
def portal_note(request: ActorRequest, number: str) -> HttpResponse:
    """All that the portal asks of a holder, to be typed there; a button notes that it is done, or is not."""
    rows = with_told(with_standing(with_identity(Certificate.objects.visible_to(request.actor))))
    certificate = get_object_or_404(
        rows.select_related("decision__enrolment__session__certification"), number=number
    )
    if request.method == "POST":
        return _note(request, certificate)
    session = certificate.decision.enrolment.session
    holder, registration = holder_of(certificate), registration_on(session)
    kind = _kind_to_note(certificate)
    context = {
        "certificate": certificate,
        "holder": holder,
        "sex": CivilStatus.Sex(holder.sex).label if holder.sex else "",
        "commune": commune_of(holder.commune_code) if holder.commune_code else None,
        "session": session,
        "registration": registration,
        "told": told_of(certificate),
        "kind": kind,
        "is_removal": kind == PortalNote.Kind.REMOVED,
        "notes": certificate.portal_notes.all(),
        "is_noted": any(one.kind == kind for one in certificate.portal_notes.all()),
        "refusal": rules.note_refusal(certificate, kind, registration),
    }
    return render(request, "awards/portal_note.html", context)


def _kind_to_note(certificate: Certificate) -> PortalNote.Kind:
    """What may be done of a certificate read by `with_standing`: one told and void is removed."""
    stands: Any = certificate
    return PortalNote.Kind.REMOVED if stands.accepted and stands.ended else PortalNote.Kind.DECLARED


def _note(request: ActorRequest, certificate: Certificate) -> HttpResponse:
    """The page says which note it means: what the certificate has become since changes nothing to that."""
    by, at, name = request.actor, timezone.now(), certificate.decision.enrolment.candidate.full_name
    erased = request.POST.get("effacer", "")
    kind = erased or request.POST.get("noter", "")
    try:
        if kind not in PortalNote.Kind.values:
            messages.error(request, "Ce bouton ne dit pas ce qu’il note\u00a0: reprenez-le sur cette page.")
        elif not erased:
            note_portal(certificate=certificate, kind=kind, by=by, at=at)
            messages.success(request, f"{name}\u00a0: {PortalNote.Kind(kind).label.lower()}, c’est noté.")
        elif erase_portal_note(certificate=certificate, kind=kind, by=by, at=at):
            messages.success(request, f"La note du portail est effacée pour {name}.")
        else:
            messages.info(request, f"Cette note du portail était déjà effacée pour {name}.")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("awards:portal_note", certificate.number)
