"""A session as the pages of this room look it up."""

from django.shortcuts import get_object_or_404

from candidates.models import Session
from cqp.accounts.actor import ActorRequest


def session_of(request: ActorRequest, code: str) -> Session:
    """The session of this code, proclaimed or not, if one may follow it; 404 otherwise."""
    rows = Session.objects.visible_to(request.actor).select_related("certification")
    return get_object_or_404(rows, code=code)
