"""The demonstration: invented people, six sessions, each brought to its stage by the real services.

Days are counted from today, so that the demonstration is always of the season.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.services.enrolments import Identity, Line, Person, enrol_many
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme, User
from cqp.roles import Role
from evaluations.models import Block, Mark, Regulation
from evaluations.reading import result_of
from evaluations.services.marks import record_mark
from evaluations.services.sessions import open_session
from evaluations.services.sheets import Retyped, retype_marks, set_sheet, submit_sheet
from juries.models import LocalJury, SittingMember
from juries.services.composition import assign_candidates, create_jury, seat_juror
from juries.services.local import close_jury, give_opinion, record_hearing_mark
from juries.services.national import adopt_clear_files, decide, open_sitting, proclaim
from juries.services.sittings import call_roll
from juries.services.transmission import transmit_part
from juries.sitting import Presence, roll_of
from juries.states import Outcome

# Marks out of 20, one line a profile: read in turn by the candidates of a session.
_GC_PROFILES = (
    {"CC_TC": "14", "CC_OPT": "13,5", "ECRIT": "12,5", "ORAL": "15", "APT": "16"},
    {"CC_TC": "11", "CC_OPT": "12", "ECRIT": "10", "ORAL": "11,5", "APT": "14"},
    {"CC_TC": "16", "CC_OPT": "15", "ECRIT": "6", "ORAL": "17", "APT": "18"},
    {"CC_TC": "15", "CC_OPT": "17,25", "ECRIT": "14", "ORAL": "13", "APT": "15"},
    {"CC_TC": "9", "CC_OPT": "9,5", "ECRIT": "9,75", "ORAL": "10,25", "APT": "10"},
    {"CC_TC": "12", "CC_OPT": "13", "ECRIT": "11", "ORAL": "12", "APT": "13"},
    {"CC_TC": "ABS", "CC_OPT": "14", "ECRIT": "13", "ORAL": "14", "APT": "12"},
)
_DAM_PROFILES = (
    {"CARNET": "72", "CC": "28", "MEMOIRE": "21", "ORAL": "22,5"},
    {"CARNET": "64,5", "CC": "12", "MEMOIRE": "17", "ORAL": "16"},
    {"CARNET": "80", "CC": "25", "MEMOIRE": "8,75", "ORAL": "20"},
    {"CARNET": "58", "CC": "8", "CC_RATTRAPAGE": "19", "MEMOIRE": "15", "ORAL": "14"},
    {"CARNET": "49,99", "CC": "20", "MEMOIRE": "15", "ORAL": "15"},
    {"CARNET": "75", "CC": "31", "MEMOIRE": "24", "ORAL": "ABJ"},
)
# Where each option is worked in; a délégué works in a CPAM.
_BRANCHES = {
    "ALLOC": Organisme.Branche.FAMILLE,
    "MALADIE": Organisme.Branche.MALADIE,
    "CARRIERE": Organisme.Branche.RETRAITE,
    "TARIF_ATMP": Organisme.Branche.RETRAITE,
    "RECOUVREMENT": Organisme.Branche.RECOUVREMENT,
    "SERVICE_MED": Organisme.Branche.SERVICE_MEDICAL,
}
_RETAKE = "_RATTRAPAGE"
_REFUSED = "Les réponses restent théoriques : les situations présentées n’ont pas été analysées."


@dataclass
class Demo:
    """The people and the clock of a demonstration being built."""

    data: Mapping[str, Any]
    now: datetime
    actors: dict[str, Actor] = field(default_factory=dict)
    serial: int = 0

    def actor(self, name: str) -> Actor:
        return self.actors[f"{name}@demo.example"]

    def moment(self, session: Session) -> datetime:
        """When the work of this session was done: the afternoon of its last exam day, or now."""
        day = datetime.combine(session.exam_last_day, time(16), timezone.get_current_timezone())
        return min(day, self.now)

    def clerk(self, part: SessionPart) -> Actor:
        return self.actor("crfp.lyon" if part.crfp.code == "CRFP-LYO" else "crfp.lille")


def begin(data: Mapping[str, Any], now: datetime) -> Demo:
    """Make the accounts."""
    demo = Demo(data, now)
    _make_accounts(demo)
    return demo


def add_sessions_in_points(demo: Demo) -> None:
    """The six sessions in points; the one in blocs is made beside."""
    _enrolling(demo)
    _half_entered(demo)
    _awaiting_national_jury(demo)
    _proclaimed(demo, "GC_2013", days_ago=70, counts={"CRFP-LYO": 8, "CRFP-LIL": 6})
    _proclaimed(demo, "DAM_2006", days_ago=170, counts={"CRFP-LYO": 6})
    _proclaimed(demo, "DAM_2006", days_ago=50, counts={"CRFP-LIL": 3}, opens_in=3)


# --- The six sessions ---


def _enrolling(demo: Demo) -> None:
    """Enrolments still open: a session to come."""
    session = open_demo(demo, "GC_2013", last_day=60, opened=-20)
    for part in parts_of(session, ["CRFP-LYO"]):
        enrol_in(demo, part, 4, followed_pass=Enrolment.Pass.UNKNOWN)


def _half_entered(demo: Demo) -> None:
    """Lyon is half way; Lille has transmitted: finishing Lyon brings the session before the CPNEFP."""
    session = open_demo(demo, "GC_2013", last_day=-2, opened=-90)
    lyon, lille = parts_of(session, ["CRFP-LYO", "CRFP-LIL"])
    enrolled = enrol_in(demo, lyon, 12, days_ago=60)
    _mark(demo, enrolled[:6], _GC_PROFILES, skip={"APT"})
    _mark(demo, enrolled[6:9], _GC_PROFILES, skip={"ECRIT", "APT"})
    _mark(demo, enrolled[9:], _GC_PROFILES, skip={"CC_OPT", "ECRIT", "APT"})
    _check_written(demo, lyon, enrolled[:3])
    jury_for(demo, lyon, enrolled)
    _complete(demo, lille, enrol_in(demo, lille, 5, days_ago=60), _GC_PROFILES)


def _awaiting_national_jury(demo: Demo) -> None:
    """Everything is transmitted: the CPNEFP sits."""
    session = open_demo(demo, "DAM_2006", last_day=-12, opened=-120)
    for part in parts_of(session, ["CRFP-LYO", "CRFP-LIL"]):
        _complete(demo, part, enrol_in(demo, part, 9, days_ago=80), _DAM_PROFILES)
    president = demo.actor("cpnefp.presidente")
    day = timezone.localdate(demo.now)
    open_sitting(session=session, held_on=day, place="Paris", by=president, at=demo.now)
    everybody_sits(session, president, demo.now)


def _proclaimed(
    demo: Demo, code: str, *, days_ago: int, counts: Mapping[str, int], opens_in: int = 0
) -> None:
    """A past session, decided and proclaimed; its results open in so many days, or then."""
    session = open_demo(demo, code, last_day=-days_ago, opened=-days_ago - 120)
    profiles = _GC_PROFILES if code == "GC_2013" else _DAM_PROFILES
    for part in parts_of(session, list(counts)):
        enrolled = enrol_in(demo, part, counts[part.crfp.code], days_ago=days_ago + 80)
        _complete(demo, part, enrolled, profiles)
    president, at = demo.actor("cpnefp.presidente"), demo.now - timedelta(days=days_ago - 20)
    open_sitting(session=session, held_on=timezone.localdate(at), place="Paris", by=president, at=at)
    everybody_sits(session, president, at)
    session.refresh_from_db()
    adopt_clear_files(session=session, by=president, at=at)
    for enrolment in session.enrolments.filter(decision=None):
        _decide_as_computed(demo, enrolment, at)
    opens_at = demo.now + timedelta(days=opens_in) if opens_in else None
    proclaim(session=session, by=president, at=at, opens_at=opens_at)


def everybody_sits(session: Session, president: Actor, at: datetime) -> None:
    """The whole CPNEFP is there; the vice-presidency goes to the other college."""
    members = roll_of(session).members
    others = [one for one in members if one.college != president.college]
    call_roll(
        session=session,
        presences={one.pk: Presence(SittingMember.Presence.PRESENT) for one in members},
        president=next(one.pk for one in members if one.user_id == president.user.pk),
        vice_president=others[0].pk,
        by=president,
        at=at,
    )


# --- What they are made of ---


def _make_accounts(demo: Demo) -> None:
    for row in demo.data["accounts"]:
        organisme = Organisme.objects.get(code=row["organisme"])
        role, college = Role(row["role"]), row.get("college", "")
        names = {"last_name": row["last_name"], "first_name": row["first_name"]}
        user = ensure_person(
            email=row["email"],
            role=role,
            organisme=organisme,
            college=college,
            by=None,
            at=demo.now,
            **names,
        )
        user.set_password(demo.data["password"])
        user.save()
        demo.actors[user.email] = Actor(user, role, organisme, college)


def open_demo(demo: Demo, code: str, *, last_day: int, opened: int) -> Session:
    day = timezone.localdate(demo.now) + timedelta(days=last_day)
    regulation = Regulation.objects.select_related("certification").get(code=code, version=1)
    return open_session(
        regulation=regulation,
        options=list(regulation.certification.options.all()),
        exam_first_day=day - timedelta(days=11),
        exam_last_day=day,
        enrolment_deadline=day - timedelta(days=40),
        entry_deadline=day + timedelta(days=10),
        by=demo.actor("ucanss"),
        at=demo.now + timedelta(days=opened),
    )


def parts_of(session: Session, crfps: Sequence[str]) -> list[SessionPart]:
    found = session.parts.select_related("session", "crfp").filter(crfp__code__in=crfps)
    return sorted(found, key=lambda part: crfps.index(part.crfp.code))


def enrol_in(
    demo: Demo, part: SessionPart, count: int, *, days_ago: int = 0, followed_pass: str = Enrolment.Pass.YES
) -> list[Enrolment]:
    lines = [_line(demo, part, followed_pass) for _ in range(count)]
    at = demo.now - timedelta(days=days_ago)
    return enrol_many(part=part, lines=lines, by=demo.clerk(part), at=at)


def _line(demo: Demo, part: SessionPart, followed_pass: str) -> Line:
    """The next invented candidate, employed in the region of the CRFP."""
    demo.serial += 1
    n, data = demo.serial, demo.data
    options = list(part.session.options.all())
    option = options[n % len(options)] if options else None
    branche = _BRANCHES[option.code] if option else Organisme.Branche.MALADIE
    organisme = Organisme.objects.get(region=part.crfp.region, branche=branche)
    first_name = data["first_names"][(n * 7) % len(data["first_names"])]
    return Line(
        identity=Identity(
            birth_name=data["last_names"][n % len(data["last_names"])],
            first_names=f"{first_name}, {data['first_names'][(n * 3) % len(data['first_names'])]}",
            birth_date=date(1972, 3, 14) + timedelta(days=n * 211),
            birth_place=data["places"][n % len(data["places"])],
            email=f"candidat{n}@demo.example",
        ),
        organisme=organisme,
        tutor=_guide(demo, "tuteur", organisme),
        manager=_guide(demo, "manager", organisme),
        contract=list(Enrolment.Contract)[n % 4].value,
        option=option,
        pass_followed=followed_pass,
        premss_start=timezone.localdate(demo.now) - timedelta(days=300 + n) if option else None,
    )


def _guide(demo: Demo, name: str, organisme: Organisme) -> Person:
    """The demonstration's own tutor and manager at the CPAM of Lyon; others, invented, elsewhere."""
    if organisme.code == "CPAM-LYO":
        user: User = demo.actor(name).user
        return Person(user.email, user.last_name, user.first_name)
    rank = organisme.pk + (name == "manager")
    last_names, first_names = demo.data["last_names"], demo.data["first_names"]
    return Person(
        email=f"{name}.{organisme.code.lower()}@demo.example",
        last_name=last_names[(rank * 5) % len(last_names)],
        first_name=first_names[(rank * 11) % len(first_names)],
    )


