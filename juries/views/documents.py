"""A personal PDF as an answer."""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse

from cqp.seal import is_configured, seal_pdf
from cqp.workflow import Refusal


def document(draw: Callable[[], bytes], name: str, *, sealed_at: datetime | None = None) -> HttpResponse:
    """A personal PDF: shown or saved under its name, kept by no cache, read as nothing else.

    `sealed_at`: the hour of the certifier's seal, for what leaves under one. A content that cannot be printed
    (a hostile character in a name), or sealed, is said in one sentence.
    """
    try:
        content = draw()
        if sealed_at and is_configured():
            content = seal_pdf(content, at=sealed_at)
    except Refusal as refusal:
        return HttpResponse(refusal.sentence, status=409, content_type="text/plain; charset=utf-8")
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
