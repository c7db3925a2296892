"""Sending a processing report back."""

from typing import Any

from django import forms

from cqp.awards.flux_report import LARGEST


class ReportForm(forms.Form):
    """One XML file, as the portal gave it."""

    file = forms.FileField(
        label="Rapport de traitement (XML)",
        help_text="Le fichier tel que le portail des certificateurs l’a donné, huit mégaoctets au plus.",
        error_messages={"required": "Choisissez le rapport de traitement.", "empty": "Ce fichier est vide."},
        widget=forms.ClearableFileInput(attrs={"accept": ".xml,application/xml,text/xml"}),
    )

    def clean_file(self) -> Any:
        """Refuse what is too heavy before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("Ce fichier est trop lourd pour un rapport de traitement.")
        return file
