"""Choosing in which role to act."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from cqp.accounts.middleware import SESSION_KEY, memberships_of
from cqp.http import writes_only


@writes_only
def choose_role(request: HttpRequest) -> HttpResponse:
    """Act from now on as one of one's own memberships; anything else changes nothing."""
    asked = request.POST.get("membership", "")
    for membership in memberships_of(request):
        if str(membership.pk) == asked:
            request.session[SESSION_KEY] = membership.pk
    return redirect("home")
