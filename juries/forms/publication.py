"""When results open: at once, or a day and an hour."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from candidates.forms.enrolments import DayField
from juries.forms.planning import HourField
from juries.publication import hour_refusal

AT_ONCE, LATER = "immediate", "plus-tard"


class OpeningForm(forms.Form):
    """The opening of the results; `cleaned_data["opens_at"]` is None for at once."""

    when = forms.ChoiceField(
        label="Ouverture des résultats",
        widget=forms.RadioSelect,
        choices=[(AT_ONCE, "Immédiate"), (LATER, "À une date et une heure choisies")],
        initial=AT_ONCE,
        help_text="Avant l’ouverture, seules l’Ucanss et la CPNEFP lisent ce qui est proclamé.",
        error_messages={"required": "Dites quand les résultats s’ouvrent."},
    )
    opens_on = DayField(label="Jour d’ouverture", required=False)
    opens_hour = HourField(label="Heure d’ouverture", required=False)

    def __init__(self, *args: Any, proclaimed_at: datetime | None = None, **kwargs: Any) -> None:
        """`proclaimed_at`: when the session was; None while it is about to be."""
        super().__init__(*args, **kwargs)
        self.proclaimed_at = proclaimed_at

    def clean(self) -> dict[str, Any]:
        """One moment out of a day and an hour, refused where it was typed."""
        data: dict[str, Any] = super().clean() or {}
        data["opens_at"] = None
        if data.get("when") != LATER or {"opens_on", "opens_hour"} & self.errors.keys():
            return data
        if not data.get("opens_on"):
            self.add_error(
                "opens_on", "Indiquez le jour de l’ouverture, ou choisissez l’ouverture immédiate."
            )
        elif data.get("opens_hour") is None:
            self.add_error("opens_hour", "Indiquez l’heure de l’ouverture, par exemple 09:00.")
        else:
            self._keep(data)
        return data

    def _keep(self, data: dict[str, Any]) -> None:
        chosen = timezone.make_aware(datetime.combine(data["opens_on"], data["opens_hour"]))
        now = timezone.now()
        refused = hour_refusal(chosen, proclaimed_at=self.proclaimed_at or now, now=now)
        if refused:
            self.add_error("opens_on", refused)
        data["opens_at"] = chosen
