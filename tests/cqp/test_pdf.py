"""The printed documents: archivable, always the same, deaf to anything that is not ours, and on one page."""

import copy
import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, is_dataclass, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest
from django.conf import settings
from pikepdf import Name

from cqp.pdf import LONGEST_TEXT, ResourceRefused, StaticFilesOnly, render_pdf, write_pdf
from cqp.workflow import Refusal
from evaluations.scoring.account import Row
from tests.cqp.documents import (
    BLOC_CERTIFICATE,
    BLOC_TRANSCRIPT,
    CERTIFICATE,
    DAM,
    IN_POINTS,
    LONGEST,
    LONGEST_BLOC,
    TRANSCRIPT,
    WIDEST,
    WIDEST_BLOC,
)

Printed = tuple[str, dict[str, Any]]
CASES: dict[str, Printed] = {
    "certificate": ("documents/certificate.html", CERTIFICATE),
    "certificate without option nor registration": ("documents/certificate.html", DAM),
    "longest certificate": ("documents/certificate.html", LONGEST),
    "widest certificate": ("documents/certificate.html", WIDEST),
    "bloc certificate": ("documents/bloc_certificate.html", BLOC_CERTIFICATE),
    "longest bloc certificate": ("documents/bloc_certificate.html", LONGEST_BLOC),
    "widest bloc certificate": ("documents/bloc_certificate.html", WIDEST_BLOC),
    "transcript": ("documents/transcript.html", TRANSCRIPT),
    "bloc transcript": ("documents/transcript.html", BLOC_TRANSCRIPT),
}
CERTIFICATES = [name for name in CASES if "certificate" in name]
STYLE = "css/documents/faces.css"  # no ornament: quicker


@cache
def printed(name: str) -> bytes:
    template, context = CASES[name]
    return render_pdf(template, context, identifier=name)


