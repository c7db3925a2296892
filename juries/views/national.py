"""The national jury: sessions before it, its sitting, its table, each decision, the proclamation."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries import exports, rules
from juries.deliberation import File, Summary, counts_of, deliberated_digest, files_of
from juries.dockets import sessions_before
from juries.forms.national import ProclamationForm, SittingForm
from juries.publication import said
from juries.services import national as services
from juries.sitting import hidden_from, roll_of
from juries.states import Outcome
from juries.views.deliberation import session_of, shows_decisions_to, summaries_for
from juries.views.national_table import (
    ABOUT_DECISIONS,
    ROWS,
    SHOWN,
    Query,
    groups_of,
)
from juries.views.refusals import refuse, sentences_of


@reads
@for_act(Act.READ_DELIBERATION)
def sitting_list(request: ActorRequest) -> HttpResponse:
    """The sessions before the national jury: what has arrived, what is missing, until when."""
    dockets = sessions_before(Session.objects.visible_to(request.actor))
    sitting, waiting, proclaimed = (
        [docket for docket in dockets if docket.session.state == state]
        for state in (SessionState.DELIBERATION, SessionState.OPEN, SessionState.PROCLAIMED)
    )
    if fmt := wanted_format(request):
        return table_response(exports.dockets((*sitting, *waiting, *proclaimed)), "jury-national", fmt)
    context = {
        "waiting": waiting,
        "sitting": sitting,
        "proclaimed": proclaimed,
        "may_open": request.actor.may(Act.OPEN_SITTING),
        "today": timezone.localdate(),
    }
    return render(request, "juries/sitting_list.html", context)


@writes
@for_act(Act.OPEN_SITTING)
def sitting_open(request: ActorRequest, code: str) -> HttpResponse:
    """Say when and where the CPNEFP sits; from there its members decide."""
    session = session_of(request, code)
    today = timezone.localdate()
    early = rules.early_warning(session, today)
    form = SittingForm(request.POST or None, initial={"held_on": today}, early=early)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_sitting(session=session, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            refuse(form, refused)
        else:
            warning = rules.sitting_day_warning(session, form.cleaned_data["held_on"])
            if warning:
                messages.warning(request, warning)
            return redirect("juries:sitting_roll", code)
    context = {
        "session": session,
        "form": form,
        "refusal": rules.opening_refusal(session, services.late_crfps(session)),
        "count": session.enrolments.sitting().count(),
    }
    return render(request, "juries/sitting_open.html", context)


@reads
@for_act(Act.READ_DELIBERATION)
def national_table(request: ActorRequest, code: str) -> HttpResponse:
    """Every candidate of the session, those that need a human first."""
    session = session_of(request, code)
    shows_decisions = shows_decisions_to(request, session)
    query = Query.of(request, with_decisions=shows_decisions)
    files = [] if session.state == SessionState.OPEN else summaries_for(session, request.actor)
    asked = query.asked(files)
    if fmt := wanted_format(request):
        table = exports.deliberation(session, asked, shows_decisions=shows_decisions)
        return table_response(table, f"deliberation-{code}", fmt)
    page = Paginator(asked, ROWS).get_page(request.GET.get("page"))
    context = {
        "session": session,
        "query": query,
        "page": page,
        "groups": groups_of(list(page), query),
        **_columns(files, shows_decisions=shows_decisions),
        "counts": counts_of([file for file in files if not file.is_hidden]),
        "choices": _choices(files, query, shows_decisions=shows_decisions),
        "shows_decisions": shows_decisions,
        "may_decide": request.actor.may(Act.DECIDE) and session.state == SessionState.DELIBERATION,
        "may_proclaim": request.actor.may(Act.PROCLAIM) and session.state == SessionState.DELIBERATION,
        "may_open": request.actor.may(Act.OPEN_SITTING),
        "may_extract": request.actor.may(Act.EXTRACT_FILE) and session.state == SessionState.DELIBERATION,
        "gaps": roll_of(session).gaps if session.state == SessionState.DELIBERATION else [],
    }
    return render(request, "juries/national_table.html", context)


@writes_only
@for_act(Act.DECIDE)
def adopt_clear(request: ActorRequest, code: str) -> HttpResponse:
    """Certify together the files that call for nothing."""
    session = session_of(request, code)
    try:
        count = services.adopt_clear_files(session=session, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        many = "s" if count >= 2 else ""
        messages.success(request, f"{count} dossier{many} favorable{many} adopté{many}.")
    return redirect("juries:national_table", code)


@writes
@for_act(Act.PROCLAIM)
def proclaim(request: ActorRequest, code: str) -> HttpResponse:
    """Show what the proclamation will do, then, the password typed again, do it, once."""
    session = session_of(request, code)
    if session.state == SessionState.PROCLAIMED:
        return redirect("juries:proclamation_detail", code)
    refused: list[str] = []
    form = ProclamationForm(request.POST or None, user=request.actor.user)
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            at, opens_at = timezone.now(), form.cleaned_data["opens_at"]
            services.proclaim(session=session, by=request.actor, at=at, seen=seen, opens_at=opens_at)
        except Refusal as refusal:
            refused = sentences_of(refusal)
        else:
            messages.success(request, _proclaimed(opens_at))
            return redirect("juries:proclamation_detail", code)
    session.refresh_from_db()
    if session.state == SessionState.PROCLAIMED:  # the other click of a double click won
        return redirect("juries:proclamation_detail", code)
    files = files_of(session)
    form.initial["seen"] = deliberated_digest(files)
    if refused:  # the page shows what is true now; the password is typed again
        initial = {name: form[name].value() for name in ("when", "opens_on", "opens_hour")}
        form = ProclamationForm(initial={**initial, **form.initial}, user=request.actor.user)
    standing = services.proclamation_refusals(session, files, request.actor)
    context = {
        "session": session,
        "form": form,
        "refusals": list(dict.fromkeys([*refused, *standing])),
        "is_refused": bool(standing),
        "consequences": _consequences(session, files),
        "exceptions": _departures(code, files, hidden_from(session, request.actor)),
        "counts": counts_of(files),
    }
    return render(request, "juries/proclaim.html", context)


def _proclaimed(opens_at: datetime | None) -> str:
    if opens_at is None:
        return "La session est proclamée. Les résultats sont ouverts, les certificats disponibles."
    return f"La session est proclamée. Les résultats s’ouvriront {said(opens_at)}."


def _columns(files: Sequence[Summary], *, shows_decisions: bool) -> dict[str, Any]:
    """The columns of the table, and how many follow the candidate's."""
    scheme = files[0].result.scheme if files else None
    after = len(scheme.columns) + 3 + shows_decisions if scheme else 0
    return {"scheme": scheme, "columns_after": after}


