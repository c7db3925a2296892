"""What Ucanss does by hand on the portal of the Caisse des dépôts, and notes here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.communes import commune_of
from cqp.accounts.actor import ActorRequest
from cqp.awards import transmission_rules as rules
from cqp.awards.holders import holder_of, with_identity
from cqp.awards.models import PortalNote
from cqp.awards.services.transmission import erase_portal_note, note_portal
from cqp.awards.transmission import registration_on, told_of, with_passages, with_told
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.models import Certificate


@writes
@for_act(Act.NOTE_PORTAL)
def portal_note(request: ActorRequest, number: str) -> HttpResponse:
    """All that the portal asks of a holder, to be typed there; a button notes that it is done, or is not."""
    rows = with_told(with_passages(with_identity(Certificate.objects.visible_to(request.actor))))
    certificate = get_object_or_404(
        rows.select_related("decision__enrolment__session__certification"), number=number
    )
    kind = _kind(certificate)
    if request.method == "POST":
        return _note(request, certificate, kind)
    session = certificate.decision.enrolment.session
    holder = holder_of(certificate)
    context = {
        "certificate": certificate,
        "holder": holder,
        "commune": commune_of(holder.commune_code) if holder.commune_code else None,
        "session": session,
        "registration": registration_on(session),
        "told": told_of(certificate),
        "is_removal": kind == PortalNote.Kind.REMOVED,
        "note": next((one for one in certificate.portal_notes.all() if one.kind == kind), None),
        "refusal": rules.note_refusal(certificate, kind),
    }
    return render(request, "awards/portal_note.html", context)


def _kind(certificate: Certificate) -> PortalNote.Kind:
    """What may be done of a certificate read by `with_passages`: one void is removed, any other declared."""
    is_void: bool = certificate.ended  # type: ignore[attr-defined]
    return PortalNote.Kind.REMOVED if is_void else PortalNote.Kind.DECLARED


def _note(request: ActorRequest, certificate: Certificate, kind: PortalNote.Kind) -> HttpResponse:
    by, at, name = request.actor, timezone.now(), certificate.decision.enrolment.candidate.full_name
    try:
        if "effacer" in request.POST:
            erase_portal_note(certificate=certificate, kind=kind, by=by, at=at)
            messages.success(request, f"La note du portail est effacée pour {name}.")
        else:
            note_portal(certificate=certificate, kind=kind, by=by, at=at)
            messages.success(request, f"{name}\u00a0: {kind.label.lower()}, c’est noté.")
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    return redirect("awards:portal_note", certificate.number)
