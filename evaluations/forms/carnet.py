"""The forms of the carnet: an attestation on a phone, a return, a refusal, a reopening, points by line."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from cqp.workflow import Refusal
from evaluations import attachments
from evaluations.attachments import Attachment
from evaluations.carnet import CarnetLine
from evaluations.models import Observation, ObservationLine
from evaluations.observed import LineEntry, Observed
from evaluations.scoring import format_number

_DAY = {"type": "date"}
YES, NO = "oui", "non"


def day_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY | more.pop("attrs", {})), **more
    )


class AttestationForm(forms.Form):
    """What a tutor observed: mastered or not, the criteria met, when, in which situation."""

    mastered = forms.ChoiceField(
        label="La compétence est-elle maîtrisée ?",
        choices=[(YES, "Maîtrisée"), (NO, "Pas encore")],
        widget=forms.RadioSelect,
        error_messages={"required": "Dites si la compétence est maîtrisée."},
    )
    met = forms.TypedMultipleChoiceField(
        label="Critères remplis", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    observed_on = day_field("Observée le")
    situation = forms.CharField(
        label="Situation observée",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Une visite, un appel, une réunion : ce que vous avez vu faire.",
        error_messages={"required": "Décrivez la situation observée : le manager signe sur elle."},
    )
    comment = forms.CharField(
        label="Commentaire", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    file = forms.FileField(
        label="Pièce jointe",
        required=False,
        max_length=500,
        help_text="PDF, JPEG ou PNG, 5 Mo au plus. Elle demande le réseau.",
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, line: CarnetLine, today: date, like: Observed | None, **kwargs: Any
    ) -> None:
        known = line.attestation
        initial: dict[str, Any] = {"observed_on": today, "version": 0}
        if known is not None:
            said = Observed.of(known)
            initial = {
                "mastered": YES if said.mastered else NO,
                "met": list(said.met),
                "observed_on": said.observed_on,
                "situation": said.situation,
                "comment": said.comment,
                "version": known.version,
            }
        elif like is not None:
            initial |= {"situation": like.situation, "observed_on": like.observed_on}
        super().__init__(*args, **(kwargs | {"initial": initial}))
        for name in ("observed_on", "situation", "comment", "file"):
            self.fields[name].widget.attrs["class"] = "form-control"
        met: Any = self.fields["met"]
        met.choices = [(criterion.pk, criterion.text) for criterion, _ in line.criteria]
        self.fields["observed_on"].widget.attrs["max"] = today.isoformat()
        self.attachment: Attachment | None = None

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > attachments.MAX_BYTES:
            raise forms.ValidationError(
                "Le fichier joint dépasse 5 Mo : réduisez-le, ou joignez-en une partie."
            )
        try:
            self.attachment = attachments.check(file.name or "", file.read())
        except Refusal as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return file

    @property
    def observed(self) -> Observed:
        said = self.cleaned_data
        return Observed(
            said["mastered"] == YES,
            said["observed_on"],
            said["situation"],
            frozenset(said["met"]),
            said["comment"],
        )

    def over(self, version: int) -> None:
        """Sending again goes over what somebody else left."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        self.data["version"] = str(version)  # type: ignore[index]


class ReturnForm(forms.Form):
    """Why a competence goes back to the tutor, and when to look again."""

    reason = forms.CharField(
        label="Ce qui manque",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Le tuteur le lira.",
        error_messages={"required": "Dites au tuteur pourquoi vous lui renvoyez cette compétence."},
    )
    review_on = day_field("À revoir le")
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class DisagreementForm(forms.Form):
    """A manager signs, but not what the tutor says."""

    reason = forms.CharField(
        label="Pourquoi",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Vous ne suivez pas l’avis du tuteur : dites pourquoi."},
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ReopeningForm(forms.Form):
    """Until when a carnet is opened again, and why."""

    until = day_field("Rouvert jusqu’au")
    motive = forms.CharField(label="Motif", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ObservationsForm(forms.Form):
    """The lines of a carnet in points: points, a comment, and the version of what was seen."""

    def __init__(
        self, *args: Any, lines: Iterable[ObservationLine], stored: dict[int, Observation], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            row = stored.get(line.pk)
            scale = format_number(line.mark_max)
            self.fields[f"points_{line.pk}"] = forms.CharField(
                label=f"Points sur {scale}",
                required=False,
                max_length=20,
                initial=format_number(row.value) if row else "",
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
            self.fields[f"comment_{line.pk}"] = forms.CharField(
                label="Commentaire",
                required=False,
                max_length=1000,
                initial=row.comment if row else "",
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"version_{line.pk}"] = forms.IntegerField(
                initial=row.version if row else 0, min_value=0, widget=forms.HiddenInput
            )

    @property
    def rows(self) -> list[tuple[ObservationLine, Any, Any, Any]]:
        """Each line with its three fields."""
        return [
            (line, self[f"points_{line.pk}"], self[f"comment_{line.pk}"], self[f"version_{line.pk}"])
            for line in self.lines
        ]

    @property
    def entries(self) -> list[LineEntry]:
        said = self.cleaned_data
        return [
            LineEntry(line, said[f"points_{line.pk}"], said[f"comment_{line.pk}"], said[f"version_{line.pk}"])
            for line in self.lines
        ]

    def refuse(self, refusals: Any, versions: Any) -> None:
        """Say beside each line why it was not saved; what was saved goes on from its new version."""
        self.data = self.data.copy()  # type: ignore[attr-defined]
        for line in self.lines:
            self.data[f"version_{line.pk}"] = str(versions.get(line.pk, 0))  # type: ignore[index]
            if line.pk in refusals:
                self.add_error(f"points_{line.pk}", refusals[line.pk])
