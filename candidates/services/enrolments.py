"""Verbs on enrolments: enrol one or many, correct, withdraw, grant a derogation."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates import rules
from candidates.models import Candidate, Enrolment, Option, Session, SessionPart, sort_key_of
from candidates.reading import key_of, key_of_candidate, people_known
from candidates.services.locks import lock_part
from candidates.services.people import ensure_person
from candidates.states import ENROLMENT, EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme, User
from cqp.crockford import new_identifier
from cqp.journal.chain import Fact, record
from cqp.roles import Act, Role
from cqp.text import cleaned
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

    Who withdrew from this part comes back under the same number. Raises Refusal when the part is closed or
    another CRFP's, the deadline has passed, the option is not one of the session's, the person is enrolled
    already, or is known elsewhere under another e-mail.
    """
    by.must(Act.ENROL)
    return enrol_many(part=part, lines=[line], by=by, at=at)[0]


@transaction.atomic
def enrol_many(*, part: SessionPart, lines: Sequence[Line], by: Actor, at: datetime) -> list[Enrolment]:
    """Enrol a whole list, all or none; same refusals as `enrol`, for the first candidate refused."""
    by.must(Act.ENROL)
    lines = [_cleaned(line) for line in lines]
    session, part = lock_part(part)
    demand(rules.scope_refusal(part, by))
    demand(rules.enrolment_refusal(session, part, timezone.localdate(at)))
    options = set(session.options.all())
    accounts = _Accounts(by, at)
    done = [_enrol_one(part, options, line, accounts, by=by, at=at) for line in lines]
    record(chain=session.code, by=by, at=at, facts=[fact for _, fact in done])
    return [enrolment for enrolment, _ in done]


@transaction.atomic
def update_enrolment(*, enrolment: Enrolment, line: Line, by: Actor, at: datetime) -> Enrolment:
    """Correct an enrolment and its candidate's identity, while the part is open.

    The identity and the e-mail stay when they serve another enrolment that this CRFP may not touch.
    """
    by.must(Act.EDIT_ENROLMENT)
    line = _cleaned(line)
    session, part = lock_part(enrolment.part)
    demand(rules.scope_refusal(part, by))
    enrolment = _locked(enrolment)
    demand(rules.part_closed_refusal(session, part) or rules.own_file_refusal(enrolment, by))
    _check(line, set(session.options.all()), session)
    before = _data_of(enrolment)
    _correct_person(enrolment, line.identity, by=by, at=at)
    _set_line(enrolment, line, _Accounts(by, at))
    enrolment.save()
    after = _data_of(enrolment)
    if after != before:
        fact = Fact(Act.EDIT_ENROLMENT, f"inscription {enrolment.pk}", enrolment.pk, *_changes(before, after))
        record(chain=session.code, by=by, at=at, facts=[fact])
    return enrolment


@transaction.atomic
def correct_email(*, enrolment: Enrolment, email: str, by: Actor, at: datetime) -> Candidate:
    """Correct the address of a candidate, whatever the stage: no document prints it.

    The candidate's account is from now on that of this address. Raises Refusal when it is another person's.
    """
    by.must(Act.EDIT_ENROLMENT)
    demand(rules.scope_refusal(enrolment.part, by))
    people = people_known([enrolment.candidate.sort_key]).select_for_update(of=("self",))
    candidate = people.get(pk=enrolment.candidate_id)
    if by.role != Role.UCANSS and rules.is_shared(candidate, enrolment.part.crfp, besides=enrolment):
        raise Refusal(rules.IDENTITY_LOCKED)
    before = _person_data(candidate)
    candidate.email = email.strip().lower()
    if _person_data(candidate) == before:
        return candidate
    candidate.user = _account_of(candidate, enrolment.part.crfp, by=by, at=at)
    candidate.save(update_fields=["email", "user"])
    changes = _changes(before, _person_data(candidate))
    fact = Fact(Act.EDIT_ENROLMENT, f"inscription {enrolment.pk}", enrolment.pk, *changes)
    record(chain=enrolment.session.code, by=by, at=at, facts=[fact])
    return candidate


