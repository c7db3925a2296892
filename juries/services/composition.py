"""Verbs of the CRFP on its local juries: compose them, give them candidates."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from candidates.models import Enrolment, Session, SessionPart
from candidates.rules import part_closed_refusal, scope_refusal
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.models import SeatRule
from juries import composition_rules, rules
from juries.hearing_sheets import is_written_of
from juries.models import Hearing, HearingSlot, JurySeat, JurySubstitute, LocalJury
from juries.reading import judged_by_juries, people_of, recorders_of, seats_of
from juries.services.locks import held_seat, lock_jury, lock_part


@transaction.atomic
def create_jury(
    *, part: SessionPart, name: str, meets_on: date, place: str, by: Actor, at: datetime
) -> LocalJury:
    """Give a CRFP's part of a session one more local jury; the same jury sent twice is made once."""
    by.must(Act.COMPOSE_JURY)
    name, place = cleaned(name), cleaned(place)
    session, part = lock_part(part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part))
    twin = LocalJury.objects.filter(part=part, name__iexact=name).first()
    if twin:
        if (twin.meets_on, twin.place) == (meets_on, place):
            return twin
        raise Refusal(f"Un jury nommé « {twin.name} » existe déjà dans cette session.")
    jury = LocalJury.objects.create(part=part, name=name, meets_on=meets_on, place=place)
    _journal(session, Act.COMPOSE_JURY, jury, after=_data_of(jury), by=by, at=at)
    return jury


@transaction.atomic
def update_jury(
    *, jury: LocalJury, name: str, meets_on: date, place: str, by: Actor, at: datetime
) -> LocalJury:
    """Change the name, the day or the place of an open jury."""
    by.must(Act.COMPOSE_JURY)
    name, place = cleaned(name), cleaned(place)
    session, jury = lock_jury(jury)
    demand(_composing_refusal(jury, by))
    if LocalJury.objects.filter(part=jury.part, name__iexact=name).exclude(pk=jury.pk).exists():
        raise Refusal(f"Un jury nommé « {name} » existe déjà dans cette session.")
    before = _data_of(jury)
    jury.name, jury.meets_on, jury.place = name, meets_on, place
    if _data_of(jury) != before:
        jury.save()
        _journal(session, Act.COMPOSE_JURY, jury, before=before, after=_data_of(jury), by=by, at=at)
    return jury


@transaction.atomic
def remove_jury(*, jury: LocalJury, by: Actor, at: datetime) -> None:
    """Undo a jury that hears nobody; one removed already stays so."""
    by.must(Act.COMPOSE_JURY)
    if not LocalJury.objects.filter(pk=jury.pk).exists():
        return
    session, jury = lock_jury(jury)
    demand(
        scope_refusal(jury.part, by)
        or composition_rules.removal_refusal(
            jury,
            heard=jury.hearings.count(),
            has_closed=jury.minutes.exists() or jury.reopenings.exists(),
        )
    )
    before, subject = _data_of(jury), jury.pk
    jury.delete()
    fact = Fact(Act.COMPOSE_JURY, f"jury {subject}", before=before, after={"supprime": True})
    record(chain=session.code, by=by, at=at, facts=[fact])


@transaction.atomic
def seat_juror(
    *,
    jury: LocalJury,
    rule: SeatRule,
    email: str,
    last_name: str,
    first_name: str,
    is_president: bool,
    by: Actor,
    at: datetime,
    quality: str = "",
    letter: str = "",
    lettered_on: date | None = None,
) -> JurySeat:
    """Seat somebody in one of the qualities the regulation asks for (R12); makes the account when needed.

    Raises Refusal when the seat is taken, when the quality is not an admissible one, or when the person is
    tutor, manager or corrector of a candidate of this jury (R56). A new president replaces the one before.
    """
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(jury)
    demand(_composing_refusal(jury, by))
    named = _named_as(session, rule, quality, letter, lettered_on)
    user = _juror(jury, email, last_name, first_name, by=by, at=at)
    seats = seats_of(jury)
    enrolments = list(Enrolment.objects.sitting().filter(hearing__jury=jury).select_related("candidate"))
    demand(composition_rules.seating_refusal(rule, user, seats, enrolments, recorders_of(enrolments)))
    seat = next((seat for seat in seats if seat.rule_id == rule.pk), None)
    before = _seat_data(seat) if seat else {}
    seat = seat or JurySeat(jury=jury, rule=rule, user=user)
    for name, value in named.items():
        setattr(seat, name, value)
    after = _seat_data(seat)
    if after != before:
        seat.save()
        _journal(session, Act.COMPOSE_JURY, jury, before=before, after=after, by=by, at=at)
    return appoint_president(seat=seat, by=by, at=at) if is_president else seat


