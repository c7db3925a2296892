"""What somebody who checks a certificate gives: its code, or its file."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from cqp.seal import LARGEST

TOO_LARGE = "Ce fichier dépasse 5 Mo : un certificat en pèse dix fois moins. Choisissez-en un autre."


class CodeForm(forms.Form):
    """The verification code printed on a certificate."""

    code = forms.CharField(
        label="Code de vérification",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        help_text="Onze caractères, imprimés au bas du certificat.",
    )


class FileForm(forms.Form):
    """The certificate itself."""

    pdf = forms.FileField(
        label="Fichier du certificat",
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text="Un PDF de 5 Mo au plus. Il est examiné puis oublié : nous ne le gardons pas.",
        error_messages={
            "required": "Choisissez le fichier du certificat.",
            "empty": "Ce fichier est vide.",
            "missing": "Choisissez le fichier du certificat.",
            "invalid": "Choisissez le fichier du certificat.",
        },
    )

    def __init__(self, *args: Any, is_too_large: bool = False, **kwargs: Any) -> None:
        """`is_too_large`: there was one, of which nothing was kept."""
        super().__init__(*args, **kwargs)
        if is_too_large:
            self.fields["pdf"].error_messages["required"] = TOO_LARGE

    def clean_pdf(self) -> UploadedFile:
        """Whoever signed in may send more than a visitor; a certificate is no heavier for that."""
        pdf: UploadedFile = self.cleaned_data["pdf"]
        if (pdf.size or 0) > LARGEST:
            raise forms.ValidationError(TOO_LARGE)
        return pdf
