"""Verbs on the dated registrations of a certification."""

from datetime import datetime
from typing import Any

from django.db import transaction

from candidates.models import Certification, RncpRegistration
from candidates.registration_rules import RegistrationEntry, registration_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import REFERENCE, Fact, record
from cqp.roles import Act
from cqp.workflow import demand


@transaction.atomic
def add_registration(
    *, certification: Certification, entry: RegistrationEntry, by: Actor, at: datetime
) -> RncpRegistration:
    """Register a certification for some dates; the same again changes nothing.

    Raises Refusal when its dates overlap those of another, or its code is there with other values.
    """
    by.must(Act.EDIT_REGISTRATION)
    certification = Certification.objects.select_for_update().get(pk=certification.pk)
    there = certification.registrations.filter(code=entry.code).first()
    if there and _values_of(there) == _values(entry):
        return there
    demand(registration_refusal(entry, certification.registrations.all()))
    made = RncpRegistration.objects.create(certification=certification, **_values(entry))
    _journal(made, {}, by, at)
    return made


@transaction.atomic
def edit_registration(
    *, registration: RncpRegistration, entry: RegistrationEntry, by: Actor, at: datetime
) -> RncpRegistration:
    """Correct a registration: documents that exist stay as they are. The same again changes nothing.

    Raises Refusal when its dates would overlap those of another.
    """
    by.must(Act.EDIT_REGISTRATION)
    Certification.objects.select_for_update().get(pk=registration.certification_id)
    row = RncpRegistration.objects.select_related("certification").get(pk=registration.pk)
    before = _plain(row)
    demand(registration_refusal(entry, row.certification.registrations.exclude(pk=row.pk)))
    for name, value in _values(entry).items():
        setattr(row, name, value)
    if _plain(row) != before:
        row.save()
        _journal(row, before, by, at)
    return row


def _values(entry: RegistrationEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in RegistrationEntry.__dataclass_fields__}


def _values_of(row: RncpRegistration) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RegistrationEntry.__dataclass_fields__}


def _plain(row: RncpRegistration) -> dict[str, str]:
    return {name: str(value or "") for name, value in _values_of(row).items()}


def _journal(row: RncpRegistration, before: dict[str, str], by: Actor, at: datetime) -> None:
    subject = f"Enregistrement {row.code} de {row.certification.code}"
    record(
        chain=REFERENCE,
        by=by,
        at=at,
        facts=[Fact(Act.EDIT_REGISTRATION, subject, before=before, after=_plain(row))],
    )
