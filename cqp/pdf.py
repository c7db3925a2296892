"""HTML to PDF/A-3a: the only door to WeasyPrint.

A document is a template of ours, `documents/x.html`, with the style sheet of the same name,
`css/documents/x.css`. The bytes depend on these and on the context alone: no clock, no network, no file
of the machine. A frozen content gives the same file again, so storing the content is storing the document.
"""

import hashlib
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from cqp.text import printable_refusal
from cqp.workflow import Refusal

SCHEME = "static"
VARIANT = "pdf/a-3a"
LOGO = "logo"
# A jury's argument has 4,000 characters at most; layout time grows faster than the text.
LONGEST_TEXT = 4_000
LONGEST_DOCUMENT = 40_000

_one_at_a_time = Lock()


class ResourceRefused(Exception):
    """A document asked for something else than one of our static files. Never a user's mistake."""


class StaticFilesOnly(URLFetcher):
    """Answers `static:/css/x.css` with that static file; everything else stops the rendering.

    And `logo:<sha256>` with a picture the caller brought, if it brought the one of that digest.
    It must be a subclass: a plain function that refuses makes WeasyPrint 70.0 crash.
    """

    def __init__(self, logos: Mapping[str, bytes] | None = None) -> None:
        super().__init__(allowed_protocols=(SCHEME, LOGO), allow_redirects=False, fail_on_errors=True)
        self.logos = logos or {}

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        """Return one static file from where the project keeps it; no handler of urllib is ever asked."""
        parts = urlsplit(url)
        if parts.scheme == LOGO:
            return self._logo(url)
        path = unquote(parts.path).removeprefix("/")
        if parts.scheme != SCHEME or parts.netloc or not path:
            raise ResourceRefused(url)
        try:
            place = finders.find(path)
        except SuspiciousFileOperation as error:
            raise ResourceRefused(url) from error
        if not place or not Path(place).is_file():
            raise ResourceRefused(url)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return URLFetcherResponse(url, Path(place).read_bytes(), {"Content-Type": kind})

    def _logo(self, url: str) -> URLFetcherResponse:
        digest = url.removeprefix(f"{LOGO}:")
        content = self.logos.get(digest)
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise ResourceRefused(url)
        return URLFetcherResponse(url, content, {"Content-Type": "image/png"})


def render_pdf(
    template: str,
    context: Mapping[str, object],
    *,
    identifier: str,
    longest: int = LONGEST_DOCUMENT,
    logos: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the PDF/A-3a of a document, always the same bytes for the same arguments.

    `identifier` names the content (a digest, a number): it becomes the identifier PDF/A wants in the file.
    `longest`: how many characters in all, more for the list of a whole session. `logos`: PNG pictures by
    their SHA-256, which the template names `logo:<sha256>`. Raises Refusal when a text is too long or has
    characters that cannot be printed.
    """
    html = page_of(template, context, longest=longest)
    return write_pdf(html, style=style_of(template), identifier=identifier, logos=logos)


def page_of(template: str, context: Mapping[str, object], *, longest: int = LONGEST_DOCUMENT) -> str:
    """Return the HTML of a document, ready to be laid out; raises Refusal as `render_pdf`."""
    _demand_printable(context, longest)
    return render_to_string(template, dict(context))


def style_of(template: str) -> str:
    """Return the path of the style sheet that goes with a template."""
    return f"css/documents/{PurePosixPath(template).stem}.css"


def write_pdf(html: str, *, style: str, identifier: str, logos: Mapping[str, bytes] | None = None) -> bytes:
    """Lay out HTML with one of our style sheets; a resource that is not ours raises ResourceRefused."""
    with laid_out(html, style=style, logos=logos) as document:
        return cast(
            bytes, document.write_pdf(pdf_variant=VARIANT, pdf_identifier=file_identifier(identifier))
        )


def file_identifier(identifier: str) -> bytes:
    """Return the sixteen bytes that name a content in the file."""
    return hashlib.sha256(identifier.encode()).digest()[:16]


@contextmanager
def laid_out(html: str, *, style: str, logos: Mapping[str, bytes] | None = None) -> Iterator[Any]:
    """Give WeasyPrint's document, with its fonts for oneself until the block ends."""
    # Pango's fonts are shared and not made for threads; layout is mostly Python, so waiting costs little.
    with _one_at_a_time:
        try:
            # A logo is looked at once and not kept: previews bring one after another.
            fetcher, images = (StaticFilesOnly(logos), {**_images()}) if logos else (_fetcher(), _images())
            yield HTML(string=html, base_url=f"{SCHEME}:/", url_fetcher=fetcher).render(
                font_config=_fonts(), stylesheets=[_style(style)], cache=images
            )
        except FatalURLFetchingError as error:
            # WeasyPrint raises it outside Exception, where no handler of Django would catch it.
            raise ResourceRefused(str(error)) from error


# One of each a process: a font configuration per document leaks, and parsing the style takes a quarter
# of the time.


@cache
def _fetcher() -> StaticFilesOnly:
    return StaticFilesOnly()


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _images() -> dict[str, Any]:
    return {}


@cache
def _style(path: str) -> CSS:
    return CSS(url=f"{SCHEME}:/{path}", url_fetcher=_fetcher(), font_config=_fonts())


def _demand_printable(context: Mapping[str, object], longest: int) -> None:
    """Refuse texts that would take the layout minutes, or that cannot be read back from the file."""
    total = 0
    for text in _texts(context):
        total += len(text)
        if len(text) > LONGEST_TEXT or total > longest:
            raise Refusal("Le document ne peut pas être produit : un texte y est trop long.")
        if printable_refusal(text):
            raise Refusal("Le document ne peut pas être produit : un caractère n’y est pas imprimable.")


def _texts(value: object) -> Iterator[str]:
    """Yield every text of a context, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, Iterable):
        for inner in value:
            yield from _texts(inner)
