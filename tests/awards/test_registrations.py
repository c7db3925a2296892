"""Dated registrations: kept by the Ucanss, printed only on the days they cover, missed in time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Certification, RncpRegistration, SessionPart
from candidates.registration_rules import validity_warning
from candidates.services.registrations import add_registration, edit_registration
from cqp.awards.registration_tasks import registrations_to_renew
from cqp.journal.chain import REFERENCE
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.certificates import certificate_content
from juries.models import Certificate
from juries.registration import registration_warning
from tests.awards.scenes import registration_entry
from tests.awards.test_stationery import SignIn
from tests.cast import Cast, load_reference
from tests.juries.rectification_scenes import proclaimed_three


@pytest.fixture
def gc(cast: Cast) -> Certification:
    return Certification.objects.get(code="GC")


def added(cast: Cast, certification: Certification, **changes: object) -> RncpRegistration:
    entry = registration_entry(**changes)
    return add_registration(certification=certification, entry=entry, by=cast.ucanss, at=timezone.now())


def warnings(cast: Cast, today: date | None = None) -> list[str]:
    return [task.detail for task in registrations_to_renew(cast.ucanss, today or timezone.localdate())]


def test_a_registration_is_added_once_and_journaled(cast: Cast, gc: Certification) -> None:
    assert added(cast, gc) == added(cast, gc)
    assert Entry.objects.filter(chain__key=REFERENCE, act=Act.EDIT_REGISTRATION).count() == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"code": "RNCP42000", "valid_from": date(2029, 8, 31), "valid_to": date(2031, 1, 1)}, "chevauchent"),
        ({"code": "RNCP42000", "valid_from": date(2020, 1, 1), "valid_to": date(2035, 1, 1)}, "chevauchent"),
        ({"nsf_codes": "999"}, "déjà enregistré"),
        ({"code": "35729"}, "suivi de son numéro"),
        ({"code": "RS5000"}, "suivi de son numéro"),
        ({"code": "RNCP٣٥"}, "suivi de son numéro"),
        ({"code": "RNCP42000", "valid_from": date(2030, 1, 2), "valid_to": date(2030, 1, 1)}, "avant de"),
        ({"code": "RNCP42000", "decided_on": date(2040, 1, 1), "valid_from": date(2030, 1, 1),
          "valid_to": date(2031, 1, 1)}, "postérieure"),
    ],
)  # fmt: skip
def test_what_cannot_stand_beside_the_others_is_refused(
    changes: dict[str, object], told: str, cast: Cast, gc: Certification
) -> None:
    added(cast, gc)
    with pytest.raises(Refusal, match=told):
        added(cast, gc, **changes)


def test_one_corrected_stays_corrected_when_the_reference_is_loaded_again(
    cast: Cast, gc: Certification
) -> None:
    old = gc.registrations.get()
    entry = registration_entry(
        code=old.code, valid_from=date(2021, 7, 8), valid_to=old.valid_to, decided_on=None
    )
    for _again in range(2):
        edit_registration(registration=old, entry=entry, by=cast.ucanss, at=timezone.now())
    assert Entry.objects.filter(act=Act.EDIT_REGISTRATION).count() == 1
    load_reference()
    assert gc.registrations.get().valid_from == date(2021, 7, 8)


def test_the_certificate_says_the_registration_of_its_day(
    cast: Cast, gc: Certification, gc_part: SessionPart
) -> None:
    added(cast, gc)
    proclaimed_three(cast, gc_part)
    printed = certificate_content(Certificate.objects.get())["registration"]
    assert printed["code"] == "RNCP41000"
    assert printed["decided_on"] == "30 août 2026"


def test_an_expired_registration_is_a_task_and_no_line(
    cast: Cast, gc: Certification, gc_part: SessionPart
) -> None:
    (told,) = warnings(cast)
    assert "a expiré le 8 juillet 2026" in told
    assert list(registrations_to_renew(cast.clerk, timezone.localdate())) == []
    assert "ne porteront pas de mention" in (registration_warning(gc_part.session) or "")
    proclaimed_three(cast, gc_part)
    assert certificate_content(Certificate.objects.get())["registration"] is None


def test_the_task_goes_once_a_registration_covers_the_next_jury(
    cast: Cast, gc: Certification, gc_part: SessionPart
) -> None:
    added(cast, gc)
    assert warnings(cast) == []
    assert registration_warning(gc_part.session) is None
    assert "expire le 31 août 2029" in warnings(cast, date(2029, 4, 1))[0]


def test_a_jury_beyond_the_registration_is_told(cast: Cast, gc: Certification, gc_part: SessionPart) -> None:
    today = timezone.localdate()
    first = gc_part.session.exam_first_day - timedelta(days=200)
    added(cast, gc, valid_from=first, decided_on=first, valid_to=today + timedelta(days=250))
    gc_part.session.exam_last_day = today + timedelta(days=300)
    gc_part.session.save()
    assert "Aucun enregistrement au RNCP ne couvre le" in warnings(cast)[0]


@pytest.mark.parametrize(
    ("begins", "told"),
    [
        (date(2026, 1, 1), None),
        (date(2026, 1, 2), "RNCP1 expire le 31 décembre 2025 : aucun ne prend sa suite."),
        (None, "RNCP1 expire le 31 décembre 2025 : aucun ne prend sa suite."),
    ],
)
def test_a_registration_is_followed_when_the_next_begins_the_day_after(
    begins: date | None, told: str | None
) -> None:
    rows = [
        RncpRegistration(code="RNCP2", valid_from=begins, valid_to=date.max),
        RncpRegistration(code="RNCP1", valid_from=date(2021, 1, 1), valid_to=date(2025, 12, 31)),
    ]
    warning = validity_warning(rows, date(2025, 12, 31))
    assert (warning and warning.partition("enregistrement ")[2].replace("\u00a0", " ")) == told


def test_a_day_between_two_registrations_is_told() -> None:
    later = RncpRegistration(code="RNCP2", valid_from=date(2026, 3, 1), valid_to=date(2030, 1, 1))
    undated = RncpRegistration(code="RNCP3", valid_from=None, valid_to=date.max)
    assert "vérifiez les dates de RNCP3" in (validity_warning([undated], date(2026, 2, 28)) or "")
    assert "vérifiez les dates de RNCP2" in (validity_warning([later], date(2026, 2, 28)) or "")
    assert validity_warning([later], date(2026, 3, 1)) is None
    assert "a expiré" in (validity_warning([later], date(2030, 1, 2)) or "")


def test_the_pages_list_add_and_correct(cast: Cast, gc: Certification, sign_in: SignIn) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:registration_list", args=["GC"])
    assert "a expiré" in client.get(url).content.decode()
    values = {
        "code": "RNCP41000", "level": "5", "eu_level": "5", "nsf_codes": "313t", "decided_on": "30/08/2026",
        "valid_from": "01/09/2026", "valid_to": "31/08/2029",
    }  # fmt: skip
    assert client.post(url, values | {"code": "rncp 41000"}).status_code == 302
    assert "chevauchent" in client.post(url, values | {"code": "RNCP42000"}).content.decode()
    made = gc.registrations.get(code="RNCP41000")
    page = reverse("awards:registration_edit", args=["GC", made.pk])
    assert client.post(page, values | {"level": "6"}).status_code == 302
    made.refresh_from_db()
    assert made.level == "6"
    assert client.get(reverse("awards:registration_edit", args=["DAM", made.pk])).status_code == 404


def test_the_list_of_certifications_costs_the_same_whatever_their_number(
    cast: Cast, gc: Certification, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:certification_list")
    with CaptureQueriesContext(connection) as two:
        assert client.get(url).status_code == 200
    for number in range(2):
        Certification.objects.create(code=f"X{number}", title="X", short_title=f"X {number}")
    added(cast, gc)
    with CaptureQueriesContext(connection) as four:
        client.get(url)
    assert len(two) == len(four)
