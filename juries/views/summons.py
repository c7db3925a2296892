"""Convocations: who was told what and when, who has to be told, the papers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads, writes_only
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from juries import planning_exports
from juries.models import Summons
from juries.plans import plan_of
from juries.rules import jury_frozen_refusal
from juries.services import summons as services
from juries.summons import book_pdf, last_summons_of, letters_of, sent_pdf, summons_pdf
from juries.views.composition_page import jury_of
from juries.views.documents import document
from juries.views.refusals import pressed


@reads
@for_act(Act.SUMMON)
def summons_list(request: ActorRequest, pk: int) -> HttpResponse:
    """Every candidate of a jury: the hour, each convocation made so far, and who has to be told."""
    jury = jury_of(request, pk)
    letters = letters_of(plan_of(jury), timezone.localdate())
    if fmt := wanted_format(request):
        return table_response(planning_exports.summons(jury, letters), f"convocations-{pk}", fmt)
    due = [letter for letter in letters if letter.is_due]
    context = {
        "jury": jury,
        "part": jury.part,
        "letters": letters,
        "due": due,
        "on_paper": [letter for letter in due if not letter.line.hearing.enrolment.candidate.email],
        "again": sum(letter.last is not None for letter in due),
        "without": [letter for letter in letters if letter.line.slot is None],
        "held": [letter for letter in letters if letter.fault],
        "printable": any(letter.is_current for letter in letters),
        "refusal": jury_frozen_refusal(jury),
    }
    return render(request, "juries/summons_list.html", context)


@writes_only
@for_act(Act.SUMMON)
def summons_send(request: ActorRequest, pk: int) -> HttpResponse:
    """Tell everybody who has to be told; pressed twice, nobody is told twice."""
    jury = jury_of(request, pk)
    try:
        told = services.summon(jury=jury, by=request.actor, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.sentence)
    else:
        count = len(told.written)
        paper = f" À remettre sur papier : {', '.join(told.on_paper)}." if told.on_paper else ""
        said = f"{count} convocation{plural(count)} faite{plural(count)}.{paper}"
        messages.success(request, said if count else "Chacun est déjà prévenu de son horaire.")
    return redirect("juries:summons_list", pk)


@writes_only
@for_act(Act.SUMMON)
def summons_again(request: ActorRequest, pk: int) -> HttpResponse:
    """Send once more a message that did not leave."""
    rows = Summons.objects.filter(enrolment__in=Enrolment.objects.visible_to(request.actor).sitting())
    row = get_object_or_404(rows.select_related("enrolment__part", "enrolment__hearing"), pk=pk)
    pressed(request, services.send_again, summons=row)
    hearing = getattr(row.enrolment, "hearing", None)
    return redirect("juries:summons_list", hearing.jury_id) if hearing else redirect("home")


@reads
@for_act(Act.SUMMON)
def summons_one(request: ActorRequest, pk: int) -> HttpResponse:
    """One convocation on paper, as it was frozen."""
    rows = Summons.objects.filter(enrolment__in=Enrolment.objects.visible_to(request.actor))
    row = get_object_or_404(rows, pk=pk)
    return document(lambda: summons_pdf(row), f"convocation-{row.enrolment_id}-{row.rank}.pdf")


@reads
@for_act(Act.SUMMON)
def summons_book(request: ActorRequest, pk: int) -> HttpResponse:
    """The convocations in force of a jury, a page each; without any, the list says so."""
    rows = last_summons_of(jury_of(request, pk))
    if not rows:
        return redirect("juries:summons_list", pk)
    return document(lambda: book_pdf(rows), f"convocations-{pk}.pdf")


@reads
@for_act(Act.READ_OWN_RESULT)
def own_summons(request: ActorRequest, pk: int) -> HttpResponse:
    """A candidate's own convocation, as it left by message: without the number (R37)."""
    rows = Summons.objects.filter(enrolment__in=Enrolment.objects.visible_to(request.actor))
    row = get_object_or_404(rows, pk=pk)
    return document(lambda: sent_pdf(row), f"convocation-{row.rank}.pdf")
