"""The part of a session whose marks are entered: where every page and every request of the grid begins."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from candidates.models import SessionPart
from cqp.accounts.actor import ActorRequest


def own_part(request: ActorRequest, session: str, crfp: str) -> SessionPart:
    """The actor's own part of this session; anyone else's does not exist."""
    parts = SessionPart.objects.visible_to(request.actor)
    rows = parts.select_related("session__certification", "session__adoption", "crfp")
    part = get_object_or_404(rows, session__code=session, crfp__code=crfp)
    if not hasattr(part.session, "adoption"):
        raise Http404
    return part
