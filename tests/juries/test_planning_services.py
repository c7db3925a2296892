"""The hours of a jury: days, absences, proposals, and every hand that is refused, with its reason."""

from datetime import time
from typing import Any

import pytest
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import BlocCompetence
from evaluations.services.kept import recognise_bloc
from juries.hearing_time import Part, parts_of
from juries.models import Hearing, HearingDay, HearingSlot, LocalJury, Unavailability
from juries.planning_entries import AwayEntry
from juries.plans import plan_of
from juries.rules import Refusals
from juries.services import planning
from juries.services.composition import assign_candidates
from juries.services.unavailabilities import record_unavailability, remove_unavailability
from tests.cast import Cast, enrol_some
from tests.juries.planning_scenes import (
    away,
    day_entry,
    hours_of,
    in_days,
    move,
    new_day,
    planned_jury,
)
from tests.juries.scenes import closed_jury, composed_jury, hear

pytestmark = pytest.mark.django_db


@pytest.fixture
def gc_enrolments(gc_enrolments: list[Enrolment]) -> list[Enrolment]:
    """By name, as a proposal takes people of one organisme."""
    return sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)


def entries() -> int:
    return Entry.objects.filter(act=Act.PLAN_HEARINGS).count()


def propose(cast: Cast, jury: LocalJury, *, anew: bool = False) -> Any:
    return planning.propose_plan(jury=jury, anew=anew, by=cast.clerk, at=timezone.now())


def starts(enrolments: list[Enrolment]) -> list[time]:
    return [HearingSlot.objects.get(hearing__enrolment=enrolment).starts for enrolment in enrolments]


def recognise(cast: Cast, enrolment: Enrolment, bloc: BlocCompetence) -> None:
    """A bloc acquired by another way: the candidate keeps it."""
    recognise_bloc(
        enrolment=enrolment,
        bloc=bloc,
        acquired_on=timezone.localdate(),
        motive="Décision du jury de VAE n° 12",
        by=cast.ucanss,
        at=timezone.now(),
    )


# --- How long a hearing lasts ---


