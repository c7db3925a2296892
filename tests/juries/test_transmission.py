"""Transmission: what blocks it, by name; what will happen; once."""

from datetime import datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from candidates.states import PartState
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.services.marks import correct_mark, record_mark
from juries.models import Hearing, JurySeat
from juries.rules import Refusals
from juries.services.composition import remove_seat
from juries.services.local import close_jury
from juries.services.transmission import outlook_of, transmit_part
from tests.cast import Cast, enrol_some
from tests.evaluations.retake_scenes import fail_cc
from tests.journey import submit_sheets
from tests.juries.scenes import (
    closed_jury,
    composed_jury,
    hear,
    mark_the_rest,
    new_jury,
    transmitted_part,
)

pytestmark = pytest.mark.django_db


def sentences(part: SessionPart) -> str:
    return " | ".join(blocker.sentence for blocker in outlook_of(part).blockers)


def test_a_part_without_candidate_has_nothing_to_transmit(
    cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    with pytest.raises(Refusals, match="Aucun candidat"):
        transmit_part(part=gc_part, by=cast.clerk, at=now)


def test_missing_marks_and_candidates_without_jury_are_named(
    gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    said = sentences(gc_part)

    for enrolment in gc_enrolments:
        name = enrolment.candidate.full_name
        assert f"{name}\u00a0: note manquante (Contrôle continu du tronc commun" in said
        assert f"{name}\u00a0: aucun jury local" in said
    assert "Épreuve orale" not in said


def test_an_unknown_pass_leads_to_the_enrolment(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, gc_part, 1, pass_followed=Enrolment.Pass.UNKNOWN)
    mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, [enrolment])

    (blocker,) = outlook_of(gc_part).blockers

    assert "Pass suivi" in blocker.sentence
    assert str(enrolment.pk) in blocker.url


def test_an_open_jury_says_who_is_left_then_who_closes_it(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0])

    assert "À entendre encore" in sentences(gc_part)
    assert gc_enrolments[1].candidate.full_name in sentences(gc_part)
    assert gc_enrolments[0].candidate.full_name not in sentences(gc_part)
    for enrolment in gc_enrolments[1:]:
        hear(cast, enrolment)
    assert "PERRIN Paule doit le clore" in sentences(gc_part)
    remove_seat(seat=JurySeat.objects.get(user=cast.juror.user), by=cast.clerk, at=now)
    assert "composition de Jury 1 est incomplète" in sentences(gc_part)
    with pytest.raises(Refusal, match="incomplète"):
        close_jury(jury=jury, by=cast.jury_president, at=now)


def test_a_jury_without_candidate_keeps_nobody(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, gc_enrolments)
    new_jury(cast, gc_part, "Jury de réserve")

    assert not outlook_of(gc_part).blockers


def test_a_deferred_candidate_needs_neither_jury_nor_other_marks(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    deferred, *others = gc_enrolments
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    record_mark(
        enrolment=deferred,
        block=written,
        attempt=Mark.Attempt.FIRST,
        entry="ABJ",
        version=0,
        by=cast.clerk,
        at=now,
    )
    for enrolment in others:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, others)

    outlook = outlook_of(gc_part)

    assert not outlook.blockers
    assert [notable.label for notable in outlook.notable] == [deferred.candidate.full_name]
    assert "report" in outlook.notable[0].detail


def test_the_outlook_names_unfavourable_opinions_and_computed_failures(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    refused, failing, fine = gc_enrolments
    mark_the_rest(cast, refused)
    mark_the_rest(cast, failing, "3")
    mark_the_rest(cast, fine)
    composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, refused, favourable=False, argument="Le dossier reste trop fragile.")
    hear(cast, failing)
    hear(cast, fine)

    notable = {item.label: item.detail for item in outlook_of(gc_part).notable}

    assert notable.keys() == {refused.candidate.full_name, failing.candidate.full_name}
    assert notable[refused.candidate.full_name] == "Avis de non-attribution."
    assert "éliminatoire" in notable[failing.candidate.full_name]


def test_transmitting_locks_and_is_done_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    part = transmitted_part(cast, gc_part, gc_enrolments)
    again = transmit_part(part=gc_part, by=cast.clerk, at=now)

    assert part.state == again.state == PartState.TRANSMITTED
    assert again.transmitted_at == part.transmitted_at
    assert Entry.objects.filter(act=Act.TRANSMIT).count() == 1
    with pytest.raises(Refusal, match="transmis"):
        mark_the_rest(cast, gc_enrolments[0], "13")
    with pytest.raises(Refusal, match="transmis"):
        new_jury(cast, gc_part, "Jury 2")


def test_withdrawn_candidates_block_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    withdraw(enrolment=gc_enrolments[0], motive="Départ", by=cast.clerk, at=now)
    for enrolment in gc_enrolments[1:]:
        mark_the_rest(cast, enrolment)
    submit_sheets(cast, gc_part)
    closed_jury(cast, gc_part, gc_enrolments[1:])

    assert outlook_of(gc_part).count == 2
    assert not outlook_of(gc_part).blockers


@pytest.mark.parametrize("more", [0, 4])
def test_the_outlook_takes_as_many_queries_whatever_the_number(
    more: int,
    cast: Cast,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    composed_jury(cast, gc_part, [*gc_enrolments, *enrol_some(cast, gc_part, more)])
    hear(cast, gc_enrolments[0])

    with django_assert_num_queries(31):
        outlook_of(gc_part)


def change_written(cast: Cast, enrolment: Enrolment, entry: str, now: datetime, reason: str = "") -> None:
    """Change the written mark, as usual or, once transmitted, with a motive."""
    mark = Mark.objects.get(enrolment=enrolment, block__code="ECRIT")
    said: dict[str, Any] = {"enrolment": enrolment, "block": mark.block, "attempt": 1, "entry": entry}
    said |= {"version": mark.version, "by": cast.clerk, "at": now}
    if reason:
        correct_mark(**said, reason=reason)
    else:
        record_mark(**said)


def test_a_candidate_deferred_no_more_after_the_jury_closed_is_heard_by_another(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    late, *others = gc_enrolments
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        mark_the_rest(cast, enrolment)
    change_written(cast, late, "ABJ", now)
    submit_sheets(cast, gc_part)
    for enrolment in others:
        hear(cast, enrolment)
    close_jury(jury=jury, by=cast.jury_president, at=now)
    assert sentences(gc_part) == ""

    change_written(cast, late, "12", now, reason="Présent : copie retrouvée")
    assert "pas entendu par son jury, qui est clos" in sentences(gc_part)
    other = composed_jury(cast, gc_part, [late], name="Jury 2")
    assert Hearing.objects.get(enrolment=late).jury == other


def test_a_retake_not_taken_is_told_before_the_files_leave(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]
) -> None:
    first, second, _ = dam_enrolments
    fail_cc(cast, [first])
    told = {one.enrolment.pk: one.detail for one in outlook_of(dam_part).notable}
    assert "Peut encore repasser" in told[first.pk]
    assert second.pk not in told
