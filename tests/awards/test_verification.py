"""The public check: by code, by QR, by the file; what it says, and what nobody learns from it."""

import re
import statistics
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.awards import attempts
from cqp.awards.models import Duplicate
from cqp.crockford import ALPHABET, check_character, new_identifier, normalise
from cqp.seal import fingerprint
from juries.models import Certificate, Tries
from juries.rectification import Corrections
from juries.states import Outcome
from juries.throttle import HOUR
from tests.cast import Cast
from tests.cqp import seals
from tests.juries.rectification_scenes import REPAIRED, SPOILT, proclaimed_three, rectified

PAGE = "/verifier/"
UNKNOWN = "Aucun certificat ne porte ce code"
Three = tuple[Enrolment, Enrolment, Enrolment]
DRAWN = 20_000


@pytest.fixture
def three(cast: Cast, gc_part: SessionPart) -> Three:
    return proclaimed_three(cast, gc_part)


@pytest.fixture
def sealing(settings: Any, tmp_path: Path) -> None:
    seals.configured(settings, tmp_path)


def words(response: Any) -> str:
    assert response.status_code == 200, response
    plain = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(plain.replace("\u00a0", " ").split())


def drop(client: Client, pdf: bytes, name: str = "c.pdf") -> Any:
    return client.post(PAGE, {"pdf": SimpleUploadedFile(name, pdf, "application/pdf")})


def downloaded(cast: Cast, certificate: Certificate) -> bytes:
    client = Client()
    client.force_login(cast.ucanss.user)
    answer = client.get(reverse("juries:certificate_pdf", args=[certificate.number]))
    assert answer["Content-Type"] == "application/pdf"
    return bytes(answer.content)


# --- By code ---


def test_the_qr_s_address_says_everything_the_certificate_prints(three: Three, client: Client) -> None:
    certificate = Certificate.objects.get()
    page = words(client.get(f"/v/{certificate.code}/"))
    person, session = three[0].candidate, three[0].session
    assert "Ce certificat est authentique Valide à ce jour" in page
    for printed in (
        person.birth_name.upper(), person.first_names, person.birth_place, certificate.number,
        certificate.code, session.name, session.sitting.place, "La présidence de la CPNEFP", "Empreinte",
    ):  # fmt: skip
        assert printed in page
    assert "Duplicatas" not in page
    for separator in ("-", "", " ", "\u00a0", "\u2011", "\u2013", "\u2212"):
        typed = certificate.code.lower().replace("-", separator)
        answer = client.get(PAGE, {"code": f" {typed}\n"})
        assert "Ce certificat est authentique" in words(answer), "the same as by typing it"


def test_the_page_says_how_many_duplicates_were_delivered(cast: Cast, three: Three, client: Client) -> None:
    certificate = Certificate.objects.get()
    now = timezone.now()
    Duplicate.objects.create(certificate=certificate, rank=1, reason="Perdu", at=now, by=cast.ucanss.user)
    assert "Duplicatas délivrés 1" in words(client.get(f"/v/{certificate.code}/"))


def test_the_status_follows_the_decisions(cast: Cast, three: Three, client: Client) -> None:
    first = Certificate.objects.get()
    done = rectified(cast, three[0], corrections=Corrections(identity={"birth_place": "Vienne"}))
    second = Certificate.objects.get(rectification=done)
    said = words(client.get(f"/v/{first.code}/"))
    assert "a été remplacé" in said
    assert second.number in said
    said = words(client.get(f"/v/{second.code}/"))
    assert "est authentique" in said
    assert f"le certificat n° {first.number}" in said
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert "Annulé le" in words(client.get(f"/v/{second.code}/"))
    new = rectified(cast, three[1], corrections=REPAIRED)
    assert "authentique" in words(client.get(f"/v/{Certificate.objects.get(rectification=new).code}/"))


def test_before_the_results_open_the_code_and_the_file_are_unknown(
    cast: Cast, three: Three, client: Client, sealing: None
) -> None:
    certificate = Certificate.objects.get()
    pdf = downloaded(cast, certificate)
    hour = timezone.now() + timedelta(hours=1)
    Session.objects.filter(pk=three[0].session_id).update(results_open_at=hour)
    closed = client.get(f"/v/{certificate.code}/").content.decode()
    absent = new_identifier()
    nobody = client.get(f"/v/{absent}/").content.decode()
    assert UNKNOWN in words(client.get(f"/v/{certificate.code}/"))
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')
    assert token.sub("", closed).replace(certificate.code, "") == token.sub("", nobody).replace(absent, "")
    said = words(drop(client, pdf))
    assert "Le fichier est intact" in said
    assert "Ce n’est pas un certificat que cette page connaît" in said
    assert three[0].candidate.birth_name.upper() not in said


