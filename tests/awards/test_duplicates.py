"""Duplicates: one more original of a certificate in force, under its rank, once a request."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.awards.duplicates import duplicate_pdf
from cqp.awards.models import Duplicate
from cqp.awards.services.duplicates import issue_duplicate
from cqp.awards.verification import answer_of_file
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.certificates import certificate_content
from juries.models import Certificate
from juries.states import Outcome
from tests.awards.test_letters import pages_of, says
from tests.awards.test_stationery import SignIn
from tests.cast import Cast
from tests.cqp.pictures import picture_of
from tests.cqp.seals import configured
from tests.juries.rectification_scenes import SPOILT, proclaimed_three, rectified

LOST = "Original perdu"


@pytest.fixture
def certificate(cast: Cast, gc_part: SessionPart) -> Certificate:
    proclaimed_three(cast, gc_part)
    return Certificate.objects.get()


def issued(cast: Cast, certificate: Certificate, reason: str = LOST, minutes: int = 0) -> Duplicate:
    at = timezone.now() + timedelta(minutes=minutes)
    return issue_duplicate(document=certificate, reason=reason, by=cast.ucanss, at=at)


def test_a_duplicate_has_its_rank_and_its_day(cast: Cast, certificate: Certificate) -> None:
    issued(cast, certificate)
    second = issued(cast, certificate, "Abîmé par l’eau")
    (page,) = pages_of(duplicate_pdf(second))
    says(page, "Duplicata nº 2, délivré le", certificate.number, certificate.code)
    assert duplicate_pdf(second) == duplicate_pdf(Duplicate.objects.get(pk=second.pk))
    entries = Entry.objects.filter(act=Act.ISSUE_DUPLICATE)
    assert [entry.reason for entry in entries.order_by("pk")] == [LOST, "Abîmé par l’eau"]


def test_a_double_click_delivers_one(cast: Cast, certificate: Certificate) -> None:
    assert issued(cast, certificate) == issued(cast, certificate)
    assert issued(cast, certificate, minutes=5).rank == 2


def test_a_certificate_no_longer_in_force_has_no_duplicate(cast: Cast, certificate: Certificate) -> None:
    enrolment = Enrolment.objects.get(pk=certificate.decision.enrolment_id)
    rectified(cast, enrolment, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    with pytest.raises(Refusal, match="n’est plus en vigueur"):
        issued(cast, certificate)


@pytest.mark.parametrize("reason", ["", "x", "a" * 501, "perdu\x00 hier"])
def test_a_reason_is_needed_and_fits_the_journal(reason: str, cast: Cast, certificate: Certificate) -> None:
    with pytest.raises(Refusal):
        issued(cast, certificate, reason)


def test_the_page_lists_delivers_and_refuses(cast: Cast, certificate: Certificate, sign_in: SignIn) -> None:
    client: Client = sign_in(cast.ucanss)
    url = reverse("awards:duplicate_list", args=[certificate.number])
    assert "Aucun duplicata délivré" in client.get(url).content.decode()
    for _click in range(2):
        assert client.post(url, {"reason": LOST}).status_code == 302
    assert Duplicate.objects.count() == 1
    page = client.get(url).content.decode()
    assert LOST in page
    assert client.get(reverse("awards:duplicate_pdf", args=[certificate.number, 1])).status_code == 200
    assert client.get(reverse("awards:duplicate_pdf", args=[certificate.number, 2])).status_code == 404
    assert "Dites en quelques mots" in client.post(url, {"reason": "x"}).content.decode()
    enrolment = Enrolment.objects.get(pk=certificate.decision.enrolment_id)
    rectified(cast, enrolment, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert "n’est plus en vigueur" in client.get(url).content.decode()


def test_a_duplicate_is_sealed_and_known_to_the_public_page(
    cast: Cast, certificate: Certificate, sign_in: SignIn, settings: Any, tmp_path: Path
) -> None:
    configured(settings, tmp_path)
    duplicate = issued(cast, certificate)
    url = reverse("awards:duplicate_pdf", args=[certificate.number, duplicate.rank])
    pdf = sign_in(cast.ucanss).get(url).content
    told = answer_of_file(pdf, timezone.now())
    assert told.report.is_intact
    assert told.certificate is not None
    assert told.certificate.content == certificate_content(certificate)
    (code,) = zxingcpp.read_barcodes(picture_of(pdf, 150))
    assert code.text == certificate_content(certificate)["verify_url"]
