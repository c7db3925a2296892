"""Convocations: what each says, who was told what and when, who has to be told, and the paper."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from cqp.journal.models import Entry
from cqp.pdf import render_pdf
from cqp.roles import Act
from cqp.templatetags.fr import day, groups, hour, weekday
from juries.models import Hearing, HearingSlot, LocalJury, Summons
from juries.plans import JuryPlan, PlanLine, hour_order, plan_of

BRING = ("une pièce d’identité en cours de validité", "cette convocation")
SENT, FAILED, LEAVING, STALLED, PAPER = "ENVOYEE", "NON_PARTIE", "EN_COURS", "SANS_NOUVELLE", "PAPIER"
_PATIENCE = timedelta(hours=1)  # a message leaves in seconds: past this, its task was lost
DELIVERIES = {
    SENT: "envoyée",
    FAILED: "message non parti",
    LEAVING: "envoi en cours",
    STALLED: "sans nouvelle de l’envoi depuis plus d’une heure",
    PAPER: "à remettre sur papier",
}

LOST = (FAILED, STALLED)


def told_of(hearing: Hearing, slot: HearingSlot | None) -> dict[str, Any] | None:
    """What a candidate has to be told of the plan as it stands; a new convocation is due when it changes."""
    if slot is None:
        return None
    enrolment = hearing.enrolment
    return {
        "candidate": enrolment.candidate.full_name,
        "number": enrolment.number,
        "option": enrolment.option.label if enrolment.option else "",
        "day": slot.day.day.isoformat(),
        "starts": f"{slot.starts:%H:%M}",
        "minutes": slot.minutes,
        "place": slot.day.place,
        "room": slot.day.room,
        "jury": hearing.jury.name,
    }


def content_for(line: PlanLine, last: Summons | None, made_on: date) -> dict[str, Any]:
    """The whole of a new convocation, plain values; `last`: the one it replaces. Never a juror's name."""
    part = line.hearing.jury.part
    return {
        "told": told_of(line.hearing, line.slot),
        "title": part.session.certification.title,
        "session": part.session.name,
        "crfp": part.crfp.name,
        "parts": [{"label": one.label, "minutes": one.minutes} for one in line.parts],
        "bring": list(BRING),
        "rank": last.rank + 1 if last else 1,
        "replaces": {"rank": last.rank, "on": content_of(last)["made_on"]} if last else None,
        "made_on": made_on.isoformat(),
    }


def content_of(summons: Summons) -> dict[str, Any]:
    """What a convocation said, as frozen."""
    content: dict[str, Any] = json.loads(summons.content)
    return content


@dataclass(frozen=True, slots=True)
class When:
    """The day and the hour a convocation gave."""

    day: date
    starts: time

    @property
    def words(self) -> str:
        return f"{weekday(self.day)} à {hour(self.starts)}"


def when_of(content: dict[str, Any]) -> When:
    told = content["told"]
    return When(date.fromisoformat(told["day"]), time.fromisoformat(told["starts"]))


# --- Who was told what ---


@dataclass(frozen=True, slots=True)
class Sent:
    """One convocation in the story of a candidate: what it said, and whether the message left."""

    summons: Summons
    delivery: str

    @property
    def when(self) -> When:
        return when_of(content_of(self.summons))

    @property
    def words(self) -> str:
        return DELIVERIES[self.delivery]

    @property
    def is_lost(self) -> bool:
        """Did it fail, or is nothing known of it since too long? It may be sent again."""
        return self.delivery in LOST


@dataclass(frozen=True, slots=True)
class Letter:
    """A candidate of a jury before the convocations: the plan, every rank sent, what is due."""

    line: PlanLine
    story: Sequence[Sent]
    fault: str | None
    is_past: bool

    @property
    def last(self) -> Sent | None:
        return self.story[-1] if self.story else None

    @property
    def is_current(self) -> bool:
        """Does the last convocation say the plan as it stands?"""
        if self.last is None:
            return False
        return bool(content_of(self.last.summons)["told"] == told_of(self.line.hearing, self.line.slot))

    @property
    def is_reached(self) -> bool:
        """Not when the message is lost and the address has been corrected since."""
        if self.last is None or not self.last.is_lost:
            return True
        return self.last.summons.email == self.line.hearing.enrolment.candidate.email

    @property
    def is_due(self) -> bool:
        planned = self.line.slot is not None and not (self.fault or self.is_past)
        return planned and not (self.is_current and self.is_reached)

    @property
    def is_stale(self) -> bool:
        """Told of an hour taken back since: to be planned again, then told."""
        return self.line.slot is None and self.last is not None

    @property
    def words(self) -> str:
        """Where this candidate stands."""
        if self.is_stale:
            return "Convoqué à une heure retirée depuis"
        if self.line.slot is None:
            return "Sans horaire"
        if self.fault:
            return "Horaire à revoir"
        if self.is_due:
            return "À prévenir de nouveau" if self.last else "À prévenir"
        return "Prévenu" if self.is_current else "Audition passée"


