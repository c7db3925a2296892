"""Every document of the family: archivable, and deaf to whatever people typed in it."""

import hashlib
import re
import subprocess
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from pikepdf import Name

from cqp.awards.attestations import draw_attestations
from cqp.awards.letters import draw_letters
from cqp.awards.logos import logo_of_file
from cqp.pdf import LONGEST_TEXT, ResourceRefused, StaticFilesOnly, render_pdf, write_pdf
from cqp.workflow import Refusal
from juries.minutes import sha256
from juries.stationery import worded
from tests.awards.scenes import picture
from tests.cqp.documents import BLOC_CERTIFICATE, CERTIFICATE, TRANSCRIPT
from tests.cqp.test_pdf import HOSTILE, STYLE, attachments_of, listener, text_of

__all__ = ["listener"]

NEXT = {
    "why": "Tout est conservé.", "kept": ["Épreuve orale : 12/20"], "again": ["Épreuve écrite"],
    "until": "30 janvier 2028", "later": "", "crfp": "CRFP de Lyon",
    "sessions": [{"name": "CQP Gestionnaire conseil, session de juin 2027", "is_beyond": True,
                  "days": "du 1er juin 2027 au 12 juin 2027", "deadline": "3 mai 2027"}],
}  # fmt: skip
SAID = {key: CERTIFICATE[key] for key in ("certifiers", "title", "option", "session", "holder", "digest")}
SAID |= {key: CERTIFICATE[key] for key in ("decision_date", "decision_iso", "place", "signatory")}
LETTER: dict[str, Any] = SAID | {
    "holder": {"name": "Marie Noëlle LEFÈVRE"}, "logo": "", "number": "7K2QM-93XTA-4",
    "outcome": "NON_CERTIFIE",
    "decision": "Certification non délivrée",
    "reasons": ["Épreuve écrite : note éliminatoire."], "rectified": "décision rectificative n° 1",
    "superseded_date": "3 janvier 2027", "words": worded("Le jury ne vous a pas délivré {x}.", {}),
    "contest": worded("Écrivez à la commission.", {}), "closing": worded("Salutations.", {}),
    "certificate": "", "next": NEXT,
}  # fmt: skip
ATTESTATION: dict[str, Any] = SAID | {
    "logo": "", "registration": "RNCP35729", "body": worded("a obtenu le certificat.", {}),
    "validity": worded("Jusqu’au parchemin.", {}),
}  # fmt: skip
DUPLICATE = {"duplicate": {"rank": 2, "date": "3 février 2027"}, "awarded": "remis à"}

Draw = Callable[[dict[str, Any]], bytes]


def _template(name: str, more: dict[str, Any]) -> Draw:
    return lambda context: render_pdf(f"documents/{name}.html", context | more, identifier="x")


ACROSS = {"across": "PROVISOIRE"}
CASES: dict[str, tuple[Draw, dict[str, Any]]] = {
    "letter": (lambda context: draw_letters([context]), LETTER),
    "attestation": (lambda context: draw_attestations([context]), ATTESTATION),
    "duplicate": (_template("certificate", {}), CERTIFICATE | DUPLICATE),
    "bloc duplicate": (_template("bloc_certificate", {}), BLOC_CERTIFICATE | DUPLICATE),
    "provisional transcript": (_template("transcript", ACROSS), TRANSCRIPT | {"provisional": True}),
    "specimen": (_template("certificate", ACROSS), CERTIFICATE),
}


@cache
def drawn(name: str) -> bytes:
    draw, context = CASES[name]
    return draw(context)


# --- For the archives ---


@pytest.mark.parametrize("name", CASES)
def test_a_document_is_a_tagged_pdf_a_3a_with_our_fonts(name: str, tmp_path: Path) -> None:
    with pikepdf.open(BytesIO(drawn(name))) as pdf:
        root = pdf.Root
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"]
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "fr"
        assert root.StructTreeRoot.K
        assert root.OutputIntents[0].S == Name.GTS_PDFA1
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20")
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            descriptor = font.DescendantFonts[0].FontDescriptor
            assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
            assert str(font.BaseFont).split("+")[1].startswith(("CQP-Garamond", "CQP-Sans"))
    path = tmp_path / "document.pdf"
    path.write_bytes(drawn(name))
    check = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


@pytest.mark.parametrize("name", CASES)
def test_weasyprint_complains_about_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    draw, context = CASES[name]
    with caplog.at_level("WARNING", logger="weasyprint"):
        draw(context)
    assert caplog.messages == []


