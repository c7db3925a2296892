"""The stationery: versions, logo, words with known fields only, and what a proclamation freezes of it."""

import hashlib
import io
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from candidates.models import Certification, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards.letters import letter_pdf
from cqp.awards.logos import MAX_BYTES, logo_of_file
from cqp.awards.models import Stationery
from cqp.awards.services.stationery import save_stationery
from cqp.awards.specimens import SHOWN, specimen_pdf
from cqp.journal.chain import REFERENCE
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.templatetags.fr import moment
from cqp.wording import filled, pieces, unknown_field
from cqp.workflow import Refusal
from juries.certificates import certificate_content, certificate_pdf
from juries.models import Certificate, ProclaimedFile
from juries.stationery import Dress
from tests.awards.scenes import dressed, picture
from tests.awards.test_letters import pages_of, says
from tests.cast import Cast
from tests.juries.rectification_scenes import proclaimed_three

SignIn = Callable[[Actor], Client]
WORDS = {"certificate": {"awarded": "remis le {date} à"}, "letter": {"contest": "Écrire à {lieu}."}}


@pytest.fixture
def gc(cast: Cast) -> Certification:
    return Certification.objects.get(code="GC")


# --- Words ---


def test_a_field_is_replaced_once_and_nothing_else_is_interpreted() -> None:
    values = {"titulaire": "{option} {{ x }}", "option": "Retraite"}
    assert filled("{titulaire}, {option}", values) == "{option} {{ x }}, Retraite"
    assert filled("{titulaire.nom} {0} {titulaire!r}", values) == "{titulaire.nom} {0} {titulaire!r}"
    assert [piece.text for piece in pieces("a {x} b", values) if piece.is_unknown] == ["{x}"]
    assert unknown_field("{option} {option.__class__}", tuple(values)) == "{option.__class__}"
    assert filled("{{option}} {% now %}", values) == "{Retraite} {% now %}"


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("le {date à Lyon", "{date"),
        ("le date} à Lyon", "}"),
        ("{{option}}", "{"),
        (f"{{{'o' * 99}}}", f"{{{'o' * 60}"),
        ("{option\n}", "{option"),
    ],
)
def test_a_brace_that_closes_no_field_is_shown_and_refused_as_one_nobody_knows(text: str, slip: str) -> None:
    values = {"option": "Retraite", "date": "12 mai"}
    assert unknown_field(text, tuple(values)) == slip
    assert next(piece.text for piece in pieces(text, values) if piece.is_unknown) == slip
    assert unknown_field("{option}", tuple(values)) is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"letter": {"certified": "Bravo {prenom}"}}, "{prenom}"),
        ({"certificate": {"awarded": "remis le {date à"}}, "{date"),
        ({"letter": {"certified": "{titulaire.user.password}"}}, "{titulaire.user.password}"),
        ({"certificate": {"awarded": "à {titulaire}"}}, "{titulaire}"),
        ({"letter": {"certified": "a" * 100_000}}, "100000 caractères"),
        ({"letter": {"autre": "x"}}, "autre"),
        ({"letter": {"certified": "a\x00b"}}, "ne peut pas être imprimé"),
        ({"letter": {"certified": "a\u202eb"}}, "ne peut pas être imprimé"),
    ],
)
def test_words_that_cannot_be_printed_are_refused(
    words: dict[str, dict[str, str]], told: str, cast: Cast, gc: Certification
) -> None:
    with pytest.raises(Refusal) as refused:
        dressed(cast, gc, words)
    assert told in refused.value.sentence
    assert not Stationery.objects.exists()


# --- Versions ---


def test_each_save_is_a_version_and_the_same_again_is_none(cast: Cast, gc: Certification) -> None:
    first = dressed(cast, gc)
    assert dressed(cast, gc) == first
    second = dressed(cast, gc, signatory_name="Paul DURAND")
    assert (first.version, second.version) == (1, 2)
    entries = Entry.objects.filter(chain__key=REFERENCE, act=Act.EDIT_STATIONERY)
    assert entries.count() == 2
    with pytest.raises(DatabaseError), transaction.atomic():
        Stationery.objects.update(signatory_name="Autre")


