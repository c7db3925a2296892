"""The forms of the retakes: the day and place of a call, a mark for each candidate, a renouncing."""

from typing import Any

from django import forms

from candidates.forms.enrolments import DayField, LineField


class CallForm(forms.Form):
    """The day and the place of a retake; the candidates are ticked beside."""

    held_on = DayField(label="Date du rattrapage")
    place = LineField(label="Lieu", max_length=120)


class WaivingForm(forms.Form):
    """Why a candidate gives up the retake."""

    motive = LineField(
        label="Motif du renoncement",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La première note reste éliminatoire. Le motif est conservé au journal.",
        error_messages={"required": "Indiquez le motif du renoncement."},
    )


def number_of(text: Any) -> int:
    """A version the page itself wrote in a hidden field, 0 if somebody wrote something else."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 else 0
