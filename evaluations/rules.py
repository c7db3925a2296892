"""Rules of marks and regulations: each answers None (yes) or the French sentence of the refusal."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.rules import jury_work_refusal, own_file_refusal, part_closed_refusal, scope_refusal
from candidates.states import EnrolmentState, PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.roles import Role
from cqp.templatetags.fr import day as day_of
from cqp.templatetags.fr import plural
from evaluations.models import BlocJudgement, Block, BlockSheet, KeptBloc, Mark
from evaluations.scoring import Operator, Threshold
from evaluations.states import Phase

# Whose blocks a role records (R9, R32, R33); the CRFP also types what tutors and managers hand over on paper.
RECORDS: dict[Role, frozenset[str]] = {
    Role.CRFP: frozenset({Block.Recorder.CRFP, Block.Recorder.TUTOR, Block.Recorder.MANAGER}),
    Role.TUTOR: frozenset({Block.Recorder.TUTOR}),
    Role.MANAGER: frozenset({Block.Recorder.MANAGER}),
    Role.JUROR: frozenset({Block.Recorder.JURY}),
}

# How close to a threshold a mark deserves a second look, in raw points.
NEAR = Decimal("0.5")


def threshold_of(block: Block) -> Threshold | None:
    """The eliminatory threshold of a block, on its raw scale (A7)."""
    if block.threshold is None:
        return None
    return Threshold(Operator(block.threshold_operator), block.threshold)


def eliminates(block: Block, mark: Mark | None) -> bool:
    """Is this mark eliminatory? An unjustified absence is worth 0 (A5)."""
    threshold = threshold_of(block)
    if threshold is None or mark is None:
        return False
    points = Decimal(0) if mark.outcome == Mark.Outcome.ABSENT else mark.value
    return points is not None and threshold.eliminates(points)


def phase_of(session: Session, part: SessionPart, at: datetime) -> Phase:
    """Where a candidate's file stands, for the table of visibility."""
    if session.state == SessionState.PROCLAIMED:
        return Phase.PUBLISHED if session.is_published(at) else Phase.PROCLAIMED
    if session.state == SessionState.DELIBERATION or part.state == PartState.TRANSMITTED:
        return Phase.NATIONAL_JURY
    return Phase.COURSE if timezone.localdate(at) < session.exam_first_day else Phase.SESSION


def mark_refusal(
    enrolment: Enrolment,
    block: Block,
    attempt: int,
    first_mark: Mark | None,
    actor: Actor,
    *,
    clearing: bool = False,
) -> str | None:
    """May this actor record a mark of this candidate in this block?

    Reads the session (with its adoption) and the part of the enrolment: select them with it. That a juror
    sits in the candidate's jury, and that it is still open, is for the juries to check before.
    A retake that lost its reason may still be erased (`clearing`).
    """
    if block.regulation_id != enrolment.session.adoption.regulation_id:
        return "Cette épreuve n’appartient pas au règlement de la session."
    refusal = recorder_refusal(enrolment, block, actor) or entry_refusal(enrolment, block)
    refusal = refusal or own_file_refusal(enrolment, actor)
    if refusal is None and attempt == Mark.Attempt.RETAKE and not clearing:
        refusal = retake_refusal(block, first_mark)
    return refusal


def sheet_refusal(sheet: BlockSheet | None, attempt: int, stored: Mark | None) -> str | None:
    """May this mark be typed as usual? Not a first one its tests make, nor one already transmitted.

    A mark that was missing at the transmission may still be completed: nothing given is changed.
    """
    if sheet is None:
        return None
    if sheet.tests_count and attempt == Mark.Attempt.FIRST:
        return f"Cette note est la moyenne de {counted_tests(sheet)} : ce sont eux qui se saisissent."
    if sheet.submitted_at and stored is not None and stored.outcome != Mark.Outcome.NONE:
        day = day_of(sheet.submitted_at)
        return (
            f"Les notes de cette épreuve sont transmises depuis le {day} : une correction demande un motif."
        )
    return None