def _mark(
    demo: Demo,
    enrolments: Sequence[Enrolment],
    profiles: Sequence[Mapping[str, str]],
    skip: frozenset[str] | set[str] = frozenset(),
) -> None:
    """Enter what the CRFP enters, a profile after the other."""
    for enrolment, profile in zip(enrolments, _cycle(profiles), strict=False):
        for block in enrolment.session.adoption.regulation.blocks.all():
            if block.recorder == Block.Recorder.JURY or block.code in skip:
                continue
            entries = [profile[block.code], profile.get(block.code + _RETAKE, "")]
            for attempt, entry in zip(Mark.Attempt, filter(None, entries), strict=False):
                record_mark(
                    enrolment=enrolment,
                    block=block,
                    attempt=attempt,
                    entry=entry,
                    version=0,
                    by=demo.clerk(enrolment.part),
                    at=demo.moment(enrolment.session),
                )


def _check_written(demo: Demo, part: SessionPart, enrolments: Sequence[Enrolment]) -> None:
    """The written marks are typed twice: one second entry differs, others are awaited."""
    written = part.session.adoption.regulation.blocks.get(code="ECRIT")
    clerk, second = demo.clerk(part), demo.actor("crfp.lyon.second")
    about: dict[str, Any] = {"part": part, "block": written, "at": demo.moment(part.session)}
    set_sheet(**about, responsible=clerk.user, double_entry=Block.DoubleEntry.ALL, by=clerk)
    entries = [mark.entry for mark in Mark.objects.filter(block=written, enrolment__in=enrolments)]
    typed = [Retyped(e, Mark.Attempt.FIRST, entry) for e, entry in zip(enrolments, entries, strict=False)]
    typed[-1] = Retyped(enrolments[-1], Mark.Attempt.FIRST, "8")
    retype_marks(**about, typed=typed, by=second)


