"""The form of an enrolment: the same one for the screen and for each line of a file."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Fieldset, Layout, Row
from django import forms
from django.utils import timezone

from candidates.forms.choices import Choices
from candidates.models import Enrolment
from candidates.rules import premss_refusal
from cqp.text import cleaned
from cqp.workflow import Refusal

DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y"]
YOUNGEST, OLDEST = 14, 90
PEOPLE = ("tutor", "manager", "corrector")


class DayField(forms.DateField):
    """A day: a calendar in the browser, `jj/mm/aaaa` or ISO when typed or imported."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", DAY_FORMATS)
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        kwargs.setdefault("error_messages", {"invalid": "Cette date n’existe pas : écrivez-la jj/mm/aaaa."})
        super().__init__(**kwargs)


class LineField(forms.CharField):
    """One line as it is kept and printed: what paper cannot show is refused where it was typed."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        try:
            return cleaned(value) if value else value
        except Refusal as refusal:
            raise forms.ValidationError(refusal.sentence) from refusal


def _name(label: str, length: int = 80, *, required: bool = True, **kwargs: Any) -> forms.CharField:
    return LineField(label=label, max_length=length, required=required, **kwargs)


INCOMPLETE_ADDRESS = "Cette adresse est incomplète : écrivez-la nom@domaine.fr."


def _address(label: str, *, required: bool = True, help_text: str = "") -> forms.EmailField:
    return forms.EmailField(
        label=label,
        required=required,
        help_text=help_text,
        error_messages={"invalid": INCOMPLETE_ADDRESS},
    )


class EnrolmentForm(forms.Form):
    """Civil identity, place in the network, tutor and manager, conditions."""

    birth_name = _name("Nom de naissance")
    used_name = _name("Nom d’usage", required=False, help_text="S’il diffère du nom de naissance.")
    first_names = _name("Prénoms", 120, help_text="Dans l’ordre de l’état civil.")
    birth_date = DayField(label="Date de naissance")
    birth_place = _name("Lieu de naissance", 120)
    email = _address(
        "Adresse électronique", help_text="Le candidat s’en servira pour se connecter et lire ses résultats."
    )
    option = forms.ChoiceField(label="Option", required=False)
    organisme = forms.ChoiceField(label="Organisme")
    tutor_last_name = _name("Nom du tuteur")
    tutor_first_name = _name("Prénom du tuteur")
    tutor_email = _address("Adresse électronique du tuteur")
    manager_last_name = _name("Nom du manager")
    manager_first_name = _name("Prénom du manager")
    manager_email = _address("Adresse électronique du manager")
    corrector_last_name = _name("Nom du correcteur", required=False)
    corrector_first_name = _name("Prénom du correcteur", required=False)
    corrector_email = _address("Adresse électronique du correcteur", required=False)
    contract = forms.ChoiceField(
        label="Type de contrat", choices=[("", "Choisir un type de contrat"), *Enrolment.Contract.choices]
    )
    pass_followed = forms.ChoiceField(
        label="Parcours Pass suivi", choices=Enrolment.Pass.choices, initial=Enrolment.Pass.UNKNOWN
    )
    premss_start = DayField(label="Premier jour de Prem’ss", required=False)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = choices
        self._fill("option", choices.option_choices)
        self._fill("organisme", choices.organisme_choices)
        if choices.options:
            self.fields["option"].required = True
        else:
            del self.fields["option"]

    @property
    def helper(self) -> FormHelper:
        """The page in fieldsets; built only when shown, a file of 2,000 lines needs none."""
        return _helper(with_option="option" in self.fields)

    def clean_birth_date(self) -> date:
        born: date = self.cleaned_data["birth_date"]
        age = (timezone.localdate() - born).days / 365.25
        if not YOUNGEST <= age <= OLDEST:
            raise forms.ValidationError("Cette date de naissance est invraisemblable : vérifiez l’année.")
        return born

    def clean_premss_start(self) -> date | None:
        start: date | None = self.cleaned_data["premss_start"]
        if start and start.year < 2000:
            raise forms.ValidationError("Cette date est invraisemblable : vérifiez l’année.")
        refusal = premss_refusal(start, self.choices.exam_last_day)
        if refusal:
            raise forms.ValidationError(refusal)
        return start

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._refuse_half_a_corrector(cleaned)
        self._refuse_own_judge(cleaned)
        return cleaned

    def _refuse_half_a_corrector(self, cleaned: Mapping[str, Any]) -> None:
        names = [f"corrector_{part}" for part in ("last_name", "first_name", "email")]
        if any(cleaned.get(name) for name in names):
            for name in names:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, "Complétez le correcteur, ou effacez ses trois champs.")

    def _refuse_own_judge(self, cleaned: Mapping[str, Any]) -> None:
        """Nobody tutors, manages or corrects oneself (R56)."""
        own = (cleaned.get("email") or "").lower()
        for role in PEOPLE:
            name = f"{role}_email"
            if own and (cleaned.get(name) or "").lower() == own:
                self.add_error(name, "Cette adresse est celle du candidat : nul ne peut être juge et partie.")

    def _fill(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells the type checker, never fails
        field.choices = choices


class MotiveForm(forms.Form):
    """Why: compulsory, and kept in the journal."""

    motive = forms.CharField(
        label="Motif",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Indiquez le motif : il est conservé au journal."},
    )


def _pair(*names: str) -> Row:
    return Row(*(Column(name, css_class="col-sm-6") for name in names))


def _person(role: str) -> tuple[Row, str]:
    return _pair(f"{role}_last_name", f"{role}_first_name"), f"{role}_email"


def _helper(*, with_option: bool) -> FormHelper:
    """Fieldsets in the order people have the information at hand."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        Fieldset(
            "Identité civile",
            _pair("birth_name", "used_name"),
            "first_names",
            _pair("birth_date", "birth_place"),
            "email",
            css_class="panel",
        ),
        Fieldset("Affectation", *(["option"] if with_option else []), "organisme", css_class="panel"),
        Fieldset(
            "Encadrement",
            HTML(
                '<p class="text-muted">Un compte est ouvert au tuteur et au manager s’ils n’en ont pas : ils '
                "choisissent leur mot de passe par « Mot de passe oublié ? » en se connectant. "
                "Aucun des deux ne pourra siéger au jury de ce candidat.</p>"
            ),
            *_person("tutor"),
            *_person("manager"),
            HTML('<p class="text-muted">Le correcteur de l’épreuve écrite, s’il est déjà connu.</p>'),
            *_person("corrector"),
            css_class="panel",
        ),
        Fieldset("Conditions", "contract", _pair("pass_followed", "premss_start"), css_class="panel"),
    )
    return helper
