"""Proposing the hours of a jury's hearings: pure, values in and values out, the same for the same question.

Hours are minutes since midnight. Nobody overlaps anybody, nobody is heard outside the day, during the break,
when the room is another jury's, or when he or she cannot come. Beyond that, people of one organisme travel
together: same day, one after the other; and the days of a jury are as full as one another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

STEP = 5  # minutes between two possible hours


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From a minute to another, the last one out."""

    starts: int
    ends: int

    def meets(self, other: "Span") -> bool:
        return self.starts < other.ends and other.starts < self.ends


@dataclass(frozen=True, slots=True)
class Day:
    """A day a jury sits; `taken`: hearings that stay where they are, `elsewhere`: its room, other juries'."""

    key: int
    on: date
    window: Span
    pause: Span | None = None
    taken: tuple[Span, ...] = ()
    elsewhere: tuple[Span, ...] = ()
    groups: frozenset[int] = frozenset()  # the organismes of the hearings that stay

    @property
    def closed(self) -> tuple[Span, ...]:
        return (*self.taken, *self.elsewhere, *((self.pause,) if self.pause else ()))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to hear: for how long, with whom to travel, and when he or she cannot come."""

    key: int
    minutes: int
    group: int
    away: tuple[tuple[date, Span], ...] = ()

    def away_on(self, day: date) -> tuple[Span, ...]:
        return tuple(span for on, span in self.away if on == day)


@dataclass(frozen=True, slots=True)
class Placed:
    """A person, a day and an hour."""

    person: Person
    day: Day
    starts: int

    @property
    def span(self) -> Span:
        return Span(self.starts, self.starts + self.person.minutes)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Who is heard when, in the order of the days; and those who are not, with why, by key."""

    placed: tuple[Placed, ...]
    left: Mapping[int, str]


def propose(days: Sequence[Day], people: Sequence[Person]) -> Proposal:
    """The hours of these people, none left out without a reason. `people`: in the order wished."""
    days = sorted(days, key=lambda day: (day.on, day.key))
    board = _Board(days)
    fit = [person for person in people if any(board.fits(day, person) for day in days)]
    shares, waiting = _shares(days, fit, board)
    for day, share in zip(days, shares, strict=True):
        waiting += board.fill(day, share)
    left = [person for person in waiting if not board.squeeze(person)]
    left = [person for person in left if not board.make_room(person)]
    left = [person for person in left if not board.squeeze(person)]
    out = {person.key for person in left}
    return Proposal(
        tuple(sorted(board.placed, key=lambda one: (one.day.on, one.day.key, one.starts))),
        {person.key: why_left(days, person) for person in people if person not in fit or person.key in out},
    )


def why_left(days: Sequence[Day], person: Person) -> str:
    """Why a proposal has no hour for this person, in a French sentence."""
    if not days:
        return "Ce jury n’a aucune journée d’audition à venir."
    if person.minutes < 1:
        return "Il n’y a rien à entendre : tous ses blocs sont conservés."
    board, always = _Board(days), Person(person.key, person.minutes, person.group)
    if not any(board.fits(day, always) for day in days):
        return f"Aucune journée de ce jury n’a plus {person.minutes} minutes d’affilée."
    if not any(board.fits(day, person) for day in days):
        return "Ce candidat n’est disponible à aucune des heures libres de ce jury."
    if person.away:
        return "Les heures où ce candidat est disponible sont prises par d’autres."
    return f"Les journées de ce jury sont pleines : il manque {person.minutes} minutes d’affilée."


