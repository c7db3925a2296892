"""The filters and sorts of the lists; their state lives in the address of the page."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from candidates.models import Certification, Enrolment, Option, Session, SessionPart
from candidates.reading import bears
from candidates.states import EnrolmentState, SessionState
from cqp.accounts.models import Organisme
from cqp.crockford import normalise
from cqp.journal.models import Entry
from cqp.roles import ACT_LABELS

SOUGHT = 200  # characters


class _SoughtField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        """No more than anything one may look for: a thousand words are more than a query holds."""
        return (super().to_python(value) or "")[:SOUGHT]


class _SearchFilter(django_filters.CharFilter):
    field_class = _SoughtField


def search_box(placeholder: str) -> django_filters.CharFilter:
    """The box where one types what one looks for; the method `search` of the filters finds it."""
    box = forms.TextInput(attrs={"type": "search", "placeholder": placeholder, "size": 28})
    return _SearchFilter(label="Rechercher", method="search", widget=box)


def _offer(field: forms.Field, rows: QuerySet[Any]) -> None:
    """Offer only the rows that make sense here."""
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = rows


class ListFilter(django_filters.FilterSet):
    """A filter whose fields wear the theme's clothes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.form.fields.values():
            css = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = css


class SessionFilter(ListFilter):
    """Sessions by certification and state."""

    certification = django_filters.ModelChoiceFilter(
        label="Certification",
        queryset=Certification.objects.all(),
        to_field_name="code",
        empty_label="Toutes les certifications",
    )
    etat = django_filters.ChoiceFilter(
        label="État", field_name="state", choices=SessionState.choices, empty_label="Tous les états"
    )

    class Meta:
        model = Session
        fields: list[str] = []


class EnrolmentFilter(ListFilter):
    """The candidates of a part: by name or number, option, organisme, state; sorted by any of them."""

    q = search_box("Nom ou numéro")
    option = django_filters.ModelChoiceFilter(
        label="Option", to_field_name="code", queryset=Option.objects.all(), empty_label="Toutes les options"
    )
    organisme = django_filters.ModelChoiceFilter(
        label="Organisme",
        to_field_name="code",
        queryset=Organisme.objects.all(),
        empty_label="Tous les organismes",
    )
    etat = django_filters.ChoiceFilter(
        label="État", field_name="state", choices=EnrolmentState.choices, empty_label="Tous les états"
    )
    sort = django_filters.OrderingFilter(
        fields={
            "candidate__sort_key": "nom",
            "candidate__birth_date": "naissance",
            "option__position": "option",
            "organisme__name": "organisme",
        }
    )

    class Meta:
        model = Enrolment
        fields: list[str] = []

    def __init__(self, *args: Any, part: SessionPart, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organismes = Organisme.objects.filter(enrolments__part=part).distinct()
        _offer(self.form.fields["organisme"], organismes)
        if part.session.options.all():
            _offer(self.form.fields["option"], part.session.options.all())
        else:
            del self.form.fields["option"]

    def search(self, rows: QuerySet[Enrolment], name: str, value: str) -> QuerySet[Enrolment]:
        """Every word must be in the name, without accents; or the whole is the identification number."""
        named = bears(value)
        number = normalise(value)  # a name of eleven letters may read as one: neither hides the other
        return rows.filter(named | Q(number=number) if number else named)


class ActFilter(ListFilter):
    """Entries of one act of the journal."""

    acte = django_filters.ChoiceFilter(
        label="Acte",
        field_name="act",
        choices=[(act.value, label) for act, label in ACT_LABELS.items()],
        empty_label="Tous les actes",
    )

    class Meta:
        model = Entry
        fields: list[str] = []
