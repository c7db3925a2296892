"""The cast: people of each role, sessions at each stage, all brought there by the real services."""

import itertools
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from candidates.models import Certification, Enrolment, Session, SessionPart
from candidates.services.enrolments import Identity, Line, Person, enrol
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme
from cqp.roles import Role
from evaluations.models import Regulation
from evaluations.services.reference import load_certifications, load_network, load_regulation

PASSWORD = "une-phrase-de-passe-solide"


def load_reference() -> None:
    """The real reference data, read once a database."""
    if Organisme.objects.exists():
        return
    fixtures, at = settings.BASE_DIR / "fixtures", timezone.now()
    load_network(data=json.loads((fixtures / "network.json").read_text()), at=at)
    load_certifications(data=json.loads((fixtures / "certifications.json").read_text()), at=at)
    for path in sorted((fixtures / "regulations").glob("*.json")):
        load_regulation(data=json.loads(path.read_text()), at=at)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load the reference data once for all tests that roll back."""
    with django_db_blocker.unblock():
        load_reference()


@pytest.fixture
def reference(db: None) -> None:
    """The reference data, loaded anew after a test that emptied the tables."""
    load_reference()


@dataclass(frozen=True)
class Cast:
    """One person a role; `second_clerk` works beside the clerk, `outsider` is a clerk of another CRFP,
    `stranger` an organisme without candidate."""

    ucanss: Actor
    clerk: Actor
    second_clerk: Actor
    outsider: Actor
    tutor: Actor
    manager: Actor
    juror: Actor
    second_juror: Actor
    jury_president: Actor
    cpnefp: Actor
    cpnefp_salaries: Actor
    cpnefp_president: Actor
    organisme: Actor
    stranger: Actor

    def all(self) -> dict[str, Actor]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


_PEOPLE: dict[str, tuple[str, str, Role, str, str]] = {
    "ucanss": ("Delmas", "Irène", Role.UCANSS, "UCANSS", ""),
    "clerk": ("Marchand", "Claire", Role.CRFP, "CRFP-LYO", ""),
    "second_clerk": ("Morel", "Denis", Role.CRFP, "CRFP-LYO", ""),
    "outsider": ("Vasseur", "Paul", Role.CRFP, "CRFP-LIL", ""),
    "tutor": ("Tissot", "Thomas", Role.TUTOR, "CPAM-LYO", ""),
    "manager": ("Mercier", "Maud", Role.MANAGER, "CPAM-LYO", ""),
    "juror": ("Joly", "Jeanne", Role.JUROR, "CPAM-STR", ""),
    "second_juror": ("Jacquet", "Jules", Role.JUROR, "UCANSS", ""),
    "jury_president": ("Perrin", "Paule", Role.JUROR, "CPAM-PAR", ""),
    "cpnefp": ("Colin", "Carole", Role.CPNEFP, "CPNEFP", Membership.College.EMPLOYEURS),
    "cpnefp_salaries": ("Caron", "Cyril", Role.CPNEFP, "CPNEFP", Membership.College.SALARIES),
    "cpnefp_president": ("Prévost", "Ève", Role.CPNEFP_PRESIDENT, "CPNEFP", Membership.College.EMPLOYEURS),
    "organisme": ("Olivier", "Odile", Role.ORGANISME, "CPAM-LYO", ""),
    "stranger": ("Étienne", "Éric", Role.ORGANISME, "CAF-LIL", ""),
}


def email_of(name: str) -> str:
    return f"{name.replace('_', '.')}@exemple.fr"


def make_actor(name: str) -> Actor:
    """The actor of this name of the cast, with an account that signs in with PASSWORD."""
    last_name, first_name, role, organisme_code, college = _PEOPLE[name]
    organisme = Organisme.objects.get(code=organisme_code)
    user = ensure_person(
        email=email_of(name),
        last_name=last_name,
        first_name=first_name,
        role=role,
        organisme=organisme,
        college=college,
        by=None,
        at=timezone.now(),
    )
    user.set_password(PASSWORD)
    user.save()
    return Actor(user, role, organisme, college)


@pytest.fixture
def cast(reference: None) -> Cast:
    return Cast(**{name: make_actor(name) for name in _PEOPLE})


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def sign_in(client: Client) -> Any:
    """`sign_in(actor)` gives a client signed in as this actor, in this role."""

    def as_actor(actor: Actor) -> Client:
        client.force_login(actor.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        membership = Membership.objects.get(user=actor.user, role=actor.role, organisme=actor.organisme)
        session = client.session
        session["membership"] = membership.pk
        session.save()
        return client

    return as_actor


def actor_of_candidate(enrolment: Enrolment) -> Actor:
    """The candidate of an enrolment, signed in with the account made at enrolment."""
    user = enrolment.candidate.user
    assert user is not None
    return Actor(user, Role.CANDIDATE)


def open_session_of(code: str, by: Actor, months_ahead: int = 0, version: int = 1) -> Session:
    """A session under the published regulation `code`, all options open.

    Everything falls on one day, today: candidates may still be enrolled, and the exams are over tonight.
    """
    from evaluations.services.sessions import open_session

    regulation = Regulation.objects.get(code=code, version=version)
    day = timezone.localdate() + timedelta(days=31 * months_ahead)
    return open_session(
        regulation=regulation,
        options=list(regulation.certification.options.all()),
        exam_first_day=day,
        exam_last_day=day,
        enrolment_deadline=day,
        entry_deadline=day + timedelta(days=10),
        by=by,
        at=timezone.now(),
    )


_serial = itertools.count(1)
_LAST_NAMES = ("Arnaud", "Bérard", "Chevalier", "Dubois", "Énault", "Faure", "Girard", "Hébert", "Imbert")


def make_line(cast: Cast, certification: Certification, **changes: Any) -> Line:
    """A candidate nobody else is, employed by CPAM-LYO, with the tutor and the manager of the cast."""
    serial = next(_serial)
    name = _LAST_NAMES[serial % len(_LAST_NAMES)]
    values: dict[str, Any] = {
        "identity": Identity(
            birth_name=name,
            first_names=f"Camille {chr(65 + serial % 26)}{serial}",
            birth_date=date(1990, 1, 1) + timedelta(days=serial),
            birth_place="Lyon",
            email=f"candidat{serial}@exemple.fr",
        ),
        "organisme": Organisme.objects.get(code="CPAM-LYO"),
        "tutor": _person(cast.tutor),
        "manager": _person(cast.manager),
        "contract": Enrolment.Contract.CDI,
        "option": certification.options.first(),
        "pass_followed": Enrolment.Pass.YES,
        "premss_start": timezone.localdate() - timedelta(days=300),
    }
    return Line(**(values | changes))


def _person(actor: Actor) -> Person:
    return Person(actor.user.email, actor.user.last_name, actor.user.first_name)


def enrol_some(cast: Cast, part: SessionPart, count: int, **changes: Any) -> list[Enrolment]:
    """`count` candidates enrolled in a part by its clerk: Lyon's, or the one elsewhere."""
    clerk = cast.clerk if part.crfp == cast.clerk.organisme else cast.outsider
    return [
        enrol(
            part=part,
            line=make_line(cast, part.session.certification, **changes),
            by=clerk,
            at=timezone.now(),
        )
        for _ in range(count)
    ]


