"""What awaits a tutor or a manager: their own trainees, each with a mark or a carnet, on a phone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from candidates.models import Enrolment, EnrolmentQuerySet
from candidates.states import SessionState
from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, reads, writes
from cqp.roles import Act
from cqp.sheets.answers import table_response, wanted_format
from evaluations import exports
from evaluations.carnet import Carnet, CarnetLine, carnets_of, enrolments_of
from evaluations.forms.trainees import Awaited, TraineeForm
from evaluations.models import Block, Mark, Observation
from evaluations.rules import RECORDS, entry_refusal, phase_of
from evaluations.services.marks import Entry, record_sheet
from evaluations.visibility import AUDIENCE_OF, Datum, may_see

_DATA = {Block.Recorder.TUTOR: Datum.TUTORED, Block.Recorder.MANAGER: Datum.CARNET}


@dataclass(frozen=True, slots=True)
class Trainee:
    """One of the person's trainees, with the marks they give and the carnet they sign."""

    enrolment: Enrolment
    awaited: list[Awaited]
    closed: str
    carnet: Carnet
    due: list[CarnetLine]  # the competences this person has to observe, or to sign

    @property
    def typed(self) -> list[Awaited]:
        """The marks given whole."""
        return [item for item in self.awaited if not item.lines]

    @property
    def is_marked(self) -> bool:
        return bool(self.closed) or all(item.entry for item in self.awaited)

    @property
    def is_done(self) -> bool:
        return self.is_marked and not self.due

    @property
    def next(self) -> str:
        """The competences this person turns to first."""
        codes = [line.competence.code for line in self.due[:3]]
        return f"Ensuite : {', '.join(codes)}" if codes else ""

    @property
    def is_followed(self) -> bool:
        """Does this person give a mark, or sign?"""
        return bool(self.awaited or self.carnet.blocs)


@reads
@for_act(Act.FOLLOW_TRAINEES)
def trainee_list(request: ActorRequest) -> HttpResponse:
    """Every trainee of the running sessions, those waiting for a mark first."""
    rows = _own(request.actor).sitting().exclude(session__state=SessionState.PROCLAIMED)
    trainees = _trainees(rows.order_by("session__entry_deadline", "candidate__sort_key"), request.actor)
    context = {
        "waiting": [t for t in trainees if not t.is_done],
        "done": [t for t in trainees if t.is_done and t.is_followed],
        "others": [t for t in trainees if not t.is_followed],
        "is_tutor": request.actor.may(Act.ATTEST),
        "to_sign": sum(len(t.due) for t in trainees) if request.actor.may(Act.COUNTERSIGN) else 0,
    }
    if fmt := wanted_format(request):
        return table_response(exports.trainees(_told(context)), "stagiaires", fmt)
    return render(request, "evaluations/trainee_list.html", context)


@writes
@for_act(Act.FOLLOW_TRAINEES)
def trainee_sheet(request: ActorRequest, pk: int) -> HttpResponse:
    """The mark of one trainee; the other marks are none of this person's business."""
    enrolment = get_object_or_404(_own(request.actor), pk=pk)
    (trainee,) = _trainees([enrolment], request.actor)
    if not trainee.typed and (trainee.awaited or trainee.carnet.blocs):
        return _to_carnet(trainee)
    form = TraineeForm(request.POST or None, awaited=trainee.typed)
    if request.method == "POST" and form.is_valid():
        entries = [
            Entry(enrolment, item.block, Mark.Attempt.FIRST, *form.typed(item.block))
            for item in trainee.typed
        ]
        for answer in record_sheet(entries=entries, by=request.actor, at=timezone.now()):
            if answer.mark is None:
                stored = answer.stored.version if answer.stored else None
                form.refuse(answer.entry.block, answer.refusal or answer.question, stored)
        if not form.errors:
            messages.success(request, f"Note enregistrée : {enrolment.candidate.full_name}.")
            return redirect("evaluations:trainee_list")
    context = {"trainee": trainee, "enrolment": enrolment, "form": form}
    return render(request, "evaluations/trainee_sheet.html", context, status=422 if form.errors else 200)


def _to_carnet(trainee: Trainee) -> HttpResponse:
    """Where this person fills what is no mark given whole: the lines of the carnet, or its competences."""
    pk = trainee.enrolment.pk
    if trainee.awaited:
        return redirect("evaluations:carnet_observe", pk, trainee.awaited[0].block.code)
    return redirect("evaluations:carnet_detail", pk)


def _told(context: Mapping[str, Any]) -> Iterator[exports.TraineeRow]:
    """The trainees of the page in its order, each with its state in words."""
    for name in ("waiting", "done", "others"):
        for trainee in context[name]:
            is_due = name == "waiting"
            yield exports.TraineeRow(
                trainee.enrolment,
                trainee.awaited,
                _state(trainee, context["is_tutor"]),
                is_due,
                trainee.carnet,
            )


def _state(trainee: Trainee, is_tutor: bool) -> str:
    if trainee.due:
        count = len(trainee.due)
        return f"{count} à observer" if is_tutor else f"{count} à signer"
    if trainee.awaited:
        closed = "Verrouillée" if trainee.closed else "Notée"
        return closed if trainee.is_marked else "À noter"
    if trainee.carnet.blocs:
        return f"Carnet {trainee.carnet.state.label.lower()}"
    return "Sans note à donner"


def _own(actor: Actor) -> EnrolmentQuerySet:
    return enrolments_of(actor)


def _trainees(enrolments: QuerySet[Enrolment] | Sequence[Enrolment], actor: Actor) -> list[Trainee]:
    """The trainees with what this actor gives them, in a constant number of queries."""
    enrolments = list(enrolments)
    regulations = {enrolment.session.adoption.regulation_id for enrolment in enrolments}
    blocks: dict[int, list[Block]] = defaultdict(list)
    mine = Block.objects.filter(regulation__in=regulations, recorder__in=RECORDS[actor.role])
    for block in mine.annotate(line_count=Count("lines")):
        blocks[block.regulation_id].append(block)
    observed = (
        Observation.objects.filter(enrolment__in=enrolments).order_by().values("enrolment", "line__block")
    )
    given = {
        (row["enrolment"], row["line__block"]): row["count"] for row in observed.annotate(count=Count("pk"))
    }
    recorded = Mark.objects.filter(enrolment__in=enrolments, attempt=Mark.Attempt.FIRST).order_by()
    marks = {(mark.enrolment_id, mark.block_id): mark for mark in recorded}
    carnets = carnets_of(enrolments, timezone.localdate())
    return [
        Trainee(
            enrolment,
            [
                Awaited(
                    block,
                    marks.get((enrolment.pk, block.pk)),
                    block.line_count,  # type: ignore[attr-defined]
                    given.get((enrolment.pk, block.pk), 0),
                )
                for block in blocks[enrolment.session.adoption.regulation_id]
                if _may_see(actor, block, enrolment)
            ],
            entry_refusal(enrolment) or "",
            carnet,
            _due(carnet, actor),
        )
        for enrolment, carnet in zip(enrolments, carnets, strict=True)
    ]


def _due(carnet: Carnet, actor: Actor) -> list[CarnetLine]:
    """What this actor has to observe, or to sign, while the carnet is open."""
    if carnet.refusal:
        return []
    return carnet.due_to_tutor if actor.may(Act.ATTEST) else carnet.due_to_manager


def _may_see(actor: Actor, block: Block, enrolment: Enrolment) -> bool:
    phase = phase_of(enrolment.session, enrolment.part, timezone.now())
    return may_see(AUDIENCE_OF[actor.role], _DATA[Block.Recorder(block.recorder)], phase)
