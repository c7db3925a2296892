"""What a proclamation leaves: its page, the certificates, the relevés."""

from collections import Counter
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.journal.models import Chain
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from juries import bloc_certificates, certificates, proclaimed_exports
from juries import proclamation_pdf as pv
from juries.certificate_status import in_force_of, latest_of, status_of, with_status
from juries.minutes import verify_proclamation
from juries.models import (
    BlocCertificate,
    Certificate,
    ProclaimedFile,
    Proclamation,
    Rectification,
    current_outcome,
)
from juries.publication import is_open_to, said
from juries.states import Outcome
from juries.views.documents import document

ROWS = 200
UNLOCKED = "unlocked_enrolment"
"""In the visit's session: the enrolment whose identification number the candidate gave (R37)."""


@reads
@for_act(Act.READ_PROCLAMATION)
def proclamation_detail(request: ActorRequest, code: str) -> HttpResponse:
    """What was proclaimed, under which digest; a CRFP sees its own candidates, once the results are open."""
    session = _session(request, code)
    if not is_open_to(request.actor, session):
        may_follow = request.actor.may(Act.READ_DELIBERATION)
        target = "juries:national_table" if may_follow else "candidates:session_detail"
        return redirect(target, code)
    proclamation = get_object_or_404(Proclamation.objects.select_related("by", "session"), session=session)
    files = proclaimed_files(request, proclamation)
    outcome = request.GET.get("outcome", "")
    rows = files.filter(now=outcome) if outcome in Outcome.values else files
    with_options = session.options.exists()
    if fmt := wanted_format(request):
        table = proclaimed_exports.proclaimed(session, rows, with_options=with_options)
        return table_response(table, f"proclamation-{code}", fmt)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    counts = Counter(files.order_by().values_list("now", flat=True))
    context = {
        "session": session,
        "proclamation": proclamation,
        "page": page,
        "lines": [proclaimed_line(file) for file in page],
        "rectified": _rectified(request, session),
        "may_preview": request.actor.may(Act.PREVIEW_RESULT),
        "may_rectify": request.actor.may(Act.PROPOSE_RECTIFICATION),
        "outcomes": [(value, label, counts[value]) for value, label in Outcome.choices],
        "outcome": outcome,
        "total": sum(counts.values()),
        "chain": Chain.objects.get(key=session.code),
        "fault": verify_proclamation(proclamation),
        "is_part": request.actor.role == Role.CRFP,
        "may_publish": request.actor.may(Act.PUBLISH),
        "opening": session.results_open_at and said(session.results_open_at),
        "is_open": session.is_published(timezone.now()),
        "has_options": with_options,
        "has_blocs": proclamation.bloc_certificates.exists(),
    }
    return render(request, "juries/proclamation_detail.html", context)


@reads
@for_act(Act.READ_DELIBERATION)
def proclamation_pdf(request: ActorRequest, code: str) -> HttpResponse:
    """The procès-verbal of the proclamation, of the whole session: not for a CRFP, which sees its own."""
    session = _session(request, code)
    rows = Proclamation.objects.select_related("session__certification")
    proclamation = get_object_or_404(rows, session=session)
    return document(lambda: pv.proclamation_pdf(proclamation), f"pv-{code}.pdf")


@reads
@for_act(Act.READ_CERTIFICATES)
def certificate_list(request: ActorRequest, code: str) -> HttpResponse:
    """The certificates of a session."""
    session = _session(request, code)
    rows = (
        with_status(Certificate.objects.visible_to(request.actor))
        .filter(decision__enrolment__session=session)
        .select_related(
            "decision__enrolment__candidate",
            "decision__enrolment__option",
            "decision__enrolment__part__crfp",
            "decision__enrolment__organisme",
        )
        .defer("content")
    )
    with_options = session.options.exists()
    if fmt := wanted_format(request):
        table = proclaimed_exports.certificates(session, rows, with_options=with_options)
        return table_response(table, f"certificats-{code}", fmt)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    lines = [(certificate, status_of(certificate)) for certificate in page]
    context = {
        "session": session,
        "page": page,
        "lines": lines,
        "has_options": with_options,
        "may_make": request.actor.may(Act.MAKE_DOCUMENTS),
        "may_duplicate": request.actor.may(Act.ISSUE_DUPLICATE),
        "may_publish": request.actor.may(Act.PUBLISH) and session.state == SessionState.PROCLAIMED,
    }
    return render(request, "juries/certificate_list.html", context)


