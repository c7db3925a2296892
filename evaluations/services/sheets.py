"""Verbs on the sheet of a block: who answers for it, the second blind entry, its transmission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from candidates.models import Enrolment, Session, SessionPart
from candidates.rules import part_closed_refusal, scope_refusal
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, User
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.workflow import Refusal, demand
from evaluations.history import subject_of
from evaluations.models import Block, BlockSheet, Mark, SecondEntry
from evaluations.rules import responsible_refusal, retyping_refusal
from evaluations.scoring import MarkKind, parse_mark
from evaluations.services.desk import Desk, Entry
from evaluations.standing import ANSWERED, Checked, standings_of
from evaluations.states import SHEET, SheetState


@dataclass(frozen=True, slots=True)
class Retyped:
    """One mark typed again, blind: what was typed, and why it was refused (empty when kept)."""

    enrolment: Enrolment
    attempt: int
    entry: str
    refusal: str = ""


@transaction.atomic
def set_sheet(
    *, part: SessionPart, block: Block, responsible: User | None, double_entry: str, by: Actor, at: datetime
) -> BlockSheet:
    """Name who answers for a block's marks (nobody: anyone of the CRFP), and choose its double entry.

    The CRFP may ask for more than the regulation, never for less. Once the marks are transmitted only the
    responsible may still change: somebody must be able to correct. Raises Refusal when the responsible does
    not work for this CRFP, or when the marks are made of tests, which nobody types twice.
    """
    by.must(Act.SET_SHEET)
    session, sheet = _held(part, block, by)
    if double_entry == sheet.checks:
        double_entry = sheet.double_entry  # asked already, by the regulation perhaps
    if double_entry != sheet.double_entry:
        demand(_draft_refusal(sheet))
    if double_entry and sheet.tests_count:
        raise Refusal("Cette épreuve est faite de contrôles : la double saisie ne s’y applique pas.")
    if responsible is not None and not _works_for(responsible, sheet.part):
        raise Refusal(f"{responsible.full_name} ne travaille pas pour ce CRFP.")
    before = _data_of(sheet)
    sheet.responsible, sheet.double_entry = responsible, double_entry
    after = _data_of(sheet)
    if after != before:
        sheet.save()
        _journal(session, Act.SET_SHEET, sheet, by, at, before=before, after=after)
    return sheet


@transaction.atomic
def submit_sheet(*, part: SessionPart, block: Block, by: Actor, at: datetime) -> BlockSheet:
    """Transmit the marks of a block: from here they change only by a motivated correction.

    Transmitted already, it stays so. Raises Refusal when somebody else answers for it, a mark is missing,
    a second entry is awaited or a difference is not settled.
    """
    by.must(Act.SUBMIT_SHEET)
    session, sheet = _held(part, block, by)
    if sheet.is_submitted:
        return sheet
    demand(responsible_refusal(sheet, by))
    (standing,) = standings_of(sheet.part, [block.pk])
    if standing.refusals:
        raise Refusal(" ".join(standing.refusals))
    sheet.state = SheetState(SHEET.target(sheet.state, Act.SUBMIT_SHEET))
    sheet.submitted_at, sheet.submitted_by = at, by.user
    sheet.save()
    after = {"etat": sheet.state, "notes": standing.done}
    _journal(session, Act.SUBMIT_SHEET, sheet, by, at, after=after)
    return sheet


@transaction.atomic
def retype_marks(
    *, part: SessionPart, block: Block, typed: Sequence[Retyped], by: Actor, at: datetime
) -> list[Retyped]:
    """Keep what a second person typed without seeing the first entry; each with its own answer.

    Never by the author of the first entry. The mark itself does not change: a difference is settled by name.
    """
    by.must(Act.RETYPE_MARK)
    session, sheet = _held(part, block, by)
    demand(_draft_refusal(sheet))
    (standing,) = standings_of(sheet.part, [block.pk])
    checked = {(item.mark.enrolment_id, item.mark.attempt): item for item in standing.checked}
    answers, facts = [], []
    for line in typed:
        item = checked.get((line.enrolment.pk, line.attempt))
        refusal = _retype(item, line, block, by, at)
        answers.append(Retyped(line.enrolment, line.attempt, line.entry, refusal))
        if not refusal:
            facts.append(Fact(Act.RETYPE_MARK, subject_of(block, line.attempt), line.enrolment.pk))
    record(chain=session.code, by=by, at=at, facts=facts)
    return answers


@transaction.atomic
def settle_mark(
    *, enrolment: Enrolment, block: Block, attempt: int, kept: str, version: int, by: Actor, at: datetime
) -> Mark:
    """Settle a difference between two entries by keeping one of them, as typed; signed by whoever decides.

    `kept` is the value kept, `version` that of the mark before their eyes. Settled already on this value, it
    stays so. Raises Refusal when it is neither of the two, or when the mark changed in between.
    """
    by.must(Act.SETTLE_MARK)
    session, sheet = _held(enrolment.part, block, by)
    demand(_draft_refusal(sheet))
    second = SecondEntry.objects.filter(enrolment=enrolment, block=block, attempt=attempt).first()
    mark = Mark.objects.filter(enrolment=enrolment, block=block, attempt=attempt).first()
    if second is None or mark is None:
        raise Refusal("Il n’y a plus d’écart à trancher pour cette note.")
    if mark.version != version and mark.entry != kept:
        raise Refusal("Cette note a changé depuis : relisez les deux saisies.")
    if kept not in (mark.entry, second.entry):
        raise Refusal("Choisissez l’une des deux saisies.")
    before = {"note": mark.entry, "seconde": second.entry}
    if kept != mark.entry:
        mark = _replaced(enrolment, block, attempt, kept, version, by, at)
    if second.settled_version == mark.version:
        return mark
    second.settled_version, second.settled_at, second.settled_by = mark.version, at, by.user
    second.save()
    fact = Fact(Act.SETTLE_MARK, subject_of(block, attempt), enrolment.pk, before, {"note": mark.entry})
    record(chain=session.code, by=by, at=at, facts=[fact])
    return mark


def _retype(item: Checked | None, line: Retyped, block: Block, by: Actor, at: datetime) -> str:
    """Keep one second entry; the refusal when it cannot be, empty otherwise."""
    if item is None:
        return "Cette note n’a pas à être ressaisie."
    if not item.is_awaited:
        return "Quelqu’un d’autre a déjà ressaisi cette note."
    refusal = retyping_refusal(item.mark, by)
    parsed = parse_mark(line.entry, block.mark_max)
    if refusal or parsed.problem:
        return refusal or parsed.problem
    if parsed.kind is MarkKind.MISSING:
        return "Tapez la note."
    SecondEntry.objects.update_or_create(
        enrolment=line.enrolment,
        block=block,
        attempt=line.attempt,
        defaults={
            "outcome": Mark.Outcome(parsed.kind.value),
            "value": parsed.value,
            "scale": block.mark_max,
            "entered_at": at,
            "entered_by": by.user,
            "settled_version": None,
            "settled_at": None,
            "settled_by": None,
        },
    )
    return ""


def _replaced(
    enrolment: Enrolment, block: Block, attempt: int, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """The mark with the second entry in place of the first."""
    cell = Entry(enrolment, block, attempt, entry, version, confirmed=True)
    desk = Desk(enrolment.part, [cell], by=by, at=at, reason="Écart entre deux saisies")
    (answer,) = desk.judge()
    if answer.mark is None:
        raise Refusal(answer.refusal)
    desk.write()
    return answer.mark


def _held(part: SessionPart, block: Block, by: Actor) -> tuple[Session, BlockSheet]:
    """The session and the sheet as they are now, under the locks of the part, for who may touch them."""
    session, part = lock_part(part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part))
    if block.recorder not in ANSWERED or not block.regulation.adoptions.filter(session=session).exists():
        raise Refusal("Cette épreuve n’a pas de feuille de notes au CRFP.")
    sheet = BlockSheet.objects.counted().filter(part=part, block=block).first()
    sheet = sheet or BlockSheet(part=part, block=block)
    sheet.part = part
    return session, sheet


def _draft_refusal(sheet: BlockSheet) -> str | None:
    if sheet.is_submitted:
        return "Les notes de cette épreuve sont transmises : sa feuille ne change plus."
    return None


def _works_for(user: User, part: SessionPart) -> bool:
    rows = Membership.objects.filter(user=user, role=Role.CRFP, organisme=part.crfp)
    return user.is_active and rows.exists()


def _data_of(sheet: BlockSheet) -> dict[str, object]:
    return {"responsable": sheet.responsible_id, "double_saisie": sheet.double_entry}


def _journal(
    session: Session,
    act: Act,
    sheet: BlockSheet,
    by: Actor,
    at: datetime,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    fact = Fact(act, f"épreuve {sheet.block.code}", before=before or {}, after=after or {})
    record(chain=session.code, by=by, at=at, facts=[fact])
