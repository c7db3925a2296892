"""Letters, attestations, provisional relevés: one candidate's, as a PDF."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from candidates.models import Enrolment
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.awards import attestations, letters
from cqp.awards.provisional import provisional_transcript_pdf
from cqp.http import for_act, reads
from cqp.roles import Act
from evaluations.rules import phase_of
from evaluations.visibility import AUDIENCE_OF, Datum, may_see
from juries.models import ProclaimedFile
from juries.views.certificates import is_locked
from juries.views.documents import document


@reads
@for_act(Act.READ_CERTIFICATES)
def letter_pdf(request: ActorRequest, pk: int) -> HttpResponse:
    """The notification letter of a candidate."""
    file = _file(request, pk)
    if is_locked(request, pk):
        return redirect("juries:own_results")
    return document(lambda: letters.letter_pdf(file), f"notification-{_session_code(file)}-{pk}.pdf")


@reads
@for_act(Act.READ_CERTIFICATES)
def attestation_pdf(request: ActorRequest, pk: int) -> HttpResponse:
    """The attestation of a certified candidate, until the parchemin is there."""
    file = _file(request, pk)
    if is_locked(request, pk):
        return redirect("juries:own_results")
    return document(lambda: attestations.attestation_pdf(file), f"attestation-{_session_code(file)}-{pk}.pdf")


@reads
@for_act(Act.FOLLOW_SESSIONS)
def provisional_transcript(request: ActorRequest, pk: int) -> HttpResponse:
    """The marks as they stand before the proclamation; after it, the relevé itself."""
    related = Enrolment.objects.visible_to(request.actor).select_related(
        "candidate", "option", "organisme", "part__crfp", "session__certification"
    )
    enrolment = get_object_or_404(related, pk=pk)
    session = enrolment.session
    if session.state == SessionState.PROCLAIMED:
        return redirect("juries:transcript_pdf", pk)
    phase = phase_of(session, enrolment.part, timezone.now())
    if not may_see(AUDIENCE_OF[request.actor.role], Datum.MARKS, phase):
        raise Http404
    at = timezone.now()
    return document(
        lambda: provisional_transcript_pdf(enrolment, at), f"releve-provisoire-{session.code}-{pk}.pdf"
    )


def _file(request: ActorRequest, pk: int) -> ProclaimedFile:
    rows = ProclaimedFile.objects.visible_to(request.actor)
    return get_object_or_404(rows.select_related("proclamation__session__certification"), enrolment=pk)


def _session_code(file: ProclaimedFile) -> str:
    return file.proclamation.session.code
