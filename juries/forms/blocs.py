"""The sheet of a bloc: criteria one by one, competences, conclusion."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from evaluations.judging import BlocEntry, CompetenceWord, CriterionWord
from evaluations.models import BlocCompetence, BlocJudgement, Competence, Criterion, CriterionJudgement

ACQUIRED, NOT_ACQUIRED = "acquise", "non-acquise"
_WORDS = {"": None, ACQUIRED: True, NOT_ACQUIRED: False}


@dataclass(frozen=True, slots=True)
class CriterionField:
    """A criterion with its level and its note."""

    criterion: Criterion
    level: BoundField
    note: BoundField


@dataclass(frozen=True, slots=True)
class CompetenceField:
    """A competence with its criteria, the jury's word and its argument."""

    competence: Competence
    criteria: list[CriterionField]
    word: BoundField
    argument: BoundField


class BlocSheetForm(forms.Form):
    """One bloc of one candidate on one sheet; saved even unfinished, concluded when the jury is ready."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    outcome = forms.ChoiceField(
        label="Conclusion du jury sur le bloc",
        choices=BlocJudgement.Outcome.choices,
        widget=forms.RadioSelect,
    )
    argument = forms.CharField(
        label="Argument et recommandations",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self, bloc: BlocCompetence, judgement: BlocJudgement | None, data: QueryDict | None = None
    ) -> None:
        """`bloc` comes with its competences and their criteria, `judgement` with its words."""
        super().__init__(data, initial=_shown(judgement))
        self.competences = list(bloc.competences.all())
        for competence in self.competences:
            self._add(competence)

    def _add(self, competence: Competence) -> None:
        for criterion in competence.criteria.all():
            key = _key(competence, criterion)
            self.fields[f"niveau-{key}"] = forms.ChoiceField(
                label=criterion.text,
                required=False,
                choices=CriterionJudgement.Level.choices,
                widget=forms.RadioSelect,
            )
            note = forms.CharField(label=f"Note sur : {criterion.text}", required=False, max_length=500)
            self.fields[f"remarque-{key}"] = note
        self.fields[f"competence-{competence.code}"] = forms.ChoiceField(
            label=competence.label,
            required=False,
            choices=[("", "Pas encore dit"), (ACQUIRED, "Acquise"), (NOT_ACQUIRED, "Non acquise")],
            widget=forms.RadioSelect,
        )
        self.fields[f"argument-{competence.code}"] = forms.CharField(
            label=f"Argument, {competence.code}",
            required=False,
            max_length=2000,
            widget=forms.Textarea(attrs={"rows": 2}),
        )

    @property
    def rows(self) -> list[CompetenceField]:
        return [
            CompetenceField(
                one,
                [
                    CriterionField(
                        criterion,
                        self[f"niveau-{_key(one, criterion)}"],
                        self[f"remarque-{_key(one, criterion)}"],
                    )
                    for criterion in one.criteria.all()
                ],
                self[f"competence-{one.code}"],
                self[f"argument-{one.code}"],
            )
            for one in self.competences
        ]

    @property
    def entry(self) -> BlocEntry:
        """What was filled, once valid."""
        said = self.cleaned_data
        return BlocEntry(
            outcome=said["outcome"],
            argument=said["argument"],
            competences={
                one.pk: CompetenceWord(_WORDS[said[f"competence-{one.code}"]], said[f"argument-{one.code}"])
                for one in self.competences
            },
            criteria={
                criterion.pk: CriterionWord(
                    said[f"niveau-{_key(one, criterion)}"], said[f"remarque-{_key(one, criterion)}"]
                )
                for one in self.competences
                for criterion in one.criteria.all()
            },
        )

    def refuse(self, sentences: dict[str | None, str], version: int) -> None:
        """Put each refusal beside its field; what another juror recorded is now the version seen."""
        for name, sentence in sentences.items():
            self.add_error(name, sentence)
        self.data = {**self.data.dict(), "version": str(version)}  # type: ignore[attr-defined]


def _key(competence: Competence, criterion: Criterion) -> str:
    return f"{competence.code}-{criterion.position}"


def _shown(judgement: BlocJudgement | None) -> dict[str, Any]:
    """What the sheet shows before anybody fills it."""
    if judgement is None:
        return {"version": 0, "outcome": BlocJudgement.Outcome.OPEN}
    shown: dict[str, Any] = {
        "version": judgement.version,
        "outcome": judgement.outcome,
        "argument": judgement.argument,
    }
    for word in judgement.competences.all():
        code = word.competence.code
        shown[f"competence-{code}"] = ACQUIRED if word.acquired else NOT_ACQUIRED
        shown[f"argument-{code}"] = word.argument
    for seen in judgement.criteria.all():
        key = _key(seen.criterion.competence, seen.criterion)
        shown[f"niveau-{key}"], shown[f"remarque-{key}"] = seen.level, seen.note
    return shown
