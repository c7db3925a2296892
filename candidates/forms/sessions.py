"""The calendar of a session."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms

from candidates.forms.enrolments import DayField


class ScheduleForm(forms.Form):
    """The four days of a session; their order is checked by the rules, with the verb."""

    enrolment_deadline = DayField(label="Clôture des inscriptions")
    exam_first_day = DayField(label="Premier jour des épreuves")
    exam_last_day = DayField(label="Dernier jour des épreuves")
    entry_deadline = DayField(label="Échéance de saisie des notes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            "enrolment_deadline",
            Row(
                Column("exam_first_day", css_class="col-sm-6"),
                Column("exam_last_day", css_class="col-sm-6"),
            ),
            "entry_deadline",
        )
