"""A personal PDF as an answer."""

from collections.abc import Callable

from django.http import HttpResponse

from cqp.workflow import Refusal


def document(draw: Callable[[], bytes], name: str) -> HttpResponse:
    """A personal PDF: shown or saved under its name, kept by no cache, read as nothing else.

    A content that cannot be printed (a hostile character in a name) is said in one sentence.
    """
    try:
        content = draw()
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
