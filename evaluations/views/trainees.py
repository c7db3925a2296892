"""What a tutor or a manager marks: their own trainees, one mark each, on a phone between two visits."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
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
from evaluations.forms.trainees import Awaited, TraineeForm
from evaluations.models import Block, Mark
from evaluations.rules import RECORDS, entry_refusal, phase_of
from evaluations.services.marks import Entry, record_sheet
from evaluations.visibility import AUDIENCE_OF, Datum, may_see

_DATA = {Block.Recorder.TUTOR: Datum.TUTORED, Block.Recorder.MANAGER: Datum.CARNET}


@dataclass(frozen=True, slots=True)
class Trainee:
    """One of the person's trainees, with the marks they give and why these may no longer change."""

    enrolment: Enrolment
    awaited: list[Awaited]
    closed: str

    @property
    def is_done(self) -> bool:
        return bool(self.closed) or all(item.entry for item in self.awaited)


@reads
@for_act(Act.FOLLOW_TRAINEES)
def trainee_list(request: ActorRequest) -> HttpResponse:
    """Every trainee of the running sessions, those waiting for a mark first."""
    rows = _own(request.actor).sitting().exclude(session__state=SessionState.PROCLAIMED)
    trainees = _trainees(rows.order_by("session__entry_deadline", "candidate__sort_key"), request.actor)
    context = {
        "waiting": [t for t in trainees if not t.is_done],
        "done": [t for t in trainees if t.is_done and t.awaited],
        "others": [t for t in trainees if not t.awaited],
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
    form = TraineeForm(request.POST or None, awaited=trainee.awaited)
    if request.method == "POST" and form.is_valid():
        entries = [
            Entry(enrolment, item.block, Mark.Attempt.FIRST, *form.typed(item.block))
            for item in trainee.awaited
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


def _told(groups: Mapping[str, Sequence[Trainee]]) -> Iterator[exports.TraineeRow]:
    """The trainees of the page in its order, each with its state in words."""
    for name, trainees in groups.items():
        for trainee in trainees:
            closed = "Verrouillée" if trainee.closed else "Notée"
            state = {"waiting": "À noter", "done": closed, "others": "Sans note à donner"}[name]
            yield exports.TraineeRow(trainee.enrolment, trainee.awaited, state, is_due=name == "waiting")


def _own(actor: Actor) -> EnrolmentQuerySet:
    rows = Enrolment.objects.visible_to(actor)
    return rows.select_related(
        "candidate", "option", "organisme", "part", "session__certification", "session__adoption"
    )


def _trainees(enrolments: QuerySet[Enrolment] | Sequence[Enrolment], actor: Actor) -> list[Trainee]:
    """The trainees with what this actor gives them, in two more queries."""
    enrolments = list(enrolments)
    regulations = {enrolment.session.adoption.regulation_id for enrolment in enrolments}
    blocks: dict[int, list[Block]] = defaultdict(list)
    for block in Block.objects.filter(regulation__in=regulations, recorder__in=RECORDS[actor.role]):
        blocks[block.regulation_id].append(block)
    recorded = Mark.objects.filter(enrolment__in=enrolments, attempt=Mark.Attempt.FIRST).order_by()
    marks = {(mark.enrolment_id, mark.block_id): mark for mark in recorded}
    return [
        Trainee(
            enrolment,
            [
                Awaited(block, marks.get((enrolment.pk, block.pk)))
                for block in blocks[enrolment.session.adoption.regulation_id]
                if _may_see(actor, block, enrolment)
            ],
            entry_refusal(enrolment) or "",
        )
        for enrolment in enrolments
    ]


def _may_see(actor: Actor, block: Block, enrolment: Enrolment) -> bool:
    phase = phase_of(enrolment.session, enrolment.part, timezone.localdate())
    return may_see(AUDIENCE_OF[actor.role], _DATA[Block.Recorder(block.recorder)], phase)
