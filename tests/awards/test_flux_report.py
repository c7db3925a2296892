"""The processing report read back: who is accepted, who is rejected and why; nothing else is believed."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from cqp.awards import flux_report
from cqp.awards.flux_report import NO_REASON, report_in
from cqp.awards.models import Flux, Passage
from cqp.awards.services.transmission import read_report
from cqp.awards.states import PassageState
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from tests.awards.flux_scenes import (
    REPORT,
    certified,
    complete,
    flux_of,
    ids_in,
    number_of,
    report_xml,
    sender,
)
from tests.cast import Cast

__all__ = ["sender"]
pytestmark = pytest.mark.usefixtures("sender")

SEVERAL = "Plusieurs titulaires ont été identifiés"


@pytest.fixture
def flux(cast: Cast, gc_part: SessionPart) -> Flux:
    """Two holders sent."""
    complete(certified(cast, gc_part), cast.clerk)
    return flux_of(cast, gc_part.session)


def read(cast: Cast, flux: Flux, content: bytes) -> Flux:
    return read_report(flux=flux, content=content, by=cast.ucanss, at=timezone.now())


def states() -> list[str]:
    return list(Passage.objects.order_by("pk").values_list("state", flat=True))


def test_each_passage_takes_what_the_report_says(cast: Cast, flux: Flux) -> None:
    first, second = ids_in(flux)
    known = read(cast, flux, report_xml(flux.identifier, [first], {second: SEVERAL}))
    assert states() == [PassageState.ACCEPTED, PassageState.REJECTED]
    assert Passage.objects.get(technical_id=second).reason == SEVERAL
    assert known.report_treatment == "T-2026-0001"
    assert known.report_by == cast.ucanss.user
    told = Entry.objects.filter(act=Act.REJECT_PASSAGE).get()
    assert told.reason == SEVERAL
    assert told.enrolment_ref == Passage.objects.get(technical_id=second).certificate.decision.enrolment_id


def test_the_same_report_twice_does_nothing_twice(cast: Cast, flux: Flux) -> None:
    content = report_xml(flux.identifier, ids_in(flux))
    read(cast, flux, content)
    before = Entry.objects.count()
    read(cast, flux, content)
    assert Entry.objects.count() == before


def test_another_report_of_the_same_flux_is_refused(cast: Cast, flux: Flux) -> None:
    first, second = ids_in(flux)
    read(cast, flux, report_xml(flux.identifier, [first, second]))
    with pytest.raises(Refusal, match="déjà relu"):
        read(cast, flux, report_xml(flux.identifier, [first], {second: SEVERAL}))
    assert states() == [PassageState.ACCEPTED] * 2


def test_the_report_of_another_flux_is_refused(cast: Cast, flux: Flux) -> None:
    with pytest.raises(Refusal, match="AUTRE"):
        read(cast, flux, report_xml("AUTRE", ids_in(flux)))
    assert states() == [PassageState.SENT] * 2


def test_passages_nobody_sent_are_named_and_nothing_is_read(cast: Cast, flux: Flux) -> None:
    strangers = [f"INCONNU-{n}" for n in range(7)]
    with pytest.raises(Refusal, match=r"INCONNU-0.*et 2 autres"):
        read(cast, flux, report_xml(flux.identifier, [*ids_in(flux), *strangers]))
    assert states() == [PassageState.SENT] * 2


def test_a_report_that_names_nobody_is_refused(cast: Cast, flux: Flux) -> None:
    with pytest.raises(Refusal, match="ne nomme aucun passage"):
        read(cast, flux, report_xml(flux.identifier))


def test_accepted_and_rejected_at_once_is_refused(cast: Cast, flux: Flux) -> None:
    first, _second = ids_in(flux)
    with pytest.raises(Refusal, match="à la fois"):
        read(cast, flux, report_xml(flux.identifier, [first], {first: SEVERAL}))


def test_a_passage_without_its_identifier_is_refused() -> None:
    for nobody in (report_xml("F", ["A", " "]), report_xml("F", ["A"], {"": SEVERAL})):
        with pytest.raises(Refusal, match="sans le nommer"):
            report_in(nobody)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_a_report_is_read_in_the_encoding_it_says(encoding: str) -> None:
    text = report_xml("F", rejected={"A": SEVERAL}).decode().partition("?>")[2].strip()
    head = '<?xml version="1.0" encoding="ISO-8859-1"?>' if encoding == "iso-8859-1" else ""
    assert report_in(f"{head}{text}".encode(encoding)).rejected == {"A": SEVERAL}


def test_what_is_no_text_cuts_no_identifier_in_two() -> None:
    content = report_xml("F", ["AB", "CD"]).replace(b"AB", b"A<!-- x -->B").replace(b"CD", b"C<?x?>D")
    assert report_in(content).accepted == {"AB", "CD"}


def test_only_ucanss_reads_a_report(cast: Cast, flux: Flux) -> None:
    content = report_xml(flux.identifier, ids_in(flux))
    with pytest.raises(Refusal, match="rôle"):
        read_report(flux=flux, content=content, by=cast.clerk, at=timezone.now())


ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(9))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"<rapport/>",
        b"<html><body>503</body></html>",
        f'<autre xmlns="{REPORT}"/>'.encode(),
        f'<!DOCTYPE r [{ENTITIES}]><rapport xmlns="{REPORT}"><idFlux>&a8;</idFlux></rapport>'.encode(),
        f'<!DOCTYPE r [{ENTITIES}]><rapport xmlns="{REPORT}" x="&a8;"><idFlux>F</idFlux></rapport>'.encode(),
        f'<rapport xmlns="{REPORT}"><idFlux>Flûx</idFlux></rapport>'.encode("latin-1"),
        (
            '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">'
            f'<rapport xmlns="{REPORT}"><idFlux>F</idFlux></rapport>'
        ).encode(),
        (
            f'<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
            f'<rapport xmlns="{REPORT}"><idFlux>&f;</idFlux></rapport>'
        ).encode("utf-16"),
        f'<rapport xmlns="{REPORT}"/>'.encode(),
        b"<r>" * 100_000,
        f'<?xml version="1.0" encoding="klingon"?><rapport xmlns="{REPORT}"/>'.encode(),
        f'<rapport xmlns="{REPORT}"><idFlux>\x00</idFlux></rapport>'.encode(),
    ],
)
def test_what_is_no_report_is_refused_in_one_sentence(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        report_in(content)
    assert refused.value.sentence.count("\n") == 0


def test_a_report_too_heavy_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flux_report, "LARGEST", 10)
    with pytest.raises(Refusal, match="trop lourd"):
        report_in(b"<rapport/>.....")


def test_a_reason_is_one_bounded_line_and_never_empty() -> None:
    told = report_in(report_xml("F", rejected={"A": "long " * 900, "B": "", "C": "deux\nlignes\u202e\u2028"}))
    assert len(told.rejected["A"]) == flux_report.LONGEST_REASON
    assert told.rejected["B"] == NO_REASON
    assert told.rejected["C"] == "deux lignes"


# --- The page ---


def upload(client: Client, flux: Flux, content: bytes) -> Any:
    file = SimpleUploadedFile("rapport.xml", content, "application/xml")
    return client.post(reverse("awards:flux_report", args=[flux.identifier]), {"file": file})


def test_the_page_reads_the_report_and_shows_why(cast: Cast, flux: Flux, sign_in: Any) -> None:
    client, (first, second) = sign_in(cast.ucanss), ids_in(flux)
    hostile = "<script>alert(1)</script> & ]]>"
    content = report_xml(flux.identifier, [first], {second: hostile})
    answer = upload(client, flux, content)
    assert answer["Location"] == reverse("awards:transmission", args=[flux.session.code])
    page = client.get(answer["Location"]).content.decode()
    assert "1 accepté, 1 rejeté" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; ]]&gt;" in page
    assert "<script>alert" not in page
    assert upload(client, flux, content).status_code == 302  # the double click


def test_the_page_says_beside_the_file_what_is_wrong(cast: Cast, flux: Flux, sign_in: Any) -> None:
    client = sign_in(cast.ucanss)
    for content in (b"<html/>", b"", report_xml("AUTRE", ids_in(flux))):
        answer = upload(client, flux, content)
        assert answer.status_code == 200
        assert answer.context["form"].errors["file"]
    nothing = client.post(reverse("awards:flux_report", args=[flux.identifier]))
    assert nothing.context["form"].errors["file"] == ["Choisissez le rapport de traitement."]
    assert states() == [PassageState.SENT] * 2


def test_the_file_is_given_byte_for_byte(cast: Cast, flux: Flux, sign_in: Any) -> None:
    answer = sign_in(cast.ucanss).get(reverse("awards:flux_file", args=[flux.identifier]))
    assert answer.content == flux.content.encode()
    assert answer["Content-Disposition"] == f'attachment; filename="{flux.identifier}.xml"'


def test_the_page_makes_the_flux_and_says_what_waits(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    first, _second = certified(cast, gc_part)
    complete([first], cast.clerk)
    client, url = sign_in(cast.ucanss), reverse("awards:transmission", args=[gc_part.session.code])
    page = client.get(url).content.decode()
    assert "1 titulaire reste hors du flux" in page.replace("\u00a0", " ").replace("&nbsp;", " ")
    assert client.post(url).status_code == client.post(url).status_code == 302
    assert ids_in(Flux.objects.get()) == [number_of(first)]
    for state in ("a-transmettre", "a-completer", "en-attente", "accepte", "rejete", "a-supprimer", "autre"):
        assert client.get(url, {"etat": state}).status_code == 200
