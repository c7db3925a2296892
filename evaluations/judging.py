"""What a jury may say of a bloc: each rule answers with the sentences of its refusal, by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluations.models import BlocJudgement, Competence, CriterionJudgement
from evaluations.scoring import Scope

Outcome = BlocJudgement.Outcome
Level = CriterionJudgement.Level


@dataclass(frozen=True, slots=True)
class CompetenceWord:
    """Acquired or not, with its argument; None and no argument: nothing said."""

    acquired: bool | None = None
    argument: str = ""


@dataclass(frozen=True, slots=True)
class CriterionWord:
    """How far a criterion was seen to be met, with a note; both may be empty."""

    level: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class BlocEntry:
    """A whole sheet as the jury filled it; words by competence and by criterion, both by id."""

    outcome: str = Outcome.OPEN
    argument: str = ""
    competences: Mapping[int, CompetenceWord] = field(default_factory=dict)
    criteria: Mapping[int, CriterionWord] = field(default_factory=dict)


KEPT = "Ce bloc est conservé d’une autre session : le jury ne le juge pas de nouveau."


def judgement_refusals(competences: Sequence[Competence], needed: Scope, entry: BlocEntry) -> dict[str, str]:
    """What is wrong with this sheet, a sentence a field: `outcome`, `argument`, `argument-<code>`.

    A sheet not concluded yet may be partial. A refusal is argued; a conclusion needs the jury's word wherever
    the regulation asks for it, and cannot contradict a competence it refused. An absence needs nothing (A5).
    """
    said = {one.pk: entry.competences.get(one.pk, CompetenceWord()) for one in competences}
    refused = {
        f"argument-{one.code}": "Une compétence non acquise doit être argumentée : le candidat le lira."
        for one in competences
        if said[one.pk].acquired is False and not said[one.pk].argument
    }
    if entry.outcome not in (Outcome.ACQUIRED, Outcome.NOT_ACQUIRED):
        return refused
    silent = [
        one.code for one in competences if needed.covers(is_key=one.is_key) and said[one.pk].acquired is None
    ]
    against = [one.code for one in competences if said[one.pk].acquired is False]
    if entry.outcome == Outcome.NOT_ACQUIRED and not entry.argument:
        refused["argument"] = "Un bloc non acquis doit être argumenté : dites ce qui est à reprendre."
    if silent and not (entry.outcome == Outcome.NOT_ACQUIRED and against):
        refused["outcome"] = f"Avant de conclure, prononcez-vous sur : {', '.join(silent)}."
    elif entry.outcome == Outcome.ACQUIRED and against:
        refused["outcome"] = f"Le bloc ne peut pas être acquis sans {', '.join(against)}."
    return refused
