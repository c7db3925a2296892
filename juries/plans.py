"""The plan of a jury as it stands: its days, who is heard when, who cannot come, which rooms are taken."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time

from candidates.models import SessionPart, sort_key_of
from candidates.states import EnrolmentState
from juries import planning, planning_rules
from juries.hearing_time import Part, parts_of, total
from juries.models import Hearing, HearingDay, HearingSlot, JurySeat, LocalJury, Unavailability
from juries.planning import Person, Span


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A candidate of a jury: how long the hearing lasts, when it is, when he or she cannot come."""

    hearing: Hearing
    parts: Sequence[Part]
    slot: HearingSlot | None
    absences: Sequence[Unavailability]

    @property
    def name(self) -> str:
        return self.hearing.enrolment.candidate.full_name

    @property
    def minutes(self) -> int:
        return total(self.parts)

    @property
    def away(self) -> list[tuple[date, Span]]:
        return [(row.day, planning_rules.away_span(row)) for row in self.absences]

    @property
    def person(self) -> Person:
        return Person(self.hearing.pk, self.minutes, self.hearing.enrolment.organisme_id, tuple(self.away))


@dataclass(frozen=True, slots=True)
class JuryPlan:
    """Everything the planning of a jury is decided on. `rooms`: by day, when another jury is in the room."""

    jury: LocalJury
    days: Sequence[HearingDay]
    lines: Sequence[PlanLine]
    rooms: dict[int, list[tuple[Span, str]]]

    def heard_on(self, day: HearingDay) -> list[PlanLine]:
        """Who is heard that day, by hour."""
        found = [line for line in self.lines if line.slot and line.slot.day_id == day.pk]
        return sorted(found, key=lambda line: line.slot.starts)  # type: ignore[union-attr]

    @property
    def unplanned(self) -> list[PlanLine]:
        return [line for line in self.lines if line.slot is None]

    def refusal(self, line: PlanLine, day: HearingDay, span: Span) -> str | None:
        """May this candidate be heard at this time of this day?"""
        others = [
            (planning_rules.span_of(other.slot), other.name)
            for other in self.heard_on(day)
            if other.slot and other.hearing.pk != line.hearing.pk
        ]
        elsewhere = self.rooms.get(day.pk, [])
        return planning_rules.hour_refusal(day, span, line.name, others, elsewhere, line.away)

    def fault(self, line: PlanLine) -> str | None:
        """What no longer holds of the hour given to this candidate."""
        if line.slot is None:
            return None
        if line.slot.minutes != line.minutes:
            return f"L’audition dure maintenant {line.minutes} minutes, au lieu de {line.slot.minutes}."
        return self.refusal(line, line.slot.day, planning_rules.span_of(line.slot))

    def propose(self, today: date, moving: Collection[int] = ()) -> planning.Proposal:
        """Hours for those who have none, and for the hearings (ids) that may move; nothing is written."""
        to_place = [line for line in self.lines if line.slot is None or line.hearing.pk in moving]
        stay = [line for line in self.lines if line not in to_place]
        days = [self._open_day(day, stay) for day in self.days if day.day >= today]
        order = sorted(to_place, key=lambda line: line.hearing.enrolment.organisme.name)
        return planning.propose(days, [line.person for line in order])

    def _open_day(self, day: HearingDay, stay: Iterable[PlanLine]) -> planning.Day:
        staying = [line for line in stay if line.slot and line.slot.day_id == day.pk]
        return planning.Day(
            key=day.pk,
            on=day.day,
            window=planning_rules.window_of(day),
            pause=planning_rules.pause_of(day),
            taken=tuple(planning_rules.span_of(line.slot) for line in staying if line.slot),
            elsewhere=tuple(span for span, _jury in self.rooms.get(day.pk, ())),
            groups=frozenset(line.hearing.enrolment.organisme_id for line in staying),
        )


def plan_of(jury: LocalJury) -> JuryPlan:
    """The plan of a jury, in a constant number of queries; withdrawn candidates are left out."""
    days = list(jury.days.order_by("day"))
    lines = plan_lines(jury.part, list(jury.hearings.sitting()))
    return JuryPlan(jury, days, lines, _rooms(jury, days))


def plan_lines(part: SessionPart, hearings: Sequence[Hearing]) -> list[PlanLine]:
    """The lines of these hearings of a part, by name; an hour left behind in another jury does not count."""
    rows = Hearing.objects.filter(pk__in=[hearing.pk for hearing in hearings]).select_related(
        "jury__part__session__certification",
        "jury__part__crfp",
        "slot__day__jury",
        "enrolment__candidate",
        "enrolment__organisme",
        "enrolment__option",
    )
    loaded = list(rows.order_by("enrolment__candidate__sort_key", "pk"))
    ids = [hearing.enrolment_id for hearing in loaded]
    parts = parts_of(part, ids)
    absences: dict[int, list[Unavailability]] = defaultdict(list)
    for row in Unavailability.objects.filter(enrolment__in=ids).order_by("day", "starts", "pk"):
        absences[row.enrolment_id].append(row)
    return [
        PlanLine(one, parts[one.enrolment_id], current_slot(one), absences[one.enrolment_id])
        for one in loaded
    ]


def current_slot(hearing: Hearing) -> HearingSlot | None:
    """The hour of a hearing (with its slot and day selected), in the jury that hears now."""
    slot: HearingSlot | None = getattr(hearing, "slot", None)
    return slot if slot and slot.day.jury_id == hearing.jury_id else None


def hour_order(hearing: Hearing) -> tuple[date, time]:
    """Where a hearing (with its slot and day selected) stands among others; without an hour, last."""
    slot = current_slot(hearing)
    return (slot.day.day, slot.starts) if slot else (date.max, time.max)


def sitting_elsewhere(jury: LocalJury, days: Sequence[HearingDay]) -> dict[date, list[str]]:
    """Jurors of this jury whom another one expects the same day; said, never refused: hours may not meet."""
    dates = {day.day for day in days}
    rows = JurySeat.objects.filter(user__in=jury.seats.values("user"), jury__days__day__in=dates)
    found: dict[date, list[str]] = defaultdict(list)
    related = rows.exclude(jury=jury).select_related("user", "jury__part__crfp")
    for seat in related.prefetch_related("jury__days").order_by("pk").distinct():
        for other in seat.jury.days.all():
            if other.day in dates:
                where = f"{seat.jury.name} ({seat.jury.part.crfp.name})"
                found[other.day].append(f"{seat.user.full_name} siège aussi dans {where} ce jour-là.")
    return found


def _rooms(jury: LocalJury, days: Sequence[HearingDay]) -> dict[int, list[tuple[Span, str]]]:
    """When other juries of the same CRFP hold the same room; a day without a room shares none."""
    found: dict[int, list[tuple[Span, str]]] = defaultdict(list)
    here = {(day.day, _room_key(day)): day.pk for day in days if day.room}
    slots = HearingSlot.objects.filter(
        day__day__in=[day.day for day in days if day.room],
        day__jury__part__crfp=jury.part.crfp_id,
        hearing__enrolment__state=EnrolmentState.ENROLLED,
    )
    for slot in slots.exclude(day__jury=jury).select_related("day__jury").order_by("day", "starts"):
        key = here.get((slot.day.day, _room_key(slot.day)))
        if key is not None and slot.day.room:
            found[key].append((planning_rules.span_of(slot), slot.day.jury.name))
    return found


def _room_key(day: HearingDay) -> str:
    """The same room whatever the case, the accents and the spaces."""
    return sort_key_of(day.place, "/", day.room)
