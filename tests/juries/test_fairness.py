"""The local juries of one session side by side: exact figures, sizes said, nobody by name."""

import statistics
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from cqp.accounts.actor import Actor
from juries.fairness import WHOLE, Comparison, comparisons_of
from juries.models import LocalJury
from juries.services.composition import assign_candidates
from juries.services.local import close_jury
from juries.services.national import open_sitting
from juries.services.transmission import transmit_part
from tests.blocs import sign_carnet
from tests.cast import Cast, enrol_some
from tests.journey import GOOD, compose_jury, enter_marks, hear, hold_jury, submit_sheets

pytestmark = pytest.mark.django_db

ORALS_A = ["6", "9,5", "12", "12,25", "15", "18"]
ORALS_B = ["11", "12,01"]


def judged(
    cast: Cast, part: SessionPart, name: str, marks: Sequence[str], presents: bool = True
) -> list[Enrolment]:
    """A jury that gave these marks at the oral, one a candidate, and closed."""
    enrolments = enrol_some(cast, part, len(marks))
    enter_marks(cast, enrolments)
    jury = compose_jury(cast, part, name)
    at = timezone.now()
    hearings = assign_candidates(jury=jury, enrolments=enrolments, by=cast.clerk, at=at)
    of_enrolment = {hearing.enrolment_id: hearing for hearing in hearings}
    for enrolment, mark in zip(enrolments, marks, strict=True):
        hear(cast, of_enrolment[enrolment.pk], GOOD | {"ORAL": mark})
    close_jury(jury=LocalJury.objects.get(pk=jury.pk), by=cast.jury_president, at=at)
    return enrolments


def open_the_sitting(cast: Cast, part: SessionPart) -> Session:
    at = timezone.now()
    transmit_part(part=part, by=cast.clerk, at=at)
    open_sitting(
        session=part.session, held_on=timezone.localdate(), place="Paris", by=cast.cpnefp_president, at=at
    )
    return Session.objects.get(pk=part.session_id)


@pytest.fixture
def session(cast: Cast, gc_part: SessionPart) -> Session:
    """Two juries of Lyon: six marks, and two."""
    judged(cast, gc_part, "Jury A", ORALS_A)
    judged(cast, gc_part, "Jury B", ORALS_B)
    submit_sheets(cast, gc_part)
    return open_the_sitting(cast, gc_part)


def oral(session: Session) -> Comparison:
    return next(one for one in comparisons_of(session) if one.code == "ORAL")


def test_each_jury_stands_beside_the_whole_session_with_exact_figures(session: Session) -> None:
    whole, first, second = oral(session).marks
    assert (whole.jury, first.jury, second.jury) == (WHOLE, "Jury A", "Jury B")
    assert (whole.n, first.n, second.n) == (8, 6, 2)
    assert first.mean == Decimal("12.13")  # 72.75 / 6 = 12.125, half up
    assert second.mean == Decimal("11.51")  # 23.01 / 2 = 11.505, half up
    assert whole.mean == Decimal("11.97")  # 95.76 / 8
    assert (first.low, first.high) == (Decimal(6), Decimal(18))
    exact = statistics.pstdev([Decimal(mark.replace(",", ".")) for mark in ORALS_A])
    assert abs(first.deviation - exact) <= Decimal("0.005")  # type: ignore[operator]
    assert first.deviation == Decimal("3.81")  # the root of 87.21875 / 6
    assert whole.deviation is not None


def test_a_jury_with_fewer_than_five_marks_shows_no_spread(session: Session) -> None:
    second = oral(session).marks[2]
    assert (second.deviation, second.low, second.high) == (None, None, None)
    assert second.bar.low is None
    assert second.bar.mean == 115  # 11.51 of 20, on 200


@pytest.mark.parametrize("count", [4, 5])
def test_the_spread_begins_at_five_marks(cast: Cast, gc_part: SessionPart, count: int) -> None:
    judged(cast, gc_part, "Jury A", ["12"] * count)
    line = oral(gc_part.session).marks[1]
    assert (line.deviation is None) == (count == 4)


def test_an_absent_candidate_is_no_mark_of_the_jury(cast: Cast, gc_part: SessionPart) -> None:
    judged(cast, gc_part, "Jury A", ["12", "14", "ABS"])
    assert oral(gc_part.session).marks[1].n == 2
    assert oral(gc_part.session).marks[1].mean == Decimal(13)


def test_in_blocs_the_share_acquired_is_compared(cast: Cast, blocs_part: SessionPart) -> None:
    enrolments = enrol_some(cast, blocs_part, 3)
    for enrolment in enrolments:
        sign_carnet(enrolment)
    hold_jury(cast, blocs_part, enrolments, refused={enrolments[0].pk: ["B1C1"]})
    first, *_others = comparisons_of(blocs_part.session)
    assert [(line.jury, line.n, line.acquired, line.share) for line in first.shares] == [
        (WHOLE, 3, 2, Decimal("66.67")),
        ("Jury A", 3, 2, Decimal("66.67")),
    ]
    assert len(_others) == 2
    assert all(one.shares[0].share == 100 for one in _others)


def page_of(sign_in: Any, actor: Actor, session: Session) -> str:
    answer = sign_in(actor).get(reverse("juries:fairness", args=[session.code]))
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("who", ["cpnefp", "ucanss"])
def test_the_page_names_no_juror_and_no_candidate(
    cast: Cast, sign_in: Any, session: Session, who: str
) -> None:
    page = page_of(sign_in, getattr(cast, who), session)
    assert "12,13" in page
    assert "3,81" in page
    people = [cast.juror, cast.second_juror, cast.jury_president]
    assert not [one for one in people if one.user.last_name.upper() in page]
    names = session.enrolments.values_list("candidate__birth_name", flat=True)
    assert not [name for name in names if name.upper() in page or name in page]
    assert "<style" not in page


def test_nothing_is_compared_before_the_sitting(cast: Cast, sign_in: Any, gc_part: SessionPart) -> None:
    judged(cast, gc_part, "Jury A", ["12"] * 5)
    page = page_of(sign_in, cast.ucanss, gc_part.session)
    assert "La séance n’est pas ouverte." in page
    assert "Jury A" not in page


def test_the_table_leads_to_it(cast: Cast, sign_in: Any, session: Session) -> None:
    table = sign_in(cast.cpnefp).get(reverse("juries:national_table", args=[session.code]))
    assert reverse("juries:fairness", args=[session.code]) in table.content.decode()


@pytest.mark.parametrize("juries", [1, 3])
def test_the_page_takes_the_same_queries_whatever_the_juries(
    cast: Cast, gc_part: SessionPart, juries: int, django_assert_num_queries: Any
) -> None:
    for number in range(juries):
        judged(cast, gc_part, f"Jury {number}", ["12"] * juries)
    with django_assert_num_queries(3):
        assert len(oral(gc_part.session).marks) == juries + 1
