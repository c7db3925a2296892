"""Acquired blocs across sessions: two at the first, the third at the next, then the whole CQP."""

from collections.abc import Collection

import pytest
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from evaluations.judging import BlocEntry
from evaluations.models import BlocCompetence, BlocJudgement, KeptBloc, MasteryAttestation
from juries.models import Certificate
from juries.retakes import plan_of, with_plan
from juries.services.blocs import judge_bloc
from juries.services.composition import assign_candidates
from juries.services.local import close_jury
from juries.services.retakes import re_enrol
from juries.services.transmission import transmit_part
from juries.states import Outcome
from tests.blocs import blocs_of, competences_to_show, judge, sign_carnet
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import compose_jury, hear
from tests.juries.again_scenes import end

pytestmark = pytest.mark.django_db
KEY_OF_BLOC_2 = ("B2C2",)


def to_end_in_blocs(
    cast: Cast, part: SessionPart, enrolment: Enrolment, refused: Collection[str] = (), absent: bool = False
) -> str:
    """The carnet signed, the jury's word, the national jury's; what is proclaimed of the candidate.

    `absent`: a justified absence on the day of bloc 3.
    """
    sign_carnet(enrolment)
    jury, now = compose_jury(cast, part), timezone.now()
    (hearing,) = assign_candidates(jury=jury, enrolments=[enrolment], by=cast.clerk, at=now)
    if absent:
        for bloc in blocs_of(enrolment):
            if bloc.code == "B3":
                excused = BlocEntry(BlocJudgement.Outcome.EXCUSED)
                judge_bloc(hearing=hearing, bloc=bloc, entry=excused, version=0, by=cast.juror, at=now)
            else:
                judge(cast, hearing, bloc)
    else:
        hear(cast, hearing, refused=refused)
    close_jury(jury=jury, by=cast.jury_president, at=timezone.now())
    transmit_part(part=part, by=cast.clerk, at=timezone.now())
    end(cast, part.session)
    return Enrolment.objects.get(pk=enrolment.pk).proclaimed.outcome


def next_part(cast: Cast, months: int) -> SessionPart:
    return part_of(open_session_of("DAM_BLOCS", cast.ucanss, months_ahead=months))


def kept_in(enrolment: Enrolment) -> list[str]:
    return list(KeptBloc.objects.filter(enrolment=enrolment).values_list("bloc__code", flat=True))


def test_two_blocs_then_the_third_make_the_whole(cast: Cast, blocs_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, blocs_part, 1)
    assert to_end_in_blocs(cast, blocs_part, enrolment, KEY_OF_BLOC_2) == Outcome.NOT_CERTIFIED
    part = next_part(cast, 1)
    plan = plan_of(with_plan(Enrolment.objects.all()).get(pk=enrolment.pk), timezone.localdate())
    bloc_2 = BlocCompetence.objects.get(regulation=plan.regulation, code="B2")
    assert (plan.why, plan.keeping.again) == ("Les blocs acquis sont conservés.", [bloc_2.title])
    assert all("acquis le" in words for words in plan.kept)
    made = re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=timezone.now())
    assert kept_in(made) == ["B1", "B3"]
    assert not MasteryAttestation.objects.filter(enrolment=made).exists()
    assert {competence.bloc.code for competence in competences_to_show(made)} == {"B2"}
    assert to_end_in_blocs(cast, part, made) == Outcome.CERTIFIED
    assert Certificate.objects.filter(decision__enrolment=made).exists()


def test_blocs_of_two_sessions_are_kept_for_the_third(cast: Cast, blocs_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, blocs_part, 1)
    to_end_in_blocs(cast, blocs_part, enrolment, ("B2C2", "B3C2"))
    second = next_part(cast, 1)
    made = re_enrol(enrolment=enrolment, part=second, by=cast.clerk, at=timezone.now())
    assert kept_in(made) == ["B1"]
    assert to_end_in_blocs(cast, second, made, KEY_OF_BLOC_2) == Outcome.NOT_CERTIFIED
    third = next_part(cast, 3)
    last = re_enrol(enrolment=made, part=third, by=cast.clerk, at=timezone.now())
    assert kept_in(last) == ["B1", "B3"]
    assert to_end_in_blocs(cast, third, last) == Outcome.CERTIFIED


def test_a_deferral_in_blocs_carries_the_signed_carnet(cast: Cast, blocs_part: SessionPart) -> None:
    """Absent for bloc 3: blocs 1 and 2 are acquired and kept, the carnet of bloc 3 is signed already."""
    (enrolment,) = enrol_some(cast, blocs_part, 1)
    assert to_end_in_blocs(cast, blocs_part, enrolment, absent=True) == Outcome.DEFERRED
    part = next_part(cast, 1)
    made = re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=timezone.now())
    signed = MasteryAttestation.objects.filter(enrolment=made)
    assert kept_in(made) == ["B1", "B2"]
    assert [one.competence.bloc.code for one in signed] == ["B3"] * 4
    again = re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=timezone.now())
    assert (again, MasteryAttestation.objects.filter(enrolment=made).count()) == (made, 4)
