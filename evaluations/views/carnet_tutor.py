"""What a tutor writes in a carnet, on a phone: an attestation, sent by its form or by the browser’s queue."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, writes, writes_only
from cqp.roles import Act
from cqp.workflow import Conflict, Refusal
from evaluations.carnet import Carnet, CarnetBloc, CarnetLine, carnet_of
from evaluations.carnet_rules import attesting_refusal, competence_refusal
from evaluations.forms.carnet import NO, YES, AttestationForm
from evaluations.models import MasteryAttestation
from evaluations.observed import AttestationConflict, Observed
from evaluations.scoring.typography import typeset
from evaluations.services.carnet import attest, withdraw_attestation
from evaluations.views.carnet import is_signatory, readable

_ANOTHER = "Vous êtes connecté sous un autre nom que celui de cette page : reconnectez-vous, ou rechargez-la."
_UNREADABLE = "Cette demande ne peut pas être lue : rechargez la page."
_NOT_MINE = "Ce stagiaire n’est plus le vôtre : rechargez la page."
_MOST = 100


@writes
@for_act(Act.ATTEST)
def carnet_attest(request: ActorRequest, pk: int, competence: int) -> HttpResponse:
    """Attest one competence of a trainee: mastered or not, which criteria, when, in which situation."""
    carnet, bloc, line = _own_line(request.actor, pk, competence)
    form = AttestationForm(
        request.POST or None,
        request.FILES or None,
        line=line,
        today=carnet.today,
        like=_said_today(carnet),
    )
    if request.method == "POST" and form.is_valid():
        try:
            attest(
                enrolment=carnet.enrolment,
                competence=line.competence,
                version=form.cleaned_data["version"],
                observed=form.observed,
                file=form.attachment,
                by=request.actor,
                at=timezone.now(),
            )
        except AttestationConflict as conflict:
            form.over(conflict.stored.version)
            form.add_error(None, f"{conflict.sentence} Enregistrez de nouveau pour le remplacer.")
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, _done(line, carnet))
            return redirect("evaluations:carnet_detail", pk)
    refusal = carnet.refusal or competence_refusal(carnet.enrolment, line.competence, bloc.kept)
    context = {
        "carnet": carnet,
        "enrolment": carnet.enrolment,
        "bloc": bloc,
        "line": line,
        "form": form,
        "refusal": refusal or attesting_refusal(line.attestation),
    }
    return render(request, "evaluations/carnet_attest.html", context, status=422 if form.errors else 200)


@writes_only
@for_act(Act.WITHDRAW_ATTESTATION)
def carnet_withdraw(request: ActorRequest, pk: int, competence: int) -> HttpResponse:
    """Take back one's own attestation; taken back already, it stays so."""
    carnet, _, line = _own_line(request.actor, pk, competence)
    if line.attestation is not None:
        line.attestation.enrolment = carnet.enrolment
        try:
            withdraw_attestation(attestation=line.attestation, by=request.actor, at=timezone.now())
        except Refusal as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, f"Attestation retirée : {line.competence.code}.")
    return redirect("evaluations:carnet_detail", pk)


@writes_only
@for_act(Act.ATTEST)
def carnet_save(request: ActorRequest) -> HttpResponse:
    """Attest what the browser kept while the network was away; each attestation has its answer."""
    try:
        author, cells = _read(request.body)
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"sentence": typeset(_UNREADABLE)}, status=400)
    if author != request.user.pk:
        return JsonResponse({"sentence": typeset(_ANOTHER)}, status=403)
    answers = [_answer(request, cell) for cell in cells]
    return JsonResponse({"answers": answers})


def _read(body: bytes) -> tuple[int, list[dict[str, Any]]]:
    """Whose page it was, and what it sends. Raises what an unreadable body makes."""
    demand = json.loads(body)
    cells = demand["cells"]
    if not isinstance(cells, list) or len(cells) > _MOST:
        raise ValueError
    for cell in cells:
        if not all(type(cell[key]) is int for key in ("enrolment", "competence", "version")):
            raise TypeError
        cell["said"] = json.loads(cell["entry"])
        if not isinstance(cell["said"], dict) or max(cell["enrolment"], cell["competence"]) >= 2**63:
            raise TypeError
    return demand["author"], cells


def _answer(request: ActorRequest, cell: dict[str, Any]) -> dict[str, Any]:
    """What became of one attestation."""
    answer = {"key": f"{cell['enrolment']}-{cell['competence']}", "entry": cell["entry"]}
    answer |= {"version": cell["version"], "state": "refused"}
    try:
        carnet, _, line = _own_line(request.actor, cell["enrolment"], cell["competence"])
    except Http404:
        return answer | {"sentence": typeset(_NOT_MINE)}
    form = AttestationForm(_as_form(cell), line=line, today=carnet.today, like=None)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return answer | {"sentence": typeset(" ".join(sentences))}
    try:
        stored = attest(
            enrolment=carnet.enrolment,
            competence=line.competence,
            version=cell["version"],
            observed=form.observed,
            by=request.actor,
            at=timezone.now(),
        )
    except AttestationConflict as conflict:
        return answer | _left(conflict.stored) | {"state": "conflict", "sentence": typeset(conflict.sentence)}
    except (Conflict, Refusal) as refused:
        return answer | {"sentence": typeset(refused.sentence)}
    messages.success(request, _done(line, carnet))
    return answer | {"state": "saved", "version": stored.version}


def _as_form(cell: dict[str, Any]) -> dict[str, Any]:
    """What the browser kept, as the form would have sent it."""
    said = cell["said"]
    met = said.get("met")
    return {
        "mastered": {True: YES, False: NO}.get(said.get("mastered"), ""),
        "met": [str(one) for one in met] if isinstance(met, list) else [],
        "version": cell["version"],
        **{key: str(said.get(key) or "") for key in ("observed_on", "situation", "comment")},
    }


def _left(stored: MasteryAttestation) -> dict[str, Any]:
    """What stands there, so that the browser knows its own words again."""
    entry = Observed.of(stored).entry if not stored.returned_by_id else ""
    return {"entry": entry, "version": stored.version, "by": stored.returned_by_id or stored.attested_by_id}


def _done(line: CarnetLine, carnet: Carnet) -> str:
    return typeset(f"{line.competence.code} attestée : {carnet.enrolment.candidate.full_name}.")


def _own_line(actor: Actor, pk: int, competence: int) -> tuple[Carnet, CarnetBloc, CarnetLine]:
    """A competence of one's own trainee; any other does not exist."""
    carnet = carnet_of(readable(actor, pk), timezone.localdate())
    found = carnet.line_of(competence)
    if found is None or not is_signatory(carnet, actor):
        raise Http404
    return carnet, *found


def _said_today(carnet: Carnet) -> Observed | None:
    """What was said last today of this trainee: one visit shows several competences."""
    rows = [line.attestation for line in carnet.lines if line.attestation and line.is_due_to_manager]
    today = [row for row in rows if timezone.localdate(row.attested_at) == carnet.today]
    return Observed.of(max(today, key=lambda row: row.attested_at)) if today else None
