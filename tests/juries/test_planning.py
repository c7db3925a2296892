"""The proposal of hours: never a conflict, everybody placed or explained, always the same."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations, groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from juries.planning import STEP, Day, Person, Placed, Proposal, Span, propose

FIRST = date(2026, 12, 1)


def span(starts: str, ends: str) -> Span:
    return Span(minutes(starts), minutes(ends))


def minutes(hour: str) -> int:
    hours, rest = hour.split(":")
    return int(hours) * 60 + int(rest)


def day(number: int, starts: str = "09:00", ends: str = "17:00", **more: object) -> Day:
    values = {"pause": span("12:00", "13:00"), **more}
    return Day(number, FIRST + timedelta(days=number), span(starts, ends), **values)  # type: ignore[arg-type]


@st.composite
def spans(draw: st.DrawFn, low: int = 0, high: int = 1439) -> Span:
    starts = draw(st.integers(low, high - 1))
    return Span(starts, draw(st.integers(starts + 1, high)))


@st.composite
def sitting_days(draw: st.DrawFn) -> list[Day]:
    found = []
    for key in range(draw(st.integers(0, 4))):
        window = draw(spans(420, 1200))
        found.append(
            Day(
                key,
                FIRST + timedelta(days=draw(st.integers(0, 3))),
                window,
                draw(st.none() | spans(window.starts, window.ends)),
                tuple(draw(st.lists(spans(420, 1200), max_size=2))),
                tuple(draw(st.lists(spans(420, 1200), max_size=2))),
            )
        )
    return found


@st.composite
def candidates(draw: st.DrawFn) -> list[Person]:
    away = st.tuples(st.integers(0, 3).map(lambda n: FIRST + timedelta(days=n)), spans())
    return [
        Person(
            key,
            draw(st.sampled_from([0, 15, 35, 45, 80])),
            draw(st.integers(0, 3)),
            tuple(draw(st.lists(away, max_size=2))),
        )
        for key in range(draw(st.integers(0, 14)))
    ]


def faults_of(placed: Placed) -> list[str]:
    one, when = placed.person, placed.span
    shut = {
        "pause": [placed.day.pause] if placed.day.pause else [],
        "taken": placed.day.taken,
        "room": placed.day.elsewhere,
        "away": one.away_on(placed.day.on),
    }
    found = [name for name, spans in shut.items() if any(when.meets(other) for other in spans)]
    window = placed.day.window
    if not window.starts <= when.starts < when.ends <= window.ends:
        found.append("window")
    if when.starts % STEP:
        found.append("step")
    return found


def has_a_place(proposal: Proposal, days: list[Day], person: Person) -> bool:
    """Could this person still be heard beside the others?"""
    for one in days:
        for starts in range(0, 1440, STEP):
            tried = Placed(person, one, starts)
            others = [placed.span for placed in proposal.placed if placed.day == one]
            if not faults_of(tried) and not any(tried.span.meets(other) for other in others):
                return True
    return False


@settings(max_examples=300, deadline=None)
@given(sitting_days(), candidates())
def test_nobody_is_in_conflict_and_everybody_is_placed_or_explained(
    days: list[Day], people: list[Person]
) -> None:
    proposal = propose(days, people)
    assert sorted([one.person.key for one in proposal.placed] + list(proposal.left)) == [
        p.key for p in people
    ]
    assert not [faults for one in proposal.placed if (faults := faults_of(one))]
    for one, other in combinations(proposal.placed, 2):
        assert one.day.key != other.day.key or not one.span.meets(other.span)
    for person in people:
        if person.key in proposal.left:
            assert proposal.left[person.key].endswith(".")
            assert person.minutes == 0 or not has_a_place(proposal, days, person)
    assert propose(list(reversed(days)), people) == proposal


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=24), st.integers(1, 4))
def test_days_are_as_full_as_one_another_and_organismes_travel_together(
    groups: list[int], count: int
) -> None:
    days = [day(n) for n in range(count)]
    proposal = propose(days, [Person(key, 45, group) for key, group in enumerate(groups)])
    # Nine hearings of 45 minutes a day: four before the break, five after.
    assert len(proposal.placed) == min(len(groups), 9 * count)
    loads = Counter(one.day.key for one in proposal.placed)
    assert max(loads[n] for n in range(count)) - min(loads[n] for n in range(count)) <= 1
    for _, one_day in groupby(proposal.placed, key=lambda one: one.day.key):
        runs = [group for group, _ in groupby(one.person.group for one in one_day)]
        assert len(runs) == len(set(runs)), "an organisme is heard in one go"
    travels = {(one.person.group, one.day.key) for one in proposal.placed}
    assert len(travels) <= len({one.person.group for one in proposal.placed}) + count - 1


def test_two_organismes_of_four_have_a_day_each() -> None:
    people = [Person(key, 45, key % 2) for key in range(8)]
    proposal = propose([day(0), day(1)], people)
    assert [(one.person.key, one.day.key) for one in proposal.placed] == [
        *((key, 0) for key in (0, 2, 4, 6)),
        *((key, 1) for key in (1, 3, 5, 7)),
    ]


def test_hours_follow_one_another_around_the_break() -> None:
    proposal = propose([day(0)], [Person(key, 45, 0) for key in range(6)])
    hours = [f"{one.starts // 60}:{one.starts % 60:02}" for one in proposal.placed]
    assert hours == ["9:00", "9:45", "10:30", "11:15", "13:00", "13:45"]


def test_somebody_who_leaves_at_ten_is_heard_first_with_colleagues() -> None:
    leaving = ((FIRST, span("10:00", "23:59")),)
    people = [Person(1, 45, 1), Person(2, 45, 1), Person(3, 45, 2), Person(4, 45, 2, leaving)]
    proposal = propose([day(0)], people)
    assert [one.person.group for one in proposal.placed] == [2, 2, 1, 1]
    assert not proposal.left


def test_somebody_makes_room_for_who_has_no_other_hour() -> None:
    """The first comes at any hour, the second only at nine: the first moves."""
    days = [day(0, "09:00", "10:30", pause=None)]
    only_nine = ((FIRST, span("09:45", "23:59")),)
    assert not propose(days, [Person(1, 45, 1), Person(2, 45, 2, only_nine)]).left


def test_hearings_already_placed_stay_and_count() -> None:
    days = [day(0, taken=(span("09:00", "09:45"), span("10:00", "10:45"))), day(1)]
    proposal = propose(days, [Person(key, 45, key) for key in range(4)])
    assert Counter(one.day.key for one in proposal.placed) == {0: 1, 1: 3}
    assert proposal.placed[0].starts == minutes("10:45")


def test_each_reason_is_said() -> None:
    short = [day(0, "09:00", "09:45", pause=None)]
    away = ((FIRST, span("00:00", "23:59")),)
    morning = ((FIRST, span("12:00", "23:59")),)
    reasons = {
        "aucune journée d’audition": propose([], [Person(1, 45, 1)]),
        "rien à entendre": propose(short, [Person(1, 0, 1)]),
        "n’a plus 60 minutes": propose(short, [Person(1, 60, 1)]),
        "à aucune des heures libres": propose(short, [Person(1, 45, 1, away)]),
        "sont pleines": propose(short, [Person(2, 45, 1), Person(1, 45, 1)]),
        "est disponible sont prises": propose(short, [Person(2, 45, 1), Person(1, 45, 1, morning)]),
    }
    for said, proposal in reasons.items():
        assert said in proposal.left[1], said
