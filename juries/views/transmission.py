"""The CRFP sends its part to the national jury."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from candidates.rules import jury_work_refusal
from candidates.states import PartState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.rules import Refusals, early_warning
from juries.services.transmission import Outlook, outlook_of, transmit_part


@writes
@for_act(Act.TRANSMIT)
def part_transmit(request: ActorRequest, code: str, crfp: str) -> HttpResponse:
    """What is missing, by name, each with the link that settles it; or what will happen, and one button."""
    parts = SessionPart.objects.visible_to(request.actor).select_related(
        "session__certification", "crfp", "transmitted_by"
    )
    part = get_object_or_404(parts, session__code=code, crfp__code=crfp)
    if request.method == "POST":
        try:
            transmit_part(part=part, by=request.actor, at=timezone.now())
        except Refusals:
            messages.error(request, "Rien n’a été transmis. Ce qui manque est nommé ci-dessous.")
        except Refusal as refusal:
            messages.error(request, f"Rien n’a été transmis. {refusal.sentence}")
        return redirect("juries:part_transmit", code, crfp)
    if part.state == PartState.TRANSMITTED:
        return render(request, "juries/part_transmit.html", {"part": part, "transmitted": True})
    outlook = outlook_of(part)
    context = {
        "part": part,
        "transmitted": False,
        "outlook": outlook,
        "consequences": _consequences(part, outlook),
        "exceptions": _exceptions(outlook),
        "refusal": jury_work_refusal(part.session, part),
    }
    return render(request, "juries/part_transmit.html", context)


def _consequences(part: SessionPart, outlook: Outlook) -> list[str]:
    several = "s" if outlook.count > 1 else ""
    early = early_warning(part.session, timezone.localdate())
    return [
        f"{part.crfp.name} : {outlook.count} dossier{several} {'partent' if several else 'part'} "
        "au jury national, avec notes, avis et arguments.",
        "Les inscriptions, les notes et les jurys de cette partie sont verrouillés.",
        *([early] if early else []),
    ]


def _exceptions(outlook: Outlook) -> list[dict[str, str]]:
    """The files the national jury will look at closely, each leading to its explained result."""
    return [
        {
            "label": notable.label,
            "detail": notable.detail,
            "url": reverse("evaluations:tally_detail", args=[notable.enrolment.pk]),
        }
        for notable in outlook.notable
    ]
