"""A dated registration, a duplicate: what is filled in."""

from typing import Any

from django import forms

from candidates.forms.enrolments import DayField, LineField
from candidates.models import RncpRegistration
from candidates.registration_rules import RegistrationEntry
from cqp.awards.duplicate_rules import REASON_LONGEST


class RegistrationForm(forms.Form):
    """What France compétences decided, and for which dates."""

    code = LineField(label="Code", max_length=12, help_text="RNCP suivi du numéro, par exemple RNCP35729.")
    level = LineField(label="Niveau national", max_length=4)
    eu_level = LineField(label="Niveau européen", max_length=4)
    nsf_codes = LineField(label="Codes NSF", max_length=40, help_text="Séparés par des virgules.")
    decided_on = DayField(
        label="Décision du directeur général de France compétences",
        required=False,
        help_text="Vide : le document ne cite pas de décision.",
    )
    valid_from = DayField(
        label="Valable du", required=False, help_text="Vide : aucune mention n’est imprimée."
    )
    valid_to = DayField(label="Jusqu’au")

    def clean_code(self) -> str:
        """As the repertory writes it, however it is typed."""
        return str(self.cleaned_data["code"]).upper().replace(" ", "")

    @staticmethod
    def values_of(registration: RncpRegistration) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(registration, name) for name in RegistrationEntry.__dataclass_fields__}

    @property
    def entry(self) -> RegistrationEntry:
        """As the verbs want it."""
        return RegistrationEntry(**self.cleaned_data)


class DuplicateForm(forms.Form):
    """Why one more original is delivered."""

    reason = LineField(
        label="Motif",
        max_length=REASON_LONGEST,
        help_text="Par exemple : original perdu, demande du titulaire du 3 mars. Il est inscrit au journal.",
    )