@transaction.atomic
def withdraw(*, enrolment: Enrolment, motive: str, by: Actor, at: datetime) -> Enrolment:
    """Record that a candidate gives up, with the motive; the row stays, greyed."""
    by.must(Act.WITHDRAW)
    session, part = lock_part(enrolment.part)
    demand(rules.scope_refusal(part, by))
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
    by.must(Act.GRANT_DEROGATION)
    session, part = lock_part(enrolment.part)
    enrolment = _locked(enrolment)
    demand(rules.part_closed_refusal(session, part) or rules.own_file_refusal(enrolment, by))
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


def _locked(enrolment: Enrolment) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",)).select_related("candidate", "session", "part")
    return rows.get(pk=enrolment.pk)


def _find(identity: Identity) -> Candidate | None:
    """Somebody already known under this identity, held, with every enrolment."""
    wanted = key_of(identity.birth_name, identity.first_names, identity.birth_date, identity.birth_place)
    people = people_known([wanted[0]]).select_for_update(of=("self",)).filter(birth_date=identity.birth_date)
    return next((person for person in people if key_of_candidate(person) == wanted), None)


def _cleaned(line: Line) -> Line:
    """The line with a civil identity that can be printed. Raises Refusal where it cannot."""
    names = ("birth_name", "used_name", "first_names", "birth_place")
    printable: dict[str, Any] = {name: cleaned(getattr(line.identity, name)) for name in names}
    return replace(line, identity=replace(line.identity, **printable))


def _check(line: Line, options: set[Option], session: Session) -> None:
    demand(rules.option_refusal(line.option, options))
    demand(rules.premss_refusal(line.premss_start, session.exam_last_day))


class _Accounts:
    """Accounts of tutors, managers and correctors, who come back from line to line: each asked for once."""

    def __init__(self, by: Actor, at: datetime) -> None:
        self.by, self.at = by, at
        self._found: dict[tuple[Person, Role, int], User] = {}

    def of(self, person: Person, role: Role, organisme: Organisme) -> User:
        key = (person, role, organisme.pk)
        if key not in self._found:
            self._found[key] = ensure_person(
                **asdict(person), role=role, organisme=organisme, by=self.by, at=self.at
            )
        return self._found[key]


def _enrol_one(
    part: SessionPart, options: set[Option], line: Line, accounts: _Accounts, *, by: Actor, at: datetime
) -> tuple[Enrolment, Fact]:
    """One candidate enrolled, or back after a withdrawal, and what the journal keeps of it."""
    _check(line, options, part.session)
    candidate, was = _person_of(line.identity, part, by=by, at=at)
    enrolment = Enrolment.objects.filter(part=part, candidate=candidate).first()
    if enrolment:
        before = {**_data_of(enrolment), **was, "etat": enrolment.state}
        enrolment.state = EnrolmentState(ENROLMENT.target(enrolment.state, Act.ENROL))
        enrolment.withdrawal_motive = ""
    else:
        before = was
        enrolment = Enrolment(session=part.session, part=part, number=new_identifier())
    enrolment.candidate = candidate
    _set_line(enrolment, line, accounts)
    enrolment.save()
    after = _data_of(enrolment) | ({"etat": enrolment.state} if "etat" in before else {})
    # What was is told where it changed: a new person was nothing, one who stays as known says nothing.
    told = {key: value for key, value in before.items() if after[key] != value}
    return enrolment, Fact(Act.ENROL, f"inscription {enrolment.pk}", enrolment.pk, told, after)


def _person_of(
    identity: Identity, part: SessionPart, *, by: Actor, at: datetime
) -> tuple[Candidate, dict[str, Any]]:
    """The person of this identity and what was known of him or her.

    Somebody whose identity serves elsewhere stays as he or she is: same account, same spelling.
    """
    known = _find(identity)
    if known:
        demand(rules.twice_refusal(known, part))
        demand(rules.known_person_refusal(known, identity.email, part.crfp))
        if rules.is_shared(known, part.crfp):
            demand(rules.spelling_refusal(known, identity.used_name))
            return known, _person_data(known)
    was = _person_data(known) if known else {}
    candidate = known or Candidate()
    _set_identity(candidate, identity)
    candidate.user = _account_of(candidate, part.crfp, by=by, at=at)
    candidate.save()
    return candidate, was


