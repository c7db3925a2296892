"""Results, each to those they belong to: one word to the organisme, everything to the candidate (R37-R40)."""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor, ActorRequest
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
from juries.throttle import count_try, take_back
from juries.views.certificates import UNLOCKED

ROWS = 100
TRIES = 10
# One sentence, whether the number is mistyped, somebody else's, or that of results not open yet.
WRONG = (
    "Ce numéro n’ouvre aucun résultat. Vérifiez chaque caractère ; "
    "les résultats ne se lisent qu’une fois ouverts."
)
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
    """A session the candidate took: waiting, or its results open to who has the number."""

    enrolment: Enrolment

    @property
    def is_open(self) -> bool:
        return self.enrolment.session.is_published(timezone.now())

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
        "any_open": any(OwnEnrolment(e).is_open for e in enrolments),
        "form": form,
        **(result_context(file, request.actor) if file else {"file": None}),
    }
    response = render(request, "juries/own_results.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _unlock(request: ActorRequest, enrolments: list[Enrolment], typed: str) -> str | None:
    """Open the enrolment that has this number (R37).

    The same work and the same sentence for a wrong number, an absent one and one whose results are not open:
    neither the words nor the time tell them apart.
    """
    key = f"number:{request.user.pk}"
    if count_try(key) > TRIES:
        return TOO_MANY
    number = (normalise(typed) or "").encode()
    mine = None
    for enrolment in enrolments:  # to the end, whatever is found
        is_it = compare_digest(enrolment.number.encode(), number)
        if is_it & OwnEnrolment(enrolment).is_open:
            mine = enrolment
    if mine is None:
        return WRONG
    take_back(key)
    request.session[UNLOCKED] = mine.pk
    return None


def _unlocked(request: ActorRequest) -> ProclaimedFile | None:
    """The file the candidate has opened in this visit."""
    pk = request.session.get(UNLOCKED)
    rows = ProclaimedFile.objects.visible_to(request.actor)
    return rows.select_related("proclamation__session__certification").filter(enrolment=pk).first()


def result_context(file: ProclaimedFile, reader: Actor) -> dict[str, Any]:
    """What the page of an open result says, for its candidate; `reader`: who looks at it."""
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
        "plan": _plan(file, reader),
    }


def _plan(file: ProclaimedFile, reader: Actor) -> Plan | None:
    """What comes next for who may sit again."""
    rows = failed_or_deferred(with_plan(Enrolment.objects.filter(pk=file.enrolment_id)), reader)
    found = rows.first()
    return plan_of(found, timezone.localdate()) if found else None
