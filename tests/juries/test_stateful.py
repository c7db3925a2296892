"""Sessions worked at random, step by step, by the right people and the wrong ones: what must hold holds."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from juries import sitting_rules
from tests.cast import Cast
from tests.juries.machine import JuriesMachine, Stage, world_of

pytestmark = pytest.mark.django_db

RUNS = int(os.environ.get("CQP_RUNS", "12"))
LONG = RUNS > 12
ORDINARY = settings(
    max_examples=RUNS,
    stateful_step_count=40 if LONG else 25,
    derandomize=not LONG,  # the ordinary suite says the same thing twice; a long run looks elsewhere
    phases=[Phase.generate],  # a failure prints its steps at once; add Phase.shrink to have the fewest
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_is_done_to_a_session_what_must_hold_holds(cast: Cast) -> None:
    class Here(JuriesMachine):
        world = world_of(cast)
        counts = Counter()

    run_state_machine_as_test(Here, settings=ORDINARY)

    names = sorted({name for name, _how in Here.counts})
    for name in names:
        done, refused = Here.counts[name, "done"], Here.counts[name, "refused"]
        print(f"{name:24} {done:6} done {refused:6} refused")  # noqa: T201 - a measure is printed
    if LONG:
        assert [name for name in names if not Here.counts[name, "done"]] == []


def test_a_sitting_without_quorum_would_be_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive control: without quorum nor voices, the same gestures end where the machine looks."""
    monkeypatch.setattr(sitting_rules, "quorum_refusal", lambda roll: None)
    monkeypatch.setattr(sitting_rules, "voice_refusal", lambda roll, recused: None)

    class Here(JuriesMachine):
        world = world_of(cast)
        counts = Counter()

    machine = Here()
    try:
        machine.begin(Stage.DECIDED)
        away = {"cpnefp_salaries", "other_president"}
        machine.call_roll(absent=away, vice="cpnefp_salaries", who="cpnefp_president")
        machine.proclaim(who="cpnefp_president")
        with pytest.raises(AssertionError, match="without quorum"):
            machine.what_must_hold_holds()
    finally:
        machine.teardown()
