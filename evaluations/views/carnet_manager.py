"""What a manager does with the carnets: sign many at once, refuse or send back one, give points by line."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.states import SessionState
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from evaluations import exports
from evaluations.carnet import FILE, Carnet, CarnetLine, carnets_of, enrolments_of
from evaluations.carnet_rules import lines_refusal
from evaluations.forms.carnet import DisagreementForm, ObservationsForm, ReturnForm
from evaluations.models import Block, Mark, MasteryAttestation, Observation
from evaluations.rules import mark_refusal
from evaluations.scoring.typography import typeset
from evaluations.services.carnet import Signed, Signing, countersign, return_attestation
from evaluations.services.observations import record_observations
from evaluations.views.carnet import readable

_NOTHING_TICKED = "Cochez au moins une compétence à signer."


@reads
@for_act(Act.COUNTERSIGN)
def carnet_signatures(request: ActorRequest) -> HttpResponse:
    """Everything that waits for this manager's signature, trainee by trainee, readable without opening."""
    waiting = _waiting(request.actor)
    if fmt := wanted_format(request):
        return table_response(exports.signatures(waiting), "a-signer", fmt)
    count = sum(len(lines) for _, lines in waiting)
    context = {"waiting": waiting, "count": count}
    return render(request, "evaluations/carnet_signatures.html", context)


@writes
@for_act(Act.COUNTERSIGN)
def carnet_sign(request: ActorRequest) -> HttpResponse:
    """What is about to be signed, with names and counts; then the signature of all of it."""
    ticked = request.POST.getlist("a") if request.method == "POST" else request.GET.getlist("a")
    wanted = dict(_versions(ticked))
    rows = MasteryAttestation.objects.visible_to(request.actor).filter(pk__in=wanted)
    own = rows.select_related(
        "competence", "attested_by", "enrolment__candidate", "enrolment__part__crfp",
        "enrolment__session__adoption",
    ).order_by(
        "enrolment__candidate__sort_key", "competence__bloc__position", "competence__position"
    )  # fmt: skip
    attestations = list(own)
    if not attestations:
        messages.error(request, _NOTHING_TICKED)
        return redirect("evaluations:carnet_signatures")
    if request.method == "POST":
        signings = [Signing(row, wanted[row.pk], row.mastered) for row in attestations]
        _tell(request, countersign(signings=signings, by=request.actor, at=timezone.now()))
        return redirect("evaluations:carnet_signatures")
    context = {
        "attestations": [(row, f"{row.pk}:{wanted[row.pk]}") for row in attestations],
        "trainees": len({row.enrolment_id for row in attestations}),
        "refused": [row for row in attestations if not row.mastered],
    }
    return render(request, "evaluations/carnet_sign.html", context)


@writes
@for_act(Act.RETURN_ATTESTATION)
def carnet_return(request: ActorRequest, pk: int) -> HttpResponse:
    """Send a competence back to the tutor: what is missing, when to look again."""

    def send(form: ReturnForm, attestation: MasteryAttestation) -> str:
        said = form.cleaned_data
        return_attestation(attestation=attestation, **said, by=request.actor, at=timezone.now())
        return f"{attestation.competence.code} renvoyée à {attestation.attested_by.full_name}."

    return _one_attestation(request, pk, ReturnForm, send, "evaluations/carnet_return.html")


@writes
@for_act(Act.COUNTERSIGN)
def carnet_disagree(request: ActorRequest, pk: int) -> HttpResponse:
    """Sign a competence against the tutor's word, with the reason."""

    def sign(form: DisagreementForm, attestation: MasteryAttestation) -> str:
        said = form.cleaned_data
        signing = Signing(attestation, said["version"], not attestation.mastered, said["reason"])
        (answer,) = countersign(signings=[signing], by=request.actor, at=timezone.now())
        if answer.refusal:
            raise Refusal(answer.refusal)
        return f"{attestation.competence.code} signée, votre avis et votre motif sont gardés."

    return _one_attestation(request, pk, DisagreementForm, sign, "evaluations/carnet_disagree.html")


