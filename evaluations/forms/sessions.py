"""The form of a session to open under a regulation."""

from typing import Any

from django import forms

from candidates.forms.sessions import ScheduleForm
from candidates.rules import calendar_refusal
from evaluations.models import Regulation

_DAYS = ("exam_first_day", "exam_last_day", "enrolment_deadline", "entry_deadline")


class SessionForm(ScheduleForm):
    """Options and days of a session under one regulation."""

    def __init__(self, *args: Any, regulation: Regulation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = regulation.certification.options.all()
        self.fields["options"] = forms.ModelMultipleChoiceField(
            options,
            label="Options ouvertes",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            initial=[option.pk for option in options],
        )
        if options:
            self.fields["options"].required = True
            self.fields["options"].error_messages["required"] = "Choisissez au moins une option."
            self.helper.layout.fields.insert(0, "options")
        self.fields["exam_first_day"].help_text = "Les épreuves ont lieu en juin et en décembre."
        self.fields["entry_deadline"].help_text = "Après les épreuves, avant le jury national."

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if all(data.get(name) for name in _DAYS):
            refusal = calendar_refusal(*(data[name] for name in _DAYS))
            if refusal:
                raise forms.ValidationError(refusal)
        return data
