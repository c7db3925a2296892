"""The forms of a regulation being drafted: its header, its blocks, its seats, the rules of its juries."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from candidates.forms.enrolments import DayField
from evaluations.forms.jury_rules import HearingPartForm, JuryRuleForm
from evaluations.models import Block, BlocRule, HearingPart, Regulation, SeatRule
from evaluations.scoring import format_number, parse_mark

_NUMERIC = {"inputmode": "numeric", "autocomplete": "off"}
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}


def _decimal(label: str, *, required: bool = True, **kwargs: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs=_DECIMAL)
    return forms.DecimalField(
        label=label, max_digits=6, decimal_places=2, min_value=Decimal(0), required=required, localize=True,
        widget=widget, **kwargs,
    )  # fmt: skip


def _yes_no_silent(label: str, reading: str) -> forms.TypedChoiceField:
    """Yes, no, or nothing said: then `reading` holds."""
    return forms.TypedChoiceField(
        label=label,
        choices=[
            ("", f"Le règlement n’en dit rien (lecture : {reading})"),
            ("True", "Oui"),
            ("False", "Non"),
        ],
        coerce=lambda word: word == "True",
        empty_value=None,
        required=False,
    )


def _code(label: str) -> forms.RegexField:
    return forms.RegexField(
        r"^\s*[A-Za-z][A-Za-z0-9_]*\s*$",
        label=label,
        max_length=20,
        help_text="Majuscules, chiffres et _.",
        error_messages={"invalid": "Un code s’écrit en majuscules, chiffres et _ : CC_TC."},
    )


class HeaderForm(forms.ModelForm):
    """What a regulation says before its blocks: title, days, source, totals, conditions."""

    total_max = _decimal("Total maximal")
    pass_total = _decimal("Total requis")
    valid_from = DayField(label="Applicable à partir du")
    max_months = forms.IntegerField(
        label="Durée maximale du parcours, en mois",
        required=False,
        min_value=1,
        max_value=240,
        help_text="À compter du premier jour de Prem’ss ; vide : aucune limite.",
        widget=forms.TextInput(attrs=_NUMERIC),
    )

    kept_when_deferred = _yes_no_silent("Un candidat reporté conserve ce qu’il a", "oui")
    kept_when_failed = _yes_no_silent("Un candidat non certifié conserve ce qu’il a", "non")

    class Meta:
        model = Regulation
        fields = [
            "title", "valid_from", "source", "notes", "total_max", "pass_total", "requires_pass",
            "max_months", "kept_when_deferred", "kept_when_failed",
        ]  # fmt: skip
        widgets = {"source": forms.Textarea(attrs={"rows": 2}), "notes": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("total_max", "pass_total"):
            self.initial[name] = format_number(self.initial[name])


class BlockForm(forms.Form):
    """One evaluation of the regulation."""

    code = _code("Code")
    label = forms.CharField(label="Libellé", max_length=120)
    mark_max = _decimal("Barème")
    coefficient = _decimal("Coefficient")
    threshold_operator = forms.ChoiceField(
        label="Règle éliminatoire", choices=Block.Operator.choices, required=False
    )
    threshold = _decimal("Seuil", required=False, help_text="Sur le barème, avant coefficient.")
    retake = forms.BooleanField(label="Peut être repassé si éliminatoire", required=False)
    recorder = forms.ChoiceField(
        label="Noté par", choices=Block.Recorder.choices, initial=Block.Recorder.CRFP.value
    )
    shared_with_organisme = forms.BooleanField(label="Communiqué à l’organisme", required=False)
    double_entry = forms.TypedChoiceField(
        label="Double saisie à l’aveugle",
        choices=[("", "Au choix du CRFP"), *Block.DoubleEntry.choices],
        empty_value=None,
        required=False,
    )

    lines = forms.CharField(
        label="Lignes d’observation",
        required=False,
        help_text="Une par ligne, avec ses points : Organise ses visites = 20. Leur total fait la note.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_lines(self) -> list[tuple[str, Decimal]]:
        return [_observation(text) for text in self.cleaned_data["lines"].splitlines() if text.strip()]

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        scale, threshold = data.get("mark_max"), data.get("threshold")
        if "threshold" in data and bool(data.get("threshold_operator")) != (threshold is not None):
            self.add_error("threshold", "Un seuil va avec sa règle : remplissez les deux, ou aucun.")
        if scale is not None and threshold is not None and threshold > scale:
            self.add_error("threshold", f"Le seuil dépasse le barème ({format_number(scale)}).")
        for name in ("mark_max", "coefficient"):
            if data.get(name) == 0:
                self.add_error(name, "Ce nombre doit être plus grand que zéro.")
        return data


def _observation(text: str) -> tuple[str, Decimal]:
    """« Organise ses visites = 20 »: what is observed, out of how many points."""
    label, _, points = (part.strip() for part in text.rpartition("="))
    parsed = parse_mark(points, Decimal(1000))
    if not label or parsed.value is None or parsed.value == 0 or len(label) > 200:
        raise forms.ValidationError(f"« {text.strip()[:60]} » n’est pas une ligne : libellé = points.")
    return label, parsed.value


class BlocRuleForm(forms.ModelForm):
    """Whose word is needed on which competences of a bloc, and how many blocs certify (A18)."""

    class Meta:
        model = BlocRule
        fields = ["tutor", "manager", "jury", "blocs_needed"]
        widgets = {"blocs_needed": forms.TextInput(attrs=_NUMERIC)}

    def clean_blocs_needed(self) -> int | None:
        needed: int | None = self.cleaned_data["blocs_needed"]
        if needed == 0:
            raise forms.ValidationError("Il faut au moins un bloc ; laissez vide pour les demander tous.")
        return needed


class SeatForm(forms.Form):
    """One seat of the local jury."""

    code = _code("Code")
    label = forms.CharField(label="Qualité", max_length=120)
    qualities = forms.CharField(label="Qualités admises", max_length=300, required=False)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).upper()


class _Rows(BaseFormSet):
    """Rows with different codes; those left empty and those to delete do not count."""

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.kept:
            code = getattr(form, "cleaned_data", {}).get("code", "")
            if code and code in seen:
                form.add_error("code", f"Le code {code} est déjà pris.")
            seen.add(code)

    @property
    def kept(self) -> list[forms.Form]:
        """The filled rows that are to stay."""
        written = [f for i, f in enumerate(self.forms) if i < self.initial_form_count() or f.has_changed()]
        return [form for form in written if not getattr(form, "cleaned_data", {}).get("DELETE")]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What was typed, row by row, once valid."""
        plain = (form.cleaned_data for form in self.kept)
        return [{name: value for name, value in row.items() if name != "DELETE"} for row in plain]


