"""What the CRFP and the jurors fill in for a local jury."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from candidates.forms.enrolments import DayField
from candidates.models import Enrolment, SessionPart
from cqp.accounts.models import User
from cqp.roles import Role
from evaluations.kept import origins_of
from evaluations.models import Block, SeatRule
from juries.composition_rules import admissible_qualities
from juries.models import JurySeat
from juries.reading import HearingLine

FAVOURABLE, UNFAVOURABLE = "attribution", "non-attribution"


class JuryForm(forms.Form):
    """A jury: its name, its day, its place."""

    name = forms.CharField(label="Nom du jury", max_length=60)
    meets_on = DayField(label="Date de réunion")
    place = forms.CharField(label="Lieu", max_length=120)


class JurorForm(forms.Form):
    """Who takes a seat: a juror already known to the network, or somebody new."""

    juror = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Membre déjà connu",
        required=False,
        empty_label="Choisir un membre",
    )
    email = forms.EmailField(label="Adresse électronique", required=False)
    last_name = forms.CharField(label="Nom", max_length=80, required=False)
    first_name = forms.CharField(label="Prénom", max_length=80, required=False)
    letter = forms.CharField(label="Lettre de désignation", max_length=120, required=False)
    lettered_on = DayField(label="Lettre du", required=False)
    is_president = forms.BooleanField(label="Préside le jury", required=False)
    kind = "siege"

    def __init__(
        self,
        rule: SeatRule,
        jurors: Sequence[User],
        data: QueryDict | None = None,
        seat: JurySeat | None = None,
    ) -> None:
        super().__init__(data, prefix=f"{self.kind}-{rule.code}", initial=_named_as(seat))
        self.rule = rule
        self.fields["quality"] = _quality_field(rule)
        field: Any = self.fields["juror"]
        field.queryset = User.objects.filter(memberships__role=Role.JUROR).distinct()
        field.choices = [("", "Choisir un membre"), *((user.pk, str(user)) for user in jurors)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        known: User | None = cleaned.pop("juror", None)
        if known:
            names = {"email": known.email, "last_name": known.last_name, "first_name": known.first_name}
            return cleaned | names
        missing = [name for name in ("email", "last_name", "first_name") if not cleaned.get(name)]
        if len(missing) == 3 and not self.errors:
            self.add_error("juror", "Choisissez un membre, ou indiquez une nouvelle personne.")
        else:
            for name in missing:
                if name not in self.errors:
                    self.add_error(name, "Ce champ est nécessaire pour une nouvelle personne.")
        return cleaned

    @property
    def appointment_fields(self) -> list[BoundField]:
        return [self["quality"], self["letter"], self["lettered_on"]]

    @property
    def person_fields(self) -> list[BoundField]:
        return [self["last_name"], self["first_name"], self["email"]]


def _quality_field(rule: SeatRule) -> forms.CharField | forms.ChoiceField:
    """Among the qualities the regulation admits, or in words where it lists none (R12)."""
    admissible = admissible_qualities(rule)
    if not admissible:
        return forms.CharField(label="En qualité de", max_length=120, required=False)
    choices = [("", "À préciser"), *((quality, quality) for quality in admissible)]
    return forms.ChoiceField(label="En qualité de", choices=choices, required=False)


def _named_as(seat: JurySeat | None) -> dict[str, Any]:
    return {name: getattr(seat, name) for name in ("quality", "letter", "lettered_on")} if seat else {}


class SubstituteForm(JurorForm):
    """Who stands ready for a seat; presiding is not his or hers."""

    is_president = None  # type: ignore[assignment]  # how a form drops a field
    kind = "suppleant"


class MotiveForm(forms.Form):
    """Why: one text, of so many characters at most."""

    def __init__(self, data: QueryDict | None = None, *, limit: int, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["motive"] = forms.CharField(
            label="Motif", max_length=limit, widget=forms.Textarea(attrs={"rows": 3})
        )


class IncidentsForm(forms.Form):
    """What happened on the day, for the minutes; often nothing."""

    incidents = forms.CharField(
        label="Incidents de la journée",
        required=False,
        max_length=4000,
        help_text="Retard, coupure, fraude… Figure au procès-verbal. Vide : aucun incident signalé.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class AssignmentForm(forms.Form):
    """The candidates ticked for a jury."""

    enrolments = forms.ModelMultipleChoiceField(
        queryset=Enrolment.objects.none(),
        error_messages={"required": "Cochez au moins un candidat."},
    )

    def __init__(self, part: SessionPart, data: QueryDict | None = None) -> None:
        super().__init__(data)
        field: Any = self.fields["enrolments"]
        field.queryset = Enrolment.objects.filter(part=part)


@dataclass(frozen=True, slots=True)
class MarkField:
    """A block of the jury with the two fields of its mark."""

    block: Block
    entry: BoundField
    version: BoundField
    kept: str = ""  # why a mark kept from an earlier session does not change


class HearingForm(forms.Form):
    """One candidate on one sheet: the marks of the jury, the opinion and its argument."""

    opinion = forms.ChoiceField(
        label="Avis du jury",
        required=False,
        choices=[(FAVOURABLE, "Attribution du CQP"), (UNFAVOURABLE, "Non-attribution")],
    )
    argument = forms.CharField(label="Argument", required=False, max_length=4000, widget=forms.Textarea)
    names_confirmed = forms.BooleanField(label="C’est voulu", required=False)
    opinion_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    corrections_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, line: HearingLine, data: QueryDict | None = None) -> None:
        super().__init__(data, initial=_shown(line))
        self.line = line
        self.asks_names = "names_confirmed" in self.data
        for block in line.blocks:
            entry = forms.CharField(label=block.label, required=False, max_length=12)
            self.fields[f"note-{block.code}"] = entry
            version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
            self.fields[f"version-{block.code}"] = version
        self.order_fields([f"note-{block.code}" for block in line.blocks])

    @property
    def marks(self) -> list[MarkField]:
        origins = origins_of(self.line.marks.values())
        return [
            MarkField(
                block,
                self[f"note-{block.code}"],
                self[f"version-{block.code}"],
                origins.get(mark.pk, "") if mark else "",
            )
            for block, mark in self.line.cells
        ]

    def entries(self) -> list[tuple[Block, str, int]]:
        """What was typed for each block, and the version that was on the screen."""
        cleaned = self.cleaned_data
        return [(b, cleaned[f"note-{b.code}"], cleaned[f"version-{b.code}"]) for b in self.line.blocks]

    def opinion_given(self) -> tuple[bool, str, int, int, bool] | None:
        """In favour, argument, version and corrections on the screen, names meant; None without opinion."""
        chosen = self.cleaned_data["opinion"]
        if not chosen:
            return None
        cleaned = self.cleaned_data
        known = cleaned["opinion_version"], cleaned["corrections_version"] or 0
        return chosen == FAVOURABLE, cleaned["argument"], *known, cleaned["names_confirmed"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("argument") and not cleaned.get("opinion") and "opinion" not in self.errors:
            self.add_error("opinion", "Choisissez l’avis que cet argument accompagne.")
        return cleaned

    def refuse(self, sentences: dict[str, str], line: HearingLine) -> None:
        """Put each refusal beside its field; what another juror recorded is now the version seen."""
        self.asks_names |= "argument" in sentences
        for key, sentence in sentences.items():
            name = "argument" if key in ("opinion", "argument") else f"note-{key}"
            self.add_error(name, sentence)
        fresh = _shown(line)
        versions = {name: str(fresh[name]) for name in fresh if "version" in name}
        self.data = {**self.data.dict(), **versions}  # type: ignore[attr-defined]


def _shown(line: HearingLine) -> dict[str, Any]:
    """What the sheet shows before anybody types."""
    shown: dict[str, Any] = {"opinion_version": 0, "corrections_version": line.corrections}
    for block, mark in line.cells:
        shown[f"note-{block.code}"] = mark.entry if mark else ""
        shown[f"version-{block.code}"] = mark.version if mark else 0
    if line.opinion:
        shown["opinion"] = FAVOURABLE if line.opinion.favourable else UNFAVOURABLE
        shown["argument"] = line.opinion.argument
        shown["opinion_version"] = line.opinion.version
    return shown
