"""A file imported without a screen: the same reading, the same rules, the same verbs; and a report.

What `manage.py import_file` does, and what the fuzzing goes through.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from candidates import rules
from candidates.imports import running as lists
from candidates.imports.candidates import preview_of
from candidates.imports.files import keep_sheet, read_file
from candidates.imports.report import Problem, Report
from candidates.models import ListImport, SessionPart
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, User
from cqp.roles import Role
from cqp.sheets.reading import Sheet
from cqp.workflow import Refusal
from evaluations.imports import running as marks
from evaluations.imports.marks import preview_of_marks

Kind = ListImport.Kind

TECHNICAL_NAME, TECHNICAL_FIRST_NAME = "REPRISE", "de données"


@dataclass(frozen=True, slots=True)
class Order:
    """What to import, where, and as whom (nobody: the technical account of the CRFP)."""

    kind: ListImport.Kind
    part: SessionPart
    block: str = ""
    by: Actor | None = None


def part_of(session: str, crfp: str) -> SessionPart:
    """A CRFP's part of a session, whatever the case of their codes. Raises Refusal."""
    parts = SessionPart.objects.select_related("session__certification", "session__adoption", "crfp")
    found = parts.filter(session__code__iexact=session)
    if not found.exists():
        raise Refusal(f"La session « {session} » n’existe pas.")
    part = found.filter(crfp__code__iexact=crfp).first()
    if part is None:
        raise Refusal(f"Le CRFP « {crfp} » n’a pas de candidats à présenter à cette session.")
    if not hasattr(part.session, "adoption"):
        raise Refusal(f"La session « {session} » n’a pas encore de règlement.")
    return part


def author_of(email: str, part: SessionPart) -> Actor:
    """Somebody of this CRFP, by their e-mail. Raises Refusal."""
    rows = Membership.objects.filter(role=Role.CRFP, organisme=part.crfp, user__is_active=True)
    membership = rows.select_related("user", "organisme").filter(user__email__iexact=email.strip()).first()
    if membership is None:
        raise Refusal(f"« {email} » n’est pas le compte d’une personne de ce CRFP.")
    return Actor.of(membership)


def preview(order: Order, content: bytes, now: datetime) -> Report:
    """What the file would do; nothing is written. Raises Refusal when it cannot be read at all."""
    return _preview(order, read_file(content), now)


def _preview(order: Order, sheet: Sheet, now: datetime) -> Report:
    by = order.by or _stand_in(order.part)
    if order.kind == Kind.MARKS:
        only = marks.block_of(order.part, order.block) if order.block else None
        return preview_of_marks(sheet.rows, sheet.notices, order.part, by=by, now=now, only=only).report
    refusal = rules.enrolment_refusal(order.part.session, order.part, timezone.localdate(now))
    report = preview_of(sheet.rows, order.part, sheet.notices).report
    return _all_refused(report, sheet, refusal) if refusal and report.new else report


def apply(order: Order, content: bytes, name: str, now: datetime) -> Report:
    """Do it: the lines that may go in, in. Raises Refusal when the file cannot be read at all.

    A mark worth a second look goes in as one somebody looked at, and is told in the report.
    """
    sheet = read_file(content)
    planned = _preview(order, sheet, now)
    if not planned.accepted:
        return planned
    by = order.by or _technical_account(order.part, now)
    file = keep_sheet(
        sheet, content, name, part=order.part, kind=order.kind, by=by, now=now, block=order.block
    )
    if order.kind == Kind.MARKS:
        return Report.of_json(marks.import_marks(file=file, unusual=True, by=by, at=now).report)
    file = lists.import_candidates(file=file, by=by, at=now, wait=True)
    while lists.advance(file.pk):
        pass
    return Report.of_json(ListImport.objects.get(pk=file.pk).report)


def _all_refused(report: Report, sheet: Sheet, refusal: str) -> Report:
    """The list of a part that takes nobody any more: what is in is as it is, nobody else goes in."""
    left = {number for number, _ in sheet.rows[1:]}
    for problem in report.problems:
        left -= set(problem.rows)
    rows = tuple(sorted(left))[: report.new]
    return Report(
        unchanged=report.unchanged,
        refused=report.refused + report.new,
        problems=(Problem(refusal, rows), *report.problems),
        warnings=report.warnings,
        ignored=report.ignored,
    )


def _stand_in(part: SessionPart) -> Actor:
    """Somebody to judge as, for a preview that leaves no trace."""
    return Actor(User(last_name=TECHNICAL_NAME, first_name=TECHNICAL_FIRST_NAME), Role.CRFP, part.crfp)


def _technical_account(part: SessionPart, now: datetime) -> Actor:
    """Who a migration is signed by: an account nobody signs in with."""
    user = ensure_person(
        email=f"reprise.{part.crfp.code.lower()}@technique.invalid",
        last_name=TECHNICAL_NAME,
        first_name=TECHNICAL_FIRST_NAME,
        role=Role.CRFP,
        organisme=part.crfp,
        by=None,
        at=now,
    )
    return Actor(user, Role.CRFP, part.crfp)
