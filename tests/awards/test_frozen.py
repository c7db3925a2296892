"""What was delivered, sent or transmitted stays as it was, whoever writes to the database."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.awards.models import Duplicate, Flux, Message, Passage, PortalNote, Stationery
from juries.models import Certificate
from tests.cast import Cast
from tests.cqp.test_triggers import copy, survives
from tests.juries.rectification_scenes import proclaimed_three

pytestmark = pytest.mark.django_db

NEW = 900_001
"""An id that nobody has."""


@pytest.fixture
def enrolment(cast: Cast, gc_part: SessionPart) -> Enrolment:
    """A candidate certified by a proclamation."""
    return proclaimed_three(cast, gc_part)[0]


@pytest.fixture
def session(enrolment: Enrolment) -> Session:
    return Session.objects.get(pk=enrolment.session_id)


@pytest.fixture
def kept(cast: Cast, enrolment: Enrolment) -> dict[type[models.Model], models.Model]:
    """One row of each table."""
    now, user, session = timezone.now(), cast.ucanss.user, enrolment.session
    certificate = Certificate.objects.get(decision__enrolment=enrolment)
    flux = Flux.objects.create(
        session=session,
        identifier="F1",
        version="1.1.2",
        content="<flux/>",
        digest="0",
        made_at=now,
        made_by=user,
    )
    return {
        Stationery: Stationery.objects.create(
            certification=session.certification, version=1, saved_at=now, saved_by=user
        ),
        Duplicate: Duplicate.objects.create(
            certificate=certificate, rank=1, reason="Original perdu.", at=now, by=user
        ),
        Message: Message.objects.create(
            session=session,
            enrolment=enrolment,
            kind=Message.Kind.RESULT,
            key="RESULTAT:1",
            email="candidat@example.org",
            subject="Vos résultats",
            text="Bonjour",
            html="<p>Bonjour</p>",
            leaves_at=now,
            written_at=now,
        ),
        Flux: flux,
        Passage: Passage.objects.create(flux=flux, certificate=certificate, technical_id="P1"),
        PortalNote: PortalNote.objects.create(
            certificate=certificate, kind=PortalNote.Kind.DECLARED, noted_at=now, noted_by=user
        ),
    }


FROZEN: list[tuple[type[models.Model], dict[str, Any]]] = [
    (Stationery, {"signatory_name": "Quelqu’un d’autre"}),
    (Duplicate, {"rank": 2}),
    (Message, {"text": "Tout autre chose"}),
    (Message, {"email": "autre@example.org"}),
    (Flux, {"content": "<autre/>"}),
    (Passage, {"technical_id": "P2"}),
    (PortalNote, {"kind": PortalNote.Kind.REMOVED}),
]


@pytest.mark.parametrize(("model", "change"), FROZEN)
def test_what_left_is_not_rewritten(
    kept: dict[type[models.Model], models.Model], model: type[models.Model], change: dict[str, Any]
) -> None:
    row = kept[model]
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        model._default_manager.filter(pk=row.pk).update(**change)


@pytest.mark.parametrize("model", [Stationery, Duplicate, Message, Passage, Flux])
def test_what_left_is_not_deleted(
    kept: dict[type[models.Model], models.Model], model: type[models.Model]
) -> None:
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        model._default_manager.filter(pk=kept[model].pk)._raw_delete(using="default")


@pytest.mark.sqlite
@pytest.mark.parametrize("model", [Stationery, Duplicate, Message, Flux, Passage, PortalNote])
def test_no_row_takes_the_place_of_what_left(
    kept: dict[type[models.Model], models.Model], model: type[models.Model]
) -> None:
    table, pk = model._meta.db_table, kept[model].pk
    by_id: Callable[[], object] = partial(copy, "INSERT OR REPLACE", table, pk)
    by_key: Callable[[], object] = partial(copy, "INSERT OR REPLACE", table, pk, id=NEW)
    assert survives(table, by_id)
    assert survives(table, by_key)


def test_where_a_message_stands_moves(kept: dict[type[models.Model], models.Model]) -> None:
    now = timezone.now()
    Message.objects.filter(pk=kept[Message].pk).update(state="ENVOYE", sent_at=now, attempts=1)
    assert Message.objects.get().state == "ENVOYE"


def test_a_passage_is_judged_once(kept: dict[type[models.Model], models.Model]) -> None:
    Passage.objects.update(state="REJETE", reason="Aucun titulaire ne correspond aux critères obligatoires")
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        Passage.objects.update(state="ACCEPTE", reason="")


def test_a_report_is_read_once(cast: Cast, kept: dict[type[models.Model], models.Model]) -> None:
    read = {"report_at": timezone.now(), "report_by": cast.ucanss.user}
    Flux.objects.update(report_digest="1", **read)
    with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
        Flux.objects.update(report_digest="2", **read)


def test_a_flux_given_up_stays_so_but_its_report_is_read(
    cast: Cast, kept: dict[type[models.Model], models.Model]
) -> None:
    now, user = timezone.now(), cast.ucanss.user
    Flux.objects.update(given_up_at=now, given_up_by=user)
    for change in ({"given_up_at": None, "given_up_by": None}, {"given_up_at": now + timedelta(days=1)}):
        with pytest.raises(DatabaseError, match="ne se modifie pas"), transaction.atomic():
            Flux.objects.update(**change)
    Flux.objects.update(report_digest="1", report_at=now, report_by=user)


def test_of_a_proclaimed_session_only_the_opening_of_its_results_moves(session: Session) -> None:
    later = timezone.now() + timedelta(days=3)
    Session.objects.filter(pk=session.pk).update(results_open_at=later)
    assert Session.objects.get(pk=session.pk).results_open_at == later
    for change in ({"code": "AUTRE"}, {"entry_deadline": later.date()}, {"results_open_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Session.objects.filter(pk=session.pk).update(**change)
