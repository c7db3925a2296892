"""The transmission of holders: where each stands, the flux, the report read back."""

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from candidates.models import Session
from candidates.views.pages import page_of
from cqp.accounts.actor import ActorRequest
from cqp.awards import register_exports as exports
from cqp.awards import transmission_rules as rules
from cqp.awards.models import Flux
from cqp.awards.services import transmission as services
from cqp.awards.states import PassageState
from cqp.awards.transmission import (
    STATES,
    Standing,
    in_state,
    registration_on,
    standing,
    to_declare_by_hand,
    told_of,
    with_told,
)
from cqp.awards.transmission_forms import ReportForm
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import moment, plural
from cqp.workflow import Refusal
from juries.models import Certificate, CertificateQuerySet


@writes
@for_act(Act.TRANSMIT_HOLDERS)
def transmission(request: ActorRequest, code: str) -> HttpResponse:
    """Where the holders of a session stand; a button makes the flux of those that are ready."""
    rows = Session.objects.visible_to(request.actor).select_related("certification", "sitting")
    session = get_object_or_404(rows.filter(proclamation__isnull=False), code=code)
    if request.method == "POST":
        return _make(request, session)
    holders = Certificate.objects.visible_to(request.actor).filter(decision__enrolment__session=session)
    certificates = _listed(holders, request.GET.get("etat", ""))
    if fmt := wanted_format(request):
        return table_response(exports.transmission(session, certificates), f"accrochage-{code}", fmt)
    page = page_of(request, certificates)
    now, stuck = standing(session), to_declare_by_hand(holders)
    ready = now.to_send - now.incomplete - len(stuck)
    context = {
        "session": session,
        "standing": now,
        "registration": registration_on(session),
        "refusal": _refusal(session, now, ready),
        "ready": ready,
        "stuck": stuck,
        "fluxes": _fluxes(session),
        "state": request.GET.get("etat", ""),
        "states": STATES,
        "page": page,
        "lines": [(certificate, told_of(certificate)) for certificate in page],
        "today": timezone.localdate(),
    }
    return render(request, "awards/transmission.html", context)


@reads
@for_act(Act.TRANSMIT_HOLDERS)
def flux_file(request: ActorRequest, identifier: str) -> HttpResponse:
    """The flux as it was frozen: the same bytes each time."""
    flux = get_object_or_404(Flux.objects.visible_to(request.actor), identifier=identifier)
    response = HttpResponse(flux.content.encode(), content_type="application/xml; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Content-Disposition"] = str(content_disposition_header(True, f"{identifier}.xml"))
    return response


@writes
@for_act(Act.READ_REPORT)
def flux_report(request: ActorRequest, identifier: str) -> HttpResponse:
    """Read the processing report of a flux back: who is accepted, who is rejected and why."""
    rows = Flux.objects.visible_to(request.actor).select_related("session__certification", "made_by")
    flux = get_object_or_404(rows.defer("content"), identifier=identifier)
    form = ReportForm(request.POST, request.FILES) if request.method == "POST" else ReportForm()
    if request.method == "POST" and form.is_valid():
        try:
            content = form.cleaned_data["file"].read()
            services.read_report(flux=flux, content=content, by=request.actor, at=timezone.now())
        except Refusal as refusal:
            form.add_error("file", refusal.sentence)
        else:
            messages.success(request, _told(flux))
            return redirect("awards:transmission", flux.session.code)
    context = {"flux": flux, "session": flux.session, "form": form, "count": flux.passages.count()}
    return render(request, "awards/flux_report.html", context)


@writes_only
@for_act(Act.GIVE_UP_FLUX)
def flux_give_up(request: ActorRequest, identifier: str) -> HttpResponse:
    """A flux never deposited, or refused whole: its holders may go in the next one."""
    rows = Flux.objects.visible_to(request.actor).select_related("session").defer("content")
    flux = get_object_or_404(rows, identifier=identifier)
    now = timezone.now()
    try:
        given_up = services.give_up_flux(flux=flux, by=request.actor, at=now)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        if given_up.given_up_at == now:
            again = "ses titulaires sont de nouveau à transmettre."
            messages.success(request, f"Le flux {identifier} est abandonné\u00a0: {again}")
        else:
            messages.info(request, f"Le flux {identifier} était déjà abandonné.")
    return redirect("awards:transmission", flux.session.code)


def _make(request: ActorRequest, session: Session) -> HttpResponse:
    now = timezone.now()
    try:
        flux = services.make_flux(session=session, by=request.actor, at=now)
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
        return redirect("awards:transmission", session.code)
    if flux.made_at != now:
        messages.info(
            request,
            f"Personne d’autre n’est prêt\u00a0: le flux {flux.identifier}, "
            f"produit le {moment(flux.made_at)}, attend son rapport.",
        )
    else:
        messages.success(
            request,
            f"Le flux {flux.identifier} est prêt\u00a0: déposez-le sur le portail des certificateurs.",
        )
    return redirect("awards:transmission", session.code)


def _told(flux: Flux) -> str:
    counts = flux.passages.aggregate(
        ok=Count("pk", filter=Q(state=PassageState.ACCEPTED)),
        ko=Count("pk", filter=Q(state=PassageState.REJECTED)),
    )
    ok, ko = counts["ok"], counts["ko"]
    return f"Rapport relu\u00a0: {ok} accepté{plural(ok)}, {ko} rejeté{plural(ko)}."


def _refusal(session: Session, now: Standing, ready: int) -> str | None:
    """Why the button makes nothing new today."""
    refusal = (
        rules.session_refusal(session)
        or rules.settings_refusal()
        or rules.registration_refusal(session, registration_on(session))
    )
    if refusal or ready > 0 or (now.waiting and not now.to_send):
        return refusal
    return rules.nothing_refusal(now)


def _fluxes(session: Session) -> QuerySet[Flux]:
    """The files made, the latest first, with what came back of each."""
    return (
        session.fluxes.order_by("-made_at", "-pk")  # said again: counting forgets the order of the model
        .defer("content")
        .select_related("made_by")
        .annotate(
            total=Count("passages"),
            accepted=Count("passages", filter=Q(passages__state=PassageState.ACCEPTED)),
            rejected=Count("passages", filter=Q(passages__state=PassageState.REJECTED)),
        )
    )


def _listed(rows: CertificateQuerySet, state: str) -> QuerySet[Certificate]:
    """The holders, by name, under the state asked for."""
    return (
        with_told(in_state(rows, state))
        .select_related("decision__enrolment__candidate", "decision__enrolment__part__crfp")
        .defer("content")
        .order_by("decision__enrolment__candidate__sort_key", "pk")
    )