@transaction.atomic
def appoint_president(*, seat: JurySeat, by: Actor, at: datetime) -> JurySeat:
    """Give the presidency to a seated juror, in place of whoever had it."""
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(seat.jury)
    demand(_composing_refusal(jury, by))
    before = jury.seats.filter(is_president=True).first()
    if before and before.pk == seat.pk:
        return before
    jury.seats.filter(is_president=True).update(is_president=False)
    seat = held_seat(jury, seat)
    seat.is_president = True
    seat.save(update_fields=["is_president"])
    was = {"presidence": before.user_id if before else None}
    _journal(session, Act.COMPOSE_JURY, jury, before=was, after={"presidence": seat.user_id}, by=by, at=at)
    return seat


@transaction.atomic
def remove_seat(*, seat: JurySeat, by: Actor, at: datetime) -> None:
    """Free a seat of an open jury; a seat freed already stays so."""
    by.must(Act.COMPOSE_JURY)
    session, jury = lock_jury(seat.jury)
    demand(_composing_refusal(jury, by))
    found = jury.seats.select_related("rule").filter(pk=seat.pk).first()
    if found is None:
        return
    before = _seat_data(found) | {"preside": found.is_president}
    found.delete()
    _journal(session, Act.COMPOSE_JURY, jury, before=before, by=by, at=at)


@transaction.atomic
def assign_candidates(
    *, jury: LocalJury, enrolments: Sequence[Enrolment], by: Actor, at: datetime
) -> list[Hearing]:
    """Give candidates to a jury, all or none; from another open jury that has not judged them, it is a move.

    A move leaves behind what the jurors of the other jury wrote alone (notes, proposed marks) and their
    recusals; somebody of both juries, seated or ready to be, keeps his or her own. Raises Refusals with one
    sentence for each candidate refused (R56).
    """
    by.must(Act.ASSIGN_CANDIDATES)
    session, jury = lock_jury(jury)
    demand(_composing_refusal(jury, by))
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("candidate", "hearing__jury")
    chosen = list(rows.filter(pk__in=[enrolment.pk for enrolment in enrolments]))
    jurors = people_of(jury)
    judged, recorders = judged_by_juries(chosen), recorders_of(chosen)
    refused, facts = {}, []
    for enrolment in chosen:
        hearing: Hearing | None = getattr(enrolment, "hearing", None)
        if hearing and hearing.jury_id == jury.pk:
            continue
        refusal = composition_rules.assignment_refusal(enrolment, jury, jurors, recorders)
        if hearing and not refusal:
            refusal = composition_rules.leaving_refusal(
                enrolment, hearing.jury, judged=enrolment.pk in judged
            )
        if refusal:
            refused[str(enrolment.pk)] = refusal
        else:
            facts.append(_place(enrolment, hearing, jury, jurors))
    if refused:
        raise rules.Refusals(refused)
    record(chain=session.code, by=by, at=at, facts=facts)
    return list(jury.hearings.filter(enrolment__in=chosen))


