"""What a proclamation leaves: its page, certificates and relevés, always the same bytes."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from candidates.models import SessionPart
from juries import certificates
from juries.certificate_press import draw_all
from juries.models import Certificate, ProclaimedFile, Proclamation
from juries.rectification import standing_of
from juries.states import Outcome
from tests.cast import Cast, actor_of_candidate, enrol_some, part_of
from tests.cqp.pictures import differing_pixels, picture_of
from tests.cqp.pictures import words_of as words_of_pdf
from tests.juries.national_scenes import ARGUMENT, CLEAR, EXCUSED, FAILED, play, proclaim_all, sit
from tests.juries.scenes import transmitted_part

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    assert response.status_code == 200, response
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\u00a0", " ").split())


def words_of(pdf: bytes, folder: Path) -> str:
    path = folder / "document.pdf"
    path.write_bytes(pdf)
    shown = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    return " ".join(shown.stdout.replace("\u00a0", " ").split())


@pytest.fixture
def proclaimed(cast: Cast, gc_part: SessionPart) -> SessionPart:
    """One certified, one not, one deferred, and somebody of another CRFP."""
    _clear, failed, excused = play(cast, gc_part, [CLEAR, FAILED, EXCUSED])
    other = part_of(gc_part.session, "CRFP-LIL")
    theirs = replace(cast, clerk=cast.outsider)
    transmitted_part(theirs, other, enrol_some(theirs, other, 1))
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED, excused: Outcome.DEFERRED})
    return gc_part


def test_the_certificate_is_always_the_same_bytes(proclaimed: SessionPart, tmp_path: Path) -> None:
    certificate = Certificate.objects.first()
    assert certificate is not None

    pdf = certificates.certificate_pdf(certificate)

    assert pdf == certificates.certificate_pdf(Certificate.objects.get(pk=certificate.pk))
    words = words_of(pdf, tmp_path)
    enrolment = certificate.decision.enrolment
    for expected in (
        certificate.number,
        certificate.code,
        enrolment.candidate.birth_place,
        "Ève PRÉVOST",
        "Montreuil",
        Proclamation.objects.get().digest[:16],
    ):
        assert expected in words


def test_the_certificate_leads_to_its_page_at_the_address_of_its_day(
    proclaimed: SessionPart, settings: Any
) -> None:
    certificate = Certificate.objects.first()
    assert certificate is not None
    url = f"{settings.SITE_URL}/v/{certificate.code}"

    settings.SITE_URL = "https://moved.example"

    assert certificates.certificate_content(certificate)["verify_url"] == url
    (code,) = zxingcpp.read_barcodes(picture_of(certificates.certificate_pdf(certificate), 150))
    assert code.text == url


def test_what_was_frozen_before_there_was_a_code_is_drawn_without(proclaimed: SessionPart) -> None:
    certificate = Certificate.objects.first()
    assert certificate is not None
    content = certificates.certificate_content(certificate)
    del content["verify_url"]
    certificate.content = json.dumps(content)  # in memory: what is proclaimed is kept

    pdf = certificates.certificate_pdf(certificate)

    assert zxingcpp.read_barcodes(picture_of(pdf, 150)) == []
    assert content["code"] in words_of_pdf(pdf)
    ((_, pressed),) = draw_all([certificate])
    assert differing_pixels(picture_of(pressed), picture_of(pdf)) == 0


def test_the_transcript_says_marks_and_comments(proclaimed: SessionPart, tmp_path: Path) -> None:
    failed = ProclaimedFile.objects.get(outcome=Outcome.NOT_CERTIFIED)

    pdf = certificates.transcript_pdf(failed)

    assert pdf == certificates.transcript_pdf(failed)
    words = words_of(pdf, tmp_path)
    assert "Non certifié" in words
    assert "éliminatoire" in words
    assert ARGUMENT[:30] in words


def test_a_deferred_candidate_has_a_transcript_without_total(proclaimed: SessionPart) -> None:
    deferred = ProclaimedFile.objects.get(outcome=Outcome.DEFERRED)

    standing = standing_of(deferred)
    content = certificates.transcript_content(standing, standing.current)

    assert content["account"].figures == []
    assert content["outcome"] == "Reporté"
    assert certificates.transcript_pdf(deferred).startswith(b"%PDF")


def test_the_documents_are_personal(cast: Cast, proclaimed: SessionPart, sign_in: Any) -> None:
    certificate = Certificate.objects.filter(decision__enrolment__part=proclaimed).get()
    enrolment = certificate.decision.enrolment
    other = ProclaimedFile.objects.exclude(enrolment=enrolment).first()
    assert other is not None
    client = sign_in(actor_of_candidate(enrolment))
    client.post("/jurys/mes-resultats/", {"number": enrolment.number})

    answer = client.get(f"/jurys/certificats/{certificate.number}.pdf")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert f"certificat-{certificate.number}.pdf" in answer["Content-Disposition"]
    assert client.get(f"/jurys/releves/{enrolment.pk}.pdf").status_code == 200
    assert client.get(f"/jurys/releves/{other.enrolment_id}.pdf").status_code == 404
    assert client.get("/jurys/certificats/GC-2000-01-00001.pdf").status_code == 404


def test_a_candidate_gives_the_number_before_any_document(
    cast: Cast, proclaimed: SessionPart, sign_in: Any
) -> None:
    certificate = Certificate.objects.filter(decision__enrolment__part=proclaimed).get()
    enrolment = certificate.decision.enrolment
    client = sign_in(actor_of_candidate(enrolment))
    documents = [f"/jurys/certificats/{certificate.number}.pdf", f"/jurys/releves/{enrolment.pk}.pdf"]
    another = ProclaimedFile.objects.exclude(enrolment=enrolment).earliest("pk").enrolment_id

    def status_of() -> list[tuple[int, str]]:
        answers = [client.get(url) for url in documents]
        return [(answer.status_code, answer.headers.get("Location", "")) for answer in answers]

    locked = [(302, "/jurys/mes-resultats/")] * 2
    assert status_of() == locked
    visit = client.session
    visit["unlocked_enrolment"] = another
    visit.save()
    assert status_of() == locked
    client.post("/jurys/mes-resultats/", {"number": enrolment.number})
    assert status_of() == [(200, "")] * 2
    client.post("/jurys/mes-resultats/", {"close": ""})
    assert status_of() == locked


@pytest.mark.parametrize("who", ["ucanss", "candidate"])
def test_a_number_no_database_holds_is_an_unknown_address(
    cast: Cast, proclaimed: SessionPart, sign_in: Any, who: str
) -> None:
    enrolment = proclaimed.enrolments.earliest("pk")
    client = sign_in(cast.ucanss if who == "ucanss" else actor_of_candidate(enrolment))

    for number in ("9" * 16, "9" * 23, "9" * 400):
        assert client.get(f"/jurys/releves/{number}.pdf").status_code == 404
        assert client.get(f"/inscriptions/{number}/").status_code == 404
    assert client.get(f"/jurys/releves/{'9' * 15}.pdf").status_code == 404


@pytest.mark.parametrize(("name", "seen"), [("ucanss", 4), ("cpnefp", 4), ("clerk", 3), ("outsider", 1)])
def test_the_proclamation_shows_each_their_own_candidates(
    cast: Cast, proclaimed: SessionPart, sign_in: Any, name: str, seen: int
) -> None:
    client = sign_in(getattr(cast, name))
    code = proclaimed.session.code

    page = text_of(client.get(f"/jurys/{code}/proclamation/"))
    shown = [
        file
        for file in ProclaimedFile.objects.select_related("enrolment__candidate")
        if file.enrolment.candidate.full_name in page
    ]

    assert len(shown) == seen
    assert "tout correspond à l’empreinte" in page
    certified = text_of(client.get(f"/jurys/{code}/certificats/"))
    # A number may stand twice in its line: Ucanss has the way to its duplicates there.
    assert len(set(re.findall(rf"{code}-\d{{5}}", certified))) == (1 if name in ("clerk", "outsider") else 2)
    filtered = text_of(client.get(f"/jurys/{code}/proclamation/", {"outcome": "REPORTE"}))
    assert filtered.count("Relevé de") == (0 if name == "outsider" else 1)


def test_before_the_proclamation_its_page_leads_back(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    play(cast, gc_part, [CLEAR])
    code = gc_part.session.code

    assert sign_in(cast.clerk).get(f"/jurys/{code}/proclamation/")["Location"] == f"/sessions/{code}/"
    assert sign_in(cast.cpnefp).get(f"/jurys/{code}/proclamation/")["Location"] == f"/jurys/{code}/"


def test_the_proclamation_takes_the_same_number_of_queries(
    cast: Cast, proclaimed: SessionPart, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(cast.ucanss)
    for path in ("proclamation", "certificats"):
        with django_assert_max_num_queries(21):
            client.get(f"/jurys/{proclaimed.session.code}/{path}/")


def test_a_document_that_cannot_be_printed_is_said_and_is_no_error(
    cast: Cast, proclaimed: SessionPart, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolment = proclaimed.enrolments.earliest("pk")
    content = {"holder": {"name": "Lyon\u202e"}}
    monkeypatch.setattr(certificates, "transcript_content", lambda *_about: content)

    answer = sign_in(cast.ucanss).get(f"/jurys/releves/{enrolment.pk}.pdf")

    assert answer.status_code == 409
    assert "n’y est pas imprimable" in answer.content.decode()
