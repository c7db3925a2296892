"""The carnet as it is read: its page, its PDF, what is joined to it; who is late in a part; its reopening."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from candidates.models import Enrolment
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act, Role
from cqp.sheets.answers import table_response, wanted_format
from cqp.workflow import Refusal
from evaluations import carnet_document, exports
from evaluations.carnet import Carnet, carnet_of, carnets_of, enrolments_of
from evaluations.carnet_rules import reopening_refusal
from evaluations.forms.carnet import ReopeningForm
from evaluations.models import AttestationFile, Block, Mark, MasteryAttestation, Observation, ObservationLine
from evaluations.rules import phase_of
from evaluations.services.carnet import reopen_carnet
from evaluations.views.parts import part_of
from evaluations.visibility import AUDIENCE_OF, Datum, may_see

_DATA = {Block.Recorder.TUTOR: Datum.TUTORED, Block.Recorder.MANAGER: Datum.CARNET}


@dataclass(frozen=True, slots=True)
class MarkedBlock:
    """A block of the carnet that is given a mark, with the lines it is made of, if any."""

    block: Block
    mark: Mark | None
    lines: Sequence[tuple[ObservationLine, Observation | None]]

    @property
    def points(self) -> Decimal:
        return sum((row.value for _, row in self.lines if row is not None), Decimal(0))


@reads
@for_act(Act.READ_CARNETS)
def carnet_detail(request: ActorRequest, pk: int) -> HttpResponse:
    """One carnet whole: what is awaited first, then each bloc with its signatures."""
    enrolment = readable(request.actor, pk)
    carnet = carnet_of(enrolment, timezone.localdate())
    actor = request.actor
    context = {
        "carnet": carnet,
        "enrolment": enrolment,
        "marked": _marked_blocks(enrolment, actor),
        "may_attest": actor.role == Role.TUTOR and is_signatory(carnet, actor),
        "may_sign": actor.role == Role.MANAGER and is_signatory(carnet, actor),
        "may_follow": actor.may(Act.FOLLOW_SESSIONS),
        "may_reopen": actor.may(Act.REOPEN_CARNET),
    }
    return render(request, "evaluations/carnet_detail.html", context)


@reads
@for_act(Act.READ_CARNETS)
def carnet_pdf(request: ActorRequest, pk: int) -> HttpResponse:
    """The carnet on paper, as it stands today: who signed what, by name and hour."""
    enrolment = readable(request.actor, pk)
    carnet = carnet_of(enrolment, timezone.localdate())
    if not carnet.blocs:
        raise Http404
    try:
        content = carnet_document.carnet_pdf(carnet)
    except Refusal as refusal:
        return HttpResponse(refusal.sentence, status=409, content_type="text/plain; charset=utf-8")
    name = f"carnet-{enrolment.session.code}-{enrolment.pk}.pdf"
    headers = {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@reads
@for_act(Act.READ_CARNETS)
def carnet_file(request: ActorRequest, pk: int) -> HttpResponse:
    """What is joined to an attestation: to save, never to open here, whatever it holds."""
    rows = MasteryAttestation.objects.visible_to(request.actor)
    file = get_object_or_404(AttestationFile, attestation__in=rows, pk=pk)
    headers = {
        "Content-Disposition": str(content_disposition_header(True, file.name)),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(bytes(file.content), content_type=file.kind, headers=headers)


@reads
@for_act(Act.FOLLOW_SESSIONS)
def carnet_list(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """The carnets of a part: who misses what, the least advanced first."""
    part = part_of(request, session, crfp)
    rows = enrolments_of(request.actor).filter(part=part).sitting().order_by("candidate__sort_key", "pk")
    carnets = carnets_of(list(rows), timezone.localdate())
    carnets = sorted(carnets, key=lambda carnet: carnet.progress.signed - carnet.progress.total)
    if fmt := wanted_format(request):
        return table_response(exports.carnets(carnets), f"carnets-{part.session.code}", fmt)
    context = {
        "part": part,
        "session": part.session,
        "carnets": carnets,
        "has_blocs": any(carnet.blocs for carnet in carnets),
        "complete": sum(carnet.progress.is_complete for carnet in carnets),
    }
    return render(request, "evaluations/carnet_list.html", context)


@writes
@for_act(Act.REOPEN_CARNET)
def carnet_reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """Open a carnet again after its deadline, until a day, with the motive."""
    enrolment = readable(request.actor, pk)
    today = timezone.localdate()
    carnet = carnet_of(enrolment, today)
    # Whatever the day asked for: may this carnet be reopened at all?
    refusal = reopening_refusal(enrolment, None, type(today).max, today, request.actor)
    form = ReopeningForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            reopen_carnet(
                enrolment=enrolment,
                until=said["until"],
                motive=said["motive"],
                by=request.actor,
                at=timezone.now(),
            )
        except Refusal as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, f"Le carnet de {enrolment.candidate.full_name} est rouvert.")
            return redirect("evaluations:carnet_detail", pk)
    context = {"carnet": carnet, "enrolment": enrolment, "form": form, "refusal": refusal}
    return render(request, "evaluations/carnet_reopen.html", context, status=422 if form.errors else 200)


def readable(actor: Actor, pk: int) -> Enrolment:
    """An enrolment whose carnet this actor may read now; any other does not exist."""
    enrolment: Enrolment = get_object_or_404(enrolments_of(actor), pk=pk)
    if not _sees(actor, Datum.FOLLOW_UP, enrolment):
        raise Http404
    return enrolment


def _sees(actor: Actor, datum: Datum, enrolment: Enrolment) -> bool:
    phase = phase_of(enrolment.session, enrolment.part, timezone.now())
    return may_see(AUDIENCE_OF[actor.role], datum, phase)


def _marked_blocks(enrolment: Enrolment, actor: Actor) -> list[MarkedBlock]:
    """The marks of the carnet this actor may see: not those of the other signatory."""
    seen = [recorder for recorder, datum in _DATA.items() if _sees(actor, datum, enrolment)]
    blocks = Block.objects.filter(
        regulation=enrolment.session.adoption.regulation_id, recorder__in=seen
    ).prefetch_related("lines")
    marks = {mark.block_id: mark for mark in enrolment.marks.filter(attempt=Mark.Attempt.FIRST)}
    observed = {row.line_id: row for row in enrolment.observations.all()}
    return [
        MarkedBlock(block, marks.get(block.pk), [(line, observed.get(line.pk)) for line in block.lines.all()])
        for block in blocks
    ]


def is_signatory(carnet: Carnet, actor: Actor) -> bool:
    """Does this actor sign this carnet?"""
    enrolment = carnet.enrolment
    own = {Role.TUTOR: enrolment.tutor_id, Role.MANAGER: enrolment.manager_id}
    return own.get(actor.role) == actor.user.pk
