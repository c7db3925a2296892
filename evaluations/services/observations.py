"""The verb of a carnet marked in points: the lines a manager fills, whose total is the mark (R9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from candidates.models import Enrolment
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.templatetags.fr import moment
from cqp.text import cleaned_lines
from cqp.workflow import Refusal, demand
from evaluations.carnet_rules import lines_refusal
from evaluations.models import Block, BlockSheet, Mark, Observation, ObservationLine
from evaluations.observed import LineEntry
from evaluations.rules import mark_refusal, sheet_refusal
from evaluations.scoring import MarkKind, format_number, parse_mark
from evaluations.services.desk import Desk, Entry

_FIRST = Mark.Attempt.FIRST


@dataclass(frozen=True, slots=True)
class Observations:
    """What became of the lines: why each refused one was (by its id), and the mark they make, if they do."""

    refusals: Mapping[int, str]
    versions: Mapping[int, int] = field(default_factory=dict)
    mark: Mark | None = None


@transaction.atomic
def record_observations(
    *, enrolment: Enrolment, block: Block, entries: Sequence[LineEntry], by: Actor, at: datetime
) -> Observations:
    """Record the lines of a carnet; the total is the mark once every line is there, until then there is none.

    A line refused keeps no other from being kept. Raises Refusal when the mark itself may not change.
    """
    by.must(Act.RECORD_OBSERVATIONS)
    adoption = enrolment.session.adoption
    session, part = lock_part(enrolment.part)
    session.adoption = adoption
    enrolment = Enrolment.objects.select_related("candidate").get(pk=enrolment.pk)
    enrolment.session, enrolment.part = session, part
    rows = Observation.objects.filter(enrolment=enrolment, line__block=block).select_related("recorded_by")
    stored = {row.line_id: row for row in rows}
    mark = Mark.objects.filter(enrolment=enrolment, block=block, attempt=_FIRST).first()
    sheet = BlockSheet.objects.counted().filter(part=part, block=block).first()
    demand(
        mark_refusal(enrolment, block, _FIRST, mark, by)
        or lines_refusal(block, mark, bool(stored))
        or sheet_refusal(sheet, _FIRST, mark)
    )
    refusals: dict[int, str] = {}
    facts: list[Fact] = []
    for entry in entries:
        refusal = _keep(enrolment, entry, stored, facts, by, at)
        if refusal:
            refusals[entry.line.pk] = refusal
    record(chain=session.code, by=by, at=at, facts=facts)
    lines = block.lines.all()
    made = _make_mark(enrolment, block, _total(lines, stored), mark, by, at) if facts else mark
    return Observations(refusals, {pk: row.version for pk, row in stored.items()}, made)


def _keep(
    enrolment: Enrolment,
    entry: LineEntry,
    stored: dict[int, Observation],
    facts: list[Fact],
    by: Actor,
    at: datetime,
) -> str:
    """Keep one line, or say why not; an emptied one is taken away."""
    parsed = parse_mark(entry.entry, entry.line.mark_max)
    comment = cleaned_lines(entry.comment)
    row = stored.get(entry.line.pk)
    if parsed.problem:
        return parsed.problem
    if parsed.kind not in (MarkKind.NOTE, MarkKind.MISSING):
        return "Une ligne du carnet se note en points : une absence se dit au CRFP."
    if (row.value if row else None) == parsed.value and (row.comment if row else "") == comment:
        return ""
    if parsed.value is None and comment:
        return "Donnez aussi les points de cette ligne : un commentaire seul n’est pas gardé."
    if (row.version if row else 0) != entry.version:
        if row is None:
            return "La page est périmée : rechargez-la."
        who, when = row.recorded_by.full_name, moment(row.recorded_at)
        return f"{who} a saisi {format_number(row.value)} le {when}."
    before = _told(row)
    if parsed.value is None:
        if row is not None:
            row.delete()
            del stored[entry.line.pk]
        row = None
    else:
        row = row or Observation(enrolment=enrolment, line=entry.line, version=0)
        row.value, row.scale, row.comment = parsed.value, entry.line.mark_max, comment
        row.version += 1
        row.recorded_at, row.recorded_by = at, by.user
        row.save()
        stored[entry.line.pk] = row
    subject = f"{entry.line.block.code}, ligne {entry.line.position}"
    facts.append(Fact(Act.RECORD_OBSERVATIONS, subject, enrolment.pk, before, _told(row)))
    return ""


def _told(row: Observation | None) -> dict[str, object]:
    if row is None:
        return {}
    return {"points": format_number(row.value), "commentaire": row.comment, "version": row.version}


def _total(lines: Iterable[ObservationLine], stored: Mapping[int, Observation]) -> Decimal | None:
    """The points of all the lines; None while one is missing."""
    rows = [stored.get(line.pk) for line in lines]
    values = [row.value for row in rows if row is not None]
    return sum(values, Decimal(0)) if len(values) == len(rows) else None


def _make_mark(
    enrolment: Enrolment, block: Block, total: Decimal | None, mark: Mark | None, by: Actor, at: datetime
) -> Mark | None:
    """Write the total at the desk, like any mark; nothing while a line is missing."""
    typed = "" if total is None else format_number(total)
    cell = Entry(enrolment, block, _FIRST, typed, mark.version if mark else 0)
    desk = Desk(enrolment.part, [cell], by=by, at=at, from_lines=True)
    (answer,) = desk.judge()
    if answer.mark is None:
        raise Refusal(answer.refusal or answer.question)
    desk.write()
    return answer.mark if answer.mark.pk or answer.changed else mark
