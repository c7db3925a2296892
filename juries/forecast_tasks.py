"""The line of the home page about the month of the national jury (R36)."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from cqp.accounts.actor import Actor
from cqp.tasks import Followed
from juries.forecast_reading import forecasts_of


def followed_by(actor: Actor) -> Iterator[Followed]:
    """From the first day of the exams: until when, what is missing, and what follows from it."""
    today = timezone.localdate()
    for forecast in forecasts_of(actor, today, begun_by=today):
        if forecast.owed:
            yield Followed(
                title=forecast.deadline.removesuffix("."),
                detail=f"{forecast.session.name}. {forecast.summary}",
                url=f"{reverse('juries:forecast_list')}#{forecast.session.code}",
            )
