"""What every screen on the marks of a CRFP's part starts from."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from candidates.models import SessionPart
from cqp.accounts.actor import ActorRequest
from evaluations.models import Block
from evaluations.standing import ANSWERED


def part_of(request: ActorRequest, session: str, crfp: str) -> SessionPart:
    """A part the actor may see, with its session and its regulation; any other does not exist."""
    parts = SessionPart.objects.visible_to(request.actor)
    rows = parts.select_related("session__certification", "session__adoption", "crfp")
    part = get_object_or_404(rows, session__code=session, crfp__code=crfp)
    if not hasattr(part.session, "adoption"):
        raise Http404
    return part


def block_of(part: SessionPart, code: str) -> Block:
    """A block of the part's regulation whose marks the CRFP answers for."""
    blocks = Block.objects.filter(regulation=part.session.adoption.regulation_id, recorder__in=ANSWERED)
    return get_object_or_404(blocks, code=code)