def test_a_hearing_lasts_the_longest_of_its_parts(
    gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    parts = parts_of(gc_part, [gc_enrolments[0].pk])[gc_enrolments[0].pk]
    assert [part.minutes for part in parts] == [10, 20, 15]
    assert parts[0] == Part("Présentation du candidat", 10)


def test_a_hearing_in_two_parts_lasts_forty_five_minutes(
    dam_part: SessionPart, dam_enrolments: list[Enrolment]
) -> None:
    assert [part.minutes for part in parts_of(dam_part, [dam_enrolments[0].pk])[dam_enrolments[0].pk]] == [
        15,
        30,
    ]


def test_a_kept_bloc_is_not_heard(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    kept = blocs_enrolments[0]
    bloc = BlocCompetence.objects.get(regulation__code="DAM_BLOCS", code="B1")
    recognise(cast, kept, bloc)
    jury = planned_jury(cast, blocs_part, blocs_enrolments)
    minutes = dict(HearingSlot.objects.filter(day__jury=jury).values_list("hearing__enrolment", "minutes"))
    assert [minutes[enrolment.pk] for enrolment in blocs_enrolments] == [80 - bloc.minutes, 80, 80]


# --- Days ---


def test_a_day_sent_twice_is_made_once(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    first = new_day(cast, jury)
    assert new_day(cast, jury) == first
    assert entries() == 1
    with pytest.raises(Refusals, match="a déjà une journée le"):
        new_day(cast, jury, room="Salle B")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"ends": time(9)}, "ends", "finir après son début"),
        ({"break_ends": None}, "break_ends", "le début et la fin de la pause"),
        ({"break_ends": time(11)}, "break_ends", "La pause doit finir"),
        ({"break_ends": time(18)}, "break_ends", "comprise dans la journée"),
    ],
)
def test_a_day_that_does_not_hold_is_refused_beside_its_field(
    cast: Cast,
    gc_part: SessionPart,
    gc_enrolments: list[Enrolment],
    changes: dict[str, Any],
    field: str,
    said: str,
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    with pytest.raises(Refusals, match=said) as refused:
        new_day(cast, jury, **changes)
    assert list(refused.value.sentences) == [field]
    assert not jury.days.exists()


def test_a_day_with_hearings_is_not_removed_and_names_them(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    day = jury.days.get()
    with pytest.raises(Refusal, match=gc_enrolments[0].candidate.full_name):
        planning.remove_day(day=day, by=cast.clerk, at=timezone.now())
    planning.clear_hearing(
        hearing=Hearing.objects.get(enrolment=gc_enrolments[0]), by=cast.clerk, at=timezone.now()
    )
    planning.remove_day(day=day, by=cast.clerk, at=timezone.now())
    planning.remove_day(day=day, by=cast.clerk, at=timezone.now())
    assert not jury.days.exists()


def test_a_day_does_not_shrink_over_somebody_planned(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    day = jury.days.get()

    def change(**changes: Any) -> HearingDay:
        entry = day_entry(25, **changes)
        return planning.change_day(day=day, entry=entry, by=cast.clerk, at=timezone.now())

    with pytest.raises(Refusal, match="sortirait de la journée, de 9\u00a0h\u00a030 à 17\u00a0h"):
        change(starts=time(9, 30))
    with pytest.raises(Refusal, match="pendant la pause, de 11\u00a0h"):
        change(break_starts=time(11))
    assert HearingDay.objects.get() == day
    assert HearingDay.objects.get().starts == time(9)
    before = entries()
    assert change(room="Salle B").room == "Salle B"
    change(room="Salle B")
    assert entries() == before + 1


# --- The proposal ---


def test_everybody_is_planned_and_asking_again_changes_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    assert starts(gc_enrolments) != []
    assert [hour[:5] for hour in hours_of(jury)] == ["09:00", "09:45", "10:30"]
    before = entries()
    assert not propose(cast, jury).placed
    propose(cast, jury, anew=True)
    assert entries() == before


def test_hours_given_by_hand_stay_unless_everything_is_planned_anew(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    day = new_day(cast, jury)
    move(cast, gc_enrolments[0], day, time(9, 30))
    propose(cast, jury)
    assert sorted(starts(gc_enrolments)) == [time(9, 30), time(10, 15), time(11)]
    assert starts(gc_enrolments[:1]) == [time(9, 30)]
    propose(cast, jury, anew=True)
    assert sorted(starts(gc_enrolments)) == [time(9), time(9, 45), time(10, 30)]


def test_planning_anew_takes_no_hour_that_holds(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    """Two hours and three people: whoever comes late by name would take the hour of another."""
    jury = composed_jury(cast, gc_part, gc_enrolments[1:])
    new_day(cast, jury, ends=time(10, 30), break_starts=None, break_ends=None)
    propose(cast, jury)
    assign_candidates(jury=jury, enrolments=gc_enrolments[:1], by=cast.clerk, at=timezone.now())
    before = hours_of(jury)
    loser = gc_enrolments[2].candidate.full_name
    with pytest.raises(Refusal, match=f"Replanifier laisserait sans horaire : {loser}"):
        propose(cast, jury, anew=True)
    assert hours_of(jury) == before


def test_somebody_already_judged_keeps_the_hour(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    move(cast, gc_enrolments[2], new_day(cast, jury), time(14))
    hear(cast, gc_enrolments[2])
    propose(cast, jury, anew=True)
    assert starts(gc_enrolments[2:]) == [time(14)]


def test_who_cannot_be_placed_is_told_why(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    day = new_day(cast, jury, ends=time(10), break_starts=None, break_ends=None)
    away(cast, gc_enrolments[0], day.day)
    left = propose(cast, jury).left
    reasons = {Hearing.objects.get(pk=pk).enrolment_id: sentence for pk, sentence in left.items()}
    assert "n’est disponible à aucune" in reasons[gc_enrolments[0].pk]
    assert len(reasons) == 2


def test_two_juries_never_share_a_room_at_the_same_time(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    first = planned_jury(cast, gc_part, gc_enrolments)
    more = enrol_some(cast, gc_part, 3)
    second = planned_jury(cast, gc_part, more, "Jury 2", room="salle  a")
    assert [hour[:5] for hour in hours_of(second)] == ["11:15", "13:00", "13:45"]
    with pytest.raises(Refusal, match="La salle « salle a » est prise par Jury 1, de 9"):
        move(cast, more[0], second.days.get(), time(9))
    third = planned_jury(cast, gc_part, enrol_some(cast, gc_part, 1), "Jury 3", room="")
    assert [hour[:5] for hour in hours_of(third)] == ["09:00"]
    with pytest.raises(Refusal, match="est prise par Jury 2"):
        move(cast, gc_enrolments[0], first.days.get(), time(11, 15))


# --- By hand ---


def test_a_hand_is_refused_with_the_reason(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    day, moved = jury.days.get(), gc_enrolments[2]
    other = gc_enrolments[0].candidate.full_name
    away(cast, moved, day.day, time(14), time(16))
    refused = {
        time(9, 15): f"chevaucherait celle de {other}, de 9\u00a0h à 9\u00a0h\u00a045",
        time(16, 30): "sortirait de la journée",
        time(11, 45): "pendant la pause",
        time(15): "est indisponible de 14\u00a0h à 16\u00a0h",
        time(13, 2): "de 5 en 5 minutes",
    }
    hour_of_first = starts([gc_enrolments[0]])[0]
    assert hour_of_first == time(9)
    for hour, said in refused.items():
        with pytest.raises(Refusal, match=said):
            move(cast, moved, day, hour)
    assert starts([moved]) == [time(10, 30)]
    move(cast, moved, day, time(13))
    before = entries()
    move(cast, moved, day, time(13))
    assert entries() == before


def test_a_day_of_another_jury_is_refused(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    planned_jury(cast, gc_part, gc_enrolments[:1])
    other = planned_jury(cast, gc_part, gc_enrolments[1:], "Jury 2", room="Salle B")
    with pytest.raises(Refusal, match="n’est plus de ce jury"):
        move(cast, gc_enrolments[0], other.days.get(), time(14))


def test_a_closed_jury_keeps_its_plan(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    with pytest.raises(Refusal, match="est clos"):
        new_day(cast, jury)
    with pytest.raises(Refusal, match="est clos"):
        propose(cast, jury)


def test_another_crfp_plans_nothing_here(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    hearing = Hearing.objects.get(enrolment=gc_enrolments[0])
    at = timezone.now()
    for verb in (
        lambda: planning.add_day(jury=jury, entry=day_entry(3), by=cast.outsider, at=at),
        lambda: planning.change_day(day=jury.days.get(), entry=day_entry(3), by=cast.outsider, at=at),
        lambda: planning.remove_day(day=jury.days.get(), by=cast.outsider, at=at),
        lambda: planning.propose_plan(jury=jury, anew=True, by=cast.outsider, at=at),
        lambda: planning.clear_hearing(hearing=hearing, by=cast.outsider, at=at),
        lambda: record_unavailability(
            enrolment=gc_enrolments[0], entry=AwayEntry(in_days(3)), by=cast.outsider, at=at
        ),
    ):
        with pytest.raises(Refusal):
            verb()
    with pytest.raises(Refusal, match="Votre rôle"):
        planning.propose_plan(jury=jury, anew=False, by=cast.juror, at=at)


# --- People who leave, or cannot come ---


def test_an_hour_that_no_longer_holds_is_said(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    row = away(cast, gc_enrolments[0], jury.days.get().day)
    again = away(cast, gc_enrolments[0], jury.days.get().day)
    assert row == again
    faults = [plan_of(jury).fault(line) for line in plan_of(jury).lines]
    assert [bool(fault) for fault in faults].count(True) == 1
    assert any("est indisponible toute la journée" in (fault or "") for fault in faults)
    remove_unavailability(unavailability=row, by=cast.clerk, at=timezone.now())
    remove_unavailability(unavailability=row, by=cast.clerk, at=timezone.now())
    assert not Unavailability.objects.exists()
    assert not [line for line in plan_of(jury).lines if plan_of(jury).fault(line)]


def test_the_reason_of_an_absence_stays_out_of_the_journal(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    away(cast, gc_enrolments[0], in_days(25))
    said = "".join(f"{entry.before}{entry.after}{entry.reason}" for entry in Entry.objects.all())
    assert in_days(25).isoformat() in said
    assert "médical" not in said


def test_hours_of_an_absence_go_by_two(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    for hours, said in ((time(9), None), "ou aucune"), ((time(9), time(8)), "finir après"):
        with pytest.raises(Refusals, match=said):
            away(cast, gc_enrolments[0], in_days(1), *hours)


def test_somebody_who_withdraws_or_changes_jury_frees_the_hour(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    first, second, third = sorted(gc_enrolments, key=lambda one: starts([one])[0])
    withdraw(enrolment=first, motive="Mutation", by=cast.clerk, at=timezone.now())
    move(cast, third, jury.days.get(), time(9))
    other = composed_jury(cast, gc_part, [], "Jury 2")
    assign_candidates(jury=other, enrolments=[second], by=cast.clerk, at=timezone.now())
    assert not HearingSlot.objects.filter(hearing__enrolment=second).exists()
    assert [hour[:5] for hour in hours_of(jury)] == ["09:00"]


def test_somebody_who_keeps_every_bloc_has_nothing_to_be_heard_on(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    enrolment = blocs_enrolments[0]
    for bloc in BlocCompetence.objects.filter(regulation__code="DAM_BLOCS"):
        recognise(cast, enrolment, bloc)
    jury = composed_jury(cast, blocs_part, [enrolment])
    day = new_day(cast, jury)
    assert "rien à entendre" in next(iter(propose(cast, jury).left.values()))
    with pytest.raises(Refusal, match="rien à entendre"):
        move(cast, enrolment, day, time(9))
