"""What an enrolment keeps from an earlier session, for the pages of other rooms."""

from django import template

from candidates.models import Enrolment
from evaluations.kept import told_of

register = template.Library()


@register.inclusion_tag("evaluations/_kept.html")
def kept_by(enrolment: Enrolment) -> dict[str, object]:
    """The panel of what is kept; nothing where nothing is."""
    return {"kept": told_of(enrolment)}
