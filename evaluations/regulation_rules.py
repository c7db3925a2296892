"""Rules of regulations: may a session open under one, may a draft change, may it be published?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from candidates.models import Option
from cqp.templatetags.fr import day as day_of
from cqp.templatetags.fr import plural
from evaluations.models import Block, HearingPart, JuryRule, Regulation, SeatRule, jury_rule_of
from evaluations.scoring import format_number
from evaluations.states import RegulationState


def session_refusal(regulation: Regulation, options: Sequence[Option]) -> str | None:
    """May a session open under this regulation, for these options?"""
    if regulation.state != RegulationState.PUBLISHED:
        return "Ce règlement est encore un projet : une session s’ouvre sous un règlement publié."
    if any(option.certification_id != regulation.certification_id for option in options):
        return "Une des options n’appartient pas à cette certification."
    if not options and regulation.certification.options.exists():
        return "Choisissez au moins une option."
    return None


def validity_refusal(regulation: Regulation, exam_first_day: date) -> str | None:
    """Does this regulation already apply on the first day of the exams?"""
    if exam_first_day >= regulation.valid_from:
        return None
    day = day_of(regulation.valid_from)
    return f"Ce règlement s’applique à partir du {day} : les épreuves commenceraient avant."


def draft_refusal(regulation: Regulation) -> str | None:
    """May this regulation still change?"""
    if regulation.state == RegulationState.PUBLISHED:
        return "Un règlement publié ne se modifie pas : copiez-le pour préparer la version suivante."
    return None


def blocks_refusal(blocks: Sequence[Block], seats: Sequence[SeatRule]) -> str | None:
    """Can these rows be written at all? Different codes, thresholds within their scale."""
    for rows, what in ((blocks, "épreuves"), (seats, "sièges")):
        codes = [row.code for row in rows]
        if len(set(codes)) < len(codes):
            return f"Deux {what} portent le même code."
    for block in blocks:
        if (block.threshold is None) != (block.threshold_operator == Block.Operator.NONE):
            return f"{block.label} : un seuil va avec sa règle éliminatoire."
        if block.threshold is not None and block.threshold > block.mark_max:
            return f"{block.label} : le seuil dépasse le barème."
    return None


def jury_rule_refusal(rule: JuryRule) -> str | None:
    """Can these rules of the juries be written at all?"""
    if rule.hearing_minimum < 1:
        return "Une audition demande au moins un juré."
    if rule.college_quorum < 1:
        return "Le jury national demande au moins un membre de chaque collège."
    if rule.points_max is not None and rule.points_max <= 0:
        return "Un point de jury est plus grand que zéro."
    return None


def parts_refusal(parts: Sequence[HearingPart]) -> str | None:
    """Can these parts of a hearing be written at all? Each lasts, and not longer than its most."""
    for part in parts:
        if part.minutes < 1:
            return f"{part.label} : une partie de l’audition dure au moins une minute."
        if part.longest < part.minutes:
            return f"{part.label} : au plus ne peut pas être moins que {part.minutes} minutes."
    return None


def publication_refusals(regulation: Regulation) -> list[str]:
    """Everything that keeps a draft from being published: a sentence each."""
    refusal = draft_refusal(regulation)
    if refusal:
        return [refusal]
    checks = _bloc_checks(regulation) if regulation.is_in_blocs else _point_checks(regulation)
    seats = len(regulation.seats.all())
    checks.append((bool(seats), "La composition du jury local est vide."))
    checks += _jury_checks(regulation, seats)
    return [sentence for holds, sentence in checks if not holds]


Check = tuple[bool, str]


def _jury_checks(regulation: Regulation, seats: int) -> list[Check]:
    rule = jury_rule_of(regulation)
    heard_by = rule.hearing_minimum
    return [
        (
            not seats or heard_by <= seats,
            f"Une audition demande {heard_by} jurés, le jury local n’a que {seats} siège{plural(seats)}.",
        ),
        (
            rule.points_max is None or not regulation.is_in_blocs,
            "Un référentiel en blocs n’a pas de note : le jury national n’y accorde aucun point.",
        ),
    ]


def _bloc_checks(regulation: Regulation) -> list[Check]:
    return [(regulation.blocs.exists(), "Le référentiel n’a aucun bloc de compétences.")]


def _point_checks(regulation: Regulation) -> list[Check]:
    blocks = list(regulation.blocks.prefetch_related("lines"))
    total = sum((block.weighted_max for block in blocks), Decimal(0))
    by_jury = any(block.recorder == Block.Recorder.JURY for block in blocks)
    checks = [
        (bool(blocks), "Le règlement n’a aucune épreuve."),
        (by_jury, "Aucune épreuve n’est notée par le jury local."),
        (
            total == regulation.total_max,
            f"Les épreuves valent {format_number(total)} points en tout,"
            f" le total annoncé est {format_number(regulation.total_max)}.",
        ),
        (regulation.pass_total <= regulation.total_max, "Le total requis dépasse le total maximal."),
    ]
    return checks + [check for block in blocks for check in _block_checks(block)]


def _block_checks(block: Block) -> list[Check]:
    lines = [line.mark_max for line in block.lines.all()]
    scale = format_number(block.mark_max)
    return [
        (
            not block.retake or block.threshold is not None,
            f"{block.label} : un rattrapage demande un seuil éliminatoire.",
        ),
        (
            not lines or sum(lines, Decimal(0)) == block.mark_max,
            f"{block.label} : ses lignes d’observation doivent valoir {scale} points en tout.",
        ),
    ]