def letters_of(plan: JuryPlan, today: date) -> list[Letter]:
    """The candidates of a jury, by hour then by name, in a constant number of queries."""
    stories = _stories([line.hearing.enrolment_id for line in plan.lines], timezone.now())
    letters = [
        Letter(
            line,
            stories[line.hearing.enrolment_id],
            plan.fault(line),
            line.slot is not None and line.slot.day.day < today,
        )
        for line in plan.lines
    ]
    return sorted(letters, key=lambda letter: hour_order(letter.line.hearing))


def _stories(enrolments: Collection[int], now: datetime) -> dict[int, list[Sent]]:
    rows = Summons.objects.filter(enrolment__in=enrolments).select_related("by")
    said = _said_of(enrolments)
    found: dict[int, list[Sent]] = defaultdict(list)
    for row in rows.order_by("enrolment", "rank"):
        state = _delivery(row, said.get((row.enrolment_id, row.rank)), now)
        found[row.enrolment_id].append(Sent(row, state))
    return found


def _said_of(enrolments: Collection[int]) -> dict[tuple[int, int], tuple[str, datetime]]:
    """The last the journal says of the message of each convocation (enrolment, rank), and when."""
    found: dict[tuple[int, int], tuple[str, datetime]] = {}
    rows = Entry.objects.filter(act=Act.SUMMON, enrolment_ref__in=enrolments).order_by("pk")
    for enrolment, after, at in rows.values_list("enrolment_ref", "after", "at"):
        said = json.loads(after)
        if enrolment and "envoi" in said:
            found[enrolment, said["convocation"]] = said["envoi"], at
    return found


def delivery_of(summons: Summons, now: datetime) -> str:
    """Whether the message of one convocation left."""
    said = _said_of([summons.enrolment_id]).get((summons.enrolment_id, summons.rank))
    return _delivery(summons, said, now)


def _delivery(summons: Summons, said: tuple[str, datetime] | None, now: datetime) -> str:
    """While the journal says nothing of a message, it is leaving, not for ever."""
    if not summons.email:
        return PAPER
    state, since = said or (LEAVING, summons.at)
    return STALLED if state == LEAVING and now - since >= _PATIENCE else state


# --- The paper ---


def summons_pdf(summons: Summons) -> bytes:
    """One convocation on paper, drawn again from what was frozen: always the same bytes."""
    return book_pdf([summons])


def sent_pdf(summons: Summons) -> bytes:
    """The copy that leaves by message, or is read on the screen: never the number that opens the marks (R37).

    Nor the digest, in which the number could be sought.
    """
    letter = _printed(summons)
    letter |= {"told": letter["told"] | {"number": ""}, "digest": ""}
    identifier = f"convocation {summons.enrolment_id} {summons.rank}"
    return render_pdf("documents/summons.html", {"letters": [letter]}, identifier=identifier)


def book_pdf(rows: Sequence[Summons]) -> bytes:
    """These convocations on paper in one file, a page each."""
    letters = [_printed(row) for row in rows]
    identifier = "-".join(row.digest for row in rows)
    return render_pdf("documents/summons.html", {"letters": letters}, identifier=identifier)


def last_summons_of(jury: LocalJury) -> list[Summons]:
    """The convocation in force of each candidate of a jury, in the order of the hours."""
    plan = plan_of(jury)
    letters = letters_of(plan, date.min)
    return [letter.last.summons for letter in letters if letter.last and letter.is_current]


def _printed(summons: Summons) -> dict[str, Any]:
    content = content_of(summons)
    told, when, replaces = content["told"], when_of(content), content["replaces"]
    return content | {
        "told": told | {"number": groups(told["number"])},
        "day": weekday(when.day),
        "hour": hour(when.starts),
        "replaced": f"n° {replaces['rank']} du {day(date.fromisoformat(replaces['on']))}" if replaces else "",
        "made": day(date.fromisoformat(content["made_on"])),
        "digest": summons.digest[:16],
    }
