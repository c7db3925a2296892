"""Who acts: the verbs ask themselves, whatever door was opened; nobody is judge and party."""

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.roles import Role
from cqp.workflow import Refusal
from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from juries.models import Hearing, LocalJury
from juries.reading import lines_of
from juries.rules import Refusals
from juries.services import composition, local, national, transmission
from juries.services.transmission import outlook_of, transmit_part
from juries.states import JuryState
from tests.cast import Cast
from tests.journey import submit_sheets
from tests.juries.scenes import closed_jury, composed_jury, hear, mark_the_rest, seat, seat_rules

pytestmark = pytest.mark.django_db


def verbs() -> list[Callable[..., Any]]:
    found = []
    for room in (local, national, transmission):
        for _name, function in inspect.getmembers(room, inspect.isfunction):
            if (
                function.__module__ == room.__name__
                and {"by", "at"} <= inspect.signature(function).parameters.keys()
            ):
                found.append(function)
    return [verb for verb in found if not verb.__name__.startswith("_")]


@pytest.mark.parametrize("verb", verbs(), ids=lambda verb: verb.__name__)
def test_a_role_without_the_act_is_refused_before_anything_is_read(
    cast: Cast, verb: Callable[..., Any]
) -> None:
    nothing: dict[str, Any] = dict.fromkeys(inspect.signature(verb).parameters)
    with pytest.raises(Refusal, match="Votre rôle ne permet pas cet acte"):
        verb(**nothing | {"by": cast.organisme, "at": timezone.now()})


def test_a_crfp_touches_no_jury_of_another(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    who: dict[str, Any] = {"by": cast.outsider, "at": now}
    day = jury.meets_on
    for verb, arguments in (
        (composition.create_jury, {"part": gc_part, "name": "B", "meets_on": day, "place": "Lille"}),
        (composition.update_jury, {"jury": jury, "name": "B", "meets_on": day, "place": "Lille"}),
        (composition.remove_jury, {"jury": jury}),
        (composition.remove_seat, {"seat": jury.seats.all()[0]}),
        (composition.appoint_president, {"seat": jury.seats.all()[1]}),
        (composition.assign_candidates, {"jury": jury, "enrolments": gc_enrolments}),
        (composition.unassign_candidate, {"hearing": gc_enrolments[0].hearing}),
        (transmit_part, {"part": gc_part}),
    ):
        with pytest.raises(Refusal, match="CRFP"):
            verb(**arguments, **who)


# --- Judge and party (R56) ---


def as_clerk(cast: Cast, juror: Actor) -> Actor:
    """A juror who also works for the CRFP."""
    return Actor(juror.user, Role.CRFP, cast.clerk.organisme)


def record_written(enrolment: Enrolment, by: Actor, entry: str = "12", version: int = 0) -> Mark:
    block = Block.objects.get(regulation=enrolment.session.adoption.regulation, code="ECRIT")
    values: dict[str, Any] = {"attempt": 1, "entry": entry, "version": version, "at": timezone.now()}
    return record_mark(enrolment=enrolment, block=block, by=by, **values)


def test_who_recorded_a_mark_takes_no_seat_for_that_candidate(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    composition.remove_seat(seat=jury.seats.get(user=cast.juror.user), by=cast.clerk, at=now)
    record_written(gc_enrolments[0], as_clerk(cast, cast.juror))

    with pytest.raises(Refusal, match=r"a saisi des notes de .*juge et partie"):
        seat(cast, jury, seat_rules(jury)[1], cast.juror)


def test_who_recorded_a_mark_is_not_given_that_candidate(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, [])
    record_written(gc_enrolments[0], as_clerk(cast, cast.juror))

    with pytest.raises(Refusals, match="a saisi des notes") as refusals:
        composition.assign_candidates(jury=jury, enrolments=gc_enrolments, by=cast.clerk, at=now)
    assert list(refusals.value.sentences) == [str(gc_enrolments[0].pk)]


def test_who_recorded_a_mark_neither_judges_nor_sees_that_candidate_and_the_jury_stays_open(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime, sign_in: Any
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    hear(cast, gc_enrolments[0])
    record_written(gc_enrolments[0], as_clerk(cast, cast.juror))
    hearing = gc_enrolments[0].hearing

    with pytest.raises(Refusal, match="a saisi des notes"):
        local.give_opinion(
            hearing=hearing,
            favourable=False,
            argument="Dossier fragile, à revoir.",
            version=1,
            by=cast.juror,
            at=now,
        )
    assert not Hearing.objects.visible_to(cast.juror).exists()
    assert Hearing.objects.visible_to(cast.jury_president).exists()
    with pytest.raises(Refusal, match="a saisi des notes"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)
    page = sign_in(cast.clerk).get(reverse("juries:jury_edit", args=[jury.pk]))
    assert "a saisi des notes" in page.content.decode()


def test_the_jurys_own_marks_make_nobody_a_party(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    assert closed_jury(cast, gc_part, gc_enrolments).state == JuryState.CLOSED


def test_a_juror_who_becomes_tutor_after_the_closing_leads_to_the_enrolment(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, gc_enrolments)
    Enrolment.objects.filter(pk=gc_enrolments[1].pk).update(tutor=cast.juror.user)

    (blocker,) = outlook_of(gc_part).blockers

    assert "est tuteur de" in blocker.sentence
    assert "désignez un autre tuteur" in blocker.sentence
    assert blocker.url == reverse("candidates:enrolment_detail", args=[gc_enrolments[1].pk])
    Enrolment.objects.filter(pk=gc_enrolments[1].pk).update(tutor=cast.tutor.user)
    assert not outlook_of(gc_part).blockers


def test_in_an_open_jury_a_conflict_leads_to_its_composition(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    Enrolment.objects.filter(pk=gc_enrolments[1].pk).update(tutor=cast.juror.user)

    buttons = {blocker.button: blocker.url for blocker in outlook_of(gc_part).blockers}
    assert buttons["Recomposer"] == reverse("juries:jury_edit", args=[jury.pk])


# --- A candidate already deferred keeps no jury open (A5) ---


def test_a_candidate_excused_at_the_written_exam_is_awaited_no_longer(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime, sign_in: Any
) -> None:
    jury: LocalJury = composed_jury(cast, gc_part, gc_enrolments[:2])
    record_written(gc_enrolments[0], cast.clerk, "ABJ")
    hear(cast, gc_enrolments[1])
    client = sign_in(cast.jury_president)
    assert client.get(reverse("juries:jury_close", args=[jury.pk])).context["refusal"] is None

    assert local.close_jury(jury=jury, by=cast.jury_president, at=now).state == JuryState.CLOSED

    mark_the_rest(cast, gc_enrolments[1])
    Enrolment.objects.filter(pk=gc_enrolments[2].pk).update(state="DESISTE", withdrawal_motive="Départ")
    submit_sheets(cast, gc_part)
    assert not outlook_of(gc_part).blockers


def test_a_corrected_absence_is_awaited_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    record_written(gc_enrolments[0], cast.clerk, "ABJ")
    record_written(gc_enrolments[0], cast.clerk, "12", version=1)

    with pytest.raises(Refusal, match="Il reste à enregistrer"):
        local.close_jury(jury=jury, by=cast.jury_president, at=now)


def test_excused_candidates_cost_no_query_each(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    counts = []
    for enrolment in gc_enrolments:
        record_written(enrolment, cast.clerk, "ABJ")
        with CaptureQueriesContext(connection) as queries:
            lines = lines_of(Hearing.objects.all())
        counts.append(len(queries))
    assert all(line.deferred and line.settled for line in lines)
    assert len(set(counts)) == 1
