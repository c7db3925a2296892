"""The forms of what a draft asks of its juries: quorum, votes, points, parts of a hearing."""

from decimal import Decimal
from typing import Any

from django import forms

from evaluations.models import JuryRule, Regulation, jury_rule_of
from evaluations.scoring import format_number

_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
_COUNTS = ("hearing_minimum", "argument_min", "college_quorum", "proxies_max")


class JuryRuleForm(forms.ModelForm):
    """How juries sit and decide. A regulation in blocs has no points to give."""

    points_max = forms.DecimalField(
        label="Points de jury par épreuve, au plus",
        help_text="Vide : le jury national n’en accorde pas.",
        required=False,
        max_digits=4,
        decimal_places=2,
        min_value=Decimal("0.01"),
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"min_value": "Un point de jury est plus grand que zéro ; laissez vide pour aucun."},
    )

    class Meta:
        model = JuryRule
        fields = [
            "hearing_minimum", "argument_min", "college_quorum", "proxies_max", "majority", "casting_vote",
            "names_against", "points_max", "rectified_by",
        ]  # fmt: skip
        widgets = {name: forms.TextInput(attrs=_NUMERIC) for name in _COUNTS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.regulation.is_in_blocs:
            del self.fields["points_max"]
        elif self.initial["points_max"] is not None:
            self.initial["points_max"] = format_number(self.initial["points_max"])

    @classmethod
    def of(cls, regulation: Regulation, data: Any) -> "JuryRuleForm":
        return cls(data, instance=jury_rule_of(regulation), prefix="j")


class HearingPartForm(forms.Form):
    """One part of a hearing, in order (R33)."""

    label = forms.CharField(label="Partie", max_length=120)
    minutes = forms.IntegerField(
        label="Minutes", min_value=1, max_value=600, widget=forms.TextInput(attrs=_NUMERIC)
    )
    minutes_max = forms.IntegerField(
        label="Minutes au plus",
        required=False,
        min_value=1,
        max_value=600,
        help_text="Vide : la durée est fixe.",
        widget=forms.TextInput(attrs=_NUMERIC),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        shortest, longest = data.get("minutes"), data.get("minutes_max")
        if shortest and longest and longest < shortest:
            self.add_error("minutes_max", f"Au plus ne peut pas être moins que {shortest}.")
        return data
