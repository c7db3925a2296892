"""What the home page asks of jurors, of their president and of the CRFP."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.actor import Actor
from cqp.tasks import Task
from juries.models import JurySeat
from juries.services.composition import remove_seat
from juries.tasks import followed_by, tasks_of
from tests.cast import Cast
from tests.journey import submit_sheets
from tests.juries.scenes import closed_jury, composed_jury, hear, mark_the_rest

pytestmark = pytest.mark.django_db


def tasks(actor: Actor) -> list[Task]:
    return list(tasks_of(actor, timezone.localdate()))


def exams_have_begun(session: Session) -> None:
    """The calendar is moved by hand: the exams began today."""
    today = timezone.localdate()
    session.enrolment_deadline = session.exam_first_day = today - timedelta(days=1)
    session.save()


def exams_are_to_come(session: Session) -> None:
    """The calendar is moved by hand: the exams begin and end tomorrow."""
    session.exam_first_day = session.exam_last_day = timezone.localdate() + timedelta(days=1)
    session.save()


def test_a_juror_hears_then_only_the_president_closes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0])

    (task,) = tasks(cast.juror)
    assert (task.title, task.count) == ("Entendre 2 candidats", 2)
    for enrolment in gc_enrolments[1:]:
        hear(cast, enrolment)

    assert not tasks(cast.juror)
    (task,) = tasks(cast.jury_president)
    assert task.url == reverse("juries:jury_close", args=[jury.pk])


def test_a_closed_jury_is_followed(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]) -> None:
    closed_jury(cast, gc_part, gc_enrolments)

    assert not tasks(cast.jury_president)
    assert [line.title.split(",")[0] for line in followed_by(cast.juror)] == ["Jury 1"]


def test_the_crfp_places_candidates_then_completes_the_jury(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    exams_are_to_come(gc_part.session)
    assert [task.title for task in tasks(cast.clerk)] == ["Affecter 3 candidats à un jury local"]
    composed_jury(cast, gc_part, gc_enrolments)
    (task,) = tasks(cast.clerk)
    assert task.title == "Planifier 3 auditions"

    remove_seat(seat=JurySeat.objects.get(user=cast.juror.user), by=cast.clerk, at=now)

    task, _planning = sorted(tasks(cast.clerk), key=lambda task: task.title)
    assert task.title == "Compléter Jury 1"
    assert "Professionnel du métier" in task.detail
    assert not tasks(cast.outsider)


def test_once_the_exams_have_begun_the_crfp_is_told_what_keeps_it_from_transmitting(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    closed_jury(cast, gc_part, gc_enrolments)
    exams_have_begun(gc_part.session)

    (task,) = tasks(cast.clerk)
    assert (task.title, task.count) == ("Préparer la transmission", 3)
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)

    (task,) = tasks(cast.clerk)
    assert (task.title, task.count) == ("Transmettre au jury national", None)


def test_the_home_page_shows_them(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: Callable[[Actor], Client]
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)

    assert "Entendre 3 candidats" in sign_in(cast.juror).get(reverse("home")).content.decode()
