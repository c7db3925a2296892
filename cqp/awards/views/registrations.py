"""The dated registrations of a certification: listed, added, corrected."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Certification, RncpRegistration
from candidates.registration_rules import validity_warning
from candidates.services.registrations import add_registration, edit_registration
from cqp.accounts.actor import ActorRequest
from cqp.awards import document_exports
from cqp.awards.forms.registrations import RegistrationForm
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries.views.refusals import refuse


@writes
@for_act(Act.EDIT_REGISTRATION)
def registration_list(request: ActorRequest, code: str) -> HttpResponse:
    """What was registered and for which dates; below, one more."""
    certification = get_object_or_404(Certification, code=code)
    rows = certification.registrations.order_by("-valid_to", "pk")
    if fmt := wanted_format(request):
        return table_response(document_exports.registrations(certification, rows), f"rncp-{code}", fmt)
    form, today = RegistrationForm(request.POST or None), timezone.localdate()
    if request.method == "POST" and form.is_valid():
        try:
            made = add_registration(
                certification=certification, entry=form.entry, by=request.actor, at=timezone.now()
            )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"L’enregistrement {made.code} est ajouté.")
            return redirect("awards:registration_list", code)
    listed = list(rows)
    context = {
        "certification": certification,
        "rows": [(row, row.covers(today)) for row in listed],
        "warning": validity_warning(listed, today),
        "form": form,
    }
    return render(request, "awards/registration_list.html", context)


@writes
@for_act(Act.EDIT_REGISTRATION)
def registration_edit(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """Correct a registration: the documents to come say it, those that exist do not change."""
    rows = RncpRegistration.objects.select_related("certification")
    registration = get_object_or_404(rows, pk=pk, certification__code=code)
    form = RegistrationForm(request.POST or None, initial=RegistrationForm.values_of(registration))
    if request.method == "POST" and form.is_valid():
        try:
            edit_registration(
                registration=registration, entry=form.entry, by=request.actor, at=timezone.now()
            )
        except Refusal as refused:
            refuse(form, refused)
        else:
            messages.success(request, f"L’enregistrement {form.entry.code} est corrigé.")
            return redirect("awards:registration_list", code)
    context = {"registration": registration, "certification": registration.certification, "form": form}
    return render(request, "awards/registration_edit.html", context)
