"""A regulation with one block more than any real one: five columns to type, and the jury's."""

from decimal import Decimal

from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from evaluations.models import Block, Regulation
from evaluations.services.regulations import copy_regulation, publish_regulation
from tests.cast import open_session_of


def wide_regulation(by: Actor) -> Regulation:
    """The next version of GC_2013, with a file to mark besides; published."""
    at = timezone.now()
    draft = copy_regulation(regulation=Regulation.objects.get(code="GC_2013", version=1), by=by, at=at)
    Block.objects.create(
        regulation=draft,
        position=draft.blocks.count() + 1,
        code="DOSSIER",
        label="Dossier",
        mark_max=20,
        coefficient=10,
    )
    draft.total_max = sum((block.weighted_max for block in draft.blocks.all()), Decimal(0))
    draft.valid_from = timezone.localdate()
    draft.save()
    return publish_regulation(regulation=draft, by=by, at=at)


def wide_session(by: Actor) -> Session:
    """A session under it."""
    return open_session_of("GC_2013", by, version=wide_regulation(by).version)
