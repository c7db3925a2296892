"""The world the access tests walk in: one session, two CRFP, and every role twice (in and out of scope)."""

from dataclasses import dataclass, field

from django.conf import settings
from django.test import Client
from django.utils import timezone

from candidates.imports.files import keep_sheet, read_file
from candidates.models import Enrolment, ListImport, Session, SessionPart
from candidates.services.enrolments import Person
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, Organisme, User
from cqp.roles import Role
from evaluations.attachments import Attachment
from evaluations.models import AcquiredBloc, BlocCompetence, Mark, Operation, Regulation
from evaluations.services.marks import Entry, record_operation
from evaluations.services.regulations import copy_regulation
from juries.models import Hearing, LocalJury
from juries.services.composition import assign_candidates
from tests.candidates.pages import csv_of, listed
from tests.cast import Cast, actor_of_candidate, enrol_some, open_session_of, part_of
from tests.evaluations.carnets import attest_one, picture
from tests.evaluations.retake_scenes import fail_cc
from tests.journey import blocks_of, compose_jury, to_deliberation, to_proclamation, to_transmission
from tests.juries.again_scenes import EXCUSED, to_end

OPEN, DELIBERATION, PROCLAIMED = "OPEN", "DELIBERATION", "PROCLAIMED"


def another(name: str, role: Role, organisme: str) -> Actor:
    """Somebody of this role elsewhere."""
    place = Organisme.objects.get(code=organisme)
    user = ensure_person(
        email=f"{name}@ailleurs.exemple.fr",
        last_name=name.title(),
        first_name="Autre",
        role=role,
        organisme=place,
        by=None,
        at=timezone.now(),
    )
    return Actor(user, role, place)


def person(actor: Actor) -> Person:
    return Person(actor.user.email, actor.user.last_name, actor.user.first_name)