def step_up(minute: int) -> int:
    """The first possible hour from a minute on."""
    return -(-minute // STEP) * STEP


@dataclass(slots=True)
class _Board:
    """A plan being made."""

    days: Sequence[Day]
    placed: list[Placed] = field(default_factory=list)

    def fits(self, day: Day, person: Person) -> bool:
        return self.earliest(day, person) is not None

    def earliest(self, day: Day, person: Person, after: int = 0) -> int | None:
        """The first hour of the day, from a minute on, at which the person can be heard."""
        if person.minutes < 1:
            return None
        shut = [*day.closed, *person.away_on(day.on), *self._spans(day)]
        starts = step_up(max(after, day.window.starts))
        while starts + person.minutes <= day.window.ends:
            span = Span(starts, starts + person.minutes)
            met = [other.ends for other in shut if span.meets(other)]
            if not met:
                return starts
            starts = step_up(max(met))
        return None

    def fill(self, day: Day, share: Sequence[Person]) -> list[Person]:
        """Hear these people that day without a hole, each organisme in one go; who could not be."""
        left, cursor, group = list(share), 0, None
        while left:
            hours = {one.key: self.earliest(day, one, cursor) for one in left}
            known = [hour for hour in hours.values() if hour is not None]
            if not known:
                break
            first = min(known)
            ready = [one for one in left if hours[one.key] == first]
            leaves = {one.key: _leaves(day, one) for one in left}
            pressing = {
                one.group: min(leaves[other.key] for other in left if other.group == one.group)
                for one in ready
            }
            person = min(
                ready,
                key=lambda one: (one.group != group, pressing[one.group], leaves[one.key], left.index(one)),
            )
            self.placed.append(Placed(person, day, first))
            left.remove(person)
            cursor, group = first + person.minutes, person.group
        return left

    def squeeze(self, person: Person) -> bool:
        """Hear the person in the first hole left, on the least busy day."""
        for day in sorted(self.days, key=lambda day: (self._load(day), not self._hosts(day, person.group))):
            starts = self.earliest(day, person)
            if starts is not None:
                self.placed.append(Placed(person, day, starts))
                return True
        return False

    def make_room(self, person: Person) -> bool:
        """Hear the person in the place of others, if these find another hour; else nothing moves."""
        if not self.placed or not self._has_a_hole(min(one.person.minutes for one in self.placed)):
            return False
        before = list(self.placed)
        for day in self.days:
            for starts in range(step_up(day.window.starts), day.window.ends - person.minutes + 1, STEP):
                span = Span(starts, starts + person.minutes)
                if any(span.meets(shut) for shut in (*day.closed, *person.away_on(day.on))):
                    continue
                moved = [one for one in before if one.day is day and one.span.meets(span)]
                self.placed = [one for one in before if one not in moved]
                self.placed.append(Placed(person, day, starts))
                if all(self.squeeze(one.person) for one in moved):
                    return True
        self.placed = before
        return False

    def _spans(self, day: Day) -> list[Span]:
        return [one.span for one in self.placed if one.day is day]

    def _load(self, day: Day) -> int:
        return len(day.taken) + sum(one.day is day for one in self.placed)

    def _hosts(self, day: Day, group: int) -> bool:
        return group in day.groups or any(one.day is day and one.person.group == group for one in self.placed)

    def _has_a_hole(self, minutes: int) -> bool:
        anybody = Person(-1, minutes, -1)
        return any(self.fits(day, anybody) for day in self.days)


def _leaves(day: Day, person: Person) -> int:
    """Until when the person can be heard that day."""
    gone = [span.starts for span in person.away_on(day.on) if span.ends >= day.window.ends]
    return min(gone, default=day.window.ends)


def _shares(
    days: Sequence[Day], people: Sequence[Person], board: _Board
) -> tuple[list[list[Person]], list[Person]]:
    """Who is best heard on which day, the days as full as one another; and those no share had room for."""
    quotas = _quotas(days, people, board)
    shares: list[list[Person]] = [[] for _ in days]
    over: list[Person] = []

    def give(index: int, group: Sequence[Person]) -> None:
        shares[index] += group
        quotas[index] -= len(group)

    allowed = {one.key: [n for n, day in enumerate(days) if board.fits(day, one)] for one in people}
    bound = [one for one in people if len(allowed[one.key]) < len(days)]
    for one in sorted(bound, key=lambda one: len(allowed[one.key])):
        choices = [n for n in allowed[one.key] if quotas[n] > 0]
        if choices:
            give(
                min(choices, key=lambda n: (one.group not in _hosted(days[n], shares[n]), -quotas[n])), [one]
            )
        else:
            over.append(one)
    groups: dict[int, list[Person]] = {}
    for one in people:
        if one not in bound:
            groups.setdefault(one.group, []).append(one)
    for group, members in groups.items():
        for n, day in enumerate(days):
            if group in _hosted(day, shares[n]):
                joining = members[: max(quotas[n], 0)]
                give(n, joining)
                del members[: len(joining)]
    pieces = [members for members in groups.values() if members]
    for n in range(len(days)):
        chosen, pieces = _filling(pieces, max(quotas[n], 0))
        for piece in chosen:
            give(n, piece)
    return shares, over + [one for piece in pieces for one in piece]


def _hosted(day: Day, share: Iterable[Person]) -> set[int]:
    return set(day.groups) | {one.group for one in share}


def _quotas(days: Sequence[Day], people: Sequence[Person], board: _Board) -> list[int]:
    """How many people each day hears: as even as its length allows."""
    quotas = [0 for _ in days]
    if not people:
        return quotas
    longest = max(one.minutes for one in people)
    room = [_capacity(day, longest) for day in days]
    for _ in people:
        free = [n for n, day in enumerate(days) if quotas[n] < room[n]]
        if not free:
            break
        quotas[min(free, key=lambda n: quotas[n] + len(days[n].taken))] += 1
    return quotas


def _capacity(day: Day, minutes: int) -> int:
    board, count = _Board([day]), 0
    while board.squeeze(Person(count, minutes, count)):
        count += 1
    return count


def _filling(pieces: list[list[Person]], size: int) -> tuple[list[list[Person]], list[list[Person]]]:
    """Organismes that fill a day of this size, whole if any choice does; at worst one is cut in two."""
    reached: dict[int, tuple[int, ...]] = {0: ()}
    for index, piece in enumerate(pieces):
        for total, chosen in list(reached.items()):
            reached.setdefault(total + len(piece), (*chosen, index))
    best = max(total for total in reached if total <= size)
    whole = [piece for index, piece in enumerate(pieces) if index in reached[best]]
    rest = [piece for index, piece in enumerate(pieces) if index not in reached[best]]
    if best < size and rest:
        cut = max(rest, key=len)
        whole.append(cut[: size - best])
        rest = [cut[size - best :], *(piece for piece in rest if piece is not cut)]
    return whole, rest