def part_of(session: Session, crfp: str = "CRFP-LYO") -> SessionPart:
    return SessionPart.objects.select_related("session__certification", "crfp").get(
        session=session, crfp__code=crfp
    )


@pytest.fixture
def gc_session(cast: Cast) -> Session:
    return open_session_of("GC_2013", cast.ucanss)


@pytest.fixture
def dam_session(cast: Cast) -> Session:
    return open_session_of("DAM_2006", cast.ucanss)


@pytest.fixture
def blocs_session(cast: Cast) -> Session:
    return open_session_of("DAM_BLOCS", cast.ucanss)


@pytest.fixture
def gc_part(gc_session: Session) -> SessionPart:
    return part_of(gc_session)


@pytest.fixture
def dam_part(dam_session: Session) -> SessionPart:
    return part_of(dam_session)


@pytest.fixture
def blocs_part(blocs_session: Session) -> SessionPart:
    return part_of(blocs_session)


@pytest.fixture
def gc_enrolments(cast: Cast, gc_part: SessionPart) -> list[Enrolment]:
    """Three gestionnaires conseil of the clerk's CRFP."""
    return enrol_some(cast, gc_part, 3)


@pytest.fixture
def dam_enrolments(cast: Cast, dam_part: SessionPart) -> list[Enrolment]:
    """Three délégués de l'assurance maladie of the clerk's CRFP."""
    return enrol_some(cast, dam_part, 3)


@pytest.fixture
def blocs_enrolments(cast: Cast, blocs_part: SessionPart) -> list[Enrolment]:
    """Three délégués de l'assurance maladie, under the référentiel in blocs of competences."""
    return enrol_some(cast, blocs_part, 3)
