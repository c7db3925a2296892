"""The filters of the register; their state lives in the address of the page."""

from typing import Any

import django_filters

from candidates.forms.filters import ListFilter, search_box
from candidates.models import Certification, Option, Session
from candidates.states import SessionState
from cqp.accounts.models import Organisme
from cqp.awards.register import STATUSES, matching, of_status
from cqp.awards.transmission import STATES, in_state
from juries.models import Certificate, CertificateQuerySet, Sitting

_ENROLMENT = "decision__enrolment"


def _years() -> list[tuple[str, str]]:
    days = Sitting.objects.dates("held_on", "year", order="DESC")
    return [(str(one.year), str(one.year)) for one in days]


def _options() -> list[tuple[str, str]]:
    """Each code once: it names one option within a certification, and maybe one in another."""
    return list(dict(Option.objects.values_list("code", "label")).items())


class RegisterFilter(ListFilter):
    """Certificates by holder or number, certification, option, session, year, organisme, CRFP, status."""

    q = search_box("Nom, numéro ou code")
    certification = django_filters.ModelChoiceFilter(
        label="Certification",
        field_name=f"{_ENROLMENT}__session__certification",
        queryset=Certification.objects.all(),
        to_field_name="code",
        empty_label="Toutes",
    )
    option = django_filters.ChoiceFilter(
        label="Option", field_name=f"{_ENROLMENT}__option__code", choices=_options, empty_label="Toutes"
    )
    session = django_filters.ModelChoiceFilter(
        label="Session",
        field_name=f"{_ENROLMENT}__session",
        queryset=Session.objects.filter(state=SessionState.PROCLAIMED).select_related("certification"),
        to_field_name="code",
        empty_label="Toutes",
    )
    annee = django_filters.ChoiceFilter(label="Année", method="of_year", choices=_years, empty_label="Toutes")
    organisme = django_filters.ModelChoiceFilter(
        label="Organisme",
        field_name=f"{_ENROLMENT}__organisme",
        queryset=Organisme.objects.exclude(kind__in=("CRFP", "CPNEFP")),
        to_field_name="code",
        empty_label="Tous",
    )
    crfp = django_filters.ModelChoiceFilter(
        label="CRFP",
        field_name=f"{_ENROLMENT}__part__crfp",
        queryset=Organisme.objects.filter(kind="CRFP"),
        to_field_name="code",
        empty_label="Tous",
    )
    statut = django_filters.ChoiceFilter(
        label="Statut", method="of_status", choices=STATUSES, empty_label="Tous"
    )
    transmission = django_filters.ChoiceFilter(
        label="Transmission", method="of_transmission", choices=STATES, empty_label="Toutes"
    )

    class Meta:
        model = Certificate
        fields: list[str] = []

    def search(self, rows: CertificateQuerySet, name: str, value: str) -> CertificateQuerySet:
        return matching(rows, value)

    def of_year(self, rows: CertificateQuerySet, name: str, value: Any) -> CertificateQuerySet:
        """By the day the national jury sat."""
        return rows.filter(decision__enrolment__session__sitting__held_on__year=value)

    def of_status(self, rows: CertificateQuerySet, name: str, value: str) -> CertificateQuerySet:
        return of_status(rows, value)

    def of_transmission(self, rows: CertificateQuerySet, name: str, value: str) -> CertificateQuerySet:
        return in_state(rows, value)
