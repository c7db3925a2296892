"""The national jury: sessions before it, its sitting, its table, each decision, the proclamation."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.states import SessionState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from evaluations.bloc_reading import judgements_of
from evaluations.scoring import account_of
from evaluations.visibility import AUDIENCE_OF, Datum, Phase, may_see
from juries import exports, rules
from juries.deliberation import File, Summary, counts_of, file_of, files_of, summaries_of
from juries.dockets import sessions_before
from juries.forms.national import DecisionForm, SittingForm
from juries.services import national as services
from juries.states import Outcome
from juries.views.national_table import (
    ABOUT_DECISIONS,
    ROWS,
    SHOWN,
    Query,
    groups_of,
    row_of,
)


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
    session = _session(request, code)
    today = timezone.localdate()
    early = rules.early_warning(session, today)
    form = SittingForm(request.POST or None, initial={"held_on": today}, early=early)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_sitting(session=session, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusal as refused:
            _refuse(form, refused)
        else:
            warning = rules.sitting_day_warning(session, form.cleaned_data["held_on"])
            if warning:
                messages.warning(request, warning)
            return redirect("juries:national_table", code)
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
    session = _session(request, code)
    shows_decisions = _shows_decisions(request, session)
    query = Query.of(request, with_decisions=shows_decisions)
    files = [] if session.state == SessionState.OPEN else summaries_of(session)
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
        "scheme": files[0].result.scheme if files else None,
        "counts": counts_of(files),
        "choices": _choices(files, query, shows_decisions=shows_decisions),
        "shows_decisions": shows_decisions,
        "may_decide": request.actor.may(Act.DECIDE) and session.state == SessionState.DELIBERATION,
        "may_proclaim": request.actor.may(Act.PROCLAIM) and session.state == SessionState.DELIBERATION,
        "may_open": request.actor.may(Act.OPEN_SITTING),
    }
    return render(request, "juries/national_table.html", context)


@writes_only
@for_act(Act.DECIDE)
def adopt_clear(request: ActorRequest, code: str) -> HttpResponse:
    """Certify together the files that call for nothing."""
    session = _session(request, code)
    try:
        count = services.adopt_clear_files(session=session, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        many = "s" if count >= 2 else ""
        messages.success(request, f"{count} dossier{many} favorable{many} adopté{many}.")
    return redirect("juries:national_table", code)


@writes
@for_act(Act.READ_DELIBERATION)
def decide(request: ActorRequest, code: str, pk: int) -> HttpResponse:
    """The whole story of one candidate, and the jury's decision."""
    session = _session(request, code)
    shows_decisions = _shows_decisions(request, session)
    sitting = Enrolment.objects.visible_to(request.actor).sitting()
    sitting = sitting.exclude(session__state=SessionState.OPEN).select_related("session")
    file = file_of(get_object_or_404(sitting, session=session, pk=pk))
    query = Query.of(request, with_decisions=shows_decisions)
    may_decide = request.actor.may(Act.DECIDE)
    if request.method == "POST" and not may_decide:
        raise PermissionDenied
    form = DecisionForm(request.POST or None, proposed=file.proposed, initial=_initial(file))
    if request.method == "POST" and form.is_valid():
        # Before deciding: a file decided may leave the list that was asked for.
        target = _after(request, session, pk, query)
        try:
            services.decide(
                enrolment=file.enrolment, by=request.actor, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refused:
            form = _again(request, pk, form, refused)
        else:
            messages.success(request, f"Décision enregistrée pour {file.name}.")
            return redirect(target)
    refusal = rules.deliberation_refusal(session) or rules.decision_refusal(
        request.actor, file.enrolment, file.result
    )
    context = {
        "session": session,
        "file": file,
        "enrolment": file.enrolment,
        "row": row_of(file),
        **_explained(file),
        "form": form if may_decide and not refusal else None,
        "refusal": refusal,
        "may_decide": may_decide,
        "shows_decisions": shows_decisions,
        "query": query,
        **_neighbours(query.asked(summaries_of(session)), pk),
    }
    return render(request, "juries/decide.html", context)


@writes
@for_act(Act.PROCLAIM)
def proclaim(request: ActorRequest, code: str) -> HttpResponse:
    """Show what the proclamation will do, then do it, once."""
    session = _session(request, code)
    if session.state == SessionState.PROCLAIMED:
        return redirect("juries:proclamation_detail", code)
    refusal = None
    if request.method == "POST":
        try:
            services.proclaim(session=session, by=request.actor, at=timezone.now())
        except Refusal as refused:
            refusal = refused.sentence
        else:
            messages.success(request, "La session est proclamée. Les certificats sont disponibles.")
            return redirect("juries:proclamation_detail", code)
    session.refresh_from_db()
    if session.state == SessionState.PROCLAIMED:  # the other click of a double click won
        return redirect("juries:proclamation_detail", code)
    files = files_of(session)
    context = {
        "session": session,
        "refusal": refusal or rules.deliberation_refusal(session) or services.proclamation_gaps(files),
        "consequences": _consequences(session, files),
        "exceptions": _departures(code, files),
        "counts": counts_of(files),
    }
    return render(request, "juries/proclaim.html", context)


def _session(request: ActorRequest, code: str) -> Session:
    rows = Session.objects.visible_to(request.actor).select_related("certification", "sitting")
    return get_object_or_404(rows, code=code)


def _shows_decisions(request: ActorRequest, session: Session) -> bool:
    """What the jury decides waits for the proclamation, for everybody but the jury."""
    phase = Phase.PROCLAIMED if session.state == SessionState.PROCLAIMED else Phase.NATIONAL_JURY
    return may_see(AUDIENCE_OF[request.actor.role], Datum.OUTCOME, phase)


def _explained(file: File) -> dict[str, Any]:
    """What the calculation and the local jury say of a file, line by line."""
    return {
        "account": account_of(file.result.to_data()),
        "judgements": judgements_of(file.enrolment),
    }


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


def _initial(file: File) -> dict[str, str]:
    decision = file.decision
    seen = services.decision_mark(decision)
    if decision is None:
        proposed = file.proposed if not file.alerts or file.proposed == Outcome.DEFERRED else None
        return {"outcome": proposed or "", "motive": "", "seen": seen}
    return {"outcome": decision.outcome, "motive": decision.motive, "seen": seen}


def _again(request: ActorRequest, pk: int, form: DecisionForm, refusal: Refusal) -> DecisionForm:
    """The same form with the refusal, nothing lost; after a conflict it has seen the other decision."""
    data = request.POST.copy()
    now = Enrolment.objects.select_related("decision").get(pk=pk)
    data["seen"] = services.decision_mark(getattr(now, "decision", None))
    fresh = DecisionForm(data, proposed=None)
    fresh.fields["outcome"] = form.fields["outcome"]
    _refuse(fresh, refusal)
    return fresh


def _refuse(form: Form, refused: Refusal) -> None:
    """Show each sentence beside the field it is about, or above the form."""
    named = refused.sentences if isinstance(refused, rules.Refusals) else {None: refused.sentence}
    for field, sentence in named.items():
        form.add_error(field, sentence)


def _after(request: ActorRequest, session: Session, pk: int, query: Query) -> str:
    """Where to go once decided: the next undecided file of the list, or back to the same file."""
    if "next" not in request.POST:
        return reverse("juries:decide", args=[session.code, pk]) + query.address
    asked = query.asked(summaries_of(session))
    here = next((i for i, one in enumerate(asked) if one.pk == pk), -1)
    left = [one for one in (*asked[here + 1 :], *asked[: max(here, 0)]) if not one.is_decided]
    if not left:
        return reverse("juries:national_table", args=[session.code]) + query.address
    return reverse("juries:decide", args=[session.code, left[0].pk]) + query.address


def _neighbours(asked: Sequence[Summary], pk: int) -> dict[str, Any]:
    here = next((i for i, one in enumerate(asked) if one.pk == pk), None)
    if here is None:
        return {"previous": None, "following": None, "rank": None, "asked": len(asked)}
    return {
        "previous": asked[here - 1] if here else None,
        "following": asked[here + 1] if here + 1 < len(asked) else None,
        "rank": here + 1,
        "asked": len(asked),
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
        "Les candidats pourront consulter leurs résultats, les organismes la décision pour leurs agents.",
    ]
    if gone:
        found.append(f"{_count(gone, 'désistement reste', 'désistements restent')} hors de la proclamation.")
    return found


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {several if number >= 2 else one}"


def _departures(code: str, files: Sequence[File]) -> list[dict[str, str]]:
    return [
        {
            "label": file.name,
            "url": reverse("juries:decide", args=[code, file.pk]),
            "detail": f"{Outcome(file.outcome).label.lower()}, proposé "
            f"{file.proposed.label.lower() if file.proposed else 'rien'} ({file.motive})",
        }
        for file in files
        if file.departs
    ]
