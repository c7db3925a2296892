"""A decision rectified of somebody who was enrolled again since, or may be: one truth in both sessions."""

from typing import Any

import pytest
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.workflow import Refusal
from evaluations.models import Mark
from juries.models import Certificate
from juries.rectification import Corrections
from juries.retakes import plan_of, with_plan
from juries.rules import Refusals
from juries.services.rectifications import decide, propose
from juries.services.retakes import re_enrol
from juries.states import Outcome
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import GOOD
from tests.juries.again_scenes import FAILED, to_end
from tests.juries.rectification_scenes import MOTIVE, REPAIRED, approved, rectified

pytestmark = pytest.mark.django_db


def failed_and_again(cast: Cast, part: SessionPart) -> tuple[Enrolment, Enrolment]:
    """Not certified in a session, enrolled again in the next one, still open."""
    (first,) = enrol_some(cast, part, 1)
    to_end(cast, part, {first: FAILED})
    later = part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=1))
    again = re_enrol(enrolment=first, part=later, by=cast.clerk, at=timezone.now())
    return Enrolment.objects.get(pk=first.pk), Enrolment.objects.get(pk=again.pk)


def test_who_was_certified_since_is_not_certified_by_a_rectification(
    cast: Cast, gc_part: SessionPart
) -> None:
    first, again = failed_and_again(cast, gc_part)
    pending = approved(cast, first)
    to_end(cast, again.part, {again: GOOD})
    code = again.session.code

    decided: dict[str, Any] = {"held_on": timezone.localdate(), "place": "Paris", "by": cast.cpnefp_president}
    with pytest.raises(Refusal, match=f"déjà certifié à la session {code}"):
        decide(rectification=pending, **decided, at=timezone.now())

    (held,) = Certificate.objects.in_force()
    assert held.decision.enrolment == again


def test_who_was_certified_since_is_not_proposed_to_be(cast: Cast, gc_part: SessionPart) -> None:
    first, again = failed_and_again(cast, gc_part)
    to_end(cast, again.part, {again: GOOD})
    code = again.session.code

    asked: dict[str, Any] = {"corrections": REPAIRED, "motive": MOTIVE, "by": cast.clerk}
    with pytest.raises(Refusals) as found:
        propose(enrolment=first, outcome=Outcome.CERTIFIED, **asked, at=timezone.now())
    assert f"déjà certifié à la session {code}" in found.value.sentences["outcome"]

    kept = propose(enrolment=first, outcome=Outcome.NOT_CERTIFIED, **asked, at=timezone.now())
    assert kept.outcome == Outcome.NOT_CERTIFIED


def test_a_corrected_mark_is_what_the_next_session_keeps(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = enrol_some(cast, gc_part, 1)
    to_end(cast, gc_part, {first: {**GOOD, "APT": "ABJ"}})
    given = Mark.objects.get(enrolment=first, block__code="ECRIT")
    spoilt = Corrections({("ECRIT", 1): "3"}, {})
    rectified(cast, Enrolment.objects.get(pk=first.pk), corrections=spoilt, outcome=Outcome.DEFERRED)
    later = part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=1))

    plan = plan_of(with_plan(Enrolment.objects.all()).get(pk=first.pk), timezone.localdate())
    again = re_enrol(enrolment=first, part=later, by=cast.clerk, at=timezone.now())

    kept = Mark.objects.get(enrolment=again, block__code="ECRIT")
    assert (kept.entry, kept.kept_from) == ("3", given)
    assert [mark.entry for mark, block in plan.keeping.marks if block.code == "ECRIT"] == ["3"]
    assert [mark.entry for mark, _ in plan.openings[0].keeping.marks if mark.pk == given.pk] == ["3"]
    assert Mark.objects.get(pk=given.pk).entry == given.entry == "12,5"


def test_a_mark_corrected_into_a_justified_absence_is_not_kept(cast: Cast, gc_part: SessionPart) -> None:
    (first,) = enrol_some(cast, gc_part, 1)
    to_end(cast, gc_part, {first: FAILED})
    excused = Corrections({("ECRIT", 1): "ABJ"}, {})
    rectified(cast, Enrolment.objects.get(pk=first.pk), corrections=excused, outcome=Outcome.DEFERRED)
    later = part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=1))

    again = re_enrol(enrolment=first, part=later, by=cast.clerk, at=timezone.now())

    kept = set(Mark.objects.filter(enrolment=again).values_list("block__code", flat=True))
    assert kept
    assert "ECRIT" not in kept