def test_a_typing_error_is_told_from_a_fake_and_counts_for_nothing(client: Client, db: None) -> None:
    for _ in range(attempts.BY_ADDRESS + 5):
        assert "mal recopié" in words(client.get("/v/7K2QM-93XTA-9/"))
    assert UNKNOWN in words(client.get(f"/v/{new_identifier()}/"))
    for strange in ("%20", "%00", "é" * 3, "A" * 500, "<script>", "%2E%2E"):
        answer = client.get(f"/v/{strange}/")
        assert answer.status_code == 200
        assert "mal recopié" in words(answer)
        assert "<script>" not in answer.content.decode()


def test_the_old_address_leads_to_the_page_with_its_code(client: Client, db: None) -> None:
    answer = client.get("/jurys/verifier/", {"code": "7K2QM-93XTA-4"})
    assert answer.status_code == 301
    assert answer["Location"] == "/verifier/?code=7K2QM-93XTA-4"


def test_the_page_is_kept_by_nobody(client: Client, db: None) -> None:
    for path in (PAGE, f"/v/{new_identifier()}/"):
        answer = client.get(path)
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]
        assert "noindex" in answer.content.decode()


# --- What nobody learns ---


def test_codes_are_drawn_without_order_or_preference() -> None:
    """50 bits: every character at every place as often, no sequence, no repetition."""
    drawn = [new_identifier().replace("-", "") for _ in range(DRAWN)]
    assert len(set(drawn)) == DRAWN
    assert all(normalise(code) for code in drawn)
    expected = DRAWN / len(ALPHABET)
    for place in range(10):
        counts = Counter(code[place] for code in drawn)
        square = sum((counts[letter] - expected) ** 2 / expected for letter in ALPHABET)
        assert square < 80, f"place {place}: {square} (31 degrees, 80 is once in 300,000)"
    values = [sum(ALPHABET.index(c) * 32**rank for rank, c in enumerate(code[:10])) for code in drawn]
    rising = sum(one < other for one, other in pairwise(values))
    assert abs(rising - DRAWN / 2) < 6 * (DRAWN / 12) ** 0.5
    same = statistics.fmean(
        sum(a == b for a, b in zip(one[:10], other[:10], strict=True)) for one, other in pairwise(drawn)
    )
    assert abs(same - 10 / 32) < 0.03
    typed = sum(check_character(code[:9] + "7") == code[10] for code in drawn)
    assert typed < DRAWN / 20, "a wrong character is caught"


def test_unknown_codes_are_counted_by_address(client: Client, three: Three) -> None:
    right = Certificate.objects.get().code
    for _ in range(attempts.BY_ADDRESS):
        assert "authentique" in words(client.get(f"/v/{right}/")), "a right code counts for nothing"
        assert UNKNOWN in words(client.get(f"/v/{new_identifier()}/"))
    for code in (new_identifier(), right):
        assert "Trop de codes inconnus" in words(client.get(f"/v/{code}/")), "the guesser learns nothing more"
    assert "authentique" in words(client.get(f"/v/{right}/", REMOTE_ADDR="192.0.2.7"))


def test_a_flood_slows_every_address_and_closes_the_page_for_nobody(client: Client, three: Three) -> None:
    right = Certificate.objects.get().code
    Tries.objects.create(key="verify:all", count=attempts.FLOOD, until=timezone.now() + HOUR)
    for _ in range(attempts.BY_ADDRESS_IN_FLOOD):
        assert UNKNOWN in words(client.get(f"/v/{new_identifier()}/"))
    assert "Trop de codes inconnus" in words(client.get(f"/v/{new_identifier()}/"))
    for host in range(1, 30):
        assert "authentique" in words(client.get(f"/v/{right}/", REMOTE_ADDR=f"192.0.2.{host}"))


def test_a_network_of_version_6_is_one_address(db: None) -> None:
    for host in range(attempts.BY_ADDRESS):
        attempts.count_wrong(f"2001:db8:1:2::{host:x}")
    assert attempts.is_refused("2001:db8:1:2:ffff::1")
    assert not attempts.is_refused("2001:db8:1:3::1")
    assert not attempts.is_refused(None)
    for _ in range(attempts.BY_ADDRESS):
        attempts.count_wrong("::ffff:192.0.2.9")
    assert attempts.is_refused("192.0.2.9")