def text_of(pdf: bytes) -> str:
    """Return the text without any white space: lines break where the layout wants."""
    pages = pypdf.PdfReader(BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def attachments_of(pdf: bytes) -> list[str]:
    with pikepdf.open(BytesIO(pdf)) as document:
        return [*document.attachments, *document.Root.get("/AF", [])]


# --- For the archives ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_a_document_is_a_tagged_pdf_a_3a(name: str) -> None:
    with pikepdf.open(BytesIO(printed(name))) as pdf:
        root = pdf.Root
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"]
        assert root.OutputIntents[0].S == Name.GTS_PDFA1
        assert root.MarkInfo.Marked
        assert str(root.Lang) == "fr"
        assert root.StructTreeRoot.K
        assert root.ViewerPreferences.DisplayDocTitle
        assert pdf.trailer.ID
        assert not pdf.is_encrypted


@pytest.mark.parametrize("name", CASES)
def test_every_letter_comes_from_an_embedded_font_of_ours(name: str) -> None:
    with pikepdf.open(BytesIO(printed(name))) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        assert descriptors
        assert all("/FontFile2" in descriptor or "/FontFile3" in descriptor for descriptor in descriptors)
        assert all("/ToUnicode" in font for font in fonts)
        families = {str(font.BaseFont).split("+")[1] for font in fonts}
    assert all(family.startswith(("CQP-Garamond", "CQP-Sans")) for family in families)


def test_letters_of_every_country_and_signs_come_from_our_fonts_too() -> None:
    holder = CERTIFICATE["holder"] | {"name": "Nguyễn Łukasz ŸÇŒ ≤ 6 √ Ждан", "birth_place": "Đà Nẵng"}
    pdf = render_pdf("documents/certificate.html", CERTIFICATE | {"holder": holder}, identifier="x")
    with pikepdf.open(BytesIO(pdf)) as document:
        names = [str(font.BaseFont) for font in document.pages[0].Resources.Font.values()]
    assert all("CQP-" in name for name in names), names
    assert "NguyễnŁukaszŸÇŒ≤6√Ждан" in text_of(pdf)


def test_dates_in_the_file_are_the_decision_and_not_the_clock() -> None:
    with pikepdf.open(BytesIO(printed("certificate"))) as pdf:
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20270112")
        assert str(pdf.docinfo["/ModDate"]).startswith("D:20270112")
        assert str(pdf.docinfo["/Title"]) == "Certificat nº GC-2026-12-00001 – Marie Noëlle LEFÈVRE"


@pytest.mark.parametrize("name", CASES)
def test_qpdf_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    path = tmp_path / "document.pdf"
    path.write_bytes(printed(name))
    check = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "No syntax or stream encoding errors" in check.stdout


@pytest.mark.parametrize("name", CASES)
def test_weasyprint_complains_about_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    # It only logs a style it does not know, a tag it cannot make or a missing language.
    with caplog.at_level("WARNING", logger="weasyprint"):
        render_pdf(*CASES[name], identifier=name)
    assert caplog.messages == []


def test_marks_are_a_table_whose_cells_know_their_headers() -> None:
    with pikepdf.open(BytesIO(printed("transcript"))) as pdf:
        elements = [obj for obj in pdf.objects if isinstance(obj, pikepdf.Dictionary) and "/S" in obj]
    cells = [element for element in elements if element.get("/S") == Name.TD]
    assert len(cells) == 5 * len(IN_POINTS["blocks"])
    assert all(cell.A.Headers for cell in cells)


# --- The same for ever --------------------------------------------------------------------------------------

ELSEWHERE = """
import hashlib, json, sys
import django
django.setup()
from cqp.pdf import render_pdf
template, context = json.load(sys.stdin)
print(hashlib.sha256(render_pdf(template, context, identifier="same")).hexdigest())
"""


def test_the_same_content_gives_the_same_bytes_here_and_in_another_process() -> None:
    for name in ("certificate", "transcript"):
        template, context = CASES[name]
        here = render_pdf(template, context, identifier="same")
        # In between, another document leaves its marks in what is shared.
        render_pdf(*CASES["longest certificate"], identifier="other")
        assert render_pdf(template, copy.deepcopy(context), identifier="same") == here
        elsewhere = subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            input=json.dumps([template, context], default=asdict), capture_output=True, text=True, check=True,
            cwd=settings.BASE_DIR, env={"DJANGO_SETTINGS_MODULE": "cqp.settings", "PYTHONHASHSEED": "7",
                                        "CQP_VAR": str(settings.VAR_DIR), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert elsewhere.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_threads_of_one_server_print_the_same_bytes() -> None:
    with ThreadPoolExecutor(4) as threads:
        files = list(threads.map(lambda name: render_pdf(*CASES[name], identifier=name), [*CASES] * 2))
    assert files == [printed(name) for name in [*CASES] * 2]


def test_another_content_gives_another_file() -> None:
    other = CERTIFICATE | {"place": "Lyon"}
    assert render_pdf("documents/certificate.html", other, identifier="certificate") != printed("certificate")


# --- On paper -----------------------------------------------------------------------------------------------


def boxes(pdf: bytes, path: Path) -> list[tuple[float, float, float, float]]:
    """Return where each word is on the first page: left, top, right, bottom, in points."""
    path.write_bytes(pdf)
    listing = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">', listing)
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in found]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two words are printed over one another; a box is higher than its letters, by half."""
    deep = min(one[3], other[3]) - max(one[1], other[1])
    wide = min(one[2], other[2]) - max(one[0], other[0])
    return wide > 0.5 and deep > 0.5 * min(one[3] - one[1], other[3] - other[1])


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_certificate_is_one_page_with_every_word_inside_the_frame(name: str, tmp_path: Path) -> None:
    pdf = printed(name)
    assert len(pypdf.PdfReader(BytesIO(pdf)).pages) == 1
    words = boxes(pdf, tmp_path / "certificate.pdf")
    left, top, right, bottom = (value * 72 / 25.4 for value in (20, 20, 277, 190))
    assert all(left < w[0] and top < w[1] and w[2] < right and w[3] < bottom for w in words)
    assert not [
        (one, other) for i, one in enumerate(words) for other in words[i + 1 :] if overlap(one, other)
    ]


def test_a_bloc_certificate_never_passes_for_the_certification() -> None:
    text = text_of(printed("bloc certificate")).lower()
    for words in (
        "certificat de bloc de compétences",
        "ce seul bloc",
        "ne vaut pas la certification",
        "rncp35729",
    ):
        assert re.sub(r"\s", "", words) in text, words
    assert "niveau5" not in text


def test_names_of_every_length_keep_to_their_place(tmp_path: Path) -> None:
    for length in (31, 43, 57, 100, 140):
        name = ("Marie-Hélène DE SAINT-HILAIRE " * 6)[:length].strip()
        holder = CERTIFICATE["holder"] | {"name": name}
        pdf = render_pdf("documents/certificate.html", CERTIFICATE | {"holder": holder}, identifier=name)
        words = boxes(pdf, tmp_path / "certificate.pdf")
        assert not [
            (name, one) for i, one in enumerate(words) for other in words[i + 1 :] if overlap(one, other)
        ]


def test_a_certificate_says_everything_it_has_to() -> None:
    text = text_of(printed("certificate")).lower()
    for words in (
        "Ucanss", "CPNEFP du régime général de Sécurité sociale", CERTIFICATE["title"],
        "Option : Technicien conseil allocataires", "Marie Noëlle LEFÈVRE", "DUPÂQUIER",
        "1er mars 1988, L’Haÿ-les-Roses", "sous le code RNCP35729",
        "décision du directeur général de France compétences en date du 8 juillet 2021",
        "Niveau 5 du cadre national", "Niveau 5 du cadre européen", "Codes NSF : 313t, 300",
        "Fait à Paris, le 12 janvier 2027", "La présidence de la CPNEFP", "Jeanne MARTIN",
        "GC-2026-12-00001", "CQP Gestionnaire conseil, décembre 2026", "7K2QM-93XTA-4", "1f0c7a9e33b2d01c",
    ):  # fmt: skip
        assert re.sub(r"\s", "", words).lower() in text, words


def test_without_a_registration_nothing_is_said_about_levels_and_registers() -> None:
    text = text_of(printed("certificate without option nor registration"))
    assert not re.search("RNCP|Répertoire|Niveau|NSF|Option", text)


def test_a_registration_without_a_date_claims_no_decision() -> None:
    undated = CERTIFICATE["registration"] | {"decided_on": ""}
    text = text_of(
        render_pdf("documents/certificate.html", CERTIFICATE | {"registration": undated}, identifier="x")
    )
    assert "RNCP35729" in text
    assert "directeurgénéral" not in text


def test_a_transcript_shows_marks_thresholds_and_reasons_in_words() -> None:
    text = text_of(printed("transcript"))
    for words in (
        "12,5 / 20", "14,25 / 20", "42,75 / 60", "≤ 6/20", "▲ 6/20", "rattrapage, 7,25 d’abord",
        "84,25 / 200", "8,425 / 20", "+8,25", "Non certifié", "ABS", "comptée 0",
        *TRANSCRIPT["explained"],
        "Non-attribution", "Le jury encourage la candidate", TRANSCRIPT["motive"], "Page 1 / 1",
    ):  # fmt: skip
        assert re.sub(r"\s", "", words) in text, words
    assert text.count("éliminatoire") == 2  # the block, its reason


def test_a_long_argument_goes_on_to_the_next_page_with_its_references() -> None:
    argument = ("La candidate expose clairement la situation. " * 100)[:LONGEST_TEXT].strip()
    pdf = render_pdf("documents/transcript.html", TRANSCRIPT | {"argument": argument}, identifier="x")
    pages = [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]
    assert len(pages) == 2
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} / 2" in page.replace("\u00a0", " ")
        assert "7K2QM-93XTA-4" in page


# --- Whatever people typed ----------------------------------------------------------------------------------

HOSTILE = "<link rel=attachment href='file:///etc/hostname'><b>{{%d|add:7}}"
# The date of the file, shown in words; the tone of a cell, a sign; what only screens say.
NOT_SHOWN = {"decision_iso", "tone", "fine"}


def hostile(value: Any, typed: list[str], key: object = "") -> Any:
    """Return a copy of a context where each shown text is hostile in its own way, and list what was typed."""
    if isinstance(value, dict):
        return {key: hostile(inner, typed, key) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [hostile(inner, typed) for inner in value]
    if isinstance(value, Row):  # its columns are those of the whole table
        return replace(value, label=hostile(value.label, typed), cells=hostile(value.cells, typed))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{f.name: hostile(getattr(value, f.name), typed, f.name) for f in fields(value)}
        )
    if not isinstance(value, str) or not value or key in NOT_SHOWN:
        return value
    typed.append(HOSTILE % len(typed))
    return typed[-1]


@pytest.mark.parametrize("name", ["certificate", "bloc certificate", "transcript", "bloc transcript"])
def test_hostile_html_is_printed_as_text_wherever_it_is_typed(name: str) -> None:
    template, context = CASES[name]
    typed: list[str] = []
    pdf = render_pdf(template, hostile(context | {"qr": None}, typed), identifier="x")
    text = text_of(pdf).lower()
    assert len(typed) >= 20
    assert not [words for words in typed if re.sub(r"\s", "", words) not in text]
    assert attachments_of(pdf) == []


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine that writes down who comes, and sends them elsewhere."""
    visits: list[str] = []

    class Visitors(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/again")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing on the console."""

    server = HTTPServer(("127.0.0.1", 0), Visitors)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", visits
    server.shutdown()
    thread.join()
    server.server_close()


ATTEMPTS: dict[str, str] = {
    "image": "<img src='{url}'>",
    "style sheet": "<link rel=stylesheet href='{url}'>",
    "imported style": "<style>@import url('{url}');</style>",
    "font": "<style>@font-face {{ font-family: x; src: url('{url}') }} p {{ font-family: x }}</style>",
    "background": "<style>p {{ background: url('{url}') }}</style>",
    "attachment": "<link rel=attachment href='{url}'>",
    "attached link": "<a rel=attachment href='{url}'>x</a>",
    "object": "<object data='{url}'></object>",
    "embedded": "<embed src='{url}'>",
    "drawing": "<svg><title>x</title><image href='{url}' width='9' height='9'/></svg>",
    "generated": "<style>p::before {{ content: url('{url}') }}</style>",
    "base": "<base href='{url}/'><img src='x.png'>",
}


@pytest.mark.parametrize("scheme", ["http", "file", "data", "static"])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_even_a_template_of_ours_can_fetch_nothing_but_our_static_files(
    attempt: str, scheme: str, listener: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, visits = listener
    secret = tmp_path / "secret.css"
    secret.write_text("top secret", encoding="utf-8")
    url = {
        "http": address,
        "file": secret.as_uri(),
        "data": "data:text/css,p{}",
        "static": f"static:/../..{secret}",
    }[scheme]
    html = f"<!doctype html><html lang=fr><title>x</title><p>x</p>{ATTEMPTS[attempt].format(url=url)}"
    if attempt == "drawing":
        # WeasyPrint itself catches everything while it draws an SVG: the image is missing, the page is not.
        pdf = write_pdf(html, style=STYLE, identifier="x")
        assert attachments_of(pdf) == []
        assert not pypdf.PdfReader(BytesIO(pdf)).pages[0].images
    else:
        with pytest.raises(ResourceRefused):
            write_pdf(html, style=STYLE, identifier="x")
    assert visits == []


def test_the_listener_of_the_test_above_would_have_seen_a_visit(listener: tuple[str, list[str]]) -> None:
    from weasyprint.urls import URLFetcher

    address, visits = listener
    with pytest.raises(OSError, match="302"):
        URLFetcher(allow_redirects=False).fetch(address)
    assert visits == ["/"]


@pytest.mark.parametrize(
    "url",
    [
        "static:/", "static:", "static:/css", "static:/../manage.py", "static:/%2e%2e/manage.py",
        "static://elsewhere/css/cqp.css", "STATIC-X:/css/cqp.css", "file:///etc/hostname", "css/cqp.css",
        "static:/css/absent.css", "http://127.0.0.1:9/", "ftp://127.0.0.1/", "data:,x",
    ],
)  # fmt: skip
def test_the_fetcher_refuses(url: str) -> None:
    with pytest.raises(ResourceRefused):
        StaticFilesOnly().fetch(url)


def test_the_fetcher_answers_with_a_static_file() -> None:
    response = StaticFilesOnly().fetch("static:/img/documents/seal.svg")
    assert response.content_type == "image/svg+xml"
    assert response.read() == (settings.BASE_DIR / "static/img/documents/seal.svg").read_bytes()


# --- Too much -----------------------------------------------------------------------------------------------

TOO_MUCH: dict[str, Callable[[], dict[str, Any]]] = {
    "one text": lambda: TRANSCRIPT | {"argument": "a" * (LONGEST_TEXT + 1)},
    "all of them": lambda: TRANSCRIPT | {"explained": ["a" * LONGEST_TEXT] * 11},
    "control character": lambda: CERTIFICATE | {"place": "Pa\x00ris"},
    "reversed text": lambda: CERTIFICATE | {"place": "Pa\u202eris"},
    "half a character": lambda: CERTIFICATE | {"place": "Pa\ud800ris"},
}


@pytest.mark.parametrize("excess", TOO_MUCH)
def test_what_cannot_be_printed_is_refused_with_one_sentence(excess: str) -> None:
    context = TOO_MUCH[excess]()
    template = "documents/transcript.html" if "argument" in context else "documents/certificate.html"
    with pytest.raises(Refusal) as refused:
        render_pdf(template, context, identifier="x")
    assert refused.value.sentence.startswith("Le document ne peut pas être produit : ")
