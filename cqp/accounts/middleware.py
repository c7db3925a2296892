"""Turns the signed-in user and the chosen membership into `request.actor`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership

SESSION_KEY = "membership"


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The memberships of whoever signed in, read once a request."""
    if not hasattr(request, "_memberships"):
        found: list[Membership] = []
        if request.user.is_authenticated:
            found = list(request.user.memberships.select_related("user", "organisme"))
        request._memberships = found  # type: ignore[attr-defined]
    return request._memberships  # type: ignore[attr-defined]


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor of the chosen membership, the first one by default; None without any."""
    memberships = memberships_of(request)
    if not memberships:
        return None
    chosen = request.session.get(SESSION_KEY)
    return Actor.of(next((m for m in memberships if m.pk == chosen), memberships[0]))


class ActorMiddleware:
    """Every view reads `request.actor`; a right taken away is gone at the next request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)
