"""The register of holders: the list, one certificate's history, the statistics."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from candidates.stories import entries_of, tell
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.awards import register_exports as exports
from cqp.awards.holders import decided_on
from cqp.awards.register import certificates_of, with_holders
from cqp.awards.register_filter import RegisterFilter
from cqp.awards.register_statistics import BAR
from cqp.awards.register_statistics import statistics as statistics_of
from cqp.awards.transmission import told_of
from cqp.http import for_act, reads
from cqp.journal.models import Chain
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from juries.certificate_status import later_of, status_of
from juries.models import ProclaimedFile

STORY = 100
# What the journal says of the certificate itself: not of the marks that led to it.
_ABOUT = (
    *(Act.DECIDE, Act.ISSUE_CERTIFICATE, Act.ISSUE_DUPLICATE, Act.COMPLETE_IDENTITY),
    *(Act.PROPOSE_RECTIFICATION, Act.APPROVE_RECTIFICATION, Act.DECIDE_RECTIFICATION),
    *(Act.DISMISS_RECTIFICATION, Act.ACCEPT_PASSAGE, Act.REJECT_PASSAGE),
    *(Act.NOTE_PORTAL, Act.ERASE_PORTAL_NOTE),
)


@reads
@for_act(Act.READ_REGISTER)
def register(request: ActorRequest) -> HttpResponse:
    """Every certificate, in force or not, the latest delivered first."""
    chosen = RegisterFilter(request.GET, certificates_of(request.actor))
    if fmt := wanted_format(request):
        rows = with_holders(chosen.qs).iterator(chunk_size=2000)
        return table_response(exports.register(rows), "titulaires", fmt)
    page = page_of(request, with_holders(chosen.qs))
    lines = [(row, status_of(row), decided_on(row), told_of(row)) for row in page]
    return render(request, "awards/register.html", {"filter": chosen, "page": page, "lines": lines})


@reads
@for_act(Act.READ_REGISTER)
def holder_history(request: ActorRequest, number: str) -> HttpResponse:
    """One certificate: delivered, replaced or withdrawn by what, its duplicates, its transmissions."""
    rows = with_holders(certificates_of(request.actor)).prefetch_related("duplicates__by")
    certificate = get_object_or_404(rows, number=number)
    enrolment = certificate.decision.enrolment
    chain = Chain.objects.get(key=enrolment.session.code)
    story = (
        entries_of(request.actor, chain).filter(enrolment_ref=enrolment.pk, act__in=_ABOUT).order_by("-seq")
    )
    others = certificates_of(request.actor).filter(decision=certificate.decision).exclude(pk=certificate.pk)
    context = {
        "certificate": certificate,
        "enrolment": enrolment,
        "status": status_of(certificate),
        "told": told_of(certificate),
        "decided_on": decided_on(certificate),
        "later": later_of(certificate),
        "others": others.only("number"),
        "passages": sorted(certificate.passages.all(), key=lambda one: one.pk, reverse=True),
        "duplicates": certificate.duplicates.all(),
        "chapters": tell(list(story[:STORY]), request.actor),
        "may_transmit": request.actor.may(Act.TRANSMIT_HOLDERS),
    }
    return render(request, "awards/holder_history.html", context)


@reads
@for_act(Act.READ_REGISTER)
def register_statistics(request: ActorRequest) -> HttpResponse:
    """By year, certification and option: how many were judged, how many certified."""
    lines = statistics_of(ProclaimedFile.objects.visible_to(request.actor))
    if fmt := wanted_format(request):
        return table_response(exports.statistics(lines), "statistiques", fmt)
    return render(request, "awards/register_statistics.html", {"lines": lines, "bar": BAR})
