"""What the CRFP fills in to plan the hearings of a jury."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from candidates.forms.enrolments import DayField, LineField
from cqp.templatetags.fr import hour, weekday
from juries.models import HearingDay
from juries.planning_entries import AwayEntry, DayEntry

HOUR_FORMATS = ["%H:%M", "%H:%M:%S", "%Hh%M", "%Hh", "%H h %M", "%H h"]


class HourField(forms.TimeField):
    """An hour of the clock, as the browser gives it or as it is written."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", HOUR_FORMATS)
        kwargs.setdefault("widget", forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 300}))
        kwargs.setdefault("error_messages", {"invalid": "Cette heure n’existe pas : écrivez-la 14:05."})
        super().__init__(**kwargs)


class DayForm(forms.Form):
    """A day a jury sits."""

    day = DayField(label="Jour")
    place = LineField(label="Lieu", max_length=120)
    room = LineField(
        label="Salle",
        max_length=60,
        required=False,
        help_text="Nommée, elle n’est jamais donnée à deux jurys à la même heure.",
    )
    starts = HourField(label="Début")
    ends = HourField(label="Fin")
    break_starts = HourField(label="Pause, de", required=False)
    break_ends = HourField(label="Pause, à", required=False)

    @property
    def entry(self) -> DayEntry:
        return DayEntry(**self.cleaned_data)

    @staticmethod
    def data_of(day: HearingDay) -> dict[str, Any]:
        return {name: getattr(day, name) for name in DayEntry.__dataclass_fields__}


class HourForm(forms.Form):
    """The day and the hour of one candidate."""

    day = forms.ModelChoiceField(
        queryset=HearingDay.objects.none(), label="Journée", empty_label=None, widget=forms.Select
    )
    starts = HourField(label="Heure")

    def __init__(
        self, days: Sequence[HearingDay], data: QueryDict | None = None, initial: Any = None
    ) -> None:
        super().__init__(data, initial=initial)
        field: Any = self.fields["day"]
        field.queryset = HearingDay.objects.filter(pk__in=[day.pk for day in days])
        field.choices = [
            (day.pk, f"{weekday(day.day)}, de {hour(day.starts)} à {hour(day.ends)}, {day.place}")
            for day in days
        ]


class AwayForm(forms.Form):
    """When a candidate cannot come."""

    day = DayField(label="Jour")
    starts = HourField(label="De", required=False, help_text="Sans heures : toute la journée.")
    ends = HourField(label="À", required=False)
    reason = LineField(
        label="Raison", max_length=200, required=False, help_text="Pour le CRFP seul, jamais au journal."
    )

    @property
    def entry(self) -> AwayEntry:
        return AwayEntry(**self.cleaned_data)
