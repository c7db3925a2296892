"""The sheet a jury fills for one bloc of one candidate."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes
from cqp.roles import Act
from cqp.workflow import Conflict, Refusal
from evaluations.judging import KEPT
from evaluations.models import BlocCompetence, BlocJudgement, KeptBloc
from juries import rules
from juries.forms.blocs import BlocSheetForm
from juries.models import Hearing
from juries.reading import deliberating_refusal
from juries.services.blocs import judge_bloc


@writes
@for_act(Act.JUDGE_BLOC)
def bloc_sheet(request: ActorRequest, pk: int, code: str) -> HttpResponse:
    """Criteria, competences and conclusion of one bloc; nothing of the carnet, which is not the jury's."""
    hearings = Hearing.objects.visible_to(request.actor).sitting()
    related = hearings.select_related("jury__part__session__adoption", "enrolment__candidate")
    subject = get_object_or_404(related, pk=pk)
    blocs = list(_blocs_of(subject))
    bloc = next((one for one in blocs if one.code == code), None)
    if bloc is None:
        raise Http404
    judgement = _judgement_of(subject, bloc)
    kept = KeptBloc.objects.filter(enrolment=subject.enrolment_id, bloc=bloc).exists()
    refusal = KEPT if kept else deliberating_refusal(subject, request.actor)
    form = BlocSheetForm(bloc, judgement, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = judge_bloc(
                hearing=subject,
                bloc=bloc,
                entry=form.entry,
                version=form.cleaned_data["version"],
                by=request.actor,
                at=timezone.now(),
            )
        except Refusal as refused:
            form.refuse(_sentences_of(refused), _seen(subject, bloc, form, refused))
        else:
            said = saved.get_outcome_display().lower()
            messages.success(request, f"{bloc.code}, {subject.enrolment.candidate.full_name} : {said}.")
            return redirect(_after(request, subject, bloc, blocs))
    context = {
        "hearing": subject,
        "jury": subject.jury,
        "candidate": subject.enrolment.candidate,
        "bloc": bloc,
        "blocs": blocs,
        "form": form,
        "judgement": judgement,
        "refusal": refusal,
    }
    return render(request, "juries/bloc_sheet.html", context, status=422 if form.errors else 200)


def _blocs_of(hearing: Hearing) -> list[BlocCompetence]:
    regulation = hearing.jury.part.session.adoption.regulation_id
    rows = BlocCompetence.objects.filter(regulation=regulation).order_by("position")
    return list(rows.prefetch_related("competences__criteria"))


def _judgement_of(hearing: Hearing, bloc: BlocCompetence) -> BlocJudgement | None:
    rows = BlocJudgement.objects.filter(enrolment=hearing.enrolment_id, bloc=bloc)
    related = rows.select_related("recorded_by").prefetch_related(
        "competences__competence", "criteria__criterion__competence"
    )
    return related.first()


def _seen(hearing: Hearing, bloc: BlocCompetence, form: BlocSheetForm, refused: Refusal) -> int:
    """The version on the screen; another juror's sheet counts as seen once the page has told of it."""
    if not isinstance(refused, Conflict):
        return int(form.cleaned_data["version"])
    fresh = _judgement_of(hearing, bloc)
    return fresh.version if fresh else 0


def _sentences_of(refused: Refusal) -> dict[str | None, str]:
    if isinstance(refused, rules.Refusals):
        return dict(refused.sentences.items())
    if isinstance(refused, Conflict):
        return {None: f"{refused.sentence} Enregistrez de nouveau pour la remplacer par la vôtre."}
    return {None: refused.sentence}


def _after(request: ActorRequest, hearing: Hearing, bloc: BlocCompetence, blocs: list[BlocCompetence]) -> str:
    """The next bloc when it is asked for, the candidate's page otherwise."""
    later = [one for one in blocs if one.position > bloc.position]
    if "next" in request.POST and later:
        return reverse("juries:bloc_sheet", args=[hearing.pk, later[0].code])
    return reverse("juries:hearing", args=[hearing.pk])