def counted_tests(sheet: BlockSheet) -> str:
    """« 3 contrôles »."""
    return f"{sheet.tests_count} contrôle{plural(sheet.tests_count)}"


def correction_refusal(
    enrolment: Enrolment, block: Block, sheet: BlockSheet | None, actor: Actor
) -> str | None:
    """May this actor correct a transmitted mark? The CRFP until its files leave, Ucanss until the jury."""
    if block.recorder == Block.Recorder.JURY:
        return "Cette note est celle du jury local : elle ne se corrige pas ici."
    if sheet is None or not sheet.is_submitted:
        return "Les notes de cette épreuve ne sont pas transmises : elles se changent dans la grille."
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est désisté : ses notes ne changent plus."
    own = own_file_refusal(enrolment, actor)
    if own:
        return own
    if actor.role == Role.UCANSS:
        if enrolment.part.state == PartState.OPEN:
            return "Les dossiers sont encore au CRFP : c’est à lui de corriger."
        return _before_the_jury_refusal(enrolment.session)
    return (
        part_closed_refusal(enrolment.session, enrolment.part)
        or recorder_refusal(enrolment, block, actor)
        or responsible_refusal(sheet, actor)
    )


def incomplete_refusal(missing: Sequence[str]) -> str | None:
    """May a file that has left its CRFP become this incomplete? Nobody could complete it any more."""
    if not missing:
        return None
    return f"Le dossier est parti : cette correction le laisserait incomplet ({', '.join(missing)})."


def _before_the_jury_refusal(session: Session) -> str | None:
    if session.state == SessionState.PROCLAIMED:
        return "La session est proclamée : ses notes ne changent plus."
    if session.state == SessionState.DELIBERATION:
        return "Le jury national délibère : les notes ne changent plus."
    return None


def responsible_refusal(sheet: BlockSheet | None, actor: Actor) -> str | None:
    """Does this actor answer for the sheet? Anyone of the CRFP where nobody is named."""
    if sheet is None or sheet.responsible_id in (None, actor.user.pk):
        return None
    return f"C’est à {sheet.responsible.full_name}, responsable de cette épreuve, de le faire."  # type: ignore[union-attr]


def retyping_refusal(mark: Mark | None, actor: Actor) -> str | None:
    """May this person type this mark a second time? Somebody else than who typed it first."""
    if mark is None or mark.outcome == Mark.Outcome.NONE:
        return "La première saisie manque encore."
    if mark.recorded_by_id == actor.user.pk:
        return "Vous avez fait la première saisie de cette note : la seconde revient à quelqu’un d’autre."
    return None


def tests_refusal(
    session: Session, part: SessionPart, block: Block, sheet: BlockSheet | None, actor: Actor
) -> str | None:
    """May the marks of this block be made of several tests, or these change? The CRFP's own blocks only."""
    refusal = scope_refusal(part, actor) or part_closed_refusal(session, part)
    if refusal is None and block.recorder != Block.Recorder.CRFP:
        refusal = "Cette note n’est pas donnée par le CRFP : elle ne se détaille pas en contrôles."
    sheet = sheet or BlockSheet(part=part, block=block)
    if refusal is None and sheet.is_submitted:
        refusal = "Les notes de cette épreuve sont transmises : ses contrôles ne changent plus."
    if refusal is None and sheet.checks and not sheet.tests_count:
        refusal = (
            "Les notes de cette épreuve se saisissent deux fois : elles ne se détaillent pas en contrôles."
        )
    return refusal


def is_near_threshold(block: Block, mark: Mark | None) -> bool:
    """Is this mark exactly at the eliminatory threshold, or within half a point of it?"""
    if mark is None or mark.value is None or block.threshold is None:
        return False
    return abs(mark.value - block.threshold) <= NEAR


def entry_refusal(enrolment: Enrolment, block: Block | None = None) -> str | None:
    """May any mark of this candidate still change? In a block of the jury: also when it sits again."""
    by_jury = block is not None and block.recorder == Block.Recorder.JURY
    refusal = jury_work_refusal if by_jury else part_closed_refusal
    closed = refusal(enrolment.session, enrolment.part)
    if closed:
        return closed
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est désisté : ses notes ne changent plus."
    return None


