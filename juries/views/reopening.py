"""The local juries of a session, their procès-verbaux, and Ucanss that has one sit again."""

from collections.abc import Collection

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Session
from candidates.rules import part_reopening_refusal
from candidates.states import EnrolmentState, PartState
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from juries import exports
from juries.forms.local import MotiveForm
from juries.local_minutes import hidden_from
from juries.local_minutes_print import local_minutes_pdf
from juries.models import JuryReopening, LocalJury, LocalMinutes
from juries.rules import Refusals
from juries.services.reopening import reopen_jury
from juries.states import JuryState

MOTIVE = 2000  # characters
_SITTING = Q(hearings__enrolment__state=EnrolmentState.ENROLLED)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def session_juries(request: ActorRequest, code: str) -> HttpResponse:
    """Every local jury of a session, where it stands, and its minutes; a CRFP sees its own."""
    session = get_object_or_404(Session.objects.visible_to(request.actor), code=code)
    juries = _juries(request).filter(part__session=session).order_by("part__crfp__name", "meets_on", "name")
    juries = juries.annotate(heard=Count("hearings", filter=_SITTING))
    if fmt := wanted_format(request):
        return table_response(exports.session_juries(session, juries), f"jurys-{code}", fmt)
    context = {
        "session": session,
        "juries": juries,
        "may_reopen": request.actor.may(Act.REOPEN_JURY),
        "may_compose": request.actor.may(Act.COMPOSE_JURY),
        "refusal": part_reopening_refusal(session),
    }
    return render(request, "juries/session_juries.html", context)


@writes
@for_act(Act.REOPEN_JURY)
def jury_reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """What a reopening undoes, its motive, then the one button."""
    jury = get_object_or_404(_juries(request), pk=pk)
    form = MotiveForm(request.POST if request.method == "POST" else None, limit=MOTIVE)
    if request.method == "POST" and form.is_valid():
        try:
            reopen_jury(jury=jury, by=request.actor, at=timezone.now(), **form.cleaned_data)
        except Refusals as refused:
            form.add_error("motive", refused.sentences["motive"])
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{jury.name} est rouvert.")
            return redirect("juries:session_juries", jury.part.session.code)
    context = {
        "jury": jury,
        "session": jury.part.session,
        "form": form,
        "consequences": _consequences(jury),
        "is_open": jury.state == JuryState.OPEN,
        "refusal": part_reopening_refusal(jury.part.session),
    }
    return render(request, "juries/jury_reopen.html", context)


@reads
@for_act(Act.SIT_IN_JURY)
def jury_minutes(request: ActorRequest, pk: int, rank: int) -> HttpResponse:
    """The procès-verbal of a jury for one who sits in it; of a candidate recused, the number alone (R56)."""
    minutes = _minutes(request, pk, rank)
    return _document(minutes, hidden_from(minutes, request.actor.user))


@reads
@for_act(Act.FOLLOW_SESSIONS)
def part_minutes(request: ActorRequest, pk: int, rank: int) -> HttpResponse:
    """The procès-verbal of a jury for its CRFP and for Ucanss, whole."""
    return _document(_minutes(request, pk, rank))


def _juries(request: ActorRequest) -> QuerySet[LocalJury]:
    reopenings = JuryReopening.objects.select_related("by").order_by("-at")
    juries = LocalJury.objects.visible_to(request.actor).select_related(
        "part__session__certification", "part__crfp"
    )
    minutes = LocalMinutes.objects.defer("content").order_by("rank")
    return juries.prefetch_related(Prefetch("minutes", minutes), Prefetch("reopenings", reopenings))


def _minutes(request: ActorRequest, pk: int, rank: int) -> LocalMinutes:
    juries = LocalJury.objects.visible_to(request.actor).filter(pk=pk)
    rows = LocalMinutes.objects.filter(jury__in=juries.values("pk")).select_related("jury__part__session")
    return get_object_or_404(rows, rank=rank)


def _document(minutes: LocalMinutes, hidden: Collection[int] = ()) -> HttpResponse:
    """The PDF, kept by no cache; what cannot be printed is said in one sentence."""
    try:
        content = local_minutes_pdf(minutes, hidden)
    except Refusal as refusal:
        return HttpResponse(refusal.sentence, status=409, content_type="text/plain; charset=utf-8")
    name = f"pv-{minutes.jury.part.session.code}-jury-{minutes.jury_id}-{minutes.rank}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _consequences(jury: LocalJury) -> list[str]:
    """What a reopening undoes."""
    found = [
        f"{jury.name} siège de nouveau : ses notes, ses blocs et ses avis peuvent changer.",
        "Son procès-verbal est conservé ; celui de la prochaine clôture l’annule et le remplace.",
    ]
    if jury.part.state == PartState.TRANSMITTED:
        found.append(
            f"Les dossiers reviennent au {jury.part.crfp.name}, qui devra les transmettre de nouveau."
        )
    found.append(
        "Les décisions déjà prises sur ses candidats sont à reprendre, et la session ne peut pas être "
        "proclamée avant sa nouvelle clôture."
    )
    return found
