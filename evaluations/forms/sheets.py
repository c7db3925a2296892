"""The forms around the sheet of a block: who answers for it, how it is checked, a correction."""

from typing import Any

from django import forms

from cqp.accounts.models import User
from cqp.roles import Role
from evaluations.models import Block, BlockSheet
from evaluations.scoring import format_number

_LEVELS = {"": 0, Block.DoubleEntry.FLAGGED.value: 1, Block.DoubleEntry.ALL.value: 2}


class SheetForm(forms.Form):
    """Who transmits the marks, and which of them a second person types again."""

    responsible = forms.ModelChoiceField(
        User.objects.none(),
        label="Responsable de l’épreuve",
        required=False,
        empty_label="Personne en particulier : chacun au CRFP peut transmettre",
        help_text="La personne nommée est la seule à pouvoir transmettre et corriger ces notes.",
    )
    double_entry = forms.ChoiceField(
        label="Double saisie à l’aveugle",
        required=False,
        widget=forms.RadioSelect,
        help_text="Une seconde personne retape les notes sans voir la première saisie.",
    )

    def __init__(self, data: Any = None, *, sheet: BlockSheet) -> None:
        asked = sheet.block.double_entry or ""
        initial = {"responsible": sheet.responsible, "double_entry": sheet.checks}
        super().__init__(data, initial=initial)
        here = User.objects.filter(memberships__role=Role.CRFP, memberships__organisme=sheet.part.crfp_id)
        members = here.filter(is_active=True).distinct()
        responsible: Any = self.fields["responsible"]
        responsible.queryset = members.order_by("last_name", "first_name")
        levels: Any = self.fields["double_entry"]
        levels.choices = [
            (value, label)
            for value, label in [("", "Aucune"), *Block.DoubleEntry.choices]
            if _level(value) >= _level(asked)
        ]
        levels.disabled = sheet.is_submitted
        if asked:
            levels.help_text = "Le règlement la demande déjà : vous pouvez l’étendre, pas la réduire."


class CorrectionForm(forms.Form):
    """The right mark, and why the transmitted one was wrong."""

    entry = forms.CharField(label="Note corrigée", max_length=20)
    reason = forms.CharField(
        label="Motif de la correction",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Il reste dans l’historique de la note, avec votre nom et l’heure.",
        error_messages={"required": "Indiquez le motif de la correction."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    # The unusual mark somebody was asked about: the same again is a confirmation.
    asked = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    def __init__(self, *args: Any, block: Block, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scale = format_number(block.mark_max)
        self.fields["entry"].label = f"Note corrigée, sur {scale}"
        self.fields["entry"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.fields["entry"].help_text = f"De 0 à {scale}, deux décimales au plus ; ABS ou ABJ."


class TestsForm(forms.Form):
    """The tests of a block, one a line."""

    __test__ = False  # pytest: a form, not a test

    labels = forms.CharField(
        label="Les contrôles de cette épreuve, un par ligne",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="La note de l’épreuve est leur moyenne, arrondie une fois au centième. "
        "Liste vide : la note se saisit directement.",
    )

    def clean_labels(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["labels"].splitlines() if line.strip()]
        if len(lines) > 12:
            raise forms.ValidationError("Douze contrôles au plus.")
        if any(len(line) > 60 for line in lines):
            raise forms.ValidationError("Un libellé compte 60 caractères au plus.")
        return lines


def _level(value: str) -> int:
    return _LEVELS[value]
