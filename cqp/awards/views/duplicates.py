"""The duplicates of a certificate: those delivered, one more, each as a PDF."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.awards import document_exports, duplicates
from cqp.awards.duplicate_rules import duplicate_refusal
from cqp.awards.forms.registrations import DuplicateForm
from cqp.awards.services.duplicates import issue_duplicate
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries.certificate_status import with_status
from juries.models import BlocCertificate, Certificate
from juries.views.documents import document
from juries.views.refusals import refuse


@writes
@for_act(Act.ISSUE_DUPLICATE)
def duplicate_list(request: ActorRequest, number: str) -> HttpResponse:
    """What was delivered again of a certificate, and the form that delivers one more."""
    certificate = _document(request, number)
    rows = certificate.duplicates.select_related("by").order_by("-rank")
    if fmt := wanted_format(request):
        return table_response(document_exports.duplicates(number, rows), f"duplicatas-{number}", fmt)
    form = DuplicateForm(request.POST or None)
    status = duplicates.document_status(certificate)
    if request.method == "POST" and form.is_valid():
        try:
            made = issue_duplicate(
                document=certificate, reason=form.cleaned_data["reason"], by=request.actor, at=timezone.now()
            )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"Le duplicata n° {made.rank} est délivré.")
            return redirect("awards:duplicate_list", number)
    context = {
        "certificate": certificate,
        "is_bloc": isinstance(certificate, BlocCertificate),
        "enrolment": duplicates.enrolment_of(certificate),
        "status": status,
        "refusal": duplicate_refusal(status),
        "rows": rows,
        "form": form,
    }
    return render(request, "awards/duplicate_list.html", context)


@reads
@for_act(Act.ISSUE_DUPLICATE)
def duplicate_pdf(request: ActorRequest, number: str, rank: int) -> HttpResponse:
    """One duplicate, drawn from the frozen content of its certificate."""
    certificate = _document(request, number)
    rows = certificate.duplicates.select_related("certificate", "bloc_certificate")
    duplicate = get_object_or_404(rows, rank=rank)
    name = f"duplicata-{number}-{rank}.pdf"
    return document(lambda: duplicates.duplicate_pdf(duplicate), name, sealed_at=duplicate.at)


def _document(request: ActorRequest, number: str) -> Certificate | BlocCertificate:
    """The certificate, or the certificate of a bloc, of that number."""
    whole = with_status(Certificate.objects.visible_to(request.actor))
    related = whole.select_related(
        "decision__enrolment__candidate", "decision__enrolment__session__certification", "rectification"
    )
    found = related.filter(number=number).first()
    if found is not None:
        return found
    of_bloc = BlocCertificate.objects.visible_to(request.actor).select_related(
        "acquired__bloc", "acquired__enrolment__candidate", "acquired__enrolment__session__certification"
    )
    bloc = of_bloc.filter(number=number).first()
    if bloc is None:
        raise Http404
    return bloc
