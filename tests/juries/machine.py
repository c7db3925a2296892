"""A machine that works a session at random, with the right people and the wrong ones, and what must hold."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from candidates.models import Enrolment, Session, SessionPart
from candidates.services.enrolments import Person, withdraw
from candidates.services.people import ensure_person
from candidates.states import PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act, Role
from cqp.workflow import Refusal
from evaluations.models import Block, BlockSheet, JuryPoints, Mark, jury_rule_of
from evaluations.services.marks import correct_mark, record_mark
from evaluations.services.sheets import submit_sheet
from juries.minutes import sha256, verify_proclamation
from juries.models import (
    Certificate,
    CollegeVote,
    Decision,
    Extraction,
    Hearing,
    JurySeat,
    LocalJury,
    MemberRecusal,
    Opinion,
    ProclaimedFile,
    Proclamation,
    Rectification,
    Recusal,
    Sitting,
    SittingMember,
)
from juries.rectification import Corrections
from juries.services import national, rectifications, sittings
from juries.services.local import close_jury, give_opinion, record_hearing_mark
from juries.services.recusals import recuse
from juries.services.reopening import reopen_jury
from juries.services.substitutes import note_absence, note_presence
from juries.services.transmission import transmit_part
from juries.sitting import COLLEGES, Ballot, Presence, roll_of
from juries.states import Outcome
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import compose_jury, enter_marks, submit_sheets
from tests.juries.national_scenes import ARGUMENT
from tests.juries.scenes import assign_candidates
from tests.sittings import attend, with_points

MOTIVE = "Copie relue : le total des points était mal additionné."


class Stage(StrEnum):
    """Where a run starts: one session of each is made beforehand, by the real services."""

    ENROLLED = "enrolled"
    MARKED = "marked"
    CLOSED = "closed"
    TRANSMITTED = "transmitted"
    DELIBERATING = "deliberating"
    DECIDED = "decided"
    PROCLAIMED = "proclaimed"


@dataclass(frozen=True)
class World:
    """The people, and a session of two candidates at each stage; the second is managed by a CPNEFP member."""

    people: Mapping[str, Actor]
    sessions: Mapping[Stage, Session]


def world_of(cast: Cast) -> World:
    """Everything a run starts from."""
    people = cast.all() | {
        "second_ucanss": joined(cast.ucanss, Role.UCANSS, "ucanss.bis"),
        "other_president": joined(cast.cpnefp_salaries, Role.CPNEFP_PRESIDENT, "presidence.salaries"),
        "other_juror": joined(cast.juror, Role.JUROR, "jure.ailleurs"),
    }
    regulation = with_points(cast)
    sessions = {}
    for months, stage in enumerate(Stage):
        session = open_session_of(regulation.code, cast.ucanss, months, regulation.version)
        _bring(cast, part_of(session), stage)
        sessions[stage] = session
    return World(people, sessions)


def joined(colleague: Actor, role: Role, name: str) -> Actor:
    """Somebody more, beside somebody of the cast."""
    assert colleague.organisme
    user = ensure_person(
        email=f"{name}@exemple.fr",
        last_name=name.capitalize(),
        first_name="Alix",
        role=role,
        organisme=colleague.organisme,
        college=colleague.college,
        by=None,
        at=timezone.now(),
    )
    return Actor(user, role, colleague.organisme, colleague.college)


def _bring(cast: Cast, part: SessionPart, stage: Stage) -> None:
    """Two candidates and their jury, worked up to a stage."""
    at, done = timezone.now(), list(Stage).index(stage)
    member = cast.cpnefp.user
    managed = Person(member.email, member.last_name, member.first_name)
    enrolments = enrol_some(cast, part, 1) + enrol_some(cast, part, 1, manager=managed)
    jury = compose_jury(cast, part)
    hearings = assign_candidates(jury=jury, enrolments=enrolments, by=cast.clerk, at=at)
    if done >= 1:
        enter_marks(cast, enrolments)
        submit_sheets(cast, part)
    if done >= 2:
        for hearing in hearings:
            _hear(hearing, "12", cast.jury_president)
        close_jury(jury=jury, by=cast.jury_president, at=timezone.now())
    if done >= 3:
        transmit_part(part=part, by=cast.clerk, at=timezone.now())
    if done >= 4:
        _open(part.session, cast.cpnefp_president)
        attend(part.session, cast.cpnefp_president)
    if done >= 5:
        national.adopt_clear_files(session=part.session, by=cast.cpnefp_president, at=timezone.now())
    if done >= 6:
        national.proclaim(session=part.session, by=cast.cpnefp_president, at=timezone.now())


def _open(session: Session, by: Actor) -> Sitting:
    today, at = timezone.localdate(), timezone.now()
    return national.open_sitting(session=session, held_on=today, place="Paris", by=by, at=at, early=True)


def _hear(hearing: Hearing, entry: str, by: Actor) -> None:
    """The jury's marks, over those there are, and a favourable opinion."""
    at = timezone.now()
    for block in _blocks(hearing.enrolment.session).filter(recorder=Block.Recorder.JURY):
        mark = Mark.objects.filter(enrolment=hearing.enrolment, block=block).first()
        version = mark.version if mark else 0
        record_hearing_mark(hearing=hearing, block=block, entry=entry, version=version, by=by, at=at)
    opinion = Opinion.objects.filter(hearing=hearing).first()
    version = opinion.version if opinion else 0
    give_opinion(hearing=hearing, favourable=True, argument="", version=version, by=by, at=at)