def jury_for(demo: Demo, part: SessionPart, enrolments: Sequence[Enrolment]) -> LocalJury:
    """A jury with every seat filled, and its candidates."""
    clerk, day, at = demo.clerk(part), part.session.exam_last_day, demo.moment(part.session)
    place = part.crfp.name.removeprefix("CRFP de ")
    jury = create_jury(part=part, name="Jury A", meets_on=day, place=place, by=clerk, at=at)
    jurors = [demo.actor(f"jury.{name}").user for name in ("presidente", "membre", "expert")]
    for rule, juror in zip(part.session.adoption.regulation.seats.all(), jurors, strict=False):
        seat_juror(
            jury=jury,
            rule=rule,
            email=juror.email,
            last_name=juror.last_name,
            first_name=juror.first_name,
            is_president=juror is jurors[0],
            by=clerk,
            at=at,
        )
    assign_candidates(jury=jury, enrolments=enrolments, by=clerk, at=at)
    return jury


def _complete(
    demo: Demo, part: SessionPart, enrolments: Sequence[Enrolment], profiles: Sequence[Mapping[str, str]]
) -> None:
    """Everything a CRFP does until the national jury: marks, jury, transmission."""
    _mark(demo, enrolments, profiles)
    jury, by = jury_for(demo, part, enrolments), demo.actor("jury.presidente")
    at = demo.moment(part.session)
    profile_of = {e.pk: p for e, p in zip(enrolments, _cycle(profiles), strict=False)}
    blocks = part.session.adoption.regulation.blocks.filter(recorder=Block.Recorder.JURY)
    for hearing in jury.hearings.all():
        profile = profile_of[hearing.enrolment_id]
        for block in blocks:
            entry = profile[block.code]
            record_hearing_mark(hearing=hearing, block=block, entry=entry, version=0, by=by, at=at)
        refused = profile is profiles[4]
        give_opinion(
            hearing=hearing,
            favourable=not refused,
            argument=_REFUSED if refused else "",
            version=0,
            by=by,
            at=at,
        )
    close_jury(jury=jury, by=by, at=at)
    for block in part.session.adoption.regulation.blocks.exclude(recorder=Block.Recorder.JURY):
        submit_sheet(part=part, block=block, by=demo.clerk(part), at=at)
    transmit_part(part=part, by=demo.clerk(part), at=at)


def _decide_as_computed(demo: Demo, enrolment: Enrolment, at: datetime) -> None:
    """What remains follows the arithmetic."""
    outcome = {
        "CERTIFIABLE": Outcome.CERTIFIED,
        "NON_CERTIFIABLE": Outcome.NOT_CERTIFIED,
        "REPORTE": Outcome.DEFERRED,
    }[result_of(enrolment).verdict.value]
    decide(enrolment=enrolment, outcome=outcome, motive="", by=demo.actor("cpnefp.employeurs"), at=at)


def let_the_candidates_in(demo: Demo) -> None:
    """Every invented candidate signs in with the demonstration's password."""
    password = demo.data["password"]
    for user in User.objects.filter(candidate__isnull=False):
        user.set_password(password)
        user.save(update_fields=["password"])


def _cycle(profiles: Sequence[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    while True:
        yield from profiles
