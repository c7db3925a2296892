"""What is filled in to rectify a proclaimed decision: what was wrong, when it is decided, why it is not."""

from collections.abc import Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from candidates.forms.enrolments import DayField
from candidates.forms.filters import ListFilter, search_box
from candidates.reading import bears
from cqp.templatetags.fr import mark as written
from cqp.workflow import Refusal
from evaluations.models import Block
from juries.models import Rectification
from juries.rectification import FIRST, IDENTITY, RETAKE, Corrections, Step, entries_of, mark_field
from juries.rules import Refusals
from juries.states import Outcome, RectificationState


class ProposalForm(forms.Form):
    """The file as it is, to be corrected where it was wrong; then the decision and the motive."""

    def __init__(self, *args: Any, current: Step, blocks: Iterable[Block], **kwargs: Any) -> None:
        """`blocks`: those whose marks may be corrected; none under a regulation in blocs."""
        super().__init__(*args, **kwargs)
        entries = entries_of(current.content)
        self.marks: dict[str, tuple[str, int]] = {}
        for block in blocks:
            attempts = (FIRST, RETAKE) if block.retake else (FIRST,)
            for attempt in attempts:
                self._add_mark(block, attempt, entries.get((block.code, attempt), ""))
        holder = current.content["holder"]
        for name, label in IDENTITY.items():
            self.fields[name] = _identity_field(name, label, holder[name])
        self.fields["outcome"] = forms.ChoiceField(
            label="Décision proposée",
            widget=forms.RadioSelect,
            choices=Outcome.choices,
            initial=current.outcome.value,
        )
        self.fields["motive"] = forms.CharField(
            label="Motif",
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 4}),
            help_text="Ce qui était faux, et comment on le sait. Le candidat pourra le lire.",
        )

    def _add_mark(self, block: Block, attempt: int, entry: str) -> None:
        name = mark_field(block.code, attempt)
        label = f"{block.label}, rattrapage" if attempt == RETAKE else block.label
        self.marks[name] = (block.code, attempt)
        self.fields[name] = forms.CharField(
            label=f"{label} (sur {written(block.mark_max)})",
            required=False,
            max_length=20,
            initial=entry,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )

    @property
    def mark_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.marks]

    @property
    def identity_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in IDENTITY]

    @property
    def corrections(self) -> Corrections:
        """Everything typed; what differs is found by the services."""
        values = self.cleaned_data
        identity = {name: values[name] for name in IDENTITY if name != "birth_date"}
        identity["birth_date"] = values["birth_date"].isoformat()
        return Corrections({key: values[name] for name, key in self.marks.items()}, identity)

    @property
    def asked(self) -> dict[str, Any]:
        """What is proposed, for the service."""
        values = self.cleaned_data
        return {"corrections": self.corrections, "outcome": values["outcome"], "motive": values["motive"]}


def _identity_field(name: str, label: str, value: str) -> forms.Field:
    if name == "birth_date":
        return DayField(label=label, initial=value)
    return forms.CharField(label=label, initial=value, max_length=120, required=name != "used_name")


class DecidedForm(forms.Form):
    """When and where it is decided; both are printed."""

    held_on = DayField(label="Date de la décision")
    place = forms.CharField(
        label="Lieu", max_length=120, help_text="La commune\u00a0: elle figure sur le procès-verbal."
    )

    def __init__(self, *args: Any, in_sitting: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if in_sitting:
            self.fields["held_on"].label = "Date de la séance"


class DismissalForm(forms.Form):
    """Why nothing is rectified."""

    reason = forms.CharField(
        label="Motif du rejet",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="La personne qui a proposé la rectification pourra le lire.",
    )


class RectificationFilter(ListFilter):
    """By name and state; sorted by name, session or day of the proposal."""

    q = search_box("Nom")
    etat = django_filters.ChoiceFilter(
        label="État", field_name="state", choices=RectificationState.choices, empty_label="Tous les états"
    )
    sort = django_filters.OrderingFilter(
        fields={
            "decision__enrolment__candidate__sort_key": "nom",
            "decision__enrolment__session__exam_last_day": "session",
            "proposed_at": "proposee",
        }
    )

    class Meta:
        model = Rectification
        fields: list[str] = []

    def search(self, rows: QuerySet[Rectification], name: str, value: str) -> QuerySet[Rectification]:
        """Every word must be in the name, without accents."""
        return rows.filter(bears(value, "decision__enrolment__candidate"))


def show_refusal(form: forms.Form, refused: Refusal) -> None:
    """Each sentence beside the field it is about, or above the form."""
    named: Mapping[Any, str] = {None: refused.sentence}
    if isinstance(refused, Refusals):
        named = refused.sentences
    for field, sentence in named.items():
        form.add_error(field, sentence)
