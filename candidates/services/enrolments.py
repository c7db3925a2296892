"""Verbs on enrolments: enrol one or many, correct, withdraw, grant a derogation."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates import rules
from candidates.models import Candidate, Enrolment, Option, Session, SessionPart, sort_key_of
from candidates.services.people import ensure_person
from candidates.states import ENROLMENT, EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme, User
from cqp.crockford import new_identifier
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.workflow import Refusal, demand


@dataclass(frozen=True, slots=True)
class Identity:
    """A candidate's civil identity and e-mail, as typed or imported."""

    birth_name: str
    first_names: str
    birth_date: date
    birth_place: str
    email: str
    used_name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody beside the candidate (tutor, manager, corrector); an account is made when needed."""

    email: str
    last_name: str
    first_name: str


@dataclass(frozen=True, slots=True)
class Line:
    """Everything an enrolment is made of, from the form or from a line of a file."""

    identity: Identity
    organisme: Organisme
    tutor: Person
    manager: Person
    contract: str
    option: Option | None = None
    corrector: Person | None = None
    pass_followed: str = Enrolment.Pass.UNKNOWN
    premss_start: date | None = None


@transaction.atomic
def enrol(*, part: SessionPart, line: Line, by: Actor, at: datetime) -> Enrolment:
    """Enrol a candidate in a CRFP's part of a session; draws the identification number (R37).

    Raises Refusal when the part is closed, the deadline has passed, the option is not one of the
    session's, or the person is enrolled already.
    """
    return enrol_many(part=part, lines=[line], by=by, at=at)[0]


@transaction.atomic
def enrol_many(*, part: SessionPart, lines: Sequence[Line], by: Actor, at: datetime) -> list[Enrolment]:
    """Enrol a whole list, all or none; same refusals as `enrol`, naming the first candidate refused."""
    session, part = _lock(part)
    demand(rules.enrolment_refusal(session, part, timezone.localdate(at)))
    options = set(session.options.all())
    enrolments = [_enrol_one(session, part, options, line, by=by, at=at) for line in lines]
    facts = [Fact(Act.ENROL, f"inscription {e.pk}", enrolment=e.pk, after=_data_of(e)) for e in enrolments]
    record(chain=session.code, by=by, at=at, facts=facts)
    return enrolments


@transaction.atomic
def update_enrolment(*, enrolment: Enrolment, line: Line, by: Actor, at: datetime) -> Enrolment:
    """Correct an enrolment and its candidate's identity, while the part is open."""
    session, part = _lock(enrolment.part)
    enrolment = _locked(enrolment)
    demand(rules.part_closed_refusal(session, part))
    demand(rules.option_refusal(line.option, set(session.options.all())))
    before = _data_of(enrolment)
    candidate = enrolment.candidate
    _set_identity(candidate, line.identity)
    twin = _find(line.identity)
    if twin and twin.pk != candidate.pk:
        raise Refusal(f"Une autre personne porte déjà cette identité : {twin.full_name}.")
    candidate.user = _account_of(candidate, by=by, at=at)
    candidate.save()
    _set_line(enrolment, line, by=by, at=at)
    enrolment.save()
    after = _data_of(enrolment)
    if after != before:
        fact = Fact(Act.EDIT_ENROLMENT, f"inscription {enrolment.pk}", enrolment.pk, *_changes(before, after))
        record(chain=session.code, by=by, at=at, facts=[fact])
    return enrolment