def _correct_person(enrolment: Enrolment, identity: Identity, *, by: Actor, at: datetime) -> None:
    """Give the candidate this identity and e-mail, where they may still change."""
    people = people_known([enrolment.candidate.sort_key]).select_for_update(of=("self",))
    candidate = enrolment.candidate = people.get(pk=enrolment.candidate_id)
    was, crfp = _person_data(candidate), enrolment.part.crfp
    _set_identity(candidate, identity)
    if _person_data(candidate) == was:
        return
    locked = rules.is_before_jury(candidate, besides=enrolment)
    if locked or (by.role != Role.UCANSS and rules.is_shared(candidate, crfp, besides=enrolment)):
        raise Refusal(rules.IDENTITY_LOCKED)
    twin = _find(identity)
    if twin and twin.pk != candidate.pk:
        raise Refusal(rules.twin_refusal(twin, crfp))
    candidate.user = _account_of(candidate, crfp, by=by, at=at)
    candidate.save()


def _set_identity(candidate: Candidate, identity: Identity) -> None:
    for name, value in asdict(identity).items():
        setattr(candidate, name, value)
    candidate.email = identity.email.strip().lower()
    candidate.sort_key = sort_key_of(identity.birth_name, identity.first_names)


def _account_of(candidate: Candidate, crfp: Organisme, *, by: Actor, at: datetime) -> User:
    """The candidate's account, by e-mail; one e-mail serves one candidate."""
    holder = people_known([], [candidate.email]).exclude(pk=candidate.pk).first()
    if holder:
        raise Refusal(rules.address_refusal(candidate.email, holder, crfp))
    return ensure_person(
        email=candidate.email,
        last_name=candidate.used_name or candidate.birth_name,
        first_name=candidate.first_name,
        role=Role.CANDIDATE,
        organisme=None,
        by=by,
        at=at,
    )


def _set_line(enrolment: Enrolment, line: Line, accounts: _Accounts) -> None:
    enrolment.option = line.option
    enrolment.organisme = line.organisme
    enrolment.tutor = accounts.of(line.tutor, Role.TUTOR, line.organisme)
    enrolment.manager = accounts.of(line.manager, Role.MANAGER, line.organisme)
    corrector = line.corrector
    enrolment.corrector = accounts.of(corrector, Role.JUROR, enrolment.part.crfp) if corrector else None
    enrolment.contract = line.contract
    enrolment.pass_followed = line.pass_followed
    enrolment.premss_start = line.premss_start


def _data_of(enrolment: Enrolment) -> dict[str, Any]:
    """What the journal keeps of an enrolment: identifiers and values, the identity by its fingerprint."""
    return {
        "candidat": enrolment.candidate_id,
        **_person_data(enrolment.candidate),
        "option": enrolment.option.code if enrolment.option else "",
        "organisme": enrolment.organisme.code,
        "tuteur": enrolment.tutor_id,
        "manager": enrolment.manager_id,
        "correcteur": enrolment.corrector_id,
        "contrat": enrolment.contract,
        "pass": enrolment.pass_followed,
        "premss": enrolment.premss_start.isoformat() if enrolment.premss_start else "",
    }


def _person_data(candidate: Candidate) -> dict[str, Any]:
    """The fingerprint of every letter of the identity and of the e-mail, and the account they open."""
    identity = [str(getattr(candidate, field.name)) for field in fields(Identity)]
    text = json.dumps(identity, ensure_ascii=False)
    return {"identite": hashlib.sha256(text.encode()).hexdigest()[:16], "compte": candidate.user_id}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = [key for key in after if before[key] != after[key]]
    return {key: before[key] for key in changed}, {key: after[key] for key in changed}