def test_provisional_is_written_through_every_page() -> None:
    long = TRANSCRIPT | {"argument": ("La candidate expose la situation. " * 120)[:LONGEST_TEXT].strip()}
    pages = pypdf.PdfReader(BytesIO(CASES["provisional transcript"][0](long))).pages
    assert len(pages) >= 2
    assert all("PROVISOIRE" in page.extract_text() for page in pages)


# --- Whatever people typed ---

# The date of the file; what a template asks and never prints.
NOT_SHOWN = {"decision_iso", "outcome", "logo", "tone", "fine", "is_beyond", "is_unknown", "qr", "verify_url"}


def hostile(value: Any, word: Callable[[], str], key: object = "") -> Any:
    """A copy of a context in which each printed text is hostile."""
    if key in NOT_SHOWN:
        return value
    if isinstance(value, dict):
        return {name: hostile(inner, word, name) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [hostile(inner, word) for inner in value]
    return word() if isinstance(value, str) and value else value


NEW = ["letter", "attestation", "duplicate", "bloc duplicate"]


@pytest.mark.parametrize("name", NEW)
def test_hostile_html_is_printed_as_text_wherever_it_is_typed(name: str) -> None:
    draw, context = CASES[name]
    typed: list[str] = []

    def word() -> str:
        typed.append(HOSTILE % len(typed))
        return typed[-1]

    pdf = draw(hostile(context, word))
    text = text_of(pdf).lower()
    assert len(typed) >= 15
    assert not [words for words in typed if re.sub(r"\s", "", words) not in text]
    assert attachments_of(pdf) == []


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize(
    "attempt",
    [
        "<img src={url}>", "<style>@import url({url});</style>", "<link rel=attachment href={url}>",
        "\"><img src='{url}'>", "<img src=file:///etc/hostname>", "logo:{url}", "{{{{ x }}}}{{% debug %}}",
    ],
)  # fmt: skip
def test_nothing_typed_makes_a_document_call_anybody(
    attempt: str, name: str, listener: tuple[str, list[str]]
) -> None:
    address, visits = listener
    draw, context = CASES[name]
    pdf = draw(hostile(context, lambda: attempt.format(url=address)))
    assert visits == []
    assert attachments_of(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as document:
        assert not any("/Annots" in page for page in document.pages)


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("text", ["Pa\u202eris", "a\x00b", "a" * (LONGEST_TEXT + 1), "a" * 100_000])
def test_what_cannot_be_printed_is_refused_with_one_sentence(text: str, name: str) -> None:
    draw, context = CASES[name]
    with pytest.raises(Refusal) as refused:
        draw(context | {"place": text})
    assert refused.value.sentence.startswith("Le document ne peut pas être produit")


@pytest.mark.parametrize("name", NEW)
@pytest.mark.parametrize("text", ["W" * 120, "zéro\u200blargeur", "a" * LONGEST_TEXT])
def test_what_is_merely_odd_is_printed(text: str, name: str) -> None:
    draw, context = CASES[name]
    assert draw(context | {"place": text}).startswith(b"%PDF")


# --- The logo ---


def test_only_the_picture_of_that_digest_is_a_logo() -> None:
    png = logo_of_file("logo.png", picture())
    digest = hashlib.sha256(png).hexdigest()
    assert StaticFilesOnly({digest: png}).fetch(f"logo:{digest}").read() == png
    refused = (
        f"logo:{'0' * 64}",
        "logo:",
        "logo:../x",
        f"logo://{digest}",
        f"logo:/{digest}",
        "logo:http://x",
    )
    for url in refused:
        with pytest.raises(ResourceRefused):
            StaticFilesOnly({digest: png}).fetch(url)
    with pytest.raises(ResourceRefused):
        StaticFilesOnly({sha256("other"): png}).fetch(f"logo:{sha256('other')}")
    with pytest.raises(ResourceRefused):
        write_pdf(f"<html lang=fr><title>x</title><img alt=x src=logo:{digest}>", style=STYLE, identifier="x")


def test_a_logo_leaves_no_trace_in_the_next_document() -> None:
    png = logo_of_file("logo.png", picture())
    digest = hashlib.sha256(png).hexdigest()
    before = render_pdf("documents/certificate.html", CERTIFICATE, identifier="x")
    worn = CERTIFICATE | {"logo": digest}
    first = render_pdf("documents/certificate.html", worn, identifier="x", logos={digest: png})
    assert first == render_pdf("documents/certificate.html", worn, identifier="x", logos={digest: png})
    assert render_pdf("documents/certificate.html", CERTIFICATE, identifier="x") == before