def client_of(actor: Actor) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(actor.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    membership = Membership.objects.filter(user=actor.user, role=actor.role, organisme=actor.organisme).get()
    session = client.session
    session["membership"] = membership.pk
    session.save()
    return client


def send(cast: Cast, part: SessionPart, kind: ListImport.Kind, content: bytes) -> ListImport:
    """A file the clerk sent, waiting to be confirmed."""
    sheet, now = read_file(content), timezone.now()
    return keep_sheet(sheet, content, "fichier.csv", part=part, kind=kind, by=cast.clerk, now=now)


@dataclass
class World:
    """Own objects (Lyon's) and everybody who may or may not reach them."""

    stage: str
    cast: Cast
    session: Session
    part: SessionPart
    enrolment: Enrolment
    draft: Regulation
    jury: LocalJury
    hearing: Hearing
    list_sent: ListImport
    sheet_sent: ListImport
    retaker: Enrolment  # while the session is open: somebody of a DAM session with an eliminatory mark
    in_blocs: Enrolment  # while it is open: somebody under the référentiel in blocs
    again: Enrolment  # once it is proclaimed: somebody who may sit again
    clients: dict[str, Client] = field(default_factory=dict)


def build(stage: str, cast: Cast, code: str = "GC_2013") -> World:
    """A session of gestionnaires conseil at a stage, or another's; Lille's part has its own people."""
    session = open_session_of(code, cast.ucanss)
    lyon, lille = part_of(session), part_of(session, "CRFP-LIL")
    mine = enrol_some(cast, lyon, 2)
    elsewhere = {
        "tutor": another("tuteur", Role.TUTOR, "CAF-LIL"),
        "manager": another("manager", Role.MANAGER, "CAF-LIL"),
    }
    theirs = enrol_some(
        cast,
        lille,
        1,
        organisme=Organisme.objects.get(code="CAF-LIL"),
        **{name: person(actor) for name, actor in elsewhere.items()},
    )
    jurors = [another(f"jure{n}", Role.JUROR, "CAF-LIL") for n in range(3)]
    if stage == OPEN:
        jury = compose_jury(cast, lyon)
        assign_candidates(jury=jury, enrolments=mine, by=cast.clerk, at=timezone.now())
        assign_candidates(
            jury=compose_jury(cast, lille, "Jury B", jurors),
            enrolments=theirs,
            by=cast.outsider,
            at=timezone.now(),
        )
        if blocks_of(lyon.session):
            _paste_one(cast, lyon, mine[0])
    else:
        bloc = BlocCompetence.objects.order_by("pk")[0]
        if stage == PROCLAIMED and blocks_of(lyon.session):
            # A session in points has no bloc: one is written, so that its certificate has an address.
            AcquiredBloc.objects.create(enrolment=mine[0], bloc=bloc, acquired_on=session.exam_last_day)
        to_transmission(cast, lille, theirs, jurors)
        _bring(stage, cast, lyon, mine)
        jury = LocalJury.objects.get(part=lyon)
    published = Regulation.objects.get(code=code, version=1)
    world = World(
        stage=stage,
        cast=cast,
        session=Session.objects.get(pk=session.pk),
        part=part_of(session),
        enrolment=Enrolment.objects.get(pk=mine[0].pk),
        draft=copy_regulation(regulation=published, by=cast.ucanss, at=timezone.now()),
        jury=jury,
        hearing=Hearing.objects.get(enrolment=mine[0]),
        list_sent=send(cast, lyon, ListImport.Kind.CANDIDATES, csv_of([listed(1)])),
        sheet_sent=send(cast, lyon, ListImport.Kind.MARKS, b"Num\xe9ro;ECRIT\n1;12\n"),
        retaker=_retaker(cast) if stage == OPEN else mine[0],
        in_blocs=_in_blocs(cast) if stage == OPEN else mine[0],
        again=_again(cast) if stage == PROCLAIMED else mine[0],
    )
    actors = cast.all() | {
        "candidate": actor_of_candidate(mine[0]),
        "other_candidate": actor_of_candidate(theirs[0]),
        "other_tutor": elsewhere["tutor"],
        "other_manager": elsewhere["manager"],
        "other_juror": jurors[1],
        "other_jury_president": jurors[0],
    }
    world.clients = {name: client_of(actor) for name, actor in actors.items()}
    nobody = User.objects.create_user("personne@exemple.fr", last_name="Personne", first_name="Sans rôle")
    world.clients["nobody"] = Client(raise_request_exception=False)
    world.clients["nobody"].force_login(nobody, backend=settings.AUTHENTICATION_BACKENDS[0])
    world.clients["anonymous"] = Client(raise_request_exception=False)
    return world


def _paste_one(cast: Cast, part: SessionPart, enrolment: Enrolment) -> None:
    """A gesture that can be undone."""
    block = blocks_of(part.session)[0]
    record_operation(
        part=part,
        kind=Operation.Kind.PASTE,
        label="Collage",
        entries=[Entry(enrolment, block, Mark.Attempt.FIRST, "12", 0)],
        by=cast.clerk,
        at=timezone.now(),
    )


def _retaker(cast: Cast) -> Enrolment:
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=1))
    (enrolment,) = enrol_some(cast, part, 1)
    fail_cc(cast, [enrolment])
    return enrolment


def _in_blocs(cast: Cast) -> Enrolment:
    """With an attestation that waits for its signature, and what is joined to it."""
    part = part_of(open_session_of("DAM_BLOCS", cast.ucanss, months_ahead=2))
    (enrolment,) = enrol_some(cast, part, 1)
    attest_one(cast, enrolment, file=Attachment("photo.png", "image/png", picture("PNG")))
    return enrolment


def _again(cast: Cast) -> Enrolment:
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=1))
    (enrolment,) = enrol_some(cast, part, 1)
    to_end(cast, part, {enrolment: EXCUSED})
    return enrolment


def _bring(stage: str, cast: Cast, part: SessionPart, enrolments: list[Enrolment]) -> None:
    if stage == PROCLAIMED:
        to_proclamation(cast, part, enrolments)
        return
    to_deliberation(cast, part, enrolments)
