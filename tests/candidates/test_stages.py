"""The line of stages says where a session stands, and what it waits for, by name."""

from datetime import date, timedelta

import pytest

from candidates.models import Certification, Session
from candidates.stages import BLOCKED, CURRENT, DONE, TODO, Progress, Stage, days_left, stages_of
from candidates.states import SessionState

EXAM = date(2026, 12, 10)
EMPTY = Progress(candidates=0, parts=0, awaited=())
SOME = Progress(candidates=40, parts=2, awaited=("CRFP de Lyon",))
ALL_SENT = Progress(candidates=40, parts=2, awaited=())


def session_of(state: str = SessionState.OPEN) -> Session:
    return Session(
        code="GC-2026-12",
        certification=Certification(code="GC", short_title="CQP Gestionnaire conseil"),
        exam_first_day=EXAM,
        exam_last_day=EXAM + timedelta(days=2),
        enrolment_deadline=EXAM - timedelta(days=20),
        entry_deadline=EXAM + timedelta(days=10),
        state=state,
    )


def states(stages: list[Stage]) -> list[str]:
    return [stage.state for stage in stages]


@pytest.mark.parametrize(
    ("state", "progress", "day", "expected"),
    [
        (SessionState.OPEN, EMPTY, -30, [CURRENT, TODO, TODO, TODO, TODO, TODO]),
        (SessionState.OPEN, SOME, -30, [CURRENT, CURRENT, TODO, TODO, TODO, TODO]),
        (SessionState.OPEN, SOME, -10, [DONE, CURRENT, TODO, TODO, TODO, TODO]),
        (SessionState.OPEN, SOME, 1, [DONE, CURRENT, CURRENT, TODO, TODO, TODO]),
        (SessionState.OPEN, SOME, 11, [DONE, BLOCKED, CURRENT, TODO, TODO, TODO]),
        (SessionState.OPEN, SOME, 60, [DONE, BLOCKED, CURRENT, BLOCKED, TODO, TODO]),
        (SessionState.OPEN, ALL_SENT, 11, [DONE, DONE, DONE, CURRENT, TODO, TODO]),
        (SessionState.DELIBERATION, ALL_SENT, 20, [DONE, DONE, DONE, CURRENT, TODO, TODO]),
        (SessionState.PROCLAIMED, ALL_SENT, 25, [DONE, DONE, DONE, DONE, DONE, DONE]),
    ],
)
def test_stages_follow_the_calendar_and_the_parts(
    state: str, progress: Progress, day: int, expected: list[str]
) -> None:
    assert states(stages_of(session_of(state), progress, EXAM + timedelta(days=day))) == expected


def test_what_blocks_is_said_by_name() -> None:
    evaluations = stages_of(session_of(), SOME, EXAM + timedelta(days=13))[1]
    assert evaluations.detail == "échéance de saisie dépassée de 3 jours : CRFP de Lyon"


def test_beyond_three_crfp_the_others_are_counted() -> None:
    names = ("CRFP A", "CRFP B", "CRFP C", "CRFP D", "CRFP E")
    progress = Progress(candidates=50, parts=5, awaited=names)
    evaluations = stages_of(session_of(), progress, EXAM + timedelta(days=13))[1]
    assert evaluations.detail.endswith("CRFP A, CRFP B, CRFP C et 2 autres")


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "aujourd’hui"),
        (1, "demain"),
        (2, "dans 2 jours"),
        (-1, "dépassée de 1 jour"),
        (-2, "dépassée de 2 jours"),
    ],
)
def test_a_deadline_is_told_in_days(days: int, words: str) -> None:
    assert days_left(EXAM + timedelta(days=days), EXAM) == words
