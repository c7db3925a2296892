"""Completing what the transmission wants of an identity, one candidate after the other."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates import communes
from candidates.forms.lists import ListForm
from candidates.models import CivilStatus, Enrolment, Session
from candidates.services.civil_status import Completion, complete_identities
from candidates.states import SessionState
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.awards import register_exports as exports
from cqp.awards.holders import holder_of, holders_of, with_identity
from cqp.awards.identity_file import identities_in
from cqp.awards.identity_form import CivilStatusForm
from cqp.awards.transmission import incomplete
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from cqp.sheets.reading import MAX_BYTES
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from juries.models import Certificate, CertificateQuerySet

SHOWN = 50


@reads
@for_act(Act.COMPLETE_IDENTITY)
def identity_list(request: ActorRequest, code: str) -> HttpResponse:
    """The holders of a session still to send whose civil status lacks; a CRFP sees its own."""
    session = get_object_or_404(_sessions(request), code=code)
    rows = with_identity(_certificates(request, session)).select_related("decision__enrolment__part__crfp")
    rows = rows.order_by("decision__enrolment__candidate__sort_key", "pk")
    if fmt := wanted_format(request):
        return table_response(exports.identities(session, holders_of(rows)), f"identites-{code}", fmt)
    page = page_of(request, rows)
    context = {
        "session": session,
        "page": page,
        "holders": [holder_of(certificate) for certificate in page],
        "is_open": _is_open(request, session),
        "may_transmit": request.actor.may(Act.TRANSMIT_HOLDERS),
    }
    return render(request, "awards/identity_list.html", context)


@writes
@for_act(Act.COMPLETE_IDENTITY)
def identity_complete(request: ActorRequest, pk: int) -> HttpResponse:
    """Sex and place of birth of one candidate; then the next who lacks them."""
    rows = Enrolment.objects.visible_to(request.actor)
    rows = rows.select_related("candidate__civil_status", "session__certification", "part__crfp")
    enrolment = get_object_or_404(rows, pk=pk)
    known: CivilStatus | None = getattr(enrolment.candidate, "civil_status", None)
    form = CivilStatusForm.of(known, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            done = Completion(
                enrolment, data["sex"], data["birth_commune"], data["birth_country"], is_old=data["is_old"]
            )
            complete_identities(
                session=enrolment.session, completions=[done], by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"L’identité de {enrolment.candidate.full_name} est complète.")
            return redirect("awards:identity_list", enrolment.session.code)
    context = {
        "enrolment": enrolment,
        "session": enrolment.session,
        "form": form,
        "suggested": communes.named(enrolment.candidate.birth_place),
        "back_url": reverse("awards:identity_list", args=[enrolment.session.code]),
    }
    return render(request, "awards/identity_complete.html", context)


@writes
@for_act(Act.COMPLETE_IDENTITY)
def identity_file(request: ActorRequest, code: str) -> HttpResponse:
    """The identities of a session from the exported list, filled: good lines go in, the others are told."""
    session = get_object_or_404(_sessions(request), code=code)
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    context = {"session": session, "form": form, "is_open": _is_open(request, session)}
    if request.method == "POST" and form.is_valid():
        try:
            rows = _delivered(request, session)
            file = identities_in(form.cleaned_data["file"].read(MAX_BYTES + 1), rows, request.actor)
            changed = complete_identities(
                session=session, completions=file.found, by=request.actor, at=timezone.now()
            )
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
        else:
            sentence = _told(changed, file.blank)
            if not file.problems:
                level = messages.SUCCESS if changed else messages.INFO
                messages.add_message(request, level, sentence)
                return redirect("awards:identity_list", session.code)
            context |= {"sentence": sentence, "shown": file.problems[:SHOWN]}
            context |= {"more": len(file.problems[SHOWN:])}
    return render(request, "awards/identity_file.html", context)


@reads
@for_act(Act.COMPLETE_IDENTITY)
def commune_options(request: ActorRequest) -> HttpResponse:
    """The communes a few letters may mean, as choices of the box."""
    text = request.GET.get("q", request.GET.get("birth_commune", ""))[:80]
    return render(request, "awards/_commune_options.html", {"communes": communes.found(text)})


def _told(changed: int, blank: int) -> str:
    """How many went in, how many lines are left to fill."""
    s = plural(changed)
    sentence = f"{changed} identité{s} complétée{s} ou corrigée{s}."
    if blank:
        sentence += f" {blank} ligne{plural(blank)} sans sexe reste{plural(blank, 'nt')} à remplir."
    return sentence


def _is_open(request: ActorRequest, session: Session) -> bool:
    return session.state == SessionState.PROCLAIMED and _may_know(request, session)


def _sessions(request: ActorRequest) -> QuerySet[Session]:
    return Session.objects.visible_to(request.actor).select_related("certification")


def _certificates(request: ActorRequest, session: Session) -> CertificateQuerySet:
    """Those still to send."""
    return incomplete(_delivered(request, session))


def _delivered(request: ActorRequest, session: Session) -> CertificateQuerySet:
    """The certificates of the session this person may complete; none before the results are open to them."""
    rows = Certificate.objects.visible_to(request.actor).filter(decision__enrolment__session=session)
    return rows if _may_know(request, session) else rows.none()


def _may_know(request: ActorRequest, session: Session) -> bool:
    """Ucanss knows who is certified; a CRFP, once the results are open."""
    return request.actor.role == Role.UCANSS or session.is_published(timezone.now())