@reads
@for_act(Act.READ_CERTIFICATES)
def bloc_certificate_list(request: ActorRequest, code: str) -> HttpResponse:
    """The certificates of blocs of a session: who was not certified, and keeps them."""
    session = _session(request, code)
    rows = (
        BlocCertificate.objects.visible_to(request.actor)
        .filter(proclamation__session=session)
        .select_related(
            "acquired__bloc",
            "acquired__enrolment__candidate",
            "acquired__enrolment__part__crfp",
            "acquired__enrolment__organisme",
        )
        .defer("content")
    )
    if fmt := wanted_format(request):
        return table_response(
            proclaimed_exports.bloc_certificates(session, rows), f"certificats-de-bloc-{code}", fmt
        )
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    may_duplicate = request.actor.may(Act.ISSUE_DUPLICATE)
    context = {"session": session, "page": page, "may_duplicate": may_duplicate}
    return render(request, "juries/bloc_certificate_list.html", context)


@reads
@for_act(Act.READ_CERTIFICATES)
def bloc_certificate_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The certificate of one bloc, drawn again from its frozen content."""
    rows = BlocCertificate.objects.visible_to(request.actor).select_related("acquired", "proclamation")
    certificate = get_object_or_404(rows, number=number)
    if is_locked(request, certificate.acquired.enrolment_id):
        return redirect("juries:own_results")
    return document(
        lambda: bloc_certificates.bloc_certificate_pdf(certificate),
        f"certificat-de-bloc-{number}.pdf",
        sealed_at=certificates.issued_at(certificate),
    )


@reads
@for_act(Act.READ_CERTIFICATES)
def certificate_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The certificate, drawn again from its frozen content."""
    rows = Certificate.objects.visible_to(request.actor).select_related(
        "decision__enrolment__session__proclamation", "rectification"
    )
    certificate = get_object_or_404(rows, number=number)
    if is_locked(request, certificate.decision.enrolment_id):
        return redirect("juries:own_results")
    return document(
        lambda: certificates.certificate_pdf(certificate),
        f"certificat-{number}.pdf",
        sealed_at=certificates.issued_at(certificate),
    )


@reads
@for_act(Act.READ_CERTIFICATES)
def transcript_pdf(request: ActorRequest, pk: int) -> HttpResponse:
    """The relevé de notes of a candidate, drawn from what the proclamation froze."""
    rows = ProclaimedFile.objects.visible_to(request.actor)
    file = get_object_or_404(rows.select_related("proclamation__session__certification"), enrolment=pk)
    if is_locked(request, pk):
        return redirect("juries:own_results")
    name = f"releve-{file.proclamation.session.code}-{pk}.pdf"
    return document(lambda: certificates.transcript_pdf(file), name)


def proclaimed_files(request: ActorRequest, proclamation: Proclamation) -> QuerySet[Any]:
    """The files one may read, with what is decided `now` and what was delivered."""
    files = ProclaimedFile.objects.visible_to(request.actor).filter(proclamation=proclamation)
    related = files.annotate(now=current_outcome("enrolment", "outcome")).select_related(
        "enrolment__candidate", "enrolment__option", "enrolment__part__crfp", "enrolment__decision"
    )
    return related.defer("content").prefetch_related(
        Prefetch("enrolment__decision__certificates", Certificate.objects.defer("content")),
        Prefetch("enrolment__decision__rectifications", Rectification.objects.decided().defer("content")),
    )


def _rectified(request: ActorRequest, session: Session) -> int:
    """How many decisions of the session were rectified, of those one may read."""
    rows = Rectification.objects.visible_to(request.actor).decided()
    return rows.filter(decision__enrolment__session=session).count()


def proclaimed_line(file: ProclaimedFile) -> tuple[ProclaimedFile, Rectification | None, Certificate | None]:
    """A file, the last decision that rectified it, the certificate in force."""
    decision = file.enrolment.decision
    return file, latest_of(decision), in_force_of(decision)


def is_locked(request: ActorRequest, enrolment: int) -> bool:
    """A candidate reads nothing before giving the identification number of that enrolment (R37)."""
    return request.actor.role == Role.CANDIDATE and request.session.get(UNLOCKED) != enrolment


def _session(request: ActorRequest, code: str) -> Session:
    rows = Session.objects.visible_to(request.actor).select_related("certification", "sitting")
    return get_object_or_404(rows, code=code)
