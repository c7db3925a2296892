"""What one mark was, as the journal tells it: nothing is kept twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cqp.journal.models import Entry
from cqp.roles import Act
from evaluations.models import Block, Mark, Operation
from evaluations.models.marks import UNUSUAL

_WRITING = (Act.RECORD_MARK, Act.CORRECT_MARK, Act.SETTLE_MARK)
_FLAGS = dict(UNUSUAL)


@dataclass(frozen=True, slots=True)
class Version:
    """One writing of a mark: what it became (`12,5`, `ABS`, nothing once erased), by whom, how and why.

    A difference settled between two entries writes nothing by itself: it has no `number`.
    """

    number: int
    value: str
    at: datetime
    who: str
    what: str
    operation: str
    reason: str
    flag: str
    restored: int


def subject_of(block: Block, attempt: int) -> str:
    """How the journal names this mark of a candidate."""
    return f"{block.code} (rattrapage)" if attempt == Mark.Attempt.RETAKE else block.code


def origin_of(mark: Mark | None) -> tuple[int, Block] | None:
    """Where a kept mark was given: the id of that enrolment and its block; None for one given here."""
    if mark is None or mark.kept_from is None:
        return None
    return mark.kept_from.enrolment_id, mark.kept_from.block


def history_of(enrolment: int, block: Block, attempt: int) -> Sequence[Version]:
    """Every version of the mark of this enrolment (its id), the latest first, in two queries."""
    rows = Entry.objects.filter(enrolment_ref=enrolment, act__in=_WRITING, subject=subject_of(block, attempt))
    told = [(entry, json.loads(entry.after)) for entry in rows.select_related("actor").order_by("-id")]
    told = [(entry, after) for entry, after in told if "note" in after]
    gestures = {after["operation"] for _, after in told if "operation" in after}
    labels = dict(Operation.objects.filter(pk__in=gestures).values_list("pk", "label"))
    return [
        Version(
            number=after.get("version", 0),
            value=after["note"],
            at=entry.at,
            who=entry.actor.full_name if entry.actor else "",
            what="" if entry.act == Act.RECORD_MARK else entry.act_label,
            operation=labels.get(after.get("operation"), ""),
            reason=entry.reason,
            flag=_FLAGS.get(after.get("confirmee", ""), ""),
            restored=after.get("version_reprise", 0),
        )
        for entry, after in told
    ]