def _blocks(session: Session) -> models.QuerySet[Block]:
    return Block.objects.filter(regulation__adoptions__session=session).order_by("position")


# --- What is compared from step to step ---

OF_SESSION: dict[type[models.Model], str] = {
    Session: "pk",
    SessionPart: "session",
    Enrolment: "session",
    Mark: "enrolment__session",
    BlockSheet: "part__session",
    LocalJury: "part__session",
    JurySeat: "jury__part__session",
    Hearing: "jury__part__session",
    Recusal: "hearing__jury__part__session",
    Opinion: "hearing__jury__part__session",
    Sitting: "session",
    SittingMember: "sitting__session",
    MemberRecusal: "enrolment__session",
    Extraction: "enrolment__session",
    JuryPoints: "enrolment__session",
    Decision: "enrolment__session",
    CollegeVote: "decision__enrolment__session",
    Proclamation: "session",
    ProclaimedFile: "proclamation__session",
    Certificate: "decision__enrolment__session",
    Rectification: "decision__enrolment__session",
}
GROWING = (Certificate, Rectification)
"""What a rectification may add to after the proclamation; nothing else of a session moves."""

FORGEABLE = ("mark", "opinion", "decision")
"""What the database cannot refuse before the proclamation, which must then find it out."""

Rows = dict[type[models.Model], dict[int, dict[str, Any]]]


def rows_of(session: Session) -> Rows:
    """Every row of a session, by table and id."""
    return {
        model: {row["id"]: row for row in model._base_manager.filter(**{path: session.pk}).values()}
        for model, path in OF_SESSION.items()
    }


def picture_of(enrolment: int) -> tuple[Any, ...]:
    """What the national jury has before it of a candidate, as the tables hold it."""
    marks = Mark.objects.filter(enrolment=enrolment).exclude(outcome=Mark.Outcome.NONE).order_by("pk")
    points = JuryPoints.objects.filter(enrolment=enrolment).order_by("pk")
    return (
        tuple(marks.values_list("block", "attempt", "outcome", "value")),
        Opinion.objects.filter(hearing__enrolment=enrolment).values_list("favourable", "argument").first(),
        tuple(points.values_list("block", "points", "motive")),
    )


def _by(*names: str) -> st.SearchStrategy[str]:
    """Whose turn it is: the first is who should, and comes more often than the others."""
    return st.sampled_from((names[0],) * 3 + names)