def test_only_what_differs_is_kept(cast: Cast, gc: Certification) -> None:
    assert dressed(cast, gc, {"certificate": {"awarded": "délivré à"}}).wording == {}


# --- The logo ---


def test_a_logo_is_drawn_anew_as_a_small_plain_png() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (3_000, 900), (0, 0, 0, 0)).save(out, "PNG")
    png = logo_of_file("logo.png", out.getvalue())
    with Image.open(io.BytesIO(png)) as drawn:
        assert (drawn.format, drawn.mode) == ("PNG", "RGB")
        assert drawn.size == (1_000, 300)
        assert drawn.getpixel((5, 5)) == (255, 255, 255)
    jpeg = logo_of_file("x", picture("JPEG", exif=b"Exif\x00\x00secret-place"))
    assert jpeg.startswith(b"\x89PNG")
    assert b"secret-place" not in jpeg


def _bomb() -> bytes:
    """A PNG of a few bytes that says it is 30,000 by 30,000."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    side = (30_000).to_bytes(4, "big")
    header = chunk(b"IHDR", side + side + b"\x08\x02\x00\x00\x00")
    return (
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\x00" * 9_999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "ne peut pas être lu"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "ne peut pas être lu"),
        (b"%PDF-1.7 x", "ne peut pas être lu"),
        (b"GIF89a" + b"\x00" * 99, "ne peut pas être lu"),
        (picture()[:120], "ne peut pas être lu"),
        (_bomb(), "ne peut pas être lu"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * MAX_BYTES, "500 ko"),
        (picture(size=(20, 20)), "mesure 20"),
        (picture(size=(4_100, 50)), "mesure 4100"),
    ],
)
def test_what_is_no_logo_is_refused_with_one_sentence(content: bytes, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        logo_of_file("logo.svg", content)
    assert told in refused.value.sentence


# --- What a proclamation freezes ---


def test_a_certificate_keeps_what_it_wore_whatever_comes_after(
    cast: Cast, gc_part: SessionPart, gc: Certification
) -> None:
    worn = dressed(cast, gc, WORDS)
    proclaimed_three(cast, gc_part)
    certificate = Certificate.objects.get()
    content = certificate_content(certificate)
    assert content["signatory"] == {"name": "Jeanne MARTIN", "quality": "Directrice de l’Ucanss"}
    assert content["logo"] == worn.logo_digest == hashlib.sha256(bytes(worn.logo or b"")).hexdigest()
    assert content["awarded"].startswith("remis le ")
    drawn, file = certificate_pdf(certificate), ProclaimedFile.objects.get(outcome="CERTIFIE")
    letter = letter_pdf(file)
    says(pages_of(letter)[0], "Contester la décision", "Écrire à Montreuil.", "Jeanne MARTIN")
    dressed(cast, gc, {"certificate": {"awarded": "autrement"}}, logo=None, signatory_name="Autre")
    assert certificate_pdf(certificate) == drawn
    assert letter_pdf(ProclaimedFile.objects.get(pk=file.pk)) == letter
    with pikepdf.open(BytesIO(drawn)) as pdf:
        assert len(pdf.pages) == 1
        assert any("/Image" in str(one.get("/Subtype")) for one in pdf.pages[0].Resources.XObject.values())


def test_without_a_stationery_a_certificate_says_what_it_always_said(
    cast: Cast, gc_part: SessionPart
) -> None:
    proclaimed_three(cast, gc_part)
    content = certificate_content(Certificate.objects.get())
    assert not {"logo", "awarded", "stationery"} & content.keys()
    assert content["signatory"]["quality"] == "La présidence de la CPNEFP"


# --- Specimens ---


@pytest.mark.parametrize("shown", SHOWN)
def test_a_specimen_says_so_on_every_document_and_keeps_unknown_fields(
    shown: str, cast: Cast, gc: Certification
) -> None:
    document = "letter" if shown.startswith("letter") else shown
    place = {"letter": shown.removeprefix("letter_"), "attestation": "body", "transcript": "closing"}
    wording = {document: {place.get(document, "awarded"): "à {inconnu}"}}
    logo = logo_of_file("logo.png", picture())
    pdf = specimen_pdf(gc, shown, Dress(wording=wording), logo, timezone.localdate())
    pages = pages_of(pdf)
    assert all("SPÉCIMEN" in page for page in pages)
    says(pages[0], "{inconnu}")


# --- The screen ---


def posted(**changes: Any) -> dict[str, Any]:
    """What the page sends, written over the version it starts from."""
    told = {"base": 0, "signatory_name": "Jeanne MARTIN", "signatory_quality": ""} | changes
    return {"seen": told["base"]} | told


def test_the_screen_saves_refuses_and_takes_up_an_earlier_version(
    cast: Cast, gc: Certification, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:stationery", args=["GC"])
    logo = io.BytesIO(picture())
    logo.name = "logo.png"
    assert client.post(url, posted(logo=logo)).status_code == 302
    refused = client.post(url, posted(base=1, letter_certified="Bravo {prenom}"))
    assert refused.status_code == 200
    assert "Le champ {prenom} n’existe pas ici" in refused.content.decode()
    assert "Bravo {prenom}" in refused.content.decode()  # nothing typed is lost
    assert client.post(url, posted(base=1, signatory_name="Paul DURAND")).status_code == 302
    assert [bool(row.logo) for row in Stationery.objects.all()] == [True, True]  # kept from version 1
    client.post(url, posted(base=2, no_logo="on"))
    page = client.get(url, {"version": "1"})
    assert page.context["form"]["signatory_name"].value() == "Jeanne MARTIN"
    assert "Vous reprenez la version 1" in page.content.decode()
    for odd in ("x", "²", "99999", "9" * 40):
        assert client.get(url, {"version": odd}).status_code == 200


def test_two_who_write_at_once_hear_of_each_other_and_lose_nothing(
    cast: Cast, gc: Certification, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:stationery", args=["GC"])
    dressed(cast, gc)
    page = client.get(url)
    mine = posted(base=1, seen=page.context["form"]["seen"].value(), signatory_name="Paul DURAND")
    theirs = dressed(cast, gc, signatory_name="Anne PETIT")
    logo = io.BytesIO(picture())
    logo.name = "logo.png"
    refused = client.post(url, mine | {"logo": logo})
    said = refused.content.decode()
    assert f"{cast.ucanss.user.full_name} a enregistré la version 2 le {moment(theirs.saved_at)}" in said
    assert 'value="Paul DURAND"' in said
    assert "Choisissez de nouveau ce fichier" in said
    assert gc.stationeries.count() == 2
    again = posted(base=1, seen=refused.context["form"]["seen"].value(), signatory_name="Paul DURAND")
    assert client.post(url, again).status_code == 302
    assert gc.stationeries.get(version=3).signatory_name == "Paul DURAND"
    assert client.post(url, again).status_code == 302, "a second click finds what the first one did"
    assert gc.stationeries.count() == 3


def test_an_earlier_version_taken_up_is_written_over_the_last_one(
    cast: Cast, gc: Certification, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:stationery", args=["GC"])
    dressed(cast, gc)
    dressed(cast, gc, signatory_name="Paul DURAND")
    form = client.get(url, {"version": "1"}).context["form"]
    assert (form["base"].value(), form["seen"].value()) == (1, 2)
    assert client.post(url, posted(base=1, seen=2)).status_code == 302


def test_a_preview_writes_nothing_and_may_only_be_framed_by_us(
    cast: Cast, gc: Certification, sign_in: SignIn
) -> None:
    client, url = sign_in(cast.ucanss), reverse("awards:stationery_preview", args=["GC"])
    before = Entry.objects.count()
    answer = client.post(url, posted(shown="attestation", attestation_body="{inconnu}"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert (Stationery.objects.count(), Entry.objects.count()) == (0, before)
    long = client.post(url, posted(letter_certified="a" * 100_000))
    assert long.status_code == 409
    assert client.post(url).status_code == 200
    page = client.get(reverse("awards:stationery", args=["GC"]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]


def test_saving_with_a_stale_logo_number_is_no_error(cast: Cast, gc: Certification) -> None:
    saved = save_stationery(
        certification=gc, signatory_name="", signatory_quality="", wording={}, logo=None,
        seen=0, by=cast.ucanss, at=timezone.now(),
    )  # fmt: skip
    assert (saved.version, saved.logo_digest) == (1, "")
