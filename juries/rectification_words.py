"""What a rectification will do, in words, before anybody presses the button."""

from collections.abc import Iterator

from evaluations.models import JuryRule
from juries.models import Certificate
from juries.states import Outcome


def consequences(
    before: Outcome, after: Outcome, in_force: Certificate | None, *, has_blocs: bool
) -> list[str]:
    """What deciding it changes, and what it leaves.

    `in_force`: the certificate held until then; `has_blocs`: certificates of blocs were delivered.
    """
    return [*_told(before, after, in_force), *([_BLOCS] if has_blocs else []), *_LEFT]


_BLOCS = (
    "Les certificats de bloc déjà délivrés ne sont pas réédités : la page de vérification dit ce qui a été "
    "corrigé ou remplacé."
)


_LEFT = (
    "La décision précédente n’est pas effacée : elle reste au dossier et le candidat peut la relire.",
    "Le candidat lit la nouvelle décision et son motif ; son organisme, la décision seule.",
    "Un procès-verbal rectificatif est produit.",
)


def _told(before: Outcome, after: Outcome, in_force: Certificate | None) -> Iterator[str]:
    if before == after:
        yield f"La décision reste : {after.label.lower()}."
    else:
        yield f"La décision devient : {after.label.lower()} (c’était : {before.label.lower()})."
    if after == Outcome.CERTIFIED:
        replaced = f" ; il remplace le certificat n° {in_force.number}" if in_force else ""
        yield f"Un certificat est délivré sous un nouveau numéro{replaced}."
    elif in_force:
        yield f"Le certificat n° {in_force.number} est annulé : la page de vérification le dira."
    if before != after and before == Outcome.CERTIFIED:
        yield "Le candidat redevient à représenter."
    elif before != after and after == Outcome.CERTIFIED:
        yield "Le candidat n’est plus à représenter."


def who_decides(rectified_by: str) -> str:
    """Who decides under this regulation."""
    if rectified_by == JuryRule.Rectifier.SITTING:
        return "La CPNEFP la décide en séance ; sa présidence l’enregistre avec la date de la séance."
    return "La présidence de la CPNEFP la décide."
