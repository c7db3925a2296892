"""Development only: what left, on a page, since no mail server is there; and the HTML of a message, alone."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from cqp import outbox as box
from cqp.accounts.actor import ActorRequest
from cqp.http import for_act, reads
from cqp.roles import Act

ROWS = 50
# Nothing is fetched, run, sent or framed; the page has an origin of its own.
ALONE = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"


def has_outbox() -> bool:
    return not settings.IN_PRODUCTION


def html_page(html: str) -> HttpResponse:
    """The HTML of a message as a page of its own, under a policy that lets it do nothing."""
    headers = {
        "Content-Security-Policy": ALONE,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HttpResponse(html, headers=headers)


@reads
@for_act(Act.FOLLOW_MESSAGES)
def outbox(request: ActorRequest) -> HttpResponse:
    """Every message that left, the newest first."""
    _demand_outbox()
    page = Paginator(box.names(), ROWS).get_page(request.GET.get("page"))
    lines = list(box.read_all(list(page)))
    return render(request, "awards/outbox.html", {"page": page, "lines": lines})


@reads
@for_act(Act.FOLLOW_MESSAGES)
def outbox_message(request: ActorRequest, name: str) -> HttpResponse:
    """One message that left: its text."""
    return render(request, "awards/outbox_message.html", {"left": _left(name)})


@reads
@for_act(Act.FOLLOW_MESSAGES)
def outbox_html(request: ActorRequest, name: str) -> HttpResponse:
    """One message that left: its HTML."""
    return html_page(_left(name).html)


def _left(name: str) -> box.Left:
    _demand_outbox()
    left = box.read(name)
    if left is None:
        raise Http404
    return left


def _demand_outbox() -> None:
    if not has_outbox():
        raise Http404
