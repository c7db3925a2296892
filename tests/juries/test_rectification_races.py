"""Two people at the same moment: a decision is rectified once, and once only proposed."""

import pytest
from django.utils import timezone

from candidates.models import SessionPart
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.minutes import verify_proclamation
from juries.models import Certificate, Proclamation, Rectification
from juries.services.rectifications import dismiss, propose
from juries.states import Outcome
from tests.cast import Cast
from tests.juries.rectification_scenes import MOTIVE, REPAIRED, approved, decided, proclaimed_three
from tests.juries.test_national_races import CROWD, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_many_decisions_at_once_one_is_taken(cast: Cast, gc_part: SessionPart) -> None:
    _, failed, _ = proclaimed_three(cast, gc_part)
    pending = approved(cast, failed)

    answers = at_once(lambda: decided(cast, Rectification.objects.get(pk=pending.pk)))

    assert len(answers) == CROWD
    assert {getattr(answer, "pk", answer) for answer in answers} == {pending.pk}
    assert Certificate.objects.filter(rectification=pending).count() == 1
    assert Entry.objects.filter(act=Act.DECIDE_RECTIFICATION).count() == 1
    assert first_break(Chain.objects.get(key=gc_part.session.code)) is None
    assert verify_proclamation(Proclamation.objects.get()) is None


def test_a_decision_and_a_dismissal_at_once_are_one_of_them(cast: Cast, gc_part: SessionPart) -> None:
    _, failed, _ = proclaimed_three(cast, gc_part)
    pending = approved(cast, failed)
    turns = iter([True, False] * CROWD)

    def act() -> object:
        if next(turns):
            return decided(cast, pending)
        reason = "La copie a bien été notée."
        return dismiss(rectification=pending, reason=reason, by=cast.cpnefp_president, at=timezone.now())

    answers = at_once(act, crowd=2)

    assert len([answer for answer in answers if isinstance(answer, Refusal)]) == 1
    closed = Entry.objects.filter(act__in=[Act.DECIDE_RECTIFICATION, Act.DISMISS_RECTIFICATION])
    assert closed.count() == 1


def test_of_many_proposals_at_once_one_is_kept(cast: Cast, gc_part: SessionPart) -> None:
    _, failed, _ = proclaimed_three(cast, gc_part)
    asked = {"corrections": REPAIRED, "outcome": Outcome.CERTIFIED, "motive": MOTIVE}

    answers = at_once(lambda: propose(enrolment=failed, by=cast.clerk, at=timezone.now(), **asked))  # type: ignore[arg-type]

    (made,) = Rectification.objects.all()
    assert {getattr(answer, "pk", answer) for answer in answers} == {made.pk}
    assert Entry.objects.filter(act=Act.PROPOSE_RECTIFICATION).count() == 1
