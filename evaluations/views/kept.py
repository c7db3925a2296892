"""Recognising a bloc that a candidate acquired by another way."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment
from candidates.rules import own_file_refusal, part_closed_refusal
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.templatetags.fr import nbsp
from cqp.workflow import Refusal
from evaluations.forms.kept import RecognitionForm
from evaluations.kept import bloc_origin
from evaluations.models import KeptBloc
from evaluations.services.kept import recognise_bloc, withdraw_recognition


@writes
@for_act(Act.RECOGNISE_BLOC)
def bloc_recognise(request: ActorRequest, pk: int) -> HttpResponse:
    """The blocs a candidate keeps already, and the form that recognises one more."""
    rows = Enrolment.objects.visible_to(request.actor).select_related(
        "candidate", "part__crfp", "session__certification", "session__adoption__regulation"
    )
    enrolment = get_object_or_404(rows, pk=pk)
    regulation = enrolment.session.adoption.regulation
    if not regulation.is_in_blocs:
        raise Http404
    rows_kept = KeptBloc.objects.filter(enrolment=enrolment).select_related(
        "bloc", "acquired__enrolment__session", "by"
    )
    kept = {row.bloc_id: row for row in rows_kept}
    blocs = [bloc for bloc in regulation.blocs.all() if bloc.pk not in kept]
    if "withdraw" in request.POST:
        return _withdraw(request, enrolment, kept)
    form = RecognitionForm(request.POST or None, blocs=blocs)
    if request.method == "POST" and form.is_valid():
        try:
            made = recognise_bloc(
                enrolment=enrolment, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, nbsp(f"Bloc reconnu acquis : {made.bloc.title}."))
            return redirect("evaluations:bloc_recognise", pk)
    context = {
        "enrolment": enrolment,
        "kept": [(row, bloc_origin(row)) for row in kept.values()],
        "blocs": blocs,
        "form": form,
        "refusal": part_closed_refusal(enrolment.session, enrolment.part)
        or own_file_refusal(enrolment, request.actor),
    }
    return render(request, "evaluations/bloc_recognise.html", context, status=422 if form.errors else 200)


def _withdraw(request: ActorRequest, enrolment: Enrolment, kept: dict[int, KeptBloc]) -> HttpResponse:
    """Take back the recognition of one of these blocs; one that is not there any more stays away."""
    row = next((row for pk, row in kept.items() if str(pk) == request.POST["withdraw"]), None)
    if row is not None:
        motive = request.POST.get("withdrawal_motive", "")
        try:
            withdraw_recognition(
                enrolment=enrolment, bloc=row.bloc, motive=motive, by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, nbsp(f"Reconnaissance retirée : {row.bloc.title}."))
    return redirect("evaluations:bloc_recognise", enrolment.pk)
