"""The rules that need no other test's scene: the phase of a file, what a threshold eliminates."""

from datetime import timedelta

import pytest

from candidates.models import Session, SessionPart
from candidates.states import PartState, SessionState
from evaluations.models import Block, Mark, Regulation
from evaluations.regulation_rules import publication_refusals
from evaluations.rules import eliminates, phase_of
from evaluations.states import Phase


@pytest.mark.parametrize(
    ("state", "part", "days", "phase"),
    [
        (SessionState.OPEN, PartState.OPEN, -1, Phase.COURSE),
        (SessionState.OPEN, PartState.OPEN, 0, Phase.SESSION),
        (SessionState.OPEN, PartState.TRANSMITTED, -1, Phase.NATIONAL_JURY),
        (SessionState.DELIBERATION, PartState.OPEN, 30, Phase.NATIONAL_JURY),
        (SessionState.PROCLAIMED, PartState.TRANSMITTED, 60, Phase.PROCLAIMED),
        (SessionState.PROCLAIMED, PartState.TRANSMITTED, 70, Phase.PUBLISHED),
    ],
)
def test_the_phase_of_a_file_follows_its_session_and_its_part(now, state, part, days, phase):
    first_day = now.date()
    opening = now + timedelta(days=70) if state == SessionState.PROCLAIMED else None
    session = Session(state=state, exam_first_day=first_day, results_open_at=opening)
    assert phase_of(session, SessionPart(state=part), now + timedelta(days=days)) == phase


@pytest.mark.parametrize(
    ("regulation", "code", "entry", "eliminated"),
    [
        ("GC_2013", "ECRIT", 6, True),
        ("GC_2013", "ECRIT", 7, False),
        ("GC_2013", "CC_TC", 0, False),
        ("DAM_2006", "CC", 12, False),
        ("DAM_2006", "CC", 11, True),
        ("DAM_2006", "CC", "ABS", True),
        ("DAM_2006", "CC", "ABJ", False),
        ("DAM_2006", "CC", "VIDE", False),
    ],
)
def test_a_threshold_spares_or_eliminates_at_its_value_by_its_operator(
    reference, regulation, code, entry, eliminated
):
    block = Block.objects.get(regulation__code=regulation, code=code)
    mark = Mark(outcome=entry) if isinstance(entry, str) else Mark(outcome="NOTE", value=entry)
    assert eliminates(block, mark) is eliminated


def test_without_a_mark_nothing_is_eliminatory(reference):
    assert not eliminates(Block.objects.get(regulation__code="DAM_2006", code="CC"), None)


@pytest.mark.parametrize("code", ["GC_2013", "DAM_2006", "DAM_BLOCS"])
def test_the_regulations_shipped_could_be_published_again(reference, code):
    regulation = Regulation.objects.get(code=code)
    regulation.state = "PROJET"
    assert publication_refusals(regulation) == []
