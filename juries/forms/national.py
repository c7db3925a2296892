"""What the CPNEFP fills in: the day of its sitting, its decisions; and what a candidate types."""

from typing import Any

from django import forms

from candidates.forms.enrolments import DayField
from cqp.accounts.models import User
from juries.forms.publication import OpeningForm
from juries.states import Outcome
from juries.throttle import count_try, take_back


class SittingForm(forms.Form):
    """Day and place of the sitting; both are printed on the certificates."""

    held_on = DayField(label="Date de la séance")
    place = forms.CharField(
        label="Lieu", max_length=120, help_text="La commune : elle figure sur les certificats."
    )
    early = forms.BooleanField(label="J’ouvre la séance avant la fin des épreuves", required=False)

    def __init__(self, *args: Any, early: str | None, **kwargs: Any) -> None:
        """`early`: what opening before the end of the exams means, to be ticked; None when they are over."""
        super().__init__(*args, **kwargs)
        if early:
            self.fields["early"].help_text = early
        else:
            del self.fields["early"]


class DecisionForm(forms.Form):
    """One decision, with its motive where it departs from what was computed (A23)."""

    outcome = forms.ChoiceField(label="Décision du jury", widget=forms.RadioSelect, choices=Outcome.choices)
    motive = forms.CharField(
        label="Motif",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Obligatoire quand la décision s’écarte de la proposition calculée. "
        "Le candidat pourra le lire.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposed: Outcome | None, **kwargs: Any) -> None:
        """A file without total can only be deferred (A5)."""
        super().__init__(*args, **kwargs)
        if proposed == Outcome.DEFERRED:
            outcome: Any = self.fields["outcome"]
            outcome.choices = [(Outcome.DEFERRED.value, Outcome.DEFERRED.label)]


class ProclamationForm(OpeningForm):
    """When results open, the password again, and the digest of what the page showed.

    Nobody proclaims by a stray click.
    """

    TRIES = 5
    field_order = ("when", "opens_on", "opens_hour", "check", "password", "seen")
    check = forms.BooleanField(
        label="La CPNEFP a délibéré ; ces décisions sont les siennes.",
        error_messages={"required": "Cochez cette case : la proclamation est celle de la CPNEFP."},
    )
    password = forms.CharField(
        label="Votre mot de passe",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="Demandé de nouveau : une proclamation ne se défait pas.",
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Counted by person: five wrong ones in an hour, and the hour must pass."""
        key = f"proclaim:{self.user.pk}"
        if count_try(key) > self.TRIES:
            raise forms.ValidationError("Trop d’essais : attendez une heure avant de recommencer.")
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("Ce mot de passe n’est pas le vôtre.")
        take_back(key)
        return password


class NumberForm(forms.Form):
    """The identification number given at the written examination (R37)."""

    number = forms.CharField(
        label="Numéro d’identification",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text="Onze caractères, remis lors de l’épreuve écrite. Tirets et espaces ne comptent pas.",
    )
