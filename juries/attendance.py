"""The attendance sheet of a day of hearings: who signs, at which hour, before which jury."""

import hashlib
from typing import Any

from cqp.journal.chain import canonical
from cqp.pdf import render_pdf
from cqp.templatetags.fr import groups, hour, weekday
from juries.models import HearingDay
from juries.plans import JuryPlan, plan_of
from juries.reading import seats_of


def attendance_pdf(day: HearingDay) -> bytes:
    """The sheet of a day; the same plan gives the same bytes."""
    content = attendance_content(day, plan_of(day.jury))
    identifier = hashlib.sha256(canonical(content).encode()).hexdigest()
    return render_pdf("documents/attendance.html", content, identifier=identifier)


def attendance_content(day: HearingDay, plan: JuryPlan) -> dict[str, Any]:
    """Plain values only: what the paper says."""
    jury = day.jury
    seats = seats_of(jury)
    return {
        "jury": jury.name,
        "title": jury.part.session.certification.title,
        "session": jury.part.session.name,
        "crfp": jury.part.crfp.name,
        "day": weekday(day.day),
        "day_iso": day.day.isoformat(),
        "hours": f"de {hour(day.starts)} à {hour(day.ends)}",
        "place": day.place,
        "room": day.room,
        "president": next((seat.user.full_name for seat in seats if seat.is_president), ""),
        "candidates": [
            {
                "hour": hour(line.slot.starts),
                "name": line.name,
                "option": line.hearing.enrolment.option.label if line.hearing.enrolment.option else "",
                "organisme": line.hearing.enrolment.organisme.name,
                "number": groups(line.hearing.enrolment.number),
            }
            for line in plan.heard_on(day)
            if line.slot
        ],
        "jurors": [
            {
                "name": seat.user.full_name,
                "quality": seat.quality or seat.rule.label,
                "presides": seat.is_president,
                "absent": not seat.is_present,
            }
            for seat in seats
        ],
    }
