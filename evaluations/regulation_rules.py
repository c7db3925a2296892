"""Rules of regulations: may a session open under one, may a draft change, may it be published?"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from candidates.models import Option
from cqp.templatetags.fr import day as day_of
from evaluations.models import Block, Regulation, SeatRule
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


def publication_refusals(regulation: Regulation) -> list[str]:
    """Everything that keeps a draft from being published: a sentence each."""
    refusal = draft_refusal(regulation)
    if refusal:
        return [refusal]
    checks = _bloc_checks(regulation) if regulation.is_in_blocs else _point_checks(regulation)
    checks.append((bool(regulation.seats.all()), "La composition du jury local est vide."))
    return [sentence for holds, sentence in checks if not holds]


Check = tuple[bool, str]


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
