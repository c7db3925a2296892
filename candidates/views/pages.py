"""What every list and every part's screen starts from."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from candidates.models import SessionPart
from cqp.accounts.actor import ActorRequest

ROWS = 50


def page_of(request: ActorRequest, rows: QuerySet[Any], size: int = ROWS) -> Page:
    """The page asked for in the address; the nearest one when it does not exist."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def part_or_404(request: ActorRequest, code: str, crfp: str) -> SessionPart:
    """A CRFP's part of a session, if the actor may see it."""
    parts = SessionPart.objects.visible_to(request.actor).select_related("session__certification", "crfp")
    return get_object_or_404(parts.prefetch_related("session__options"), session__code=code, crfp__code=crfp)
