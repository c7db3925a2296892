"""Will each national jury meet its month: what is missing, through whom, and a word to them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries import exports
from juries.forecast_reading import forecasts_of, reminded_on
from juries.services.reminders import remind_owner


@reads
@for_act(Act.READ_PROCLAMATION)
def forecast_list(request: ActorRequest) -> HttpResponse:
    """Every session not proclaimed; a CRFP reads its own part of each."""
    today = timezone.localdate()
    forecasts = forecasts_of(request.actor, today)
    if fmt := wanted_format(request):
        return table_response(exports.forecast(forecasts), "prevision", fmt)
    context = {
        "forecasts": forecasts,
        "rows": [one for each in forecasts for _, _, rows in each.by_cause for one in rows],
        "reminded": reminded_on(today),
        "may_remind": request.actor.may(Act.REMIND),
    }
    return render(request, "juries/forecast_list.html", context)


@writes_only
@for_act(Act.REMIND)
def owner_remind(request: ActorRequest, code: str) -> HttpResponse:
    """Write to one owner; a second click writes nothing more."""
    session = get_object_or_404(Session.objects.visible_to(request.actor), code=code)
    owner = request.POST.get("owner", "")
    try:
        told = remind_owner(session=session, owner=owner, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        if told:
            messages.success(request, f"Relance envoyée à {', '.join(one.user.full_name for one in told)}.")
        else:
            messages.info(request, "La relance du jour est déjà partie.")
    return redirect(f"{reverse('juries:forecast_list')}#{code}")
