"""A juror steps aside for one candidate (R56)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.templatetags.fr import groups
from cqp.workflow import Refusal
from juries.composition_rules import recusal_refusal
from juries.forms.local import MotiveForm
from juries.models import Hearing, LocalJury, Recusal
from juries.reading import judged_by_juries, seats_of
from juries.rules import Refusals
from juries.services.recusals import recuse

MOTIVE = 500  # characters


@writes
@for_act(Act.RECUSE)
def hearing_recuse(request: ActorRequest, pk: int) -> HttpResponse:
    """Why this juror cannot judge, and what follows; done already, it leads back to the jury."""
    juries = LocalJury.objects.visible_to(request.actor)
    done = Recusal.objects.filter(hearing=pk, user=request.actor.user, hearing__jury__in=juries).first()
    if done:
        return redirect("juries:jury_detail", done.hearing.jury_id)
    hearings = Hearing.objects.visible_to(request.actor).sitting()
    hearing = get_object_or_404(
        hearings.select_related("jury__part__session", "jury__part__crfp", "enrolment__candidate"), pk=pk
    )
    form = MotiveForm(request.POST if request.method == "POST" else None, limit=MOTIVE)
    if request.method == "POST" and form.is_valid():
        try:
            recuse(hearing=hearing, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusals as refused:
            form.add_error("motive", refused.sentences["motive"])
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            number = groups(hearing.enrolment.number)
            messages.success(request, f"Candidat n° {number} : vous êtes récusé.")
            return redirect("juries:jury_detail", hearing.jury_id)
    judged = bool(judged_by_juries([hearing.enrolment]))
    context = {
        "hearing": hearing,
        "jury": hearing.jury,
        "candidate": hearing.enrolment.candidate,
        "form": form,
        "refusal": recusal_refusal(
            hearing.jury, hearing.enrolment, seats_of(hearing.jury), request.actor, judged=judged
        ),
    }
    return render(request, "juries/hearing_recuse.html", context)
