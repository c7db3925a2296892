"""Accounts and roles."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from candidates.forms.enrolments import INCOMPLETE_ADDRESS, LineField
from candidates.forms.filters import ListFilter, search_box
from cqp.accounts.models import Membership, Organisme
from cqp.roles import ROLE_LABELS, Role

Kind = Organisme.Kind
COLLEGIAL = {Role.CPNEFP, Role.CPNEFP_PRESIDENT}
# A candidate's role comes with the enrolment, never from this screen.
GIVEN = [role for role in Role if role != Role.CANDIDATE]
_KINDS: dict[Role, set[str]] = {
    Role.UCANSS: {Kind.UCANSS},
    Role.CRFP: {Kind.CRFP},
    Role.CPNEFP: {Kind.CPNEFP},
    Role.CPNEFP_PRESIDENT: {Kind.CPNEFP},
}


class PersonForm(forms.Form):
    """A person, a role, and where it is held."""

    email = forms.EmailField(
        label="Adresse électronique",
        help_text="Si un compte existe déjà à cette adresse, le rôle lui est ajouté et son nom est gardé.",
        error_messages={"invalid": INCOMPLETE_ADDRESS},
    )
    last_name = LineField(label="Nom", max_length=80)
    first_name = LineField(label="Prénom", max_length=80)
    role = forms.ChoiceField(
        label="Rôle", choices=[("", "Choisir un rôle"), *((r.value, ROLE_LABELS[r]) for r in GIVEN)]
    )
    organisme = forms.ModelChoiceField(
        label="Organisme",
        queryset=Organisme.objects.all(),
        to_field_name="code",
        empty_label="Choisir un organisme",
    )
    college = forms.ChoiceField(
        label="Collège",
        required=False,
        choices=[("", "Sans objet"), *Membership.College.choices[1:]],
        help_text="Pour les membres de la CPNEFP seulement.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        role, organisme = cleaned.get("role"), cleaned.get("organisme")
        if not role:
            return cleaned
        kinds = _KINDS.get(Role(role))
        if organisme and kinds and organisme.kind not in kinds:
            self.add_error(
                "organisme", f"Le rôle « {ROLE_LABELS[Role(role)]} » ne s’exerce pas dans cet organisme."
            )
        if role in COLLEGIAL and not cleaned.get("college"):
            self.add_error("college", "Choisissez le collège : employeurs ou salariés.")
        if role not in COLLEGIAL and cleaned.get("college"):
            self.add_error("college", "Le collège ne concerne que les membres de la CPNEFP.")
        return cleaned


class PeopleFilter(ListFilter):
    """Memberships by name, e-mail or organisme, and by role."""

    q = search_box("Nom, adresse ou organisme")
    role = django_filters.ChoiceFilter(
        label="Rôle", choices=[(r.value, ROLE_LABELS[r]) for r in Role], empty_label="Tous les rôles"
    )

    class Meta:
        model = Membership
        fields: list[str] = []

    def search(self, rows: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        """Every word somewhere in the name, the e-mail or the organisme."""
        for word in value.split():
            rows = rows.filter(
                Q(user__last_name__icontains=word)
                | Q(user__first_name__icontains=word)
                | Q(user__email__icontains=word)
                | Q(organisme__name__icontains=word)
            )
        return rows
