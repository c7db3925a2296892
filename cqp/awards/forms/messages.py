"""The filters of the messages, and the address of a candidate."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from candidates.forms.enrolments import INCOMPLETE_ADDRESS
from candidates.forms.filters import ListFilter, search_box
from candidates.reading import bears
from cqp.awards.models import Message
from cqp.awards.states import MessageState

BOUNCED = "REFUSEE"
STATES = [*MessageState.choices, (BOUNCED, "Adresse refusée")]


class MessageFilter(ListFilter):
    """Messages by name or address, state, nature."""

    q = search_box("Nom, organisme ou adresse")
    etat = django_filters.ChoiceFilter(
        label="État", method="in_state", choices=STATES, empty_label="Tous les états"
    )
    nature = django_filters.ChoiceFilter(
        label="Nature", field_name="kind", choices=Message.Kind.choices, empty_label="Toutes les natures"
    )

    class Meta:
        model = Message
        fields: list[str] = []

    def search(self, rows: QuerySet[Message], name: str, value: str) -> QuerySet[Message]:
        """Every word in the candidate's name, without accents, or in the organisme's; or in the address."""
        person, body = bears(value, "enrolment__candidate"), Q()
        for word in value.split():
            body &= Q(organisme__name__icontains=word) | Q(email__icontains=word)
        return rows.filter(person & Q(enrolment__isnull=False) | body) if value.split() else rows

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Failed: those that nothing replaces; so are the addresses refused."""
        if value == BOUNCED:
            return rows.failed().filter(is_bounced=True)
        return rows.failed() if value == MessageState.FAILED else rows.filter(state=value)


class AddressForm(forms.Form):
    """The address a candidate is to be written at."""

    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="Le candidat se connecte ensuite avec cette adresse.",
        error_messages={
            "required": "Indiquez l’adresse électronique du candidat.",
            "invalid": INCOMPLETE_ADDRESS,
        },
    )
