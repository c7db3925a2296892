"""What is measured, and by which regulation."""

from evaluations.models.marks import Mark
from evaluations.models.operations import Operation
from evaluations.models.referentiel import BlocCompetence, Competence, Criterion
from evaluations.models.regulation import Adoption, Block, Regulation, SeatRule
from evaluations.models.sheets import BlockSheet, DetailLine, DetailMark, SecondEntry

__all__ = [
    "Adoption",
    "BlocCompetence",
    "Block",
    "BlockSheet",
    "Competence",
    "Criterion",
    "DetailLine",
    "DetailMark",
    "Mark",
    "Operation",
    "Regulation",
    "SeatRule",
    "SecondEntry",
]
