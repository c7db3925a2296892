"""What is measured, and by which regulation."""

from evaluations.models.carnet import (
    AttestationFile,
    CarnetReopening,
    MasteryAttestation,
    Observation,
    ObservationLine,
)
from evaluations.models.judgements import BlocJudgement, CompetenceJudgement, CriterionJudgement
from evaluations.models.juries import HearingPart, JuryPoints, JuryRule, jury_rule_of
from evaluations.models.kept import AcquiredBloc, KeptBloc, RetakeCall
from evaluations.models.marks import Mark
from evaluations.models.operations import Operation
from evaluations.models.referentiel import BlocCompetence, BlocRule, Competence, Criterion
from evaluations.models.regulation import Adoption, Block, Regulation, SeatRule
from evaluations.models.sheets import BlockSheet, DetailLine, DetailMark, SecondEntry

__all__ = [
    "AcquiredBloc",
    "Adoption",
    "AttestationFile",
    "BlocCompetence",
    "BlocJudgement",
    "BlocRule",
    "Block",
    "BlockSheet",
    "CarnetReopening",
    "Competence",
    "CompetenceJudgement",
    "Criterion",
    "CriterionJudgement",
    "DetailLine",
    "DetailMark",
    "HearingPart",
    "JuryPoints",
    "JuryRule",
    "KeptBloc",
    "Mark",
    "MasteryAttestation",
    "Observation",
    "ObservationLine",
    "Operation",
    "Regulation",
    "RetakeCall",
    "SeatRule",
    "SecondEntry",
    "jury_rule_of",
]
