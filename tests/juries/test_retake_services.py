"""Sitting again: what is kept by each regulation, the enrolment drafted, and its end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import Mark
from evaluations.reading import result_of
from evaluations.scoring import Verdict
from evaluations.services.kept import keep_marks
from evaluations.services.marks import correct_mark, record_mark, write_mark
from evaluations.services.regulations import copy_regulation, publish_regulation
from evaluations.standing import standings_of
from juries.retakes import plan_of, sitting_again, with_plan
from juries.services.retakes import re_enrol
from juries.states import Outcome
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.evaluations.retake_scenes import cc_of, retake
from tests.journey import GOOD, blocks_of, enter_marks
from tests.juries.again_scenes import EXCUSED, FAILED, regulation_keeping, to_end

pytestmark = pytest.mark.django_db


def again(cast: Cast, enrolment: Enrolment, part: SessionPart) -> Enrolment:
    return re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=timezone.now())


def kept_in(enrolment: Enrolment) -> dict[str, str]:
    """What was kept, by block; the retake after a stroke."""
    marks = Mark.objects.filter(enrolment=enrolment).exclude(kept_from=None).order_by("attempt")
    found: dict[str, str] = {}
    for mark in marks.select_related("block"):
        found[mark.block.code] = (
            f"{found[mark.block.code]} / {mark.entry}" if mark.attempt == 2 else mark.entry
        )
    return found


def next_part(cast: Cast, code: str = "DAM_2006", version: int = 1, months: int = 2) -> SessionPart:
    return part_of(open_session_of(code, cast.ucanss, months_ahead=months, version=version))


# What the regulation says (deferred, failed), what happened, and what is kept of GOOD (70, 28, 20, 15).
BY_REGULATION = [
    (None, None, EXCUSED, {"CC": "28", "MEMOIRE": "20"}),
    (True, None, EXCUSED, {"CC": "28", "MEMOIRE": "20"}),
    (False, True, EXCUSED, {}),
    (None, None, FAILED, {}),
    (None, False, FAILED, {}),
    (None, True, FAILED, {"CARNET": "70", "MEMOIRE": "20", "ORAL": "15"}),
    (None, True, {**GOOD, "CARNET": "20", "CC": "13", "ORAL": "14,99"}, {"MEMOIRE": "20"}),
]


@pytest.mark.parametrize(("deferred", "failed", "marks", "kept"), BY_REGULATION)
def test_what_is_kept_is_what_the_regulation_says(
    cast: Cast, deferred: bool | None, failed: bool | None, marks: dict[str, str], kept: dict[str, str]
) -> None:
    version = regulation_keeping(cast, "DAM_2006", deferred=deferred, failed=failed).version
    part = next_part(cast, version=version, months=0)
    (enrolment,) = enrol_some(cast, part, 1)
    if "ABJ" in marks.values():
        enter_marks(cast, [enrolment], {"MEMOIRE": "20"})
        record_jury(cast, enrolment)
    to_end(cast, part, {enrolment: marks})
    assert kept_in(again(cast, enrolment, next_part(cast, version=version))) == kept


def record_jury(cast: Cast, enrolment: Enrolment) -> None:
    """The mémoire marked before the absence, by a juror."""
    block = next(block for block in blocks_of(enrolment.session) if block.code == "MEMOIRE")
    write_mark(
        enrolment=enrolment, block=block, attempt=1, entry="20", version=0, by=cast.juror, at=timezone.now()
    )


def test_a_mark_kept_is_the_one_that_was_given(cast: Cast, dam_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    enter_marks(cast, [enrolment], {"CC": "8", "CARNET": "ABJ"})
    retake(cast, enrolment, "14")
    to_end(cast, dam_part, {enrolment: {"ABJ": "ABJ"}})
    made = again(cast, enrolment, next_part(cast))
    assert kept_in(made) == {"CC": "8 / 14"}
    old, new = (Mark.objects.get(enrolment=one, attempt=2) for one in (enrolment, made))
    assert (new.recorded_at, new.recorded_by) == (old.recorded_at, old.recorded_by)
    assert new.kept_from == old


def test_an_eliminatory_mark_kept_by_a_deferral_may_still_be_taken_again(
    cast: Cast, dam_part: SessionPart
) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: {"CC": "8", "CARNET": "ABJ"}})
    plan = plan_of(with_plan(Enrolment.objects.all()).get(pk=enrolment.pk), timezone.localdate())
    assert plan.kept == ["Contrôle continu : 8/40, éliminatoire : peut être repassé une fois"]
    made = again(cast, enrolment, next_part(cast))
    assert retake(cast, made, "14").kept_from is None
    assert kept_in(made) == {"CC": "8"}


def test_kept_twice_it_still_comes_from_where_it_was_given(cast: Cast, dam_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    second = next_part(cast, months=1)
    made = again(cast, enrolment, second)
    to_end(cast, second, {made: {"CARNET": "ABJ"}})
    third = again(cast, made, next_part(cast, months=3))
    assert {mark.kept_from.enrolment for mark in third.marks.all() if mark.kept_from} == {enrolment}


def test_a_kept_mark_never_changes(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    part = next_part(cast)
    made = again(cast, enrolment, part)
    about: dict[str, Any] = {
        "enrolment": made,
        "block": cc_of(made),
        "attempt": 1,
        "version": 1,
        "by": cast.clerk,
        "at": now,
    }
    with pytest.raises(
        Refusal, match=f"conservée de la session {dam_part.session.code} : elle ne se change pas"
    ):
        record_mark(**about, entry="30")
    with pytest.raises(Refusal, match="conservée"):
        record_mark(**about, entry="")
    assert record_mark(**about, entry="28").entry == "28"
    standing = next(one for one in standings_of(part) if one.block.code == "CC")
    assert (standing.missing, standing.checked, standing.done) == ([], [], 1)
    with pytest.raises(Refusal):
        correct_mark(**about, entry="30", reason="Copie relue")


def test_a_mark_on_another_scale_is_of_another_test(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    current = dam_part.session.adoption.regulation
    draft = copy_regulation(regulation=current, by=cast.ucanss, at=now)
    draft.blocks.filter(code="CC").update(mark_max=20, coefficient=2)
    version = publish_regulation(regulation=draft, by=cast.ucanss, at=now).version
    assert kept_in(again(cast, enrolment, next_part(cast, version=version))) == {}


def test_a_deferred_candidate_is_certified_at_the_next_session(cast: Cast, dam_part: SessionPart) -> None:
    """What was given is kept, the rest is taken, the jury hears, the national jury certifies."""
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    assert enrolment.proclaimed.outcome == Outcome.DEFERRED
    part = next_part(cast)
    made = again(cast, enrolment, part)
    assert result_of(made).verdict == Verdict.INCOMPLET
    to_end(cast, part, {made: {"CARNET": "70", "MEMOIRE": "20", "ORAL": "15"}})
    made = Enrolment.objects.get(pk=made.pk)
    assert made.proclaimed.outcome == Outcome.CERTIFIED
    assert made.number != enrolment.number


def test_enrolled_again_twice_is_one_enrolment(cast: Cast, dam_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    part = next_part(cast)
    made = again(cast, enrolment, part)
    entries = Entry.objects.count()
    assert again(cast, enrolment, part) == made
    assert Entry.objects.count() == entries
    assert Entry.objects.filter(act=Act.RE_ENROL, enrolment_ref=made.pk).count() == 1
    assert (made.tutor, made.manager, made.organisme) == (
        enrolment.tutor, enrolment.manager, enrolment.organisme,
    )  # fmt: skip


def test_what_the_crfp_enrolled_by_hand_is_completed(cast: Cast, dam_part: SessionPart) -> None:
    """A mark given meanwhile stays: only what is missing is carried."""
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    part = next_part(cast)
    made = again(cast, enrolment, part)
    Mark.objects.filter(enrolment=made).delete()
    enter_marks(cast, [made], {"CC": "31"})
    again(cast, enrolment, part)
    assert kept_in(made) == {}
    assert Mark.objects.get(enrolment=made, block=cc_of(made)).entry == "31"


def test_who_withdrew_and_comes_back_keeps_the_same(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: EXCUSED})
    part = next_part(cast)
    made = again(cast, enrolment, part)
    withdraw(enrolment=made, motive="Mutation", by=cast.clerk, at=now)
    assert [one.pk for one in sitting_again(Enrolment.objects.all(), cast.clerk)] == [enrolment.pk]
    assert again(cast, enrolment, part) == made
    assert kept_in(made) == {"CC": "28"}


def test_the_refusals_of_sitting_again(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    failed, certified = enrol_some(cast, dam_part, 2)
    part, other = next_part(cast, months=1), next_part(cast, months=3)
    with pytest.raises(Refusal, match="Aucune décision n’est proclamée"):
        again(cast, failed, part)
    to_end(cast, dam_part, {failed: FAILED, certified: GOOD})
    with pytest.raises(Refusal, match="est certifié"):
        again(cast, certified, part)
    with pytest.raises(Refusal, match="un autre CQP"):
        again(cast, failed, next_part(cast, "GC_2013", months=1))
    for actor in (cast.outsider, cast.ucanss, cast.organisme):
        with pytest.raises(Refusal):
            re_enrol(enrolment=failed, part=part, by=actor, at=now)
    again(cast, failed, part)
    with pytest.raises(Refusal, match=f"déjà réinscrit à la session {part.session.code}"):
        again(cast, failed, other)


def test_a_deadline_passed_is_refused_by_the_rule_of_any_enrolment(cast: Cast, dam_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: FAILED})
    part = next_part(cast)
    late = timezone.now() + timedelta(days=90)
    with pytest.raises(Refusal, match="Les inscriptions sont closes"):
        re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=late)


def test_nothing_is_kept_from_somebody_else(cast: Cast, dam_part: SessionPart, now: datetime) -> None:
    first, second = enrol_some(cast, dam_part, 2)
    to_end(cast, dam_part, {first: EXCUSED, second: EXCUSED})
    made = again(cast, first, next_part(cast))
    with pytest.raises(Refusal, match="une même personne"):
        keep_marks(enrolment=made, source=second, deferred=True, corrected={}, by=cast.clerk, at=now)


@pytest.mark.parametrize(("days", "beyond"), [(0, False), (-1, True)])
def test_two_years_to_the_day_are_allowed_and_one_day_more_is_not(
    cast: Cast, gc_part: SessionPart, now: datetime, days: int, beyond: bool
) -> None:
    """The last exam day is exactly 24 months after the first day of Prem'ss, or one day more (A10)."""
    session = open_session_of("GC_2013", cast.ucanss, months_ahead=2)
    start = session.exam_last_day - relativedelta(months=24) + timedelta(days=days)
    (enrolment,) = enrol_some(cast, gc_part, 1, premss_start=start)
    to_end(cast, gc_part, {enrolment: FAILED})
    plan = plan_of(with_plan(Enrolment.objects.all()).get(pk=enrolment.pk), timezone.localdate())
    (opening,) = plan.openings
    assert opening.is_beyond is beyond
    assert plan.until == start + relativedelta(months=24)
    made = again(cast, enrolment, part_of(session))
    enter_marks(cast, [made])
    assert made.premss_start == start
    assert ("COURSE_TOO_LONG" in {reason.code for reason in result_of(made).reasons}) is beyond


def test_the_plan_of_a_course_without_limit_has_none(cast: Cast, dam_part: SessionPart) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: FAILED})
    plan = plan_of(with_plan(Enrolment.objects.all()).get(pk=enrolment.pk), timezone.localdate())
    assert (plan.until, plan.openings, plan.kept) == (None, [], [])
    assert plan.why == "Le règlement ne conserve rien après un échec."
    assert len(plan.keeping.again) == 4


def test_only_sessions_that_still_take_enrolments_are_offered(
    cast: Cast, dam_part: SessionPart, now: datetime
) -> None:
    (enrolment,) = enrol_some(cast, dam_part, 1)
    to_end(cast, dam_part, {enrolment: FAILED})
    near, far = next_part(cast, months=1), next_part(cast, months=4)
    next_part(cast, "GC_2013", months=1)
    read = with_plan(Enrolment.objects.all())
    openings = plan_of(read.get(pk=enrolment.pk), timezone.localdate()).openings
    assert [one.session for one in openings] == [near.session, far.session]
    later = near.session.enrolment_deadline + timedelta(days=1)
    assert [one.session for one in plan_of(read.get(pk=enrolment.pk), later).openings] == [far.session]