@transaction.atomic
def withdraw(*, enrolment: Enrolment, motive: str, by: Actor, at: datetime) -> Enrolment:
    """Record that a candidate gives up, with the motive; the row stays, greyed."""
    session, _part = _lock(enrolment.part)
    enrolment = _locked(enrolment)
    demand(rules.withdrawal_refusal(enrolment))
    if not motive.strip():
        raise Refusal("Indiquez le motif du désistement.")
    enrolment.state = EnrolmentState(ENROLMENT.target(enrolment.state, Act.WITHDRAW))
    enrolment.withdrawal_motive = motive.strip()
    enrolment.save()
    fact = Fact(
        Act.WITHDRAW,
        f"inscription {enrolment.pk}",
        enrolment.pk,
        after={"etat": enrolment.state},
        reason=enrolment.withdrawal_motive,
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    return enrolment


@transaction.atomic
def grant_derogation(*, enrolment: Enrolment, motive: str, by: Actor, at: datetime) -> Enrolment:
    """Lift the two-year limit of the course for one candidate, with the motive (R31, A10)."""
    session, part = _lock(enrolment.part)
    enrolment = _locked(enrolment)
    demand(rules.part_closed_refusal(session, part))
    if not motive.strip():
        raise Refusal("Indiquez le motif de la dérogation.")
    if enrolment.derogation_motive == motive.strip():
        return enrolment
    enrolment.derogation_motive, enrolment.derogation_by = motive.strip(), by.user
    enrolment.save()
    fact = Fact(
        Act.GRANT_DEROGATION,
        f"inscription {enrolment.pk}",
        enrolment.pk,
        after={"derogation": True},
        reason=enrolment.derogation_motive,
    )
    record(chain=session.code, by=by, at=at, facts=[fact])
    return enrolment


def _lock(part: SessionPart) -> tuple[Session, SessionPart]:
    session = Session.objects.select_for_update(of=("self",)).get(pk=part.session_id)
    return session, SessionPart.objects.select_for_update(of=("self",)).get(pk=part.pk)


def _locked(enrolment: Enrolment) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("candidate", "session", "part")
    return rows.get(pk=enrolment.pk)


def _find(identity: Identity) -> Candidate | None:
    """Somebody already known under this identity."""
    return Candidate.objects.filter(
        sort_key=sort_key_of(identity.birth_name, identity.first_names),
        birth_date=identity.birth_date,
        birth_place=identity.birth_place,
    ).first()


def _enrol_one(
    session: Session, part: SessionPart, options: set[Option], line: Line, *, by: Actor, at: datetime
) -> Enrolment:
    demand(rules.option_refusal(line.option, options))
    candidate = _find(line.identity) or Candidate()
    if candidate.pk and Enrolment.objects.filter(session=session, candidate=candidate).exists():
        raise Refusal(f"{candidate.full_name} est déjà inscrit à cette session.")
    _set_identity(candidate, line.identity)
    candidate.user = _account_of(candidate, by=by, at=at)
    candidate.save()
    enrolment = Enrolment(session=session, part=part, candidate=candidate, number=new_identifier())
    _set_line(enrolment, line, by=by, at=at)
    enrolment.save()
    return enrolment


def _set_identity(candidate: Candidate, identity: Identity) -> None:
    for name, value in asdict(identity).items():
        setattr(candidate, name, value)
    candidate.email = identity.email.strip().lower()
    candidate.sort_key = sort_key_of(identity.birth_name, identity.first_names)


def _account_of(candidate: Candidate, *, by: Actor, at: datetime) -> User:
    """The candidate's account, by e-mail; one e-mail serves one candidate."""
    user = ensure_person(
        email=candidate.email,
        last_name=candidate.used_name or candidate.birth_name,
        first_name=candidate.first_name,
        role=Role.CANDIDATE,
        organisme=None,
        by=by,
        at=at,
    )
    other = Candidate.objects.filter(user=user).exclude(pk=candidate.pk).first()
    if other:
        raise Refusal(f"L’adresse {candidate.email} est déjà celle de {other.full_name}.")
    return user


def _set_line(enrolment: Enrolment, line: Line, *, by: Actor, at: datetime) -> None:
    def account(person: Person, role: Role, organisme: Organisme) -> User:
        return ensure_person(**asdict(person), role=role, organisme=organisme, by=by, at=at)

    enrolment.option = line.option
    enrolment.organisme = line.organisme
    enrolment.tutor = account(line.tutor, Role.TUTOR, line.organisme)
    enrolment.manager = account(line.manager, Role.MANAGER, line.organisme)
    corrector = line.corrector
    enrolment.corrector = account(corrector, Role.JUROR, enrolment.part.crfp) if corrector else None
    enrolment.contract = line.contract
    enrolment.pass_followed = line.pass_followed
    enrolment.premss_start = line.premss_start


def _data_of(enrolment: Enrolment) -> dict[str, Any]:
    """What the journal keeps of an enrolment: identifiers and values, the civil identity by its reference."""
    candidate = enrolment.candidate
    identity = f"{candidate.sort_key}|{candidate.birth_date}|{candidate.birth_place}|{candidate.used_name}"
    return {
        "candidat": candidate.pk,
        "identite": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "option": enrolment.option.code if enrolment.option else "",
        "organisme": enrolment.organisme.code,
        "tuteur": enrolment.tutor_id,
        "manager": enrolment.manager_id,
        "correcteur": enrolment.corrector_id,
        "contrat": enrolment.contract,
        "pass": enrolment.pass_followed,
        "premss": enrolment.premss_start.isoformat() if enrolment.premss_start else "",
    }


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = [key for key in after if before[key] != after[key]]
    return {key: before[key] for key in changed}, {key: after[key] for key in changed}
