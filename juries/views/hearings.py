"""One candidate before a juror: the jury's form, the juror's own sheet, and who comes before and after."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes, writes_only
from cqp.roles import Act
from cqp.workflow import Refusal
from juries import rules
from juries.forms.hearing_sheets import OwnSheetForm
from juries.forms.local import HearingForm
from juries.hearing_sheets import own_sheet_of, proposals_of, timed_parts_of
from juries.models import Hearing
from juries.reading import HearingLine, by_hour, judging_refusal, lines_of
from juries.services import local as services
from juries.services.entries import NotesEntry
from juries.services.hearing_sheets import keep_sheet


@writes
@for_act(Act.SIT_IN_JURY)
def hearing(request: ActorRequest, pk: int) -> HttpResponse:
    """One candidate on one sheet: the jury's marks, its opinion; previous and next."""
    lines, line = _lines(request, pk)
    form = HearingForm(line, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _record(request, line.hearing, form)
        except rules.Refusals as refused:
            form.refuse(refused.sentences, lines_of(Hearing.objects.filter(pk=pk))[0])
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{line.enrolment.candidate.full_name} : enregistré.")
            return redirect("juries:hearing", pk)
    return _page(request, lines, line, form=form)


@writes_only
@for_act(Act.TAKE_NOTES)
def own_sheet(request: ActorRequest, pk: int) -> HttpResponse:
    """Keep the juror's own notes and proposals, without script."""
    lines, line = _lines(request, pk)
    own = OwnSheetForm(line, own_sheet_of(line, request.actor.user), request.POST)
    if own.is_valid():
        try:
            keep_sheet(
                hearing=line.hearing,
                notes=NotesEntry(*own.written),
                proposals=own.proposed,
                by=request.actor,
                at=timezone.now(),
            )
        except rules.Refusals as refused:
            own.refuse(refused.sentences, own_sheet_of(line, request.actor.user))
        else:
            messages.success(request, "Votre fiche est enregistrée.")
            return redirect("juries:hearing", pk)
    return _page(request, lines, line, own=own)


def _lines(request: ActorRequest, pk: int) -> tuple[list[HearingLine], HearingLine]:
    """The candidates this juror hears in the jury, and the one asked for."""
    hearings = Hearing.objects.visible_to(request.actor).sitting().select_related("jury__part__session")
    subject = get_object_or_404(hearings, pk=pk)
    lines = by_hour(lines_of(subject.jury.hearings.visible_to(request.actor)))
    return lines, next(line for line in lines if line.hearing.pk == subject.pk)


def _record(request: ActorRequest, subject: Hearing, form: HearingForm) -> None:
    given = form.opinion_given()
    services.record_hearing(
        hearing=subject,
        marks=[services.MarkEntry(*entry) for entry in form.entries()],
        opinion=services.OpinionEntry(*given) if given else None,
        by=request.actor,
        at=timezone.now(),
    )


def _page(
    request: ActorRequest,
    lines: list[HearingLine],
    line: HearingLine,
    form: HearingForm | None = None,
    own: OwnSheetForm | None = None,
) -> HttpResponse:
    place = lines.index(line)
    context = {
        "line": line,
        "jury": line.hearing.jury,
        "form": form or HearingForm(line),
        "own": own or OwnSheetForm(line, own_sheet_of(line, request.actor.user)),
        "proposals": proposals_of(line),
        "parts": timed_parts_of(line),
        "previous": lines[place - 1] if place else None,
        "following": lines[place + 1] if place + 1 < len(lines) else None,
        "position": place + 1,
        "total": len(lines),
        "refusal": judging_refusal(line.hearing, request.actor),
    }
    return render(request, "juries/hearing.html", context)