WHICH = st.integers(0, 1)
ENTRIES = st.sampled_from(("12", "13,5", "6", "15", "ABS", "ABJ", "21"))
SENTENCES = st.sampled_from((MOTIVE, ARGUMENT, ""))


class JuriesMachine(RuleBasedStateMachine):
    """Each rule is one gesture of somebody; a refusal is an answer, and must then have changed nothing."""

    world: ClassVar[World]
    counts: ClassVar[Counter[tuple[str, str]]]

    # --- The session of a run ---

    def __init__(self) -> None:
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.begin(data.draw(st.sampled_from(Stage)))

    def begin(self, stage: Stage) -> None:
        """Look at the session of this stage."""
        self.session = Session.objects.get(pk=self.world.sessions[stage].pk)
        self.part = part_of(self.session)
        self.enrolments = list(Enrolment.objects.filter(session=self.session).order_by("pk"))
        self.blocks = list(_blocks(self.session))
        self.rows = rows_of(self.session)
        self.seen = {pk: picture_of(pk) for pk in self._decided}
        self.said = dict(self._decided)
        self.moved = True

    @property
    def _decided(self) -> dict[int, tuple[str, str, str]]:
        """The decisions as the tables hold them, by enrolment."""
        return {
            row["enrolment_id"]: (row["outcome"], row["proposed"], row["motive"])
            for row in self.rows[Decision].values()
        }

    @property
    def state(self) -> str:
        return str(self.rows[Session][self.session.pk]["state"])

    @property
    def sent(self) -> bool:
        return self.rows[SessionPart][self.part.pk]["state"] == PartState.TRANSMITTED

    @property
    def jury(self) -> LocalJury:
        return LocalJury.objects.get(part=self.part)

    def hearing(self, which: int) -> Hearing:
        return Hearing.objects.get(enrolment=self.enrolments[which])

    def attempt(self, act: Callable[..., object], name: str = "", **values: Any) -> bool:
        """One gesture; was it done? Refused, it left nothing; done, it left its entry."""
        name = name or act.__name__
        before, count = self.rows, self._chain.count
        try:
            with transaction.atomic():
                act(**values)
        except (Refusal, IntegrityError):
            assert rows_of(self.session) == before
            assert self._chain.count == count
            self.counts[name, "refused"] += 1
            return False
        self.rows, self.moved = rows_of(self.session), True
        if name != "tamper":
            entries = list(Entry.objects.filter(chain=self._chain, seq__gt=count))
            assert entries or self.rows == before, f"{name} left no entry"
            self._compare_marks(before, entries)
        if before[Session][self.session.pk]["state"] == SessionState.PROCLAIMED:
            self._compare_proclaimed(before)
        self.counts[name, "done"] += 1
        return True

    def done(self, act: Callable[..., object], who: str, **values: Any) -> bool:
        return self.attempt(act, by=self.world.people[who], at=timezone.now(), **values)

    @property
    def _chain(self) -> Chain:
        return Chain.objects.get(key=self.session.code)

    def _compare_marks(self, before: Rows, entries: list[Entry]) -> None:
        """A mark transmitted changes only with a motive in the journal."""
        was_sent = before[SessionPart][self.part.pk]["state"] == PartState.TRANSMITTED
        submitted = {row["block_id"] for row in before[BlockSheet].values() if row["state"] == "TRANSMISE"}
        argued = {one.enrolment_ref for one in entries if one.act == Act.CORRECT_MARK and one.reason}
        for pk, mark in before[Mark].items():
            now = self.rows[Mark].get(pk)
            same = now and (now["outcome"], now["value"]) == (mark["outcome"], mark["value"])
            if not same and (was_sent or mark["block_id"] in submitted):
                assert mark["enrolment_id"] in argued

    def _compare_proclaimed(self, before: Rows) -> None:
        """A proclaimed session never changes; rectifications are added beside it."""
        for model, rows in before.items():
            if model not in GROWING:
                assert self.rows[model] == rows, model
        for pk, row in before[Certificate].items():
            assert self.rows[Certificate][pk] == row

    # --- The CRFP, before the national jury ---

    @precondition(lambda self: not self.sent)
    @rule(which=WHICH, block=st.integers(0, 4), entry=ENTRIES, who=_by("clerk", "outsider", "cpnefp"))
    def enter_mark(self, which: int, block: int, entry: str, who: str) -> None:
        found = Mark.objects.filter(enrolment=self.enrolments[which], block=self.blocks[block]).first()
        version = found.version if found else 0
        cell = {"enrolment": self.enrolments[which], "block": self.blocks[block], "attempt": 1}
        self.done(record_mark, who, **cell, entry=entry, version=version)

    @precondition(lambda self: not self.sent)
    @rule()
    def enter_the_rest(self) -> None:
        """The desk's work at one go: every mark still missing, every sheet transmitted."""
        for enrolment in self.enrolments:
            marked = Mark.objects.filter(enrolment=enrolment).exclude(outcome=Mark.Outcome.NONE)
            for block in self.blocks:
                if block.recorder != Block.Recorder.JURY and not marked.filter(block=block).exists():
                    found = Mark.objects.filter(enrolment=enrolment, block=block).first()
                    version = found.version if found else 0
                    cell = {"enrolment": enrolment, "block": block, "attempt": 1, "entry": "12"}
                    self.done(record_mark, "clerk", **cell, version=version)
        for block in self.blocks:
            if block.recorder != Block.Recorder.JURY:
                self.submit_sheet(self.blocks.index(block), "clerk")

    @precondition(lambda self: not self.sent)
    @rule(block=st.integers(0, 4), who=_by("clerk", "outsider", "juror"))
    def submit_sheet(self, block: int, who: str) -> None:
        self.done(submit_sheet, who, part=self.part, block=self.blocks[block])

    @precondition(lambda self: self.state != SessionState.PROCLAIMED)
    @rule(
        which=WHICH,
        block=st.integers(0, 4),
        entry=ENTRIES,
        reason=SENTENCES,
        who=_by("clerk", "ucanss", "outsider", "juror"),
    )
    def correct_mark(self, which: int, block: int, entry: str, reason: str, who: str) -> None:
        found = Mark.objects.filter(enrolment=self.enrolments[which], block=self.blocks[block]).first()
        version = found.version if found else 0
        cell = {"enrolment": self.enrolments[which], "block": self.blocks[block], "attempt": 1}
        self.done(correct_mark, who, **cell, entry=entry, version=version, reason=reason, confirmed=True)

    @precondition(lambda self: self.state != SessionState.PROCLAIMED)
    @rule(who=_by("clerk", "outsider", "ucanss"))
    def transmit(self, who: str) -> None:
        self.done(transmit_part, who, part=self.part)

    @rule(which=WHICH, motive=SENTENCES, who=_by("clerk", "outsider", "ucanss"))
    def withdraw(self, which: int, motive: str, who: str) -> None:
        self.done(withdraw, who, enrolment=self.enrolments[which], motive=motive)

    # --- The local jury ---

    @precondition(lambda self: not self.sent)
    @rule(which=WHICH, entry=ENTRIES, who=_by("jury_president", "juror", "other_juror", "clerk"))
    def hear(self, which: int, entry: str, who: str) -> None:
        self.attempt(_hear, "hear", hearing=self.hearing(which), entry=entry, by=self.world.people[who])

    @precondition(lambda self: not self.sent)
    @rule(
        which=WHICH,
        favourable=st.booleans(),
        argument=SENTENCES,
        who=_by("jury_president", "juror", "other_juror"),
    )
    def opine(self, which: int, favourable: bool, argument: str, who: str) -> None:
        opinion = Opinion.objects.filter(hearing=self.hearing(which)).first()
        version = opinion.version if opinion else 0
        given = {"favourable": favourable, "argument": argument, "version": version}
        self.done(give_opinion, who, hearing=self.hearing(which), **given)

    @precondition(lambda self: not self.sent)
    @rule(which=WHICH, motive=SENTENCES, who=_by("juror", "other_juror"))
    def recuse_juror(self, which: int, motive: str, who: str) -> None:
        self.done(recuse, who, hearing=self.hearing(which), motive=motive)

    @precondition(lambda self: not self.sent)
    @rule(absent=st.booleans(), who=_by("clerk", "outsider", "juror"))
    def note_juror(self, absent: bool, who: str) -> None:
        seat = self.jury.seats.get(user=self.world.people["juror"].user)
        if absent:
            self.done(note_absence, who, seat=seat, motive="Souffrant")
        else:
            self.done(note_presence, who, seat=seat)

    @precondition(lambda self: self.state != SessionState.PROCLAIMED)
    @rule(who=_by("jury_president", "juror", "other_juror"))
    def close_jury(self, who: str) -> None:
        self.done(close_jury, who, jury=self.jury)

    @rule(motive=SENTENCES, who=_by("ucanss", "clerk"))
    def reopen_jury(self, motive: str, who: str) -> None:
        self.done(reopen_jury, who, jury=self.jury, motive=motive)

    # --- The national jury ---

    @precondition(lambda self: self.state == SessionState.OPEN)
    @rule(who=_by("cpnefp_president", "cpnefp", "ucanss"))
    def open_sitting(self, who: str) -> None:
        if self.attempt(_open, "open_sitting", session=self.session, by=self.world.people[who]):
            everybody = {member: Presence("PRESENT") for member in self.rows[SittingMember]}
            self._call(everybody, "cpnefp_president", "cpnefp_salaries", who)

    def _call(self, presences: dict[int, Presence], president: str, vice: str, who: str) -> None:
        ids = {row["user_id"]: pk for pk, row in self.rows[SittingMember].items()}
        offices = [ids[self.world.people[name].user.pk] for name in (president, vice)]
        self.done(
            sittings.call_roll,
            who,
            session=self.session,
            presences=presences,
            president=offices[0],
            vice_president=offices[1],
        )

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(
        absent=st.sets(st.sampled_from(("cpnefp", "cpnefp_salaries", "other_president")), max_size=3),
        vice=st.sampled_from(("cpnefp_salaries", "other_president", "cpnefp")),
        who=_by("cpnefp_president", "other_president", "cpnefp"),
    )
    def call_roll(self, absent: set[str], vice: str, who: str) -> None:
        away = {self.world.people[name].user.pk for name in absent}
        rows = self.rows[SittingMember].items()
        presences = {pk: Presence("ABSENT" if row["user_id"] in away else "PRESENT") for pk, row in rows}
        self._call(presences, "cpnefp_president", vice, who)

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(
        which=WHICH,
        outcome=st.sampled_from(Outcome),
        motive=SENTENCES,
        votes=st.none() | st.tuples(st.integers(0, 2), st.integers(0, 2)),
        who=_by("cpnefp_salaries", "cpnefp_president", "cpnefp", "ucanss"),
    )
    def decide(
        self, which: int, outcome: Outcome, motive: str, votes: tuple[int, int] | None, who: str
    ) -> None:
        enrolment, ballots = self.enrolments[which], ()
        if votes is not None:
            roll = roll_of(self.session)
            against = zip(COLLEGES, votes, strict=True)
            ballots = tuple(  # type: ignore[assignment]
                Ballot(college, max(roll.voices(college) - no, 0), no, 0) for college, no in against
            )
        given = {"outcome": outcome, "motive": motive, "ballots": ballots}
        if self.done(national.decide, who, enrolment=enrolment, **given):
            self._remember([enrolment.pk])

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(who=_by("cpnefp_president", "cpnefp", "ucanss"))
    def adopt(self, who: str) -> None:
        before = self._decided.keys()
        if self.done(national.adopt_clear_files, who, session=self.session):
            self._remember(list(self._decided.keys() - before))

    def _remember(self, enrolments: list[int]) -> None:
        """What was decided, and what the jury had before it then."""
        for pk in enrolments:
            self.seen[pk], self.said[pk] = picture_of(pk), self._decided[pk]

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(which=WHICH, apart=st.booleans(), who=_by("cpnefp", "cpnefp_salaries", "ucanss"))
    def extract(self, which: int, apart: bool, who: str) -> None:
        verb = sittings.extract_file if apart else sittings.put_back_file
        self.done(verb, who, enrolment=self.enrolments[which])

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(which=WHICH, motive=SENTENCES, who=_by("cpnefp", "cpnefp_salaries", "juror"))
    def step_aside(self, which: int, motive: str, who: str) -> None:
        self.done(sittings.step_aside, who, enrolment=self.enrolments[which], motive=motive)

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(
        which=WHICH,
        block=st.integers(0, 4),
        points=st.sampled_from(("0.5", "1", "2", None)),
        motive=SENTENCES,
        who=_by("cpnefp_salaries", "cpnefp", "clerk"),
    )
    def give_points(self, which: int, block: int, points: str | None, motive: str, who: str) -> None:
        given = {"points": Decimal(points) if points else None, "motive": motive}
        cell = {"enrolment": self.enrolments[which], "block": self.blocks[block]}
        self.done(sittings.give_points, who, **cell, **given)

    @precondition(lambda self: self.state == SessionState.DELIBERATION)
    @rule(who=_by("cpnefp_president", "other_president", "cpnefp", "ucanss"))
    def proclaim(self, who: str) -> None:
        if self.done(national.proclaim, who, session=self.session):
            self._check_what_was_decided()

    def _check_what_was_decided(self) -> None:
        """Each file is proclaimed as the jury decided it, on what it had before it then."""
        for file in ProclaimedFile.objects.filter(proclamation__session=self.session):
            assert picture_of(file.enrolment_id) == self.seen[file.enrolment_id]
            content = json.loads(file.content)["decision"]
            told = content["outcome"], content["proposed"], content["motive"]
            assert (file.outcome, *told) == (told[0], *self.said[file.enrolment_id])

    # --- Somebody with the password of the database ---

    @rule(which=WHICH, what=st.sampled_from(("mark", "opinion", "decision", "certificate", "file", "entry")))
    def tamper(self, which: int, what: str) -> None:
        enrolment = self.enrolments[which].pk
        mark = Mark.objects.filter(enrolment=enrolment, value__isnull=False).order_by("pk").first()
        forged: dict[str, tuple[models.QuerySet[Any], dict[str, Any]]] = {
            "mark": (
                Mark.objects.filter(pk=mark.pk if mark else 0),
                # As a correction would write it, but for the journal: short of that the database refuses.
                {
                    "value": 11 if mark and mark.value != 11 else 10,
                    "version": models.F("version") + 1,
                    "corrections": 1 + ((mark.corrections or 0) if mark else 0),
                    "corrected_at": timezone.now(),
                },
            ),
            "opinion": (
                Opinion.objects.filter(hearing__enrolment=enrolment),
                {"favourable": False, "argument": "Forgé"},
            ),
            "decision": (
                Decision.objects.filter(enrolment=enrolment),
                {"outcome": Outcome.NOT_CERTIFIED, "motive": "Forgé"},
            ),
            "certificate": (Certificate.objects.filter(decision__enrolment=enrolment), {"content": "{}"}),
            "file": (ProclaimedFile.objects.filter(enrolment=enrolment), {"content": "{}"}),
            "entry": (Entry.objects.filter(chain=self._chain), {"reason": "Forgé"}),
        }
        rows, values = forged[what]
        if not rows.exists():
            return
        passed = self.attempt(rows.update, "tamper", **values)
        assert not passed or (what in FORGEABLE and self.state != SessionState.PROCLAIMED), what

    # --- After the proclamation ---

    @precondition(lambda self: self.state == SessionState.PROCLAIMED)
    @rule(
        which=WHICH,
        entry=ENTRIES,
        outcome=st.sampled_from(Outcome),
        motive=SENTENCES,
        who=_by("clerk", "ucanss", "outsider", "cpnefp_president"),
    )
    def propose(self, which: int, entry: str, outcome: Outcome, motive: str, who: str) -> None:
        corrections = Corrections(marks={("ECRIT", 1): entry})
        given = {"corrections": corrections, "outcome": outcome, "motive": motive}
        self.done(rectifications.propose, who, enrolment=self.enrolments[which], **given)

    @precondition(lambda self: any(one["closed_by_id"] is None for one in self.rows[Rectification].values()))
    @rule(
        verb=st.sampled_from(("approve", "decide", "dismiss")),
        who=_by("ucanss", "second_ucanss", "cpnefp_president", "other_president", "clerk"),
    )
    def answer(self, verb: str, who: str) -> None:
        rows = Rectification.objects.filter(decision__enrolment__session=self.session, closed_by=None)
        today = timezone.localdate()
        more: dict[str, dict[str, Any]] = {
            "decide": {"held_on": today, "place": "Paris"},
            "dismiss": {"reason": MOTIVE},
        }
        act = getattr(rectifications, verb)
        self.attempt(
            act,
            f"{verb}_rectification",
            rectification=rows.order_by("pk")[0],
            by=self.world.people[who],
            at=timezone.now(),
            **more.get(verb, {}),
        )

    # --- What always holds ---

    @invariant()
    def what_must_hold_holds(self) -> None:
        """Looked at again after whatever changed; a refusal was seen to change nothing."""
        if self.moved:
            self.departures_have_a_motive_and_refusals_an_argument()
            self.the_journal_holds()
            self.a_proclamation_was_made_by_a_complete_sitting()
            self.what_was_proclaimed_recomputes_to_its_digests()
            self.nobody_approves_their_own_rectification()
        self.moved = False

    def departures_have_a_motive_and_refusals_an_argument(self) -> None:
        for decision in self.rows[Decision].values():
            assert decision["outcome"] == decision["proposed"] or decision["motive"]
        for opinion in self.rows[Opinion].values():
            assert opinion["favourable"] or opinion["argument"]

    def the_journal_holds(self) -> None:
        assert first_break(self._chain) is None

    def a_proclamation_was_made_by_a_complete_sitting(self) -> None:
        for proclamation in Proclamation.objects.filter(session=self.session):
            frozen = json.loads(proclamation.payload)
            members = frozen["sitting"]["members"]
            there = [one for one in members if one["presence"] in ("PRESENT", "REPRESENTE")]
            voices = Counter(one["college"] for one in there)
            quorum = jury_rule_of(self.session.adoption.regulation).college_quorum
            assert min(voices[college] for college in COLLEGES) >= quorum > 0, "without quorum"
            officers = {one["name"] for one in members if one["office"] and one["presence"] == "PRESENT"}
            assert frozen["proclaimed"]["by"] in officers
            assert {one["office"] for one in members} >= {"PRESIDENCE", "VICE_PRESIDENCE"}

    def what_was_proclaimed_recomputes_to_its_digests(self) -> None:
        for proclamation in Proclamation.objects.filter(session=self.session):
            assert verify_proclamation(proclamation) is None
        for model in (ProclaimedFile, Certificate, Rectification):
            for row in self.rows[model].values():
                assert not row["content"] or sha256(row["content"]) == row["digest"]

    def nobody_approves_their_own_rectification(self) -> None:
        for row in self.rows[Rectification].values():
            people = [row["proposed_by_id"], row["approved_by_id"]]
            if row["held_on"]:
                people.append(row["closed_by_id"])
            named = [one for one in people if one]
            assert len(named) == len(set(named))
