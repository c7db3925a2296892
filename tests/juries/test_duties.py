"""Separation of duties: the button is hidden, the request sent all the same; nothing moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from candidates.services.enrolments import Person
from cqp.accounts.actor import Actor
from cqp.roles import Role
from juries.deliberation import deliberated_digest, files_of
from juries.models import Hearing, LocalJury
from juries.services.composition import unassign_candidate
from juries.services.national import adopt_clear_files
from juries.services.rectifications import propose
from juries.services.sittings import call_roll
from juries.sitting import Presence, roll_of
from juries.states import Outcome
from tests.cast import PASSWORD, Cast, enrol_some
from tests.journey import to_transmission
from tests.juries.machine import joined, rows_of
from tests.juries.national_scenes import ARGUMENT, CLEAR, play, sit
from tests.juries.rectification_scenes import MOTIVE, REPAIRED, proclaimed_three
from tests.juries.scenes import closed_jury, composed_jury, hear
from tests.sittings import attend

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Attempt:
    """Who tries what: the request they send, the page they may look at (empty: none).

    `right` is somebody who may: the very same request then moves something (None: nobody may).
    """

    by: Actor
    right: Actor | None
    url: str
    page: str = ""
    data: dict[str, Any] = field(default_factory=dict)


Scene = Callable[[Cast, SessionPart], Attempt]


def url(name: str, *args: object) -> str:
    return reverse(f"juries:{name}", args=args)


def approving_what_one_proposed(cast: Cast, part: SessionPart) -> Attempt:
    rectification = propose(
        enrolment=proclaimed_three(cast, part)[1],
        corrections=REPAIRED,
        outcome=Outcome.CERTIFIED,
        motive=MOTIVE,
        by=cast.ucanss,
        at=timezone.now(),
    )
    page = url("rectification_detail", rectification.pk)
    another = joined(cast.ucanss, Role.UCANSS, "ucanss.bis")
    return Attempt(cast.ucanss, another, f"{page}approuver/", page)


def closing_an_empty_jury(cast: Cast, part: SessionPart) -> Attempt:
    enrolments = enrol_some(cast, part, 1)
    jury = composed_jury(cast, part, enrolments)
    unassign_candidate(hearing=Hearing.objects.get(), by=cast.clerk, at=timezone.now())
    return Attempt(cast.jury_president, None, url("jury_close", jury.pk), url("jury_detail", jury.pk))


def _heard_elsewhere(cast: Cast, part: SessionPart) -> tuple[LocalJury, Hearing]:
    jury = composed_jury(cast, part, enrol_some(cast, part, 1))
    return jury, Hearing.objects.get()


def marking_for_another_jury(cast: Cast, part: SessionPart) -> Attempt:
    _jury, hearing = _heard_elsewhere(cast, part)
    data = {"note-ORAL": "14", "version-ORAL": "0", "opinion": "", "argument": "", "opinion_version": "0"}
    return Attempt(cast.second_juror, cast.juror, url("hearing", hearing.pk), data=data)


def giving_the_opinion_of_another_jury(cast: Cast, part: SessionPart) -> Attempt:
    _jury, hearing = _heard_elsewhere(cast, part)
    said = {"opinion": "non-attribution", "argument": ARGUMENT, "opinion_version": "0"}
    data = {"note-ORAL": "", "version-ORAL": "0"} | said
    return Attempt(cast.second_juror, cast.juror, url("hearing", hearing.pk), data=data)


def closing_another_jury(cast: Cast, part: SessionPart) -> Attempt:
    jury, hearing = _heard_elsewhere(cast, part)
    hear(cast, hearing.enrolment)
    return Attempt(cast.second_juror, cast.jury_president, url("jury_close", jury.pk))


def closing_without_presiding(cast: Cast, part: SessionPart) -> Attempt:
    jury, hearing = _heard_elsewhere(cast, part)
    hear(cast, hearing.enrolment)
    page = url("jury_detail", jury.pk)
    return Attempt(cast.juror, cast.jury_president, url("jury_close", jury.pk), page)


DECISION = {"outcome": Outcome.CERTIFIED.value, "motive": "Parcours convaincant", "seen": ""}


def judging_somebody_one_manages(cast: Cast, part: SessionPart) -> Attempt:
    user = cast.cpnefp.user
    managed = Person(user.email, user.last_name, user.first_name)
    (enrolment,) = enrol_some(cast, part, 1, manager=managed)
    to_transmission(cast, part, [enrolment])
    sit(cast, part.session)
    page = url("decide", part.session.code, enrolment.pk)
    return Attempt(cast.cpnefp, cast.cpnefp_salaries, page, page, DECISION)


def deciding_while_absent(cast: Cast, part: SessionPart) -> Attempt:
    (enrolment,) = play(cast, part, [CLEAR])
    sit(cast, part.session)
    attend(part.session, cast.cpnefp_president, cast.cpnefp)
    page = url("decide", part.session.code, enrolment.pk)
    return Attempt(cast.cpnefp, cast.cpnefp_salaries, page, page, DECISION)


def _proclamation(part: SessionPart) -> dict[str, str]:
    """The form as its page would send it, the password typed."""
    seen = deliberated_digest(files_of(part.session))
    return {"when": "immediate", "check": "on", "password": PASSWORD, "seen": seen}


def proclaiming_without_presiding(cast: Cast, part: SessionPart) -> Attempt:
    """With the role, but the sitting gave the presidency to somebody else."""
    other = joined(cast.cpnefp, Role.CPNEFP_PRESIDENT, "autre")
    other.user.set_password(PASSWORD)
    other.user.save()
    play(cast, part, [CLEAR])
    sit(cast, part.session)
    adopt_clear_files(session=part.session, by=cast.cpnefp, at=timezone.now())
    roll = roll_of(part.session)
    ids = {member.user_id: member.pk for member in roll.members}
    call_roll(
        session=part.session,
        presences={member.pk: Presence("PRESENT") for member in roll.members},
        president=ids[other.user.pk],
        vice_president=ids[cast.cpnefp_salaries.user.pk],
        by=cast.cpnefp_president,
        at=timezone.now(),
    )
    page = url("proclaim", part.session.code)
    return Attempt(cast.cpnefp_president, other, page, page, _proclamation(part))


def proclaiming_as_a_member(cast: Cast, part: SessionPart) -> Attempt:
    play(cast, part, [CLEAR])
    sit(cast, part.session)
    adopt_clear_files(session=part.session, by=cast.cpnefp, at=timezone.now())
    page = url("proclaim", part.session.code)
    return Attempt(cast.cpnefp_salaries, cast.cpnefp_president, page, data=_proclamation(part))


def reopening_as_the_crfp(cast: Cast, part: SessionPart) -> Attempt:
    jury = closed_jury(cast, part, enrol_some(cast, part, 1))
    page = url("jury_compose", part.session.code, part.crfp.code)
    return Attempt(cast.clerk, cast.ucanss, url("jury_reopen", jury.pk), page, {"motive": "Avis inversé"})


def composing_for_another_crfp(cast: Cast, part: SessionPart) -> Attempt:
    page = url("jury_compose", part.session.code, part.crfp.code)
    day = timezone.localdate().isoformat()
    return Attempt(
        cast.outsider,
        cast.clerk,
        page,
        data={"jury-name": "Jury B", "jury-meets_on": day, "jury-place": "Lille"},
    )


ATTEMPTS: list[Scene] = [
    approving_what_one_proposed,
    closing_an_empty_jury,
    marking_for_another_jury,
    giving_the_opinion_of_another_jury,
    closing_another_jury,
    closing_without_presiding,
    judging_somebody_one_manages,
    deciding_while_absent,
    proclaiming_without_presiding,
    proclaiming_as_a_member,
    reopening_as_the_crfp,
    composing_for_another_crfp,
]


@pytest.mark.parametrize("scene", ATTEMPTS, ids=lambda scene: scene.__name__)
def test_a_request_without_its_button_changes_nothing(
    cast: Cast, gc_part: SessionPart, sign_in: Callable[[Actor], Client], scene: Scene
) -> None:
    attempt = scene(cast, gc_part)
    client, before = sign_in(attempt.by), rows_of(gc_part.session)

    if attempt.page:
        shown = client.get(attempt.page)
        assert shown.status_code == 200
        offered = shown.content.decode().partition("<main")[2]
        assert f'action="{attempt.url}"' not in offered
        assert not any(f'name="{name}"' in offered for name in attempt.data)
    else:
        assert client.get(attempt.url).status_code in (403, 404)
    answer = client.post(attempt.url, attempt.data, follow=True)

    assert answer.status_code in (200, 403, 404)
    assert rows_of(gc_part.session) == before
    if attempt.right:
        sign_in(attempt.right).post(attempt.url, attempt.data)
        assert rows_of(gc_part.session) != before