@writes
@for_act(Act.RECORD_OBSERVATIONS)
def carnet_observe(request: ActorRequest, pk: int, block: str) -> HttpResponse:
    """The lines of a carnet in points; the total is the mark once every line is there."""
    enrolment = readable(request.actor, pk)
    blocks = Block.objects.filter(
        regulation=enrolment.session.adoption.regulation_id, lines__isnull=False,
        recorder=Role(request.actor.role).name,
    ).distinct()  # fmt: skip
    found = get_object_or_404(blocks, code=block)
    rows = Observation.objects.filter(enrolment=enrolment, line__block=found)
    stored = {row.line_id: row for row in rows}
    mark = Mark.objects.filter(enrolment=enrolment, block=found, attempt=Mark.Attempt.FIRST).first()
    lines = found.lines.select_related("block")
    form = ObservationsForm(request.POST or None, lines=lines, stored=stored)
    if request.method == "POST" and form.is_valid():
        try:
            done = record_observations(
                enrolment=enrolment, block=found, entries=form.entries, by=request.actor, at=timezone.now()
            )
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            form.refuse(done.refusals, done.versions)
            if not done.refusals:
                messages.success(request, _kept(enrolment.candidate.full_name, form, done.mark))
                return redirect("evaluations:trainee_list")
    refusal = mark_refusal(enrolment, found, Mark.Attempt.FIRST, mark, request.actor)
    context = {
        "enrolment": enrolment,
        "subject": found,
        "form": form,
        "mark": mark,
        "given": len(stored),
        "refusal": refusal or lines_refusal(found, mark, bool(stored)),
    }
    return render(request, "evaluations/carnet_observe.html", context, status=422 if form.errors else 200)


def _kept(name: str, form: ObservationsForm, mark: Mark | None) -> str:
    if mark is not None and mark.value is not None:
        return typeset(f"Carnet de {name} : {mark.entry} points.")
    left = sum(not entry.entry.strip() for entry in form.entries)
    return typeset(f"Carnet de {name} enregistré : {left} ligne{plural(left)} à remplir, pas encore de note.")


def _waiting(actor: Actor) -> list[tuple[Carnet, list[CarnetLine]]]:
    """The open carnets with something to sign, the nearest deadline first."""
    rows = enrolments_of(actor).sitting().exclude(session__state=SessionState.PROCLAIMED)
    rows = rows.filter(attestations__isnull=False).distinct()
    carnets = carnets_of(
        list(rows.order_by("session__entry_deadline", "candidate__sort_key")), timezone.localdate()
    )
    return [(one, one.due_to_manager) for one in carnets if one.due_to_manager and not one.refusal]


def _versions(ticked: Iterable[str]) -> Iterable[tuple[int, int]]:
    """Each attestation ticked, with the version that was read; what is no such thing is left out."""
    for text in ticked:
        pk, _, version = text.partition(":")
        if pk.isdecimal() and version.isdecimal() and len(pk) < 19 and len(version) < 9:
            yield int(pk), int(version)


def _tell(request: ActorRequest, answers: Iterable[Signed]) -> None:
    signed = [answer for answer in answers if not answer.refusal]
    if signed:
        count = len(signed)
        messages.success(request, f"{count} compétence{plural(count)} signée{plural(count)}.")
    for answer in answers:
        if answer.refusal:
            name = answer.attestation.enrolment.candidate.full_name
            sentence = f"{name}, {answer.attestation.competence.code} : {answer.refusal}"
            messages.warning(request, typeset(sentence))


def _one_attestation(
    request: ActorRequest, pk: int, form_class: type[forms.Form], act: Any, template: str
) -> HttpResponse:
    """A page on one attestation of one's trainees: its form, what it does, and back to what waits."""
    rows = MasteryAttestation.objects.visible_to(request.actor).select_related(
        "competence__bloc", "attested_by", "signed_by", "returned_by",
        "enrolment__candidate", "enrolment__part__crfp", "enrolment__session__adoption",
    ).prefetch_related("met", "competence__criteria", FILE)  # fmt: skip
    attestation: MasteryAttestation = get_object_or_404(rows, pk=pk)
    form = form_class(request.POST or None, initial={"version": attestation.version})
    if request.method == "POST" and form.is_valid():
        try:
            sentence = act(form, attestation)
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, typeset(sentence))
            return redirect("evaluations:carnet_signatures")
    context = {
        "form": form,
        "attestation": attestation,
        "line": CarnetLine(attestation.competence, attestation),
        "enrolment": attestation.enrolment,
    }
    return render(request, template, context, status=422 if form.errors else 200)