_BlockRows = formset_factory(BlockForm, formset=_Rows, extra=2, can_delete=True, max_num=20)
_SeatRows = formset_factory(SeatForm, formset=_Rows, extra=2, can_delete=True, max_num=12)
_PartRows = formset_factory(HearingPartForm, formset=_Rows, extra=1, can_delete=True, max_num=8)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One line of the summary: the field it leads to, its name with its row, what is wrong."""

    field_id: str
    label: str
    sentence: str


class DraftForms:
    """The whole page of a draft: header, blocks, seats, rules of the juries; empty rows to add some."""

    def __init__(self, regulation: Regulation, data: Mapping[str, Any] | None = None) -> None:
        blocks = [_block_initial(block) for block in regulation.blocks.prefetch_related("lines")]
        seats = [_initial(seat, SeatForm) for seat in regulation.seats.all()]
        parts = [_initial(part, HearingPartForm) for part in regulation.hearing_parts.all()]
        self.header = HeaderForm(data, instance=regulation, prefix="h")
        self.blocks: Any = _BlockRows(data, initial=blocks, prefix="b")
        self.seats: Any = _SeatRows(data, initial=seats, prefix="s")
        self.rule = _rule_form(regulation, data) if regulation.is_in_blocs else None
        self.jury_rule = JuryRuleForm.of(regulation, data)
        self.parts: Any = _PartRows(data, initial=parts, prefix="p")

    def is_valid(self) -> bool:
        forms = [self.header, self.blocks, self.seats, *filter(None, [self.rule]), self.jury_rule, self.parts]
        valid = [form.is_valid() for form in forms]  # each of them: every error is told at once
        return all(valid)

    @property
    def errors(self) -> list[FieldError]:
        """Every error, for the summary at the top: which row, which field, what."""
        named: list[tuple[str, Any]] = [("", self.header), *((("", self.rule),) if self.rule else ())]
        named += [(f"Épreuve {i}, ", form) for i, form in enumerate(self.blocks.forms, start=1)]
        named += [(f"Siège {i}, ", form) for i, form in enumerate(self.seats.forms, start=1)]
        named += [(f"Audition {i}, ", form) for i, form in enumerate(self.parts.forms, start=1)]
        named.append(("", self.jury_rule))
        return [
            FieldError(form[name].id_for_label, f"{where}{form.fields[name].label}", sentence)
            for where, form in named
            if form.is_bound
            for name, sentences in form.errors.items()
            for sentence in sentences
        ]


def _rule_form(regulation: Regulation, data: Mapping[str, Any] | None) -> BlocRuleForm:
    rule = BlocRule.objects.filter(regulation=regulation).first() or BlocRule(regulation=regulation)
    return BlocRuleForm(data, instance=rule, prefix="r")


def _block_initial(block: Block) -> dict[str, Any]:
    lines = [f"{line.label} = {format_number(line.mark_max)}" for line in block.lines.all()]
    return _initial(block, BlockForm) | {"lines": "\n".join(lines)}


def _initial(row: Block | SeatRule | HearingPart, form: type[forms.Form]) -> dict[str, Any]:
    """The values of a row as its form shows them, numbers without trailing zeros."""
    values = {name: getattr(row, name) for name in form.base_fields if name != "lines"}
    return {name: format_number(v) if isinstance(v, Decimal) else v for name, v in values.items()}
