"""What is measured, and by which regulation."""

from evaluations.models.marks import Mark
from evaluations.models.referentiel import BlocCompetence, Competence, Criterion
from evaluations.models.regulation import Adoption, Block, Regulation, SeatRule

__all__ = [
    "Adoption",
    "BlocCompetence",
    "Block",
    "Competence",
    "Criterion",
    "Mark",
    "Regulation",
    "SeatRule",
]
