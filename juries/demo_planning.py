"""The demonstration's planned jury: two days, somebody away on the first, hours given, nobody told yet."""

from datetime import time, timedelta

from juries.demo import Demo
from juries.models import LocalJury
from juries.planning_entries import AwayEntry, DayEntry
from juries.services.planning import add_day, propose_plan
from juries.services.unavailabilities import record_unavailability


def plan_hearings(demo: Demo, jury: LocalJury) -> None:
    """Two days in one room; the convocations are left to whoever tries the demonstration."""
    clerk, at = demo.clerk(jury.part), demo.now
    first = jury.meets_on
    for day in (first, first + timedelta(days=1)):
        entry = DayEntry(day, jury.place, "Salle Garibaldi", time(9), time(17), time(12), time(13))
        add_day(jury=jury, entry=entry, by=clerk, at=at)
    away = jury.hearings.select_related("enrolment__part").last()
    if away:
        entry_of_absence = AwayEntry(first, reason="Tournée en présence du manager")
        record_unavailability(enrolment=away.enrolment, entry=entry_of_absence, by=clerk, at=at)
    propose_plan(jury=jury, anew=False, by=clerk, at=at)
