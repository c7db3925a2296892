"""Who may sit again after a proclamation, what they keep, until when, and in which session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from candidates.models import Enrolment, EnrolmentQuerySet, Session, SessionPart
from candidates.rules import option_refusal, part_closed_refusal
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.templatetags.fr import day, out_of, plural
from evaluations.kept import Corrected, Keeping, keeping_of, why_kept
from evaluations.models import Block, Mark, Regulation
from evaluations.rules import eliminates
from evaluations.scoring.deadlines import last_course_day
from juries.models import current_outcome
from juries.publication import open_to
from juries.rectification import corrected_marks
from juries.states import Outcome

AGAIN = (Outcome.NOT_CERTIFIED, Outcome.DEFERRED)
"""What a proclamation says of those who may sit again."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A session one may be enrolled in: what would be kept there, and whether the course is too long for it.

    `refusal` is why nobody may be enrolled from here for now, None when one may.
    """

    part: SessionPart
    regulation: Regulation
    keeping: Keeping
    until: date | None
    refusal: str | None

    @property
    def session(self) -> Session:
        return self.part.session

    @property
    def is_beyond(self) -> bool:
        """Do the exams end after the last day the course is allowed (R31, A10)?"""
        return self.until is not None and self.session.exam_last_day > self.until

    @property
    def kept(self) -> list[str]:
        """What is kept, a few words each."""
        marks = [_mark(one, block) for one, block in self.keeping.counted]
        blocs = [f"{bloc.title}, acquis le {day(row.acquired_on)}" for row, bloc in self.keeping.blocs]
        signed = len(self.keeping.attestations)
        return marks + blocs + _signatures(signed)


def _mark(mark: Mark, block: Block) -> str:
    """A mark that is kept; eliminatory, it may be taken again where the regulation has retakes (R7)."""
    words = f"{block.label} : {out_of(mark.entry, mark.scale)}"
    if not eliminates(block, mark):
        return words
    again = block.retake and mark.attempt == Mark.Attempt.FIRST
    return f"{words}, éliminatoire{' : peut être repassé une fois' if again else ''}"


def _signatures(count: int) -> list[str]:
    return [f"Carnet : {count} attestation{plural(count)} signée{plural(count)}"] if count else []


@dataclass(frozen=True, slots=True)
class Plan:
    """A candidate not certified, or deferred: what comes next. `later`: enrolled again already."""

    enrolment: Enrolment
    outcome: Outcome
    why: str
    keeping: Keeping
    until: date | None
    openings: Sequence[Opening]
    later: Enrolment | None

    @property
    def is_deferred(self) -> bool:
        return self.outcome == Outcome.DEFERRED

    @property
    def regulation(self) -> Regulation:
        return self.enrolment.session.adoption.regulation

    @property
    def kept(self) -> list[str]:
        """What is kept where the next session has the same regulation."""
        return Opening(self.enrolment.part, self.regulation, self.keeping, self.until, None).kept


def sitting_again(enrolments: EnrolmentQuerySet, reader: Actor) -> EnrolmentQuerySet:
    """Of these, who may sit again as far as this reader may know, and are not enrolled again yet."""
    later = later_than(
        OuterRef("candidate"), OuterRef("session__certification"), OuterRef("session__exam_last_day")
    )
    return failed_or_deferred(enrolments.sitting(), reader).exclude(Exists(later))


def failed_or_deferred(enrolments: EnrolmentQuerySet, reader: Actor) -> EnrolmentQuerySet:
    """Of these, those whose decision, rectified or not, lets them sit again; with its `outcome`.

    None of a session whose results are not open to this reader.
    """
    rows = enrolments.filter(open_to(reader, "session"), session__state=SessionState.PROCLAIMED)
    return rows.annotate(outcome=_now()).filter(outcome__in=AGAIN)


def _now() -> Coalesce:
    """What is decided of an enrolment today, rectified or not."""
    return current_outcome("pk", "proclaimed__outcome")


def later_than(candidate: Any, certification: Any, last_day: Any) -> EnrolmentQuerySet:
    """The enrolments of a candidate for a CQP in a session after a day: values, or outer references."""
    rows = Enrolment.objects.filter(state=EnrolmentState.ENROLLED, candidate=candidate)
    return rows.filter(session__certification=certification, session__exam_last_day__gt=last_day)


def with_plan(enrolments: EnrolmentQuerySet) -> EnrolmentQuerySet:
    """With everything `plan_of` and the list read of each, the `outcome` decided today among it."""
    return enrolments.annotate(outcome=_now()).select_related(
        "candidate", "option", "organisme", "tutor", "manager", "corrector", "part__crfp", "part__session",
        "session__certification", "session__adoption__regulation", "proclaimed",
    )  # fmt: skip


def until_of(enrolment: Enrolment, regulation: Regulation) -> date | None:
    """The last day allowed to this course under this regulation; None where it is unbounded or unknown."""
    if regulation.max_months is None or enrolment.premss_start is None:
        return None
    return last_course_day(enrolment.premss_start, regulation.max_months)


def outcome_of(enrolment: Enrolment) -> Outcome:
    """What is decided today of an enrolment selected by `with_plan`."""
    return Outcome(enrolment.outcome)  # type: ignore[attr-defined]  # annotated there


def plan_of(enrolment: Enrolment, today: date) -> Plan:
    """What comes next for an enrolment of a proclaimed session, selected by `with_plan`."""
    outcome = outcome_of(enrolment)
    session, regulation = enrolment.session, enrolment.session.adoption.regulation
    deferred = outcome == Outcome.DEFERRED
    later = later_than(enrolment.candidate_id, session.certification_id, session.exam_last_day)
    corrected = corrected_marks(enrolment)
    parts = _parts_open(enrolment, today)
    return Plan(
        enrolment=enrolment,
        outcome=outcome,
        why=why_kept(regulation, deferred=deferred),
        keeping=keeping_of(enrolment, regulation, deferred=deferred, corrected=corrected),
        until=until_of(enrolment, regulation),
        openings=[_opening(enrolment, part, corrected, deferred=deferred) for part in parts],
        later=later.select_related("session__certification").order_by("session__exam_last_day").first(),
    )


def re_enrolment_refusal(
    source: Enrolment, session: Session, outcome: str | None, elsewhere: Enrolment | None
) -> str | None:
    """May this candidate be enrolled again in this session, from what is decided of them today?"""
    if outcome is None:
        return "Aucune décision n’est proclamée pour ce candidat : il n’y a rien à reprendre."
    if outcome == Outcome.CERTIFIED:
        return f"{source.candidate.full_name} est certifié."
    if session.certification_id != source.session.certification_id:
        return "Cette session est celle d’un autre CQP."
    if session.exam_last_day <= source.session.exam_last_day:
        return "Cette session n’est pas postérieure à celle du candidat."
    if elsewhere is not None:
        return f"{source.candidate.full_name} est déjà réinscrit à la session {elsewhere.session.code}."
    return None


def _parts_open(enrolment: Enrolment, today: date) -> list[SessionPart]:
    """The CRFP's own part of each session of the CQP that still takes enrolments, the nearest first."""
    parts = SessionPart.objects.filter(
        crfp=enrolment.part.crfp_id,
        state=PartState.OPEN,
        session__certification=enrolment.session.certification_id,
        session__state=SessionState.OPEN,
        session__enrolment_deadline__gte=today,
        session__exam_last_day__gt=enrolment.session.exam_last_day,
        session__adoption__isnull=False,
    )
    related = parts.select_related("crfp", "session__certification", "session__adoption__regulation")
    return list(
        related.prefetch_related("session__options").order_by("session__exam_first_day", "session__code")
    )


def _opening(enrolment: Enrolment, part: SessionPart, corrected: Corrected, *, deferred: bool) -> Opening:
    regulation = part.session.adoption.regulation
    return Opening(
        part=part,
        regulation=regulation,
        keeping=keeping_of(enrolment, regulation, deferred=deferred, corrected=corrected),
        until=until_of(enrolment, regulation),
        refusal=part_closed_refusal(part.session, part)
        or option_refusal(enrolment.option, set(part.session.options.all())),
    )
