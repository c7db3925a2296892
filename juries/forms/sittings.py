"""What a sitting fills in: its roll, the voices on a decision, points of the jury, a recusal."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField

from cqp.accounts.models import Membership
from evaluations.models import JuryPoints, JuryRule
from juries.deliberation import File
from juries.models import SittingMember
from juries.sitting import COLLEGES, Ballot, Presence, Roll

_STATES = SittingMember.Presence
_TO_SAY = [("", "À dire")]


class RollForm(forms.Form):
    """Presence and proxy of each member, and who presides."""

    def __init__(self, *args: Any, roll: Roll, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.roll = roll
        names = [(member.pk, str(member)) for member in roll.members]
        for member in roll.members:
            self.fields[f"membre-{member.pk}"] = forms.ChoiceField(
                label=f"Présence de {member.user}",
                choices=[*_TO_SAY, *_STATES.choices],
                required=False,
                initial=member.presence,
            )
            others = [(one.pk, str(one.user)) for one in roll.of(member.college) if one.pk != member.pk]
            self.fields[f"pouvoir-{member.pk}"] = forms.TypedChoiceField(
                label=f"Pouvoir de {member.user} à",
                choices=[("", "Personne"), *others],
                coerce=int,
                empty_value=None,
                required=False,
                initial=member.proxy_id,
                widget=_select(),
            )
        for name, label, holder in (
            ("president", "Préside la séance", roll.president),
            ("vice_president", "Vice-préside, de l’autre collège", roll.vice_president),
        ):
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=[("", "À désigner"), *names],
                coerce=int,
                empty_value=None,
                required=False,
                initial=holder.pk if holder else None,
                widget=_select(),
            )

    @property
    def rows(self) -> list[tuple[str, list[tuple[SittingMember, BoundField, BoundField]]]]:
        """The members of each college with their two fields."""
        return [
            (
                college.label,
                [(one, self[f"membre-{one.pk}"], self[f"pouvoir-{one.pk}"]) for one in self.roll.of(college)],
            )
            for college in COLLEGES
        ]

    @property
    def offices(self) -> list[BoundField]:
        return [self["president"], self["vice_president"]]

    def clean(self) -> dict[str, Any]:
        """What `call_roll` takes."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        presences = {}
        for member in self.roll.members:
            state = cleaned.get(f"membre-{member.pk}", "")
            proxy = cleaned.get(f"pouvoir-{member.pk}") if state == _STATES.REPRESENTED else None
            presences[member.pk] = Presence(state, proxy)
        offices = {name: cleaned.get(name) for name in ("president", "vice_president")}
        return {"presences": presences, **offices}


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "form-select"})


class BallotsForm(forms.Form):
    """How the jury voted: unanimous unless the voices of each college are counted."""

    UNANIMOUS, COUNTED = "unanimite", "voix"
    manner = forms.ChoiceField(
        label="Vote",
        choices=[(UNANIMOUS, "À l’unanimité"), (COUNTED, "Au décompte des voix")],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, *args: Any, file: File, rule: JuryRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        votes = {vote["college"]: vote for vote in file.votes}
        self.initial["manner"] = self.COUNTED if votes else self.UNANIMOUS
        for college in COLLEGES:
            vote = votes.get(college, {})
            for key, label in _VOICES:
                self.fields[f"{college}-{key}"] = forms.IntegerField(
                    label=f"{label}, collège {college.label.lower()}",
                    min_value=0,
                    max_value=999,
                    required=False,
                    initial=vote.get(key),
                    widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                )
            if rule.names_against:
                self.fields[f"{college}-names_against"] = forms.CharField(
                    label=f"Votent contre, collège {college.label.lower()}",
                    max_length=500,
                    required=False,
                    initial=vote.get("names_against", ""),
                )

    @property
    def is_counted(self) -> bool:
        """Whether the voices are to be shown open."""
        return self["manner"].value() == self.COUNTED

    @property
    def rows(self) -> list[tuple[str, list[tuple[str, BoundField]], BoundField | None]]:
        """For each college its three counts, and the names where the regulation asks for them."""
        return [
            (
                college.label,
                [(label, self[f"{college}-{key}"]) for key, label in _VOICES],
                self[name] if (name := f"{college}-names_against") in self.fields else None,
            )
            for college in COLLEGES
        ]

    @property
    def ballots(self) -> list[Ballot]:
        """What `decide` takes; nothing when unanimous."""
        if self.cleaned_data.get("manner") != self.COUNTED:
            return []
        return [self._ballot(college) for college in COLLEGES]

    def _ballot(self, college: Membership.College) -> Ballot:
        counts = {key: self.cleaned_data.get(f"{college}-{key}") or 0 for key, _label in _VOICES}
        names = self.cleaned_data.get(f"{college}-names_against", "")
        return Ballot(college=college.value, names_against=names, **counts)


_VOICES = (("in_favour", "Pour"), ("against", "Contre"), ("abstained", "Abstentions"))


class PointsForm(forms.Form):
    """Points added to one mark, and why; left empty they are taken back."""

    points = forms.DecimalField(
        label="Points de jury",
        localize=True,
        required=False,
        max_digits=4,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="Vide : aucun point.",
    )
    motive = forms.CharField(
        label="Motif",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Le candidat le lira, le procès-verbal le dira.",
    )

    def __init__(self, *args: Any, given: JuryPoints | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if given:
            self.initial = {"points": given.points.normalize(), "motive": given.motive}

    def clean_points(self) -> Decimal | None:
        """Nothing and zero say the same."""
        points: Decimal | None = self.cleaned_data.get("points")
        return points or None


class StepAsideForm(forms.Form):
    """Why a member steps aside."""

    motive = forms.CharField(
        label="Motif", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
