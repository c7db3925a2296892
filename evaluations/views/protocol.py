"""What the script of the grid and the server say to each other: cells in, answers out, all in plain JSON."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Block, Mark, Operation
from evaluations.rules import is_near_threshold, retake_refusal
from evaluations.services.marks import Answer, Entry

MAX_CELLS = 2_000
_ID_MAX = 2**63 - 1
_ENTRY_MAX = 100  # far more than a mark: a long text is answered with the sentence that refuses it
_GESTURES = {None: None} | {kind.value: kind for kind in (Operation.Kind.PASTE, Operation.Kind.FILL)}
_NUMBERS = ("enrolment", "block", "attempt", "version")


class UnreadableError(ValueError):
    """The request is not one the grid makes; the message is one French sentence."""


@dataclass(frozen=True, slots=True)
class TypedCell:
    """One cell as the script sends it, each number within what the database can hold."""

    enrolment: int
    block: int
    attempt: int
    entry: str
    version: int
    confirmed: bool
    restores: int

    @classmethod
    def read(cls, data: object) -> "TypedCell":
        """Raises UnreadableError."""
        if not isinstance(data, dict):
            raise UnreadableError("Une des cases est illisible.")
        numbers: dict[str, Any] = {name: data.get(name) for name in _NUMBERS}
        numbers["restores"] = data.get("restores", 0)
        entry, confirmed = data.get("entry"), data.get("confirmed", False)
        if not all(type(number) is int and 0 <= number <= _ID_MAX for number in numbers.values()):
            raise UnreadableError("Une des cases ne dit pas quelle note elle est.")
        if numbers["attempt"] not in Mark.Attempt.values or type(confirmed) is not bool:
            raise UnreadableError("Une des cases ne dit pas quelle note elle est.")
        if not isinstance(entry, str) or len(entry) > _ENTRY_MAX or "\0" in entry:
            raise UnreadableError("Une des cases contient un texte trop long ou illisible.")
        return cls(entry=entry, confirmed=confirmed, **numbers)


@dataclass(frozen=True, slots=True)
class Demand:
    """Cells to record, or only to try (`preview`), perhaps as one gesture; `author` is whose page it was."""

    cells: Sequence[TypedCell]
    gesture: Operation.Kind | None
    preview: bool
    author: int | None

    @classmethod
    def read(cls, body: bytes) -> "Demand":
        """Raises UnreadableError. A cell given twice counts once, as it was last."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as caught:
            raise UnreadableError("La demande est illisible.") from caught
        cells = data.get("cells") if isinstance(data, dict) else None
        if not isinstance(cells, list) or not cells:
            raise UnreadableError("La demande ne contient aucune case.")
        if len(cells) > MAX_CELLS:
            raise UnreadableError(f"Trop de cases à la fois : {MAX_CELLS} au plus.")
        gesture, preview, author = data.get("gesture"), data.get("preview", False), data.get("author")
        if not isinstance(gesture, str | None) or gesture not in _GESTURES:
            raise UnreadableError("Ce geste n’existe pas.")
        if type(preview) is not bool or (author is not None and type(author) is not int):
            raise UnreadableError("La demande est illisible.")
        read = (TypedCell.read(cell) for cell in cells)
        last = {(cell.enrolment, cell.block, cell.attempt): cell for cell in read}
        return cls(list(last.values()), _GESTURES[gesture], preview, author)

    def entries(self, part: SessionPart, actor: Actor) -> list[Entry]:
        """The cells with their rows, in two queries; 404 when one of them is not the actor's to see."""
        visible = Enrolment.objects.visible_to(actor).filter(part=part)
        enrolments = visible.in_bulk({cell.enrolment for cell in self.cells})
        own = Block.objects.filter(regulation=part.session.adoption.regulation_id)
        blocks = own.in_bulk({cell.block for cell in self.cells})
        for enrolment in enrolments.values():
            enrolment.part, enrolment.session = part, part.session
        try:
            return [
                Entry(
                    enrolments[cell.enrolment],
                    blocks[cell.block],
                    cell.attempt,
                    cell.entry,
                    cell.version,
                    cell.confirmed,
                    cell.restores,
                )
                for cell in self.cells
            ]
        except KeyError as caught:
            raise Http404 from caught


def author_of(body: bytes) -> int | None:
    """Whose page asks for an undoing; None when it does not say. Raises UnreadableError."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as caught:
        raise UnreadableError("La demande est illisible.") from caught
    author = data.get("author") if isinstance(data, dict) else None
    if author is not None and type(author) is not int:
        raise UnreadableError("La demande est illisible.")
    return author


def key_of(entry: Entry) -> str:
    """How the page names a cell."""
    return f"{entry.enrolment.pk}-{entry.block.pk}-{entry.attempt}"


def data_of(answers: Iterable[Answer], operation: Operation | None) -> dict[str, Any]:
    """The answer to a request: each cell's, the gesture that can be undone if any, and how many of each."""
    cells = [_answer_data(answer) for answer in answers]
    counts = Counter(cell["state"] for cell in cells)
    done = [cell for cell in cells if cell["state"] == "saved"]
    counts["new"] = sum(not cell["before"] for cell in done)
    counts["changed"] = len(done) - counts["new"]
    return {"answers": cells, "operation": operation and _operation_data(operation), "counts": dict(counts)}


def _operation_data(operation: Operation) -> dict[str, Any]:
    return {
        "id": operation.pk,
        "label": operation.label,
        "count": len(operation.changes),
        "undo_url": reverse("evaluations:operation_undo", args=[operation.pk]),
    }


def _answer_data(answer: Answer) -> dict[str, Any]:
    """What the script needs to show the cell, and the retake the mark may have opened."""
    entry, mark = answer.entry, answer.mark or answer.stored
    data: dict[str, Any] = {
        "key": key_of(entry),
        "state": _state_of(answer),
        "entry": mark.entry if mark else entry.entry,
        "version": mark.version if mark else entry.version,
        "before": answer.before,
        "sentence": answer.refusal or answer.question,
        "unusual": False,
        "near": False,
    }
    if answer.stored is not None:
        data["by"] = answer.stored.recorded_by_id
    if answer.mark is not None:
        data |= {
            "sentence": answer.mark.get_unusual_display() or "",
            "unusual": bool(answer.mark.unusual),
            "near": is_near_threshold(entry.block, answer.mark),
        }
        if entry.block.retake and entry.attempt == Mark.Attempt.FIRST:
            data["retake"] = {"reason": retake_refusal(entry.block, answer.mark) or ""}
    return data


def _state_of(answer: Answer) -> str:
    if answer.mark is not None:
        return "saved" if answer.changed else "unchanged"
    if answer.question:
        return "question"
    return "conflict" if answer.is_conflict else "refused"
