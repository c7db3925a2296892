"""The minutes of a local jury: what a closing freezes, for its procès-verbal (dossier § 2.2)."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from candidates.models import Enrolment, Session
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.journal.models import Entry
from cqp.roles import Act
from evaluations.evidence import evidence_of
from evaluations.models import Mark
from evaluations.scoring import plain_number
from juries import rules
from juries.deliberation import opinion_data
from juries.minutes import Sealed, seal
from juries.models import JurySeat, LocalJury, LocalMinutes
from juries.reading import HearingLine, recorders_of, substitutes_of
from juries.registration import registration_of

_ABSENCES = {Mark.Outcome.ABSENT: "injustifiée", Mark.Outcome.EXCUSED: "justifiée"}


def next_rank(jury: LocalJury) -> int:
    """Which closing of the jury the next one is."""
    return jury.minutes.count() + 1


def seal_closing(
    jury: LocalJury,
    seats: Sequence[JurySeat],
    lines: Sequence[HearingLine],
    *,
    incidents: str,
    by: Actor,
    at: datetime,
) -> Sealed:
    """What is kept of a closing: who sat, whom the jury heard, what it noted and thinks; a few queries."""
    session = jury.part.session
    regulation = session.adoption.regulation
    candidates = [*_candidates(lines)]
    withdrawn = [*_withdrawn(jury)]
    return seal(
        {
            "rank": next_rank(jury),
            "jury": {"id": jury.pk, "name": jury.name, "place": jury.place, "days": _days(jury)},
            "session": _session_data(session),
            "crfp": {"code": jury.part.crfp.code, "name": jury.part.crfp.name},
            "certification": {"code": session.certification.code, "title": session.certification.title},
            "registration": registration_of(session, jury.meets_on),
            "regulation": {
                "code": regulation.code,
                "version": regulation.version,
                "title": regulation.title,
            },
            "members": [*_members(jury, seats)],
            "substitutes": [*_substitutes(jury, seats)],
            "recusals": [*_recusals(jury)],
            "candidates": candidates,
            "withdrawn": withdrawn,
            "incidents": incidents,
            "counts": _counts(candidates, withdrawn),
            "reopening": _reopening(jury),
            "closed": {"at": at.isoformat(), "by": by.user.full_name, "by_id": by.user.pk},
        }
    )


def minutes_content(minutes: LocalMinutes, hidden: Collection[int] = ()) -> dict[str, Any]:
    """What the minutes say, as frozen; `hidden`: enrolments of which the reader sees a number only (R56)."""
    content: dict[str, Any] = json.loads(minutes.content)
    content["candidates"] = [
        {"number": one["number"]} if one["enrolment"] in hidden else one for one in content["candidates"]
    ]
    content["withdrawn"] = [one for one in content["withdrawn"] if one["enrolment"] not in hidden]
    return content


def hidden_from(minutes: LocalMinutes, user: User) -> set[int]:
    """The frozen enrolments of which this juror reads a number only (R56), even gone from the jury since.

    Recusals are asked of the journal: they do not follow a candidate into another jury.
    """
    content = json.loads(minutes.content)
    frozen = [one["enrolment"] for one in (*content["candidates"], *content["withdrawn"])]
    enrolments = list(Enrolment.objects.filter(pk__in=frozen).select_related("candidate"))
    hidden = set(rules.conflicts_of([user], enrolments, recorders_of(enrolments)))
    said = Entry.objects.filter(act=Act.RECUSE, enrolment_ref__in=frozen)
    for enrolment, after in said.values_list("enrolment_ref", "after"):
        if enrolment and json.loads(after)["jure"] == user.pk:
            hidden.add(enrolment)
    return hidden


def _session_data(session: Session) -> dict[str, Any]:
    options = [option.label for option in session.options.order_by("position")]
    return {"code": session.code, "name": session.name, "options": options}


def _days(jury: LocalJury) -> list[dict[str, str]]:
    """The days planned, each with its room; without a plan, the day of the jury."""
    planned = [
        {"day": one.day.isoformat(), "place": one.place, "room": one.room}
        for one in jury.days.order_by("day")
    ]
    return planned or [{"day": jury.meets_on.isoformat(), "place": jury.place, "room": ""}]


def _members(jury: LocalJury, seats: Sequence[JurySeat]) -> Iterator[dict[str, Any]]:
    replaced = _calls(jury)
    for seat in seats:
        member, call = _named(seat.user, seat), replaced.get((seat.rule.code, seat.user_id))
        yield member | {
            "seat": seat.rule.label,
            "presides": seat.is_president,
            "absence": seat.absence or "",
            "replaces": call,
        }


def _substitutes(jury: LocalJury, seats: Sequence[JurySeat]) -> Iterator[dict[str, Any]]:
    seated = {seat.user_id for seat in seats}
    for one in substitutes_of(jury):
        yield _named(one.user, one) | {"seat": one.rule.label, "called": one.user_id in seated}


def _named(user: User, appointed: Any) -> dict[str, Any]:
    """Somebody, in which quality, by which letter. `appointed`: a seat or a substitute."""
    on: date | None = appointed.lettered_on
    return {
        "id": user.pk,
        "name": user.full_name,
        "quality": appointed.quality or "",
        "letter": appointed.letter or "",
        "lettered_on": on.isoformat() if on else "",
    }


def _calls(jury: LocalJury) -> dict[tuple[str, int], dict[str, str]]:
    """Whom each substitute called replaced, and why, by seat and person; only the journal says it."""
    entries = Entry.objects.filter(
        chain__key=jury.part.session.code,
        act=Act.COMPOSE_JURY,
        subject=f"jury {jury.pk}",
        after__contains="suppleant_appele",
    )
    calls = [(json.loads(one.before), json.loads(one.after), one.reason) for one in entries.order_by("seq")]
    people = User.objects.in_bulk([before["membre"] for before, _after, _why in calls if before])
    return {
        (after["siege"], after["membre"]): {"name": people[before["membre"]].full_name, "motive": why}
        for before, after, why in calls
        if before
    }


def _recusals(jury: LocalJury) -> Iterator[dict[str, str]]:
    for hearing in jury.hearings.order_by("pk").prefetch_related("recusals__user", "enrolment"):
        for one in hearing.recusals.all():
            yield {
                "name": one.user.full_name,
                "number": hearing.enrolment.number,
                "motive": one.motive,
                "at": one.at.isoformat(),
            }


def _candidates(lines: Sequence[HearingLine]) -> Iterator[dict[str, Any]]:
    evidence = evidence_of(Enrolment.objects.filter(pk__in=[line.enrolment.pk for line in lines]))
    for line in lines:
        enrolment, found = line.enrolment, evidence.get(line.enrolment.pk, {})
        yield {
            "enrolment": enrolment.pk,
            "number": enrolment.number,
            "name": enrolment.candidate.full_name,
            "option": enrolment.option.label if enrolment.option else "",
            "organisme": enrolment.organisme.name,
            "marks": [_mark(block, mark) for block, mark in line.cells],
            "blocs": [
                {"code": one.bloc.code, "title": one.bloc.title, "words": one.words} for one in line.blocs
            ],
            "judgements": found.get("judgements", []),
            "deferred": line.deferred,
            "opinion": opinion_data(line.opinion),
        }


def _mark(block: Any, mark: Mark | None) -> dict[str, Any]:
    outcome = mark.outcome if mark else Mark.Outcome.NONE
    return {
        "block": block.code,
        "label": block.label,
        "scale": plain_number(block.mark_max),
        "entry": mark.entry if mark else "",
        "absence": _ABSENCES.get(Mark.Outcome(outcome), ""),
    }


def _withdrawn(jury: LocalJury) -> Iterator[dict[str, Any]]:
    rows = jury.hearings.filter(enrolment__state=EnrolmentState.WITHDRAWN)
    for hearing in rows.select_related("enrolment__candidate").order_by("enrolment__candidate__sort_key"):
        one = hearing.enrolment
        yield {"enrolment": one.pk, "number": one.number, "name": one.candidate.full_name}


def _counts(
    candidates: Sequence[Mapping[str, Any]], withdrawn: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    opinions = [one["opinion"]["favourable"] for one in candidates if one["opinion"]]
    return {
        "candidates": len(candidates),
        "favourable": sum(opinions),
        "unfavourable": len(opinions) - sum(opinions),
        "deferred": sum(one["deferred"] for one in candidates),
        "withdrawn": len(withdrawn),
    }


def _reopening(jury: LocalJury) -> dict[str, str] | None:
    """Why the jury sat again, when it did."""
    last = jury.reopenings.select_related("by").order_by("at").last()
    if last is None:
        return None
    return {"motive": last.motive, "at": last.at.isoformat(), "by": last.by.full_name}
