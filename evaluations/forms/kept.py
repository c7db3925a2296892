"""The form by which Ucanss recognises a bloc acquired by another way."""

from collections.abc import Sequence
from typing import Any

from django import forms

from candidates.forms.enrolments import DayField, LineField
from evaluations.models import BlocCompetence


class RecognitionForm(forms.Form):
    """Which bloc, since when, and what shows it."""

    bloc = forms.ModelChoiceField(
        BlocCompetence.objects.none(), label="Bloc de compétences", empty_label="Choisir un bloc"
    )
    acquired_on = DayField(label="Acquis le")
    motive = LineField(
        label="Pièce et motif",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Par exemple : décision du jury de VAE, sa date et sa référence.",
        error_messages={"required": "Indiquez la pièce et le motif de la reconnaissance."},
    )

    def __init__(self, *args: Any, blocs: Sequence[BlocCompetence], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["bloc"]
        field.queryset = BlocCompetence.objects.filter(pk__in=[bloc.pk for bloc in blocs])
        field.label_from_instance = lambda bloc: f"{bloc.position}. {bloc.title}"