@transaction.atomic
def unassign_candidate(*, hearing: Hearing, by: Actor, at: datetime) -> None:
    """Take a candidate away from a jury that has not judged him or her yet.

    Raises Refusal too once a juror took notes, proposed a mark or stepped aside: taken away then given back
    to the same jury, the candidate would be heard by a juror who stepped aside (R56).
    """
    by.must(Act.ASSIGN_CANDIDATES)
    session, jury = lock_jury(hearing.jury)
    demand(_composing_refusal(jury, by))
    found = jury.hearings.select_related("enrolment__candidate").filter(pk=hearing.pk).first()
    if found is None:
        return
    enrolment = found.enrolment
    judged = bool(judged_by_juries([enrolment]))
    demand(
        composition_rules.release_refusal(enrolment, jury, judged=judged, is_written_of=is_written_of(found))
    )
    found.delete()
    before = {"jury": jury.pk}
    fact = Fact(Act.ASSIGN_CANDIDATES, f"inscription {enrolment.pk}", enrolment.pk, before=before)
    record(chain=session.code, by=by, at=at, facts=[fact])


def _composing_refusal(jury: LocalJury, by: Actor) -> str | None:
    return scope_refusal(jury.part, by) or rules.jury_frozen_refusal(jury)


def _known_juror(email: str) -> User | None:
    """Somebody who is a juror already, wherever he or she comes from."""
    jurors = User.objects.filter(email=email.strip().lower(), memberships__role=Role.JUROR)
    return jurors.distinct().first()


def _juror(jury: LocalJury, email: str, last_name: str, first_name: str, *, by: Actor, at: datetime) -> User:
    """The account of somebody called to this jury, made when there is none."""
    return _known_juror(email) or ensure_person(
        email=email,
        last_name=cleaned(last_name),
        first_name=cleaned(first_name),
        role=Role.JUROR,
        organisme=jury.part.crfp,
        by=by,
        at=at,
    )


def _named_as(
    session: Session, rule: SeatRule, quality: str, letter: str, lettered_on: date | None
) -> dict[str, Any]:
    """The quality and the letter of somebody called to this seat, as kept; Refusal when not admissible."""
    if not rule.regulation.adoptions.filter(session=session).exists():
        raise Refusal("Ce siège n’est pas prévu par le règlement de la session.")
    kept = {"quality": cleaned(quality) or None, "letter": cleaned(letter) or None}
    demand(composition_rules.quality_refusal(rule, kept["quality"]))
    return kept | {"lettered_on": lettered_on}


def _seat_data(seat: JurySeat | JurySubstitute, who: str = "membre") -> dict[str, Any]:
    """What the journal keeps of a member, or substitute: the seat, who, in which quality, by which letter."""
    said = {
        "qualite": seat.quality,
        "lettre": seat.letter,
        "lettre_du": seat.lettered_on.isoformat() if seat.lettered_on else None,
    }
    return {"siege": seat.rule.code, who: seat.user_id} | {k: v for k, v in said.items() if v}


def _place(enrolment: Enrolment, hearing: Hearing | None, jury: LocalJury, jurors: Sequence[User]) -> Fact:
    """Put a candidate before a jury, moving the hearing if there is one; what the journal says of it."""
    before = {"jury": hearing.jury_id} if hearing else {}
    if hearing:
        recused, _ = hearing.recusals.exclude(user__in=jurors).delete()
        hearing.juror_marks.exclude(user__in=jurors).delete()
        hearing.notes.exclude(user__in=jurors).delete()
        before |= {"recusations": recused} if recused else {}
    HearingSlot.objects.filter(hearing=hearing).delete()  # an hour of the jury left behind holds nothing
    Hearing.objects.update_or_create(enrolment=enrolment, defaults={"jury": jury})
    return Fact(
        Act.ASSIGN_CANDIDATES,
        f"inscription {enrolment.pk}",
        enrolment.pk,
        before=before,
        after={"jury": jury.pk},
    )


def _data_of(jury: LocalJury) -> dict[str, Any]:
    return {"nom": jury.name, "date": jury.meets_on.isoformat(), "lieu": jury.place}


def _journal(
    session: Session,
    act: Act,
    jury: LocalJury,
    *,
    by: Actor,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    fact = Fact(act, f"jury {jury.pk}", before=before or {}, after=after or {}, reason=reason)
    record(chain=session.code, by=by, at=at, facts=[fact])
