"""Results, each to those they belong to: one word to the organisme, everything to the candidate (R37-R40)."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment
from candidates.states import EnrolmentState, SessionState
from cqp.accounts.actor import ActorRequest
from cqp.crockford import normalise
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from juries import proclaimed_exports
from juries.certificate_status import status_of, with_status
from juries.certificates import transcript_content
from juries.forms.national import NumberForm
from juries.models import BlocCertificate, Certificate, ProclaimedFile
from juries.rectification import standing_of
from juries.retakes import Plan, failed_or_deferred, plan_of, with_plan
from juries.shared import lines_for_organisme
from juries.throttle import count_try, too_many
from juries.views.certificates import UNLOCKED

ROWS = 100
TRIES = 10
WRONG = "Ce numéro n’est pas le vôtre, ou il est mal recopié. Vérifiez chaque caractère."
TOO_MANY = "Trop d’essais : attendez une heure avant de recommencer."


@reads
@for_act(Act.READ_RESULTS)
def organisme_results(request: ActorRequest) -> HttpResponse:
    """The organisme's own candidates: the option's contrôle continu (R39), then certified or not (R38)."""
    enrolments = Enrolment.objects.visible_to(request.actor).order_by(
        "-session__exam_last_day", "session__code", "candidate__sort_key", "pk"
    )
    if fmt := wanted_format(request):
        lines = lines_for_organisme([enrolment.pk for enrolment in enrolments])
        return table_response(proclaimed_exports.of_organisme(lines), "candidats", fmt)
    page = Paginator(enrolments, ROWS).get_page(request.GET.get("page"))
    lines = lines_for_organisme([enrolment.pk for enrolment in page])
    return render(request, "juries/organisme_results.html", {"page": page, "lines": lines})


@dataclass(frozen=True, slots=True)
class OwnEnrolment:
    """A session the candidate took: waiting, locked or open."""

    enrolment: Enrolment

    @property
    def is_proclaimed(self) -> bool:
        return self.enrolment.session.state == SessionState.PROCLAIMED

    @property
    def is_withdrawn(self) -> bool:
        return self.enrolment.state == EnrolmentState.WITHDRAWN


@writes
@for_act(Act.READ_OWN_RESULT)
def own_results(request: ActorRequest) -> HttpResponse:
    """The candidate gives the identification number, then sees marks and comments (R37, R40)."""
    enrolments = list(
        Enrolment.objects.visible_to(request.actor)
        .select_related("session__certification", "option", "candidate")
        .order_by("-session__exam_last_day", "pk")
    )
    if request.method == "POST" and "close" in request.POST:
        request.session.pop(UNLOCKED, None)
        return redirect("juries:own_results")
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = _unlock(request, enrolments, form.cleaned_data["number"])
        if refusal is None:
            return redirect("juries:own_results")
        form.add_error("number", refusal)
    file = _unlocked(request)
    context = {
        "enrolments": [OwnEnrolment(enrolment) for enrolment in enrolments],
        "any_proclaimed": any(OwnEnrolment(e).is_proclaimed for e in enrolments),
        "form": form,
        **(_result(file) if file else {"file": None}),
    }
    response = render(request, "juries/own_results.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _unlock(request: ActorRequest, enrolments: list[Enrolment], typed: str) -> str | None:
    """Open the enrolment that has this number; the same sentence for wrong and for not one's own."""
    if not any(OwnEnrolment(enrolment).is_proclaimed for enrolment in enrolments):
        return "Les résultats seront consultables après la proclamation."
    key = f"number:{request.user.pk}"
    if too_many(key, TRIES):
        return TOO_MANY
    number = normalise(typed)
    mine = next((enrolment for enrolment in enrolments if number and enrolment.number == number), None)
    if mine is None:
        count_try(key)
        return WRONG
    if not OwnEnrolment(mine).is_proclaimed:
        return "Les résultats seront consultables après la proclamation."
    request.session[UNLOCKED] = mine.pk
    return None


def _unlocked(request: ActorRequest) -> ProclaimedFile | None:
    """The file the candidate has opened in this visit."""
    pk = request.session.get(UNLOCKED)
    rows = ProclaimedFile.objects.visible_to(request.actor)
    return rows.select_related("proclamation__session__certification").filter(enrolment=pk).first()


def _result(file: ProclaimedFile) -> dict[str, Any]:
    standing = standing_of(file)
    content = transcript_content(standing, standing.current)
    delivered = Certificate.objects.filter(decision__enrolment=file.enrolment_id)
    certificate = delivered.in_force().first()
    return {
        "file": file,
        "standing": standing,
        "content": content,
        "earlier": [(step, transcript_content(standing, step)) for step in standing.earlier],
        "old_certificates": [(one, status_of(one)) for one in with_status(delivered) if one != certificate],
        "outcome": standing.current.outcome.name,
        "detail": ", ".join(filter(None, (content["title"], content["option"]))),
        "certificate_url": certificate and reverse("juries:certificate_pdf", args=[certificate.number]),
        "certificate": certificate,
        "bloc_certificates": BlocCertificate.objects.filter(
            acquired__enrolment=file.enrolment_id
        ).select_related("acquired__bloc"),
        "transcript_url": reverse("juries:transcript_pdf", args=[file.enrolment_id]),
        "plan": _plan(file),
    }


def _plan(file: ProclaimedFile) -> Plan | None:
    """What comes next for who may sit again."""
    rows = failed_or_deferred(with_plan(Enrolment.objects.filter(pk=file.enrolment_id)))
    found = rows.first()
    return plan_of(found, timezone.localdate()) if found else None