def test_absent_and_not_open_take_the_same_queries(three: Three, client: Client) -> None:
    code = Certificate.objects.get().code
    hour = timezone.now() + timedelta(hours=1)
    Session.objects.filter(pk=three[0].session_id).update(results_open_at=hour)
    client.get(f"/v/{new_identifier()}/")  # the first wrong one also begins a count
    counts = set()
    for asked in (code, new_identifier()):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/v/{asked}/")
        counts.add(len(queries))
    assert len(counts) == 1
    assert counts.pop() <= 12


# --- By the file ---


def test_the_downloaded_certificate_is_sealed_always_the_same_and_recognised(
    cast: Cast, three: Three, client: Client, sealing: None
) -> None:
    certificate = Certificate.objects.get()
    pdf = downloaded(cast, certificate)
    assert pdf == downloaded(cast, certificate)
    said = words(drop(client, pdf))
    assert "Le fichier est intact" in said
    assert f"Cachet : {seals.NAME}" in said
    assert "Ce certificat est authentique" in said
    assert certificate.code in said
    done = rectified(cast, three[0], corrections=Corrections(identity={"birth_place": "Vienne"}))
    said = words(drop(client, pdf))
    assert "Le fichier est intact" in said
    assert "a été remplacé" in said
    second = Certificate.objects.get(rectification=done)
    assert "est authentique" in words(drop(client, downloaded(cast, second)))


def test_a_file_that_is_not_ours_is_said_so_and_not_read(
    cast: Cast, three: Three, client: Client, sealing: None
) -> None:
    pdf = downloaded(cast, Certificate.objects.get())
    for altered, said in (
        (seals.flipped(pdf, 4_000, 2), "Ce fichier a été modifié"),
        (seals.updated(pdf, 1), "Ce fichier a été modifié"),
        (seals.stripped(pdf, 1), "Ce fichier n’a pas de cachet"),
        (b"%PDF-1.7 \xff\x00 rien", "Ce fichier n’a pas de cachet"),
        (b"<html><script>alert(1)</script>", "Ce fichier ne se lit pas"),
    ):
        page = words(drop(client, altered, "<script>.pdf"))
        assert said in page
        assert "authentique" not in page
        assert three[0].candidate.birth_name.upper() not in page
        assert "alert(1)" not in page


def test_files_that_are_not_ours_count_as_wrong_codes(client: Client, db: None) -> None:
    for _ in range(attempts.BY_ADDRESS):
        drop(client, b"rien")
    assert "Trop de codes inconnus" in words(drop(client, b"rien"))


def test_a_file_too_large_or_absent_is_refused_in_one_sentence(client: Client, db: None) -> None:
    assert "Ce fichier dépasse 5 Mo" in words(drop(client, b"%PDF-" + bytes(5 * 1024 * 1024)))
    assert "Choisissez le fichier" in words(client.post(PAGE, {}))
    assert "Ce fichier est vide" in words(drop(client, b""))
    assert client.put(PAGE).status_code == 405


def test_who_signed_in_is_told_the_same_of_a_file_too_large(cast: Cast, sign_in: Any) -> None:
    page = words(drop(sign_in(cast.ucanss), b"%PDF-" + bytes(5 * 1024 * 1024)))
    assert "Ce fichier dépasse 5 Mo" in page
    assert "ne se lit pas" not in page


def test_the_form_needs_its_token(db: None) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert drop(strict, b"rien").status_code == 403
    token = strict.get(PAGE).cookies["csrftoken"].value
    file = SimpleUploadedFile("c.pdf", b"rien", "application/pdf")
    answer = strict.post(PAGE, {"csrfmiddlewaretoken": token, "pdf": file})
    assert "Ce fichier ne se lit pas" in words(answer)


def test_the_page_says_how_to_check_without_it(client: Client, db: None, sealing: None) -> None:
    page = client.get(PAGE)
    said = words(page)
    assert "Contrôler le cachet sans ce site" in said
    assert fingerprint() in said
    pem = client.get(f"{PAGE}certificat.pem")
    assert pem.content.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE" not in pem.content
    assert urlsplit(reverse("awards:seal_certificate")).path in page.content.decode()


def test_without_a_seal_the_page_does_not_speak_of_it(
    client: Client, db: None, settings: Any, tmp_path: Path
) -> None:
    settings.SEAL_PKCS12, settings.VAR_DIR = "", tmp_path
    assert "sans ce site" not in words(client.get(PAGE))
    assert client.get(f"{PAGE}certificat.pem").status_code == 404