def recorder_refusal(enrolment: Enrolment, block: Block, actor: Actor) -> str | None:
    """Is it for this actor to give this mark?"""
    if block.recorder == Block.Recorder.JURY and actor.role != Role.JUROR:
        return "Cette note est saisie par le jury local."
    if block.recorder not in RECORDS.get(actor.role, ()):
        return f"Cette note n’est pas saisie par le rôle « {actor.role_label} »."
    match actor.role:
        case Role.CRFP if actor.organisme is None or enrolment.part.crfp_id != actor.organisme.pk:
            return "Ce candidat relève d’un autre CRFP."
        case Role.TUTOR if enrolment.tutor_id != actor.user.pk:
            return "Ce stagiaire est suivi par un autre tuteur."
        case Role.MANAGER if enrolment.manager_id != actor.user.pk:
            return "Ce stagiaire relève d’un autre manager."
    return None


def retake_refusal(block: Block, first_mark: Mark | None) -> str | None:
    """May this block be taken again? Once, after an eliminatory first mark (R7, A6)."""
    if not block.retake:
        return f"Le règlement ne prévoit pas de rattrapage : {block.label}."
    if first_mark is None or first_mark.outcome == Mark.Outcome.NONE:
        return "Pas encore de première note."
    if not eliminates(block, first_mark):
        return "La première note n’est pas éliminatoire."
    return None


def call_refusal(
    enrolment: Enrolment, block: Block, first_mark: Mark | None, second: Mark | None
) -> str | None:
    """May this candidate be called to take this block again, or give it up? Not once it is done."""
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est désisté."
    if second is not None and second.outcome != Mark.Outcome.NONE:
        return "Le rattrapage est déjà noté."
    return retake_refusal(block, first_mark)


def call_day_refusal(held_on: date, session: Session, today: date) -> str | None:
    """Can a retake be held that day? Neither past, nor after the marks are due."""
    if held_on < today:
        return f"Cette date est passée : convoquez pour aujourd’hui {day_of(today)}, ou plus tard."
    if held_on > session.entry_deadline:
        day = day_of(session.entry_deadline)
        return f"Les notes sont attendues pour le {day} : le rattrapage ne peut pas se tenir après."
    return None


def kept_sentence(session: str) -> str:
    """Why a mark kept from the session of this code does not change."""
    return f"Note conservée de la session {session} : elle ne se change pas."


def kept_refusal(mark: Mark | None) -> str | None:
    """May this mark change? Not one kept from an earlier session."""
    if mark is None or mark.kept_from_id is None:
        return None
    return kept_sentence(mark.kept_from.enrolment.session.code)  # type: ignore[union-attr]


def source_refusal(enrolment: Enrolment, source: Enrolment) -> str | None:
    """May this enrolment keep something of that one? The same person, the same CQP, once proclaimed."""
    if enrolment.candidate_id != source.candidate_id or enrolment.pk == source.pk:
        return "Ces deux inscriptions ne sont pas celles d’une même personne."
    if enrolment.session.certification_id != source.session.certification_id:
        return "Ces deux inscriptions ne sont pas au même CQP."
    if source.session.state != SessionState.PROCLAIMED:
        return "La session d’origine n’est pas proclamée : rien n’en est encore conservé."
    return None


def recognition_refusal(
    enrolment: Enrolment,
    kept: KeptBloc | None,
    judged: BlocJudgement | None,
    acquired_on: date,
    today: date,
) -> str | None:
    """May Ucanss recognise this bloc to this candidate?"""
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return "Ce candidat s’est désisté."
    if kept is not None:
        return f"Ce bloc est déjà conservé, acquis le {day_of(kept.acquired_on)}."
    if judged is not None and judged.outcome != BlocJudgement.Outcome.OPEN:
        return "Le jury local a déjà jugé ce bloc."
    if acquired_on > today:
        return "Cette date est à venir : un bloc se reconnaît une fois acquis."
    return None
