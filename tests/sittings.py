"""A sitting of the CPNEFP with everybody there; regulations that say something else of the juries."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from candidates.models import Session
from cqp.accounts.actor import Actor
from evaluations.models import JuryRule, Regulation
from evaluations.services.regulations import copy_regulation, publish_regulation
from juries.models import SittingMember
from juries.services.sittings import call_roll
from juries.sitting import Presence, Roll, roll_of
from tests.cast import Cast


def attend(session: Session, by: Actor, *absent: Actor) -> Roll:
    """Everybody is present but those named; who opened presides, somebody of the other college beside."""
    roll = roll_of(session)
    president = roll.president
    assert president is not None
    away = {actor.user.pk for actor in absent}
    vice = next((one for one in roll.members if one.college != president.college), None)
    return call_roll(
        session=session,
        presences={
            one.pk: Presence(
                SittingMember.Presence.ABSENT if one.user_id in away else SittingMember.Presence.PRESENT
            )
            for one in roll.members
        },
        president=president.pk,
        vice_president=vice.pk if vice else None,
        by=by,
        at=timezone.now(),
    )


def with_points(cast: Cast, code: str = "GC_2013", points_max: str = "1", **rule: Any) -> Regulation:
    """The next version of a regulation, published: its jury may add points, and sits under these rules."""
    latest = Regulation.objects.filter(code=code).order_by("-version").first()
    assert latest is not None
    draft = copy_regulation(regulation=latest, by=cast.ucanss, at=timezone.now())
    JuryRule.objects.filter(regulation=draft).update(points_max=Decimal(points_max), **rule)
    return publish_regulation(regulation=draft, by=cast.ucanss, at=timezone.now())
