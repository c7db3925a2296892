"""The stationery of a certification as it is written: logo, signatory, words of each document."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from candidates.forms.enrolments import LineField
from cqp.awards.logos import MAX_BYTES, logo_of_file
from cqp.awards.models import Stationery
from cqp.awards.specimens import SHOWN
from cqp.awards.stationery_rules import NAME_LONGEST, QUALITY_LONGEST, text_refusal
from cqp.awards.wordings import DOCUMENTS, PLACES, Place
from cqp.text import cleaned_lines
from cqp.workflow import Refusal
from juries.stationery import Dress


class StationeryForm(forms.Form):
    """A version to come. `base`: the version it starts from, whose logo is kept unless another is chosen.

    `seen`: the last version when the page was shown, for nobody to write over what somebody saved meanwhile.
    """

    base = forms.IntegerField(required=False, min_value=0, max_value=32_767, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, min_value=0, max_value=32_767, widget=forms.HiddenInput)
    logo = forms.FileField(
        label="Logo",
        required=False,
        help_text="PNG ou JPEG, 500 ko au plus. Il est redessiné sur fond blanc.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
    )
    no_logo = forms.BooleanField(label="Ne plus imprimer de logo", required=False)
    signatory_name = LineField(
        label="Signataire",
        max_length=NAME_LONGEST,
        required=False,
        help_text="Vide : la personne qui a proclamé la session.",
    )
    signatory_quality = LineField(
        label="Qualité du signataire",
        max_length=QUALITY_LONGEST,
        required=False,
        help_text="Vide : La présidence de la CPNEFP.",
    )
    shown = forms.ChoiceField(label="Document", choices=list(SHOWN.items()), required=False)

    def __init__(
        self,
        *args: Any,
        version: Stationery | None,
        last: Stationery | None,
        logo_at: Callable[[int], bytes | None],
        strict: bool = True,
        **kwargs: Any,
    ) -> None:
        """`version`: what the fields start with; `last`: the one they are written over.

        `strict`: an unknown field is refused, not shown in red.
        """
        super().__init__(*args, **kwargs)
        self.logo_at, self.strict = logo_at, strict
        wording = version.wording if version else {}
        self.initial = {
            **self.initial,
            "base": version.version if version else 0,
            "seen": last.version if last else 0,
            "signatory_name": version.signatory_name if version else "",
            "signatory_quality": version.signatory_quality if version else "",
        }
        for place in PLACES:
            text = wording.get(place.document, {}).get(place.key) or place.default
            self.fields[place.name] = self._words(place, text)

    def _words(self, place: Place, text: str) -> forms.CharField:
        rows = 1 if place.longest <= 60 else 3 if place.longest <= 400 else 5
        usual = f"Vide : « {place.default} »." if 0 < len(place.default) <= 60 else ""
        field = forms.CharField(
            label=place.label,
            initial=text,
            required=False,
            max_length=place.longest,
            help_text=usual
            or ("Vide : rien n’est imprimé." if not place.default else "Vide : le texte usuel."),
            widget=forms.Textarea(attrs={"rows": rows}),
        )
        field.validators.append(self._judge(place))
        return field

    def _judge(self, place: Place) -> Callable[[str], None]:
        def judge(text: str) -> None:
            try:
                refusal = text_refusal(cleaned_lines(text), place) if self.strict else None
            except Refusal as refused:
                refusal = refused.sentence
            if refusal:
                raise ValidationError(refusal)

        return judge

    def clean_logo(self) -> bytes | None:
        """The logo drawn anew, when one is chosen."""
        file = self.cleaned_data["logo"]
        if file is None:
            return None
        content = file.read(MAX_BYTES + 1)
        try:
            return logo_of_file(file.name, content)
        except Refusal as refused:
            raise ValidationError(refused.sentence) from refused

    def show_over(self, last: Stationery | None) -> None:
        """Shown again with all that was typed, it is now written over this version: who sends it knows."""
        self.data = {**self.data.dict(), "seen": last.version if last else 0}  # type: ignore[attr-defined]

    def ask_logo_again(self) -> None:
        """A refused form comes back with all that was typed but the file, which no page can hold."""
        if self.is_bound and self.errors and self.cleaned_data.get("logo"):
            self.add_error("logo", "Choisissez de nouveau ce fichier : une page ne peut pas le garder.")

    @property
    def documents(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The words, by document."""
        return [
            (label, [self[place.name] for place in PLACES if place.document == document])
            for document, label in DOCUMENTS.items()
        ]

    @property
    def wording(self) -> dict[str, dict[str, str]]:
        """The words as typed, by document then by place."""
        typed: dict[str, dict[str, str]] = {}
        for place in PLACES:
            text = cleaned_lines(self.cleaned_data.get(place.name) or "")
            typed.setdefault(place.document, {})[place.key] = text
        return typed

    @property
    def kept_logo(self) -> bytes | None:
        """The logo that would be worn: the one chosen, else that of the version it starts from."""
        if self.cleaned_data.get("no_logo"):
            return None
        chosen: bytes | None = self.cleaned_data.get("logo")
        return chosen or self.logo_at(self.cleaned_data.get("base") or 0)

    @property
    def asked(self) -> dict[str, Any]:
        """As the verb wants it."""
        return {
            "signatory_name": self.cleaned_data["signatory_name"],
            "signatory_quality": self.cleaned_data["signatory_quality"],
            "wording": self.wording,
            "logo": self.kept_logo,
            "seen": self.cleaned_data["seen"] or 0,
        }

    @property
    def dress(self) -> Dress:
        """As a specimen wears it."""
        data = self.cleaned_data
        return Dress(
            signatory_name=data["signatory_name"],
            signatory_quality=data["signatory_quality"],
            wording=self.wording,
        )
