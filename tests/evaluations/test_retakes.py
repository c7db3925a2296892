"""The retake of an eliminatory mark (R7): who, the call, the second mark, and what it becomes."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import BlockSheet, Mark, RetakeCall
from evaluations.reading import result_of
from evaluations.retakes import open_retakes, retakes_of
from evaluations.scoring import Verdict, format_number
from evaluations.services.marks import correct_mark, record_mark, write_mark
from evaluations.services.retakes import call_retakes, waive_retake
from tests.cast import Cast, enrol_some, part_of
from tests.evaluations.retake_scenes import cc_of, fail_cc, retake, retake_of
from tests.journey import blocks_of, enter_marks, submit_sheets

pytestmark = pytest.mark.django_db


def call(cast: Cast, *enrolments: Enrolment, days: int = 3, place: str = "Lyon, salle 4") -> list[RetakeCall]:
    return call_retakes(
        part=enrolments[0].part,
        takers=[(enrolment, cc_of(enrolment)) for enrolment in enrolments],
        held_on=timezone.localdate() + timedelta(days=days),
        place=place,
        by=cast.clerk,
        at=timezone.now(),
    )


# D16–D19 of the dossier: carnet, contrôle continu, mémoire, oral, retake; the total, and whether it saves.
VECTORS = [
    ("70", "8", "15", "15", "14", "114", True),
    ("90", "8", "20", "20", "11,75", "141,75", False),
    ("90", "10", "20", "20", "6", "136", False),
    ("70", "11,5", "9", "9", "12", "100", True),
]


@pytest.mark.parametrize(("carnet", "first", "memoire", "oral", "second", "total", "saved"), VECTORS)
def test_a_retake_saves_from_the_threshold_and_not_below(
    cast: Cast, dam_enrolments: list[Enrolment], now: datetime,
    carnet: str, first: str, memoire: str, oral: str, second: str, total: str, saved: bool,
) -> None:  # fmt: skip
    enrolment = dam_enrolments[0]
    enter_marks(cast, [enrolment], {"CARNET": carnet, "CC": first})
    for block in blocks_of(enrolment.session):
        if block.code in ("MEMOIRE", "ORAL"):
            entry = {"MEMOIRE": memoire, "ORAL": oral}[block.code]
            write_mark(
                enrolment=enrolment, block=block, attempt=1, entry=entry, version=0, by=cast.juror, at=now
            )
    assert result_of(enrolment).verdict == Verdict.NON_CERTIFIABLE
    retake(cast, enrolment, second)
    result: Any = result_of(enrolment)
    told = retake_of(enrolment)
    assert format_number(result.total) == total
    assert (result.verdict == Verdict.CERTIFIABLE) is saved
    assert told.is_saved is saved
    word = "n’est plus éliminatoire" if saved else "reste éliminatoire"
    assert told.outcome == f"{second}/40 remplace {first}/40 : {word}"


def test_a_first_mark_at_the_threshold_is_not_taken_again(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]
) -> None:
    """D20: 12/40 is not eliminatory, the 30/40 of the retake is refused."""
    enrolment = dam_enrolments[0]
    fail_cc(cast, [enrolment], "12")
    assert retakes_of(dam_part) == []
    with pytest.raises(Refusal, match="n’est pas éliminatoire"):
        retake(cast, enrolment, "30")
    with pytest.raises(Refusal, match="la première note n’est pas éliminatoire"):
        call(cast, enrolment)


def test_an_absence_counts_zero_and_may_be_taken_again(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    fail_cc(cast, dam_enrolments[:1], "ABS")
    told = retake_of(dam_enrolments[0])
    assert (told.distance, told.state) == (-12, "À organiser")
    retake(cast, dam_enrolments[0], "ABJ")
    told = retake_of(dam_enrolments[0])
    assert told.outcome == "absence justifiée au rattrapage : le candidat est reporté"
    assert (told.is_saved, told.is_excused) == (False, True)


def test_several_are_called_at_once_and_journaled(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    fail_cc(cast, dam_enrolments)
    calls = call(cast, *dam_enrolments)
    assert {one.place for one in calls} == {"Lyon, salle 4"}
    entries = Entry.objects.filter(act=Act.CALL_RETAKE)
    assert {entry.enrolment_ref for entry in entries} == {one.pk for one in dam_enrolments}
    assert {entry.subject for entry in entries} == {"CC (rattrapage)"}
    assert json.loads(entries[0].after)["lieu"] == "Lyon, salle 4"


def test_called_twice_to_the_same_day_is_called_once(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    fail_cc(cast, dam_enrolments)
    call(cast, *dam_enrolments)
    call(cast, *dam_enrolments)
    assert Entry.objects.filter(act=Act.CALL_RETAKE).count() == len(dam_enrolments)
    call(cast, *dam_enrolments, days=4)
    assert RetakeCall.objects.count() == len(dam_enrolments)
    assert Entry.objects.filter(act=Act.CALL_RETAKE).count() == 2 * len(dam_enrolments)


@pytest.mark.parametrize(("days", "words"), [(-1, "Cette date est passée"), (11, "attendues pour le")])
def test_the_day_is_neither_past_nor_after_the_deadline(
    cast: Cast, dam_enrolments: list[Enrolment], days: int, words: str
) -> None:
    fail_cc(cast, dam_enrolments[:1])
    with pytest.raises(Refusal, match=words):
        call(cast, dam_enrolments[0], days=days)
    assert not RetakeCall.objects.exists()


@pytest.mark.parametrize("days", [0, 10])
def test_today_and_the_last_day_are_open(cast: Cast, dam_enrolments: list[Enrolment], days: int) -> None:
    fail_cc(cast, dam_enrolments[:1])
    assert len(call(cast, dam_enrolments[0], days=days)) == 1


def test_a_call_wants_a_place_and_somebody(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]
) -> None:
    fail_cc(cast, dam_enrolments[:1])
    with pytest.raises(Refusal, match="Indiquez le lieu"):
        call(cast, dam_enrolments[0], place="  ")
    with pytest.raises(Refusal, match="Cochez au moins un candidat"):
        call_retakes(
            part=dam_part,
            takers=[],
            held_on=timezone.localdate(),
            place="Lyon",
            by=cast.clerk,
            at=timezone.now(),
        )


def test_one_who_may_not_is_named_and_nobody_is_called(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    fail_cc(cast, dam_enrolments[:2])
    with pytest.raises(
        Refusal, match=f"{dam_enrolments[2].candidate.full_name} : pas encore de première note"
    ):
        call(cast, *dam_enrolments)
    assert not RetakeCall.objects.exists()


def test_nobody_is_called_to_a_retake_already_marked(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    fail_cc(cast, dam_enrolments[:1])
    retake(cast, dam_enrolments[0], "14")
    with pytest.raises(Refusal, match="déjà noté"):
        call(cast, dam_enrolments[0])


def test_another_crfp_and_ucanss_call_nobody(
    cast: Cast, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    fail_cc(cast, dam_enrolments[:1])
    takers = [(dam_enrolments[0], cc_of(dam_enrolments[0]))]
    for actor in (cast.outsider, cast.ucanss):
        with pytest.raises(Refusal):
            call_retakes(
                part=dam_enrolments[0].part,
                takers=takers,
                held_on=timezone.localdate(),
                place="Lyon",
                by=actor,
                at=now,
            )


def test_giving_up_is_argued_and_kept_once(
    cast: Cast, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    enrolment = dam_enrolments[0]
    fail_cc(cast, [enrolment])
    call(cast, enrolment)
    about: dict[str, Any] = {"enrolment": enrolment, "block": cc_of(enrolment), "by": cast.clerk, "at": now}
    with pytest.raises(Refusal, match="Indiquez le motif"):
        waive_retake(**about, motive=" ")
    waive_retake(**about, motive="Quitte l’organisme")
    waive_retake(**about, motive="Quitte l’organisme")
    told = retake_of(enrolment)
    assert (told.state, told.is_open) == ("Renoncement", False)
    assert Entry.objects.filter(act=Act.CALL_RETAKE).count() == 2
    call(cast, enrolment)
    assert retake_of(enrolment).state == "Convoqué"


def test_who_withdrew_takes_nothing_again(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    fail_cc(cast, dam_enrolments[:1])
    withdraw(enrolment=dam_enrolments[0], motive="Mutation", by=cast.clerk, at=now)
    assert retakes_of(dam_part) == []
    with pytest.raises(Refusal, match="désisté"):
        call(cast, dam_enrolments[0])


def test_a_retake_is_recorded_after_its_sheet_was_transmitted(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    """The first marks leave; the second one completes them, then changes only by a correction."""
    fail_cc(cast, dam_enrolments)
    submit_sheets(cast, dam_part)
    assert BlockSheet.objects.filter(part=dam_part, block=cc_of(dam_enrolments[0])).get().is_submitted
    call(cast, dam_enrolments[0])
    mark = retake(cast, dam_enrolments[0], "14")
    assert retake_of(dam_enrolments[0]).is_submitted
    with pytest.raises(Refusal, match="une correction demande un motif"):
        retake(cast, dam_enrolments[0], "15", mark.version)
    about: dict[str, Any] = {
        "enrolment": dam_enrolments[0],
        "block": cc_of(dam_enrolments[0]),
        "attempt": Mark.Attempt.RETAKE,
    }
    corrected = correct_mark(
        **about, entry="15", version=mark.version, reason="Copie relue", by=cast.clerk, at=now
    )
    assert corrected.entry == "15"


def test_who_may_still_take_it_again_is_told_by_name(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    fail_cc(cast, dam_enrolments)
    first, second, third = dam_enrolments
    retake(cast, first, "14")
    waive_retake(enrolment=second, block=cc_of(second), motive="Renonce", by=cast.clerk, at=now)
    assert [one.enrolment for one in open_retakes(dam_part)] == [third]


def test_a_deferred_candidate_is_not_awaited(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    enter_marks(cast, dam_enrolments[:1], {"CC": "8", "CARNET": "ABJ"})
    assert [one.is_deferred for one in retakes_of(dam_part)] == [True]
    assert open_retakes(dam_part) == []


def test_reading_costs_the_same_for_one_and_three(cast: Cast, dam_part: SessionPart) -> None:
    def cost(count: int) -> int:
        fail_cc(cast, enrol_some(cast, dam_part, count))
        part = part_of(dam_part.session)
        assert part.session.adoption
        with CaptureQueriesContext(connection) as queries:
            retakes_of(part)
        return len(queries)

    assert cost(1) == cost(3) == 5


def test_a_regulation_without_retake_is_not_even_read(cast: Cast, gc_part: SessionPart) -> None:
    assert gc_part.session.adoption
    with CaptureQueriesContext(connection) as queries:
        assert retakes_of(gc_part) == []
    assert len(queries) == 1


def test_the_first_mark_still_belongs_to_the_desk(
    cast: Cast, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    """Once retaken, a correction of the first mark that spares it puts the retake aside (A6)."""
    enrolment = dam_enrolments[0]
    fail_cc(cast, [enrolment])
    retake(cast, enrolment, "9")
    record_mark(
        enrolment=enrolment, block=cc_of(enrolment), attempt=1, entry="18", version=1, by=cast.clerk, at=now
    )
    assert retakes_of(part_of(enrolment.session)) == []
