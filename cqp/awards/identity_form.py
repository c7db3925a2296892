"""Completing an identity: sex, then where the person was born."""

from typing import Any

from django import forms
from django.urls import reverse_lazy

from candidates import civil_status_rules as rules
from candidates.communes import CODE, commune_of, named
from candidates.models import CivilStatus

FRANCE, ABROAD = "FRANCE", "ETRANGER"
_LIST = "communes-proposees"
_SUGGEST = {
    "list": _LIST,
    "autocomplete": "off",
    "hx-trigger": "input changed delay:200ms",
    "hx-target": f"#{_LIST}",
}


class CivilStatusForm(forms.Form):
    """A commune is typed by its code or its name; the box offers those of the list."""

    sex = forms.ChoiceField(
        label="Sexe de l’état civil", choices=CivilStatus.Sex.choices, widget=forms.RadioSelect
    )
    place = forms.ChoiceField(
        label="Lieu de naissance",
        choices=[(FRANCE, "En France"), (ABROAD, "À l’étranger")],
        widget=forms.RadioSelect,
        initial=FRANCE,
    )
    birth_commune = forms.CharField(
        label="Commune de naissance",
        required=False,
        max_length=120,
        help_text="Si la personne est née en France. Tapez son nom ou son code INSEE, puis choisissez.",
        widget=forms.TextInput(attrs=_SUGGEST | {"hx-get": reverse_lazy("awards:commune_options")}),
    )
    is_old = forms.BooleanField(
        label="Cette commune a disparu depuis\u00a0: garder le code tapé", required=False
    )
    birth_country = forms.CharField(
        label="Pays de naissance",
        required=False,
        max_length=5,
        help_text="Si la personne est née à l’étranger\u00a0: son code INSEE, comme 99109 pour l’Allemagne.",
    )

    @classmethod
    def of(cls, known: CivilStatus | None, data: Any = None) -> "CivilStatusForm":
        """The form, filled with what is known."""
        if known is None:
            return cls(data)
        commune = commune_of(known.birth_commune_code)
        return cls(
            data,
            initial={
                "sex": known.sex,
                "place": FRANCE if known.birth_commune_code else ABROAD,
                "birth_commune": commune.label if commune else known.birth_commune_code,
                "is_old": bool(known.birth_commune_code) and commune is None,
                "birth_country": known.birth_country_code,
            },
        )

    def clean(self) -> dict[str, Any]:
        """Keep the place that was chosen; say beside its field what is wrong with it."""
        data = super().clean() or {}
        if data.get("place") == ABROAD:
            code = data.get("birth_country", "").strip()
            self._check("birth_country", rules.country_refusal(code))
            return data | {"birth_country": code, "birth_commune": ""}
        code, refusal = code_typed(data.get("birth_commune", ""))
        self._check("birth_commune", refusal or rules.commune_refusal(code, is_old=data.get("is_old", False)))
        return data | {"birth_commune": code, "birth_country": ""}

    def _check(self, field: str, refusal: str | None) -> None:
        if refusal and field not in self.errors:
            self.add_error(field, refusal)


def code_typed(text: str) -> tuple[str, str | None]:
    """The code meant by « 69123 », « 69123 Lyon » or « Lyon »; or why it cannot be told."""
    first, _, name = text.strip().upper().partition(" ")
    if CODE.fullmatch(first):
        return _code_of_the_name(first, name)
    if not first:
        return "", "Donnez la commune de naissance."
    if first[0].isdigit():
        return first, None
    same = named(text)
    if len(same) == 1:
        return same[0].code, None
    if same:
        codes = ", ".join(f"{one.code}" for one in same[:12])
        return "", f"Plusieurs communes portent ce nom\u00a0: tapez le code INSEE de la bonne ({codes})."
    return "", "Aucune commune de la liste ne porte ce nom\u00a0: vérifiez-le, ou tapez son code INSEE."


def _code_of_the_name(code: str, name: str) -> tuple[str, str | None]:
    """« 69001 Lyon » is a postal code: as a code of INSEE, it is that of Affoux."""
    commune = commune_of(code)
    if commune is None or not name or commune in named(name):
        return code, None
    return "", (
        f"Le code INSEE {code} est celui de {commune.name}\u00a0: si c’est elle, tapez le code seul\u00a0; "
        "sinon, tapez le nom seul."
    )