def _choices(files: Sequence[Summary], query: Query, *, shows_decisions: bool) -> dict[str, Any]:
    """What the filters offer, with the number of files behind each view."""
    options = {file.option[1]: file.option for file in files if file.option[1]}
    crfps = dict(file.crfp for file in files)
    views = [
        (key, label, sum(map(wanted, files)))
        for key, (label, wanted) in SHOWN.items()
        if shows_decisions or key not in ABOUT_DECISIONS
    ]
    return {
        "views": views,
        "options": [(code, label) for _position, code, label in sorted(options.values())],
        "crfps": sorted(crfps.items(), key=lambda item: item[1]),
    }


def _consequences(session: Session, files: Sequence[File]) -> list[str]:
    decided = [file.outcome for file in files]
    certified = decided.count(Outcome.CERTIFIED)
    failed = decided.count(Outcome.NOT_CERTIFIED)
    deferred = decided.count(Outcome.DEFERRED)
    gone = session.enrolments.exclude(pk__in=session.enrolments.sitting()).count()
    found = [
        f"{_count(certified, 'candidat certifié', 'candidats certifiés')} : "
        "chaque certificat reçoit son numéro et son code de vérification.",
        f"{_count(failed, 'candidat non certifié', 'candidats non certifiés')}, "
        f"{_count(deferred, 'reporté', 'reportés')}.",
        "Notes, totaux, motifs, avis et décisions sont figés : plus personne ne pourra les modifier.",
        "À l’ouverture des résultats, les candidats pourront les consulter, les organismes la décision "
        "pour leurs agents.",
    ]
    if gone:
        found.append(f"{_count(gone, 'désistement reste', 'désistements restent')} hors de la proclamation.")
    return found


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {several if number >= 2 else one}"


def _departures(code: str, files: Sequence[File], hidden: Collection[int]) -> list[dict[str, str]]:
    """Decisions that depart from the proposal; a number alone for who is recused."""
    return [
        {"label": f"Dossier n° {file.enrolment.number}", "url": "", "detail": "vous êtes récusé"}
        if file.pk in hidden
        else {
            "label": file.name,
            "url": reverse("juries:decide", args=[code, file.pk]),
            "detail": f"{Outcome(file.outcome).label.lower()}, proposé "
            f"{file.proposed.label.lower() if file.proposed else 'rien'} ({file.motive})",
        }
        for file in files
        if file.departs
    ]
