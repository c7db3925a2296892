"""What the planning awaits, on the home page of the CRFP and of the candidate."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.accounts.actor import Actor
from cqp.tasks import Task
from juries.models import Hearing, Summons
from juries.planning_tasks import tasks_of
from juries.services.planning import clear_hearing
from juries.services.summons import summon
from tests.cast import Cast, actor_of_candidate, enrol_some
from tests.juries.planning_scenes import in_days, move, planned_jury
from tests.juries.scenes import closed_jury, composed_jury, hear

pytestmark = pytest.mark.django_db


@pytest.fixture
def gc_enrolments(gc_enrolments: list[Enrolment]) -> list[Enrolment]:
    """By name, as a proposal takes people of one organisme."""
    return sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)


def tasks(actor: Actor, days: int = 0) -> list[Task]:
    return list(tasks_of(actor, timezone.localdate() + timedelta(days=days)))


def titles(actor: Actor, days: int = 0) -> list[str]:
    return [task.title.replace("\u00a0", " ") for task in tasks(actor, days)]


def test_the_crfp_plans_then_tells_then_has_nothing_left(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0])
    (task,) = tasks(cast.clerk)
    assert (task.title, task.url) == ("Planifier 2 auditions", reverse("juries:jury_plan", args=[jury.pk]))
    assert not tasks(cast.outsider)
    assert not tasks(cast.juror)


def test_the_crfp_tells_whom_it_planned(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    (task,) = tasks(cast.clerk)
    assert (task.title, task.due) == ("Convoquer 3 candidats", in_days(25))
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    assert not tasks(cast.clerk)
    move(cast, gc_enrolments[0], jury.days.get(), time(15))
    assert titles(cast.clerk) == ["Convoquer 1 candidat"]
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    assert not tasks(cast.clerk)


def test_what_is_past_or_closed_awaits_nobody(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    planned_jury(cast, gc_part, gc_enrolments)
    assert not tasks(cast.clerk, days=26)


def test_a_closed_jury_awaits_no_plan(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    closed_jury(cast, gc_part, gc_enrolments)
    assert not tasks(cast.clerk)


def test_a_candidate_finds_the_hearing_told_and_no_other(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    candidate = actor_of_candidate(gc_enrolments[0])
    assert not tasks(candidate)
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    (task,) = tasks(candidate)
    assert task.title.startswith("Audition le ")
    assert task.title.replace("\u00a0", " ").endswith(" à 9 h")
    assert "Salle A" in task.detail
    row = Summons.objects.get(enrolment=gc_enrolments[0])
    assert task.url == reverse("juries:own_summons", args=[row.pk])
    assert not tasks(candidate, days=26)


def test_a_candidate_is_warned_while_the_hour_changes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    candidate = actor_of_candidate(gc_enrolments[0])
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    clear_hearing(hearing=hearing, by=cast.clerk, at=timezone.now())
    (task,) = tasks(candidate)
    assert "attendez une nouvelle convocation" in task.detail
    move(cast, gc_enrolments[0], jury.days.get(), time(15))
    assert titles(candidate)[0].endswith(" à 9 h")
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    (task,) = tasks(candidate)
    assert task.title.replace("\u00a0", " ").endswith(" à 15 h")
    assert "attendez" not in task.detail


def test_the_tasks_cost_the_same_for_one_jury_and_for_three(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    planned_jury(cast, gc_part, gc_enrolments[:1])
    composed_jury(cast, gc_part, gc_enrolments[1:], "Jury 2")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            tasks(cast.clerk)
        return len(queries)

    before = cost()
    for name in ("Jury 3", "Jury 4"):
        planned_jury(cast, gc_part, enrol_some(cast, gc_part, 2), name, room=name)
        composed_jury(cast, gc_part, enrol_some(cast, gc_part, 1), f"{name} bis")
    assert cost() == before
