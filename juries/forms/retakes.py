"""The filters and sorts of the list of those who may sit again."""

import django_filters
from django.db.models import QuerySet

from candidates.forms.filters import ListFilter, search_box
from candidates.models import Certification, Enrolment
from candidates.reading import bears
from juries.retakes import AGAIN


class AgainFilter(ListFilter):
    """By name, CQP and result; sorted by name, session or start of the course."""

    q = search_box("Nom")
    certification = django_filters.ModelChoiceFilter(
        label="CQP",
        field_name="session__certification",
        queryset=Certification.objects.all(),
        to_field_name="code",
        empty_label="Tous les CQP",
    )
    resultat = django_filters.ChoiceFilter(
        label="Résultat",
        field_name="outcome",
        choices=[(outcome.value, outcome.label) for outcome in AGAIN],
        empty_label="Tous les résultats",
    )
    sort = django_filters.OrderingFilter(
        fields={
            "candidate__sort_key": "nom",
            "session__exam_last_day": "session",
            "organisme__name": "organisme",
            "premss_start": "limite",
        }
    )

    class Meta:
        model = Enrolment
        fields: list[str] = []

    def search(self, rows: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        """Every word must be in the name, without accents."""
        return rows.filter(bears(value))
