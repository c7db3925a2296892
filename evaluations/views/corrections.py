"""Correcting a mark that is transmitted: the right value, the motive, and what follows from it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.forms.sheets import CorrectionForm
from evaluations.models import Block, BlockSheet, Mark
from evaluations.rules import correction_refusal
from evaluations.services.marks import MarkConflict, Question, correct_mark


@writes
@for_act(Act.CORRECT_MARK)
def mark_correct(request: ActorRequest, pk: int, block: str, attempt: int) -> HttpResponse:
    """One transmitted mark, its correction and its motive."""
    rows = Enrolment.objects.visible_to(request.actor).select_related(
        "candidate", "part__crfp", "session__certification", "session__adoption"
    )
    enrolment = get_object_or_404(rows, pk=pk)
    regulation = enrolment.session.adoption.regulation_id
    about = get_object_or_404(Block.objects.filter(regulation=regulation), code=block)
    mark = Mark.objects.filter(enrolment=enrolment, block=about, attempt=attempt).first()
    if mark is None or mark.outcome == Mark.Outcome.NONE:
        raise Http404
    sheet = BlockSheet.objects.counted().filter(part=enrolment.part, block=about).first()
    form = CorrectionForm(request.POST or None, initial={"version": mark.version}, block=about)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data.pop("asked")
        try:
            correct_mark(
                enrolment=enrolment, block=about, attempt=attempt, by=request.actor, at=timezone.now(),
                confirmed=asked == form.cleaned_data["entry"],
                **form.cleaned_data,
            )  # fmt: skip
        except MarkConflict as conflict:
            form.data = {**form.data.dict(), "version": str(conflict.stored.version)}  # type: ignore[attr-defined]
            form.add_error("entry", f"{conflict.sentence} Enregistrez de nouveau pour la remplacer.")
        except Question as question:
            form.data = {**form.data.dict(), "asked": form.cleaned_data["entry"]}  # type: ignore[attr-defined]
            form.add_error("entry", f"{question.sentence} Enregistrez de nouveau pour la confirmer.")
        except Refusal as refusal:
            form.add_error("entry", refusal.sentence)
        else:
            messages.success(request, f"{enrolment.candidate.full_name} : la note est corrigée.")
            return redirect("evaluations:tally_detail", enrolment.pk)
    context = {
        "enrolment": enrolment,
        "subject": about,
        "mark": mark,
        "form": form,
        "refusal": correction_refusal(enrolment, about, sheet, request.actor),
    }
    return render(request, "evaluations/mark_correct.html", context, status=422 if form.errors else 200)
