"""What every session still waits for, read for all of them together in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from candidates.models import Enrolment, Session, SessionPart
from candidates.states import PartState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Reminder, User
from cqp.roles import Act, Role
from evaluations.models import (
    BlocJudgement,
    Block,
    BlockSheet,
    Competence,
    KeptBloc,
    Mark,
    MasteryAttestation,
)
from evaluations.states import AttestationState
from juries.forecast import Cause, Forecast, Owed, Owner
from juries.models import Hearing, JurySeat

_TO_OBSERVE = "compétence à observer", "compétences à observer"
_TO_SIGN = "compétence à signer", "compétences à signer"
_MISSING = "note manquante", "notes manquantes"
_TO_HEAR = "candidat à entendre", "candidats à entendre"
_TO_ASSIGN = "candidat à affecter à un jury", "candidats à affecter à un jury"
_TO_SEND = "dossier à transmettre", "dossiers à transmettre"
_GUIDES = {Block.Recorder.TUTOR: Role.TUTOR, Block.Recorder.MANAGER: Role.MANAGER}


def forecasts_of(actor: Actor, today: date, code: str = "", begun_by: date | None = None) -> list[Forecast]:
    """The sessions not proclaimed (or the one of this code), the nearest deadline first.

    `begun_by`: only those whose exams have begun on that day.

    Ucanss and the CPNEFP read every session: a jury that must sit within a month is told early what is late.
    A CRFP reads what its own part owes. Nobody else reads anything.
    """
    sessions = _sessions(actor).exclude(state=SessionState.PROCLAIMED)
    if code:
        sessions = sessions.filter(code=code)
    if begun_by:
        sessions = sessions.filter(exam_first_day__lte=begun_by)
    rows = list(sessions.select_related("certification", "adoption"))
    if not rows:
        return []
    rows.sort(key=lambda session: (session.national_jury_deadline, session.code))
    parts = _parts(actor, rows)
    sitting = Enrolment.objects.sitting().filter(part__in=parts)
    counts = dict(sitting.order_by().values_list("session_id").annotate(Count("pk")))
    owed = _owed([part for part in parts if part.state == PartState.OPEN])
    mine = {session.pk: [part.pk for part in parts if part.session_id == session.pk] for session in rows}
    return [
        Forecast(
            session,
            counts.get(session.pk, 0),
            _merged([one for part in mine[session.pk] for one in owed.get(part, ())]),
            today,
        )
        for session in rows
    ]


def _sessions(actor: Actor) -> QuerySet[Session]:
    if actor.may(Act.READ_DELIBERATION):
        return Session.objects.all()
    return Session.objects.visible_to(actor)


def _parts(actor: Actor, sessions: Sequence[Session]) -> list[SessionPart]:
    whole = actor.may(Act.READ_DELIBERATION)
    rows = SessionPart.objects.all() if whole else SessionPart.objects.visible_to(actor)
    of_session = {session.pk: session for session in sessions}
    found = list(rows.filter(session__in=sessions).select_related("crfp").order_by("crfp__name"))
    for part in found:
        part.session = of_session[part.session_id]
    return found


@dataclass(frozen=True, slots=True)
class _Person:
    """A candidate and who guides them."""

    pk: int
    regulation: int
    organisme: str
    tutor: User
    manager: User
    is_deferred: bool


def _owed(parts: Sequence[SessionPart]) -> dict[int, list[Owed]]:
    """What each open part still owes, by its id."""
    people = _people(parts)
    books = _Books(parts, people)
    found = {}
    for part in parts:
        sitting = people.get(part.pk, [])
        mine = [person for person in sitting if not person.is_deferred]
        owed = _merged([*books.carnets(mine), *books.marks(part, mine), *books.hearings(part, mine)])
        if sitting and not owed:
            ready = frozenset(person.pk for person in sitting)
            owed = [Owed(Cause.PART, _crfp(part), part.crfp.name, _TO_SEND, "", len(sitting), ready)]
        found[part.pk] = owed
    return found


def _deferred(parts: Sequence[SessionPart]) -> set[int]:
    """Those a justified absence defers: nothing more is awaited for them (A5)."""
    marks = Mark.objects.filter(enrolment__part__in=parts, outcome=Mark.Outcome.EXCUSED)
    blocs = BlocJudgement.objects.filter(enrolment__part__in=parts, outcome=BlocJudgement.Outcome.EXCUSED)
    return {*marks.values_list("enrolment_id", flat=True), *blocs.values_list("enrolment_id", flat=True)}


def _people(parts: Sequence[SessionPart]) -> dict[int, list[_Person]]:
    """Who sits in each part, by its id: somebody deferred owes nothing, and leaves with the others."""
    deferred = _deferred(parts)
    regulations = {part.pk: part.session.adoption.regulation_id for part in parts}
    people: dict[int, list[_Person]] = defaultdict(list)
    rows = Enrolment.objects.sitting().filter(part__in=parts).order_by("pk")
    for row in rows.prefetch_related("organisme", "tutor", "manager"):
        guides = row.tutor, row.manager
        regulation, is_deferred = regulations[row.part_id], row.pk in deferred
        people[row.part_id].append(_Person(row.pk, regulation, row.organisme.name, *guides, is_deferred))
    return people


class _Books:
    """Everything recorded for these people, read once; then what is missing, part by part."""

    def __init__(self, parts: Sequence[SessionPart], people: Mapping[int, Sequence[_Person]]) -> None:
        here: dict[str, Any] = {"enrolment__part__in": parts}
        regulations = {part.session.adoption.regulation_id for part in parts}
        self._blocks: dict[int, list[Block]] = defaultdict(list)
        for block in Block.objects.filter(regulation__in=regulations).order_by("position"):
            self._blocks[block.regulation_id].append(block)
        marks = Mark.objects.filter(**here, attempt=Mark.Attempt.FIRST).exclude(outcome=Mark.Outcome.NONE)
        self._marked = set(marks.values_list("enrolment_id", "block_id"))
        sheets = BlockSheet.objects.filter(part__in=parts, responsible__isnull=False)
        self._responsible = {
            (sheet.part_id, sheet.block_id): sheet.responsible
            for sheet in sheets.select_related("responsible")
        }
        self._blocs: dict[int, dict[int, int]] = defaultdict(dict)
        competences = Competence.objects.filter(bloc__regulation__in=regulations).order_by()
        for regulation, bloc, count in competences.values_list("bloc__regulation_id", "bloc_id").annotate(
            Count("pk")
        ):
            self._blocs[regulation][bloc] = count
        self._kept = set(KeptBloc.objects.filter(**here).values_list("enrolment_id", "bloc_id"))
        signed = MasteryAttestation.objects.filter(**here).order_by()
        self._attested = {
            (enrolment, bloc, state): count
            for enrolment, bloc, state, count in signed.values_list(
                "enrolment_id", "competence__bloc_id", "state"
            ).annotate(Count("pk"))
        }
        self._heard = self._hearings_of(here)

    @staticmethod
    def _hearings_of(here: Mapping[str, Any]) -> dict[int, tuple[str, User | None, bool]]:
        """The jury of each candidate, who presides it, and whether its opinion is given."""
        hearings = Hearing.objects.filter(**here).select_related("jury")
        presiding = JurySeat.objects.filter(
            jury__in=hearings.order_by().values("jury"), is_president=True
        ).select_related("user")
        presidents = {seat.jury_id: seat.user for seat in presiding}
        return {
            enrolment: (name, presidents.get(jury), opinion is not None)
            for enrolment, jury, name, opinion in hearings.values_list(
                "enrolment_id", "jury_id", "jury__name", "opinion__pk"
            )
        }

    def carnets(self, people: Sequence[_Person]) -> Iterator[Owed]:
        """Competences the tutor has not attested, then those the manager has not signed (R17)."""
        for person in people:
            blocs = self._blocs.get(person.regulation, {})
            mine = {bloc: n for bloc, n in blocs.items() if (person.pk, bloc) not in self._kept}
            attested, signed = (
                sum(self._attested.get((person.pk, bloc, state), 0) for bloc in mine)
                for state in (AttestationState.ATTESTED, AttestationState.SIGNED)
            )
            unseen = sum(mine.values()) - attested - signed
            for role, user, what, count in (
                (Role.TUTOR, person.tutor, _TO_OBSERVE, unseen),
                (Role.MANAGER, person.manager, _TO_SIGN, attested),
            ):
                if count:
                    owner = _person(role, user)
                    alone = frozenset({person.pk})
                    yield Owed(Cause.CARNET, owner, person.organisme, what, "", count, alone)

    def marks(self, part: SessionPart, people: Sequence[_Person]) -> Iterator[Owed]:
        """First marks that are not the juries', block by block, with who answers for each."""
        for person in people:
            for block in self._blocks[person.regulation]:
                if block.recorder == Block.Recorder.JURY or (person.pk, block.pk) in self._marked:
                    continue
                owner, place = self._marker(part, block, person)
                alone = frozenset({person.pk})
                yield Owed(Cause.MARKS, owner, place, _MISSING, block.label, 1, alone)

    def hearings(self, part: SessionPart, people: Sequence[_Person]) -> Iterator[Owed]:
        """Candidates without a jury, or whose jury has not given its marks and its opinion."""
        for person in people:
            name, president, done = self._heard.get(person.pk, ("", None, False))
            unmarked = any(
                block.recorder == Block.Recorder.JURY and (person.pk, block.pk) not in self._marked
                for block in self._blocks[person.regulation]
            )
            if done and not unmarked:
                continue
            owner = _person(Role.JUROR, president) if president else _crfp(part)
            what, alone = _TO_HEAR if name else _TO_ASSIGN, frozenset({person.pk})
            yield Owed(Cause.HEARING, owner, part.crfp.name, what, name, 1, alone)

    def _marker(self, part: SessionPart, block: Block, person: _Person) -> tuple[Owner, str]:
        """Who gives this mark: the responsible of its sheet, else the guide, else the CRFP."""
        responsible = self._responsible.get((part.pk, block.pk))
        if responsible:
            return _person(Role.CRFP, responsible), part.crfp.name
        role = _GUIDES.get(Block.Recorder(block.recorder))
        if role is None:
            return _crfp(part), part.crfp.name
        return _person(role, person.tutor if role == Role.TUTOR else person.manager), person.organisme


def _merged(owed: Sequence[Owed]) -> list[Owed]:
    """One line for the same thing awaited from the same owner."""
    groups: dict[tuple[Cause, Owner, str, tuple[str, str], str], list[Owed]] = defaultdict(list)
    for one in owed:
        groups[one.cause, one.owner, one.place, one.what, one.about].append(one)
    return [
        Owed(*key, sum(one.items for one in rows), frozenset().union(*(one.enrolments for one in rows)))
        for key, rows in groups.items()
    ]


def _person(role: Role, user: User) -> Owner:
    return Owner(role, user.pk, None, user.full_name)


def _crfp(part: SessionPart) -> Owner:
    return Owner(Role.CRFP, None, part.crfp_id, part.crfp.name)


def reminded_on(today: date) -> frozenset[str]:
    """The owners told something that day, by their keys; a CRFP as soon as one of its people was."""
    rows = Reminder.objects.filter(day=today).order_by()
    told = rows.values_list("membership__role", "membership__user_id", "membership__organisme_id")
    people = {f"{role.lower()}-{user}" for role, user, _ in told}
    return frozenset(people | {f"organisme-{place}" for role, _, place in told if role == Role.CRFP})
