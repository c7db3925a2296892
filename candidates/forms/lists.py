"""The file of a list of candidates, or of a sheet of marks."""

from crispy_forms.helper import FormHelper
from django import forms


class ListForm(forms.Form):
    """One file; what it holds is judged by the reading, not by its name."""

    file = forms.FileField(
        label="Fichier",
        help_text="CSV, Excel (XLSX, XLS) ou OpenDocument (ODS), 2 Mo au plus.",
        allow_empty_file=True,  # the reading says it, in the same words as for a file of empty lines
        error_messages={"required": "Choisissez le fichier à lire."},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,.ods"}),
    )

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        return helper

    @property
    def file_name(self) -> str:
        """The name of the file sent, for the eyes only."""
        name: str = self.cleaned_data["file"].name
        return name
