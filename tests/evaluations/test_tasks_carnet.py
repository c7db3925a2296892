"""What the home says of the carnets: what a tutor observes, a manager signs, a CRFP sees late."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session
from candidates.services.sessions import close_part
from cqp.roles import Role
from evaluations import tasks
from evaluations.services.carnet import reopen_carnet, return_attestation
from tests.access.world import another
from tests.evaluations.carnets import attest_one, competences_of, complete, past_deadline, sign


@pytest.fixture
def enrolment(blocs_enrolments):
    return blocs_enrolments[0]


def tasks_of(actor):
    return list(tasks.tasks_of(actor, timezone.localdate()))


def lines(actor):
    return [(task.title, task.count) for task in tasks_of(actor)]


def the(actor, what):
    (found,) = [task for task in tasks_of(actor) if what in task.title]
    return found


def carnets(actor):
    return [task for task in tasks_of(actor) if "carnet" in task.title]


def page(name, *args):
    return reverse(f"evaluations:{name}", args=args)


def send_back(cast, row, days):
    return return_attestation(
        attestation=row,
        version=row.version,
        reason="L’objection manque.",
        review_on=timezone.localdate() + timedelta(days=days),
        by=cast.manager,
        at=timezone.now(),
    )


def test_a_tutor_is_told_what_to_observe_by_the_deadline(cast, blocs_enrolments):
    each = len(competences_of(blocs_enrolments[0]))
    assert lines(cast.tutor) == [(f"{3 * each} compétences à observer", 3 * each)]
    task = the(cast.tutor, "à observer")
    assert task.due == blocs_enrolments[0].session.entry_deadline
    assert task.url == page("trainee_list")
    assert all(one.candidate.full_name in task.detail for one in blocs_enrolments)
    assert tasks_of(another("tuteur", Role.TUTOR, "CPAM-LYO")) == []


def test_what_came_back_comes_first_and_by_the_day_to_look_again(cast, blocs_enrolments):
    first, second, _ = blocs_enrolments
    each = len(competences_of(first))
    send_back(cast, attest_one(cast, first), days=5)
    send_back(cast, attest_one(cast, first, "B1C2"), days=2)
    attest_one(cast, second)
    assert lines(cast.tutor) == [
        ("2 compétences renvoyées, à revoir", 2),
        (f"{3 * each - 3} compétences à observer", 3 * each - 3),
    ]
    task = the(cast.tutor, "renvoyées")
    assert task.due == timezone.localdate() + timedelta(days=2)
    assert task.url == page("carnet_detail", first.pk)
    assert second.candidate.full_name not in task.detail


def test_a_manager_is_told_what_waits_for_a_signature(cast, blocs_enrolments):
    assert lines(cast.manager) == []
    rows = [attest_one(cast, enrolment) for enrolment in blocs_enrolments[:2]]
    assert lines(cast.manager) == [("2 attestations à signer", 2)]
    task = the(cast.manager, "à signer")
    assert task.url == page("carnet_signatures")
    assert blocs_enrolments[2].candidate.full_name not in task.detail
    sign(cast, rows[0])
    assert lines(cast.manager) == [("1 attestation à signer", 1)]
    assert tasks_of(another("manager", Role.MANAGER, "CPAM-LYO")) == []
    send_back(cast, rows[1], days=1)
    assert lines(cast.manager) == []


def test_a_crfp_is_told_whose_carnet_is_not_complete_in_the_last_month(cast, blocs_enrolments, blocs_part):
    complete(cast, blocs_enrolments[0])
    (task,) = carnets(cast.clerk)
    assert (task.title, task.count) == ("2 carnets incomplets", 2)
    assert task.url == page("carnet_list", blocs_part.session.code, blocs_part.crfp.code)
    assert task.due == blocs_part.session.entry_deadline
    assert blocs_enrolments[0].candidate.full_name not in task.detail
    assert carnets(cast.outsider) == []
    for days, count in ((31, 0), (30, 1)):
        Session.objects.filter(pk=blocs_part.session_id).update(
            entry_deadline=timezone.localdate() + timedelta(days=days)
        )
        assert len(carnets(cast.clerk)) == count


def test_a_closed_carnet_asks_nothing_until_it_is_reopened(cast, enrolment):
    attest_one(cast, enrolment)
    past_deadline(enrolment)
    assert lines(cast.tutor) == lines(cast.manager) == carnets(cast.clerk) == []
    until = timezone.localdate() + timedelta(days=3)
    reopen_carnet(enrolment=enrolment, until=until, motive="Congé", by=cast.clerk, at=timezone.now())
    assert the(cast.manager, "à signer").due == until
    assert the(cast.tutor, "à observer").due == until
    assert the(cast.clerk, "incomplet").due == until


def test_a_transmitted_part_asks_nothing_more(cast, enrolment, blocs_part):
    attest_one(cast, enrolment)
    close_part(part=blocs_part, by=cast.clerk, at=timezone.now())
    assert lines(cast.tutor) == lines(cast.manager) == carnets(cast.clerk) == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("who", "cost"), [("tutor", 10), ("manager", 10), ("clerk", 17)])
def test_the_lines_cost_the_same_for_one_carnet_and_three(
    cast, blocs_enrolments, who, cost, count, django_assert_num_queries
):
    for enrolment in blocs_enrolments[:count]:
        attest_one(cast, enrolment)
    with django_assert_num_queries(cost):
        assert tasks_of(getattr(cast, who))
