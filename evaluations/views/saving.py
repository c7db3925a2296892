"""What the grid asks in the background: record these cells, try them, take a gesture back."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, writes_only
from cqp.roles import Act
from cqp.templatetags.fr import plural
from cqp.workflow import Refusal
from evaluations.models import Operation
from evaluations.scoring.typography import typeset
from evaluations.services.marks import (
    Answer,
    Entry,
    Undone,
    preview_marks,
    record_operation,
    record_sheet,
    undo_operation,
)
from evaluations.views.grid import column_of
from evaluations.views.parts import part_of
from evaluations.views.protocol import Demand, UnreadableError, author_of, data_of

_ANOTHER = "Vous êtes connecté sous un autre nom que celui de cette page : reconnectez-vous, ou rechargez-la."
_LISTED = 10  # cells named in a message of the page without script; the others are counted


@writes_only
@for_act(Act.RECORD_MARK)
def mark_save(request: ActorRequest, session: str, crfp: str) -> HttpResponse:
    """Record cells sent as JSON, perhaps as one gesture; each has its answer. A preview writes nothing."""
    try:
        demand = Demand.read(request.body)
    except UnreadableError as caught:
        part_of(request, session, crfp)
        return JsonResponse({"sentence": str(caught)}, status=400)
    # Before anything is looked up: whoever comes back under their own name finds everything in its place.
    if demand.author not in (None, request.user.pk):
        return JsonResponse({"sentence": _ANOTHER}, status=403)
    part = part_of(request, session, crfp)
    entries = demand.entries(part, request.actor)
    answers, operation = _answers(request, part, demand, entries)
    return JsonResponse(data_of(answers, operation))


def _answers(
    request: ActorRequest, part: SessionPart, demand: Demand, entries: Sequence[Entry]
) -> tuple[Sequence[Answer], Operation | None]:
    by, now = request.actor, timezone.now()
    if demand.preview:
        return preview_marks(part=part, entries=entries, by=by, now=now), None
    if demand.gesture is None:
        return record_sheet(entries=entries, by=by, at=now), None
    label = label_of(demand.gesture, entries)
    recorded = record_operation(part=part, kind=demand.gesture, label=label, entries=entries, by=by, at=now)
    return recorded.answers, recorded.operation


def label_of(kind: Operation.Kind, entries: Sequence[Entry]) -> str:
    """How the list of gestures names this one: what was done, in which columns."""
    columns = list(dict.fromkeys(column_of(entry.block, entry.attempt) for entry in entries))
    where = ", ".join(columns) if len(columns) <= 2 else f"{columns[0]} et {len(columns) - 1} autres épreuves"
    if kind is Operation.Kind.FILL:
        return f"Remplissage par {entries[0].entry.strip()[:20].upper()} : {where}"
    return f"Collage : {where}"


@writes_only
@for_act(Act.RECORD_MARK)
def operation_undo(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a gesture back; what changed since is left, and listed. Answers the script, or the button."""
    if request.content_type == "application/json":
        try:
            author = author_of(request.body)
        except UnreadableError as caught:
            return JsonResponse({"sentence": str(caught)}, status=400)
        if author not in (None, request.user.pk):
            return JsonResponse({"sentence": _ANOTHER}, status=403)
    rows = Operation.objects.visible_to(request.actor)
    operation = get_object_or_404(
        rows.select_related("part__session__adoption", "part__session__certification", "part__crfp"), pk=pk
    )
    for_script = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    try:
        undone = undo_operation(operation=operation, by=request.actor, at=timezone.now())
    except Refusal as caught:
        if for_script:
            return JsonResponse({"sentence": caught.sentence}, status=422)
        messages.error(request, caught.sentence)
    else:
        if for_script:
            left = [{"name": n, "column": c, "sentence": s} for n, c, s in _left(undone)]
            return JsonResponse(data_of(undone.answers, undone.operation) | {"left": left})
        _tell(request, operation, undone)
    part = operation.part
    return redirect("evaluations:mark_sheet", session=part.session.code, crfp=part.crfp.code)


def _left(undone: Undone) -> list[tuple[str, str, str]]:
    """Each cell the undoing left: whose, in which column, why."""
    ids = [answer.entry.enrolment.pk for answer in undone.left]
    enrolments = Enrolment.objects.filter(pk__in=ids).select_related("candidate").in_bulk() if ids else {}
    return [
        (
            enrolments[answer.entry.enrolment.pk].candidate.full_name,
            column_of(answer.entry.block, answer.entry.attempt),
            answer.refusal,
        )
        for answer in undone.left
    ]


def _tell(request: ActorRequest, operation: Operation, undone: Undone) -> None:
    count = len(undone.operation.changes)
    sentence = f"« {operation.label} » est annulé : {count} note{plural(count)} comme avant."
    messages.success(request, typeset(sentence))
    left = _left(undone)
    if left:
        named = " ".join(f"{name}, {column} : {sentence}" for name, column, sentence in left[:_LISTED])
        more = len(left) - _LISTED
        others = f" Et {more} autre{plural(more)}." if more > 0 else ""
        messages.warning(request, typeset(f"Notes laissées comme elles sont. {named}{others}"))
