"""What follows a proclamation for one candidate, for the pages of other rooms."""

from typing import Any

from django import template

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.roles import Act
from juries.models import Rectification
from juries.publication import is_open_to
from juries.retakes import failed_or_deferred

register = template.Library()


@register.inclusion_tag("juries/_after_proclamation.html")
def after_proclamation(enrolment: Enrolment, actor: Actor) -> dict[str, Any]:
    """The links of a proclaimed file: sitting again, its rectifications, proposing one; else nothing."""
    if not hasattr(enrolment, "proclaimed") or not is_open_to(actor, enrolment.session):
        return {"enrolment": None}
    return {
        "enrolment": enrolment,
        "sits_again": failed_or_deferred(Enrolment.objects.filter(pk=enrolment.pk), actor).exists(),
        "rectifications": Rectification.objects.visible_to(actor).filter(decision__enrolment=enrolment),
        "may_rectify": actor.may(Act.PROPOSE_RECTIFICATION),
    }
