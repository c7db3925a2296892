"""The files before the national jury: what each says, and why a human must look at it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from candidates.models import Candidate, Enrolment, Session, SessionPart
from candidates.states import EnrolmentState, PartState
from cqp.journal.chain import canonical
from cqp.text import printable_refusal
from evaluations.evidence import evidence_of
from evaluations.reading import results_of
from evaluations.rules import NEAR
from evaluations.scoring import Result
from juries.models import Decision, Opinion, already_certified, current_outcome, stale_opinion
from juries.rules import proposal_of
from juries.states import Outcome

CLOSE_TOTAL = Decimal(1)  # and so is a total of 99,x


@dataclass(frozen=True, slots=True)
class Alert:
    """Why a file needs a human, in a few words; the lower the rank, the sooner it is seen."""

    rank: int
    label: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One candidate in the national table: what it shows, filters and sorts by, and nothing more."""

    pk: int
    name: str
    sort_key: str
    option: tuple[int, str, str]  # position, code, label; -1 and two empty texts without option
    crfp: tuple[str, str]  # code, name
    favourable: bool | None
    outcome: str  # empty until decided
    motive: str
    result: Result
    alerts: tuple[Alert, ...]

    @property
    def proposed(self) -> Outcome | None:
        return proposal_of(self.result)

    @property
    def is_clear(self) -> bool:
        """Favourable and certifiable, without anything to look at."""
        return not self.alerts

    @property
    def is_decided(self) -> bool:
        return bool(self.outcome)

    @property
    def departs(self) -> bool:
        """The decision is not what the arithmetic proposed (A23)."""
        return self.is_decided and self.outcome != self.proposed

    @property
    def urgency(self) -> tuple[int, str, int]:
        """What needs a human first, then by name."""
        return (self.alerts[0].rank if self.alerts else 99), self.sort_key, self.pk


@dataclass(frozen=True, slots=True)
class File:
    """One candidate before the national jury, whole."""

    enrolment: Enrolment
    result: Result
    opinion: Opinion | None
    decision: Decision | None
    alerts: tuple[Alert, ...]
    evidence: Mapping[str, Any]  # signatures and jury's sheets of a session in blocs

    @property
    def pk(self) -> int:
        return self.enrolment.pk

    @property
    def name(self) -> str:
        return self.enrolment.candidate.full_name

    @property
    def outcome(self) -> str:
        """What is decided; empty until then."""
        return self.decision.outcome if self.decision else ""

    @property
    def motive(self) -> str:
        return self.decision.motive if self.decision else ""

    @property
    def is_decided(self) -> bool:
        return self.decision is not None

    @property
    def is_clear(self) -> bool:
        """Favourable and certifiable, without anything to look at."""
        return not self.alerts

    @property
    def proposed(self) -> Outcome | None:
        return proposal_of(self.result)

    @property
    def basis(self) -> str:
        """SHA-256 of what the jury has before it: who, marks, tally, opinion; any change of them shows."""
        return digest_of(
            {
                "holder": holder_data(self.enrolment),
                "result": self.result.to_data(),
                "opinion": opinion_data(self.opinion),
            }
            | dict(self.evidence)
        )

    @property
    def is_printable(self) -> bool:
        """Whether the documents of this candidate can be drawn from what would be frozen."""
        texts = [*holder_data(self.enrolment).values()]
        texts += [self.opinion.argument] if self.opinion else []
        return not any(map(printable_refusal, [*texts, self.motive]))

    @property
    def departs(self) -> bool:
        """The decision is not what the arithmetic proposed (A23)."""
        return self.decision is not None and self.decision.outcome != self.proposed


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of some plain data."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def holder_data(enrolment: Enrolment) -> dict[str, str]:
    """A candidate's civil identity."""
    candidate = enrolment.candidate
    return {
        "birth_name": candidate.birth_name,
        "used_name": candidate.used_name,
        "first_names": candidate.first_names,
        "birth_date": candidate.birth_date.isoformat(),
        "birth_place": candidate.birth_place,
    }


def opinion_data(opinion: Opinion | None) -> dict[str, Any] | None:
    """A jury's opinion as plain data."""
    if opinion is None:
        return None
    return {
        "favourable": opinion.favourable,
        "argument": opinion.argument,
        "given_at": opinion.given_at.isoformat(),
        "given_by": opinion.given_by.full_name,
    }


def summaries_of(session: Session) -> list[Summary]:
    """Every candidate of a session, those that need a human first; a constant number of queries."""
    results = results_of(session)
    enrolments = session.enrolments.sitting().order_by()
    enrolments = enrolments.annotate(stale=stale_opinion(), certified=already_certified())
    rows = enrolments.values_list(*_SUMMARY, named=True)
    return sorted((_summary(row, results[row.pk]) for row in rows), key=lambda one: one.urgency)


_SUMMARY = (
    "pk",
    "candidate__birth_name",
    "candidate__used_name",
    "candidate__first_names",
    "candidate__sort_key",
    "option__position",
    "option__code",
    "option__label",
    "part__crfp__code",
    "part__crfp__name",
    "hearing__opinion__favourable",
    "decision__outcome",
    "decision__motive",
    "derogation_motive",
    "stale",
    "certified",
)


def _summary(row: Any, result: Result) -> Summary:
    holder = Candidate(
        birth_name=row.candidate__birth_name,
        used_name=row.candidate__used_name,
        first_names=row.candidate__first_names,
    )
    option = (row.option__position, row.option__code, row.option__label)
    favourable = row.hearing__opinion__favourable
    return Summary(
        pk=row.pk,
        name=holder.full_name,
        sort_key=row.candidate__sort_key,
        option=(-1, "", "") if row.option__code is None else option,
        crfp=(row.part__crfp__code, row.part__crfp__name),
        favourable=favourable,
        outcome=row.decision__outcome or "",
        motive=row.decision__motive or "",
        result=result,
        alerts=alerts_of(
            result,
            favourable,
            derogation=bool(row.derogation_motive),
            stale=row.stale,
            certified=row.certified,
        ),
    )


def files_of(session: Session) -> list[File]:
    """The whole files of a session, by name; a constant number of queries."""
    sitting = Enrolment.objects.filter(session=session).sitting()
    results, evidence = results_of(session), evidence_of(sitting)
    return [_file(one, results[one.pk], evidence.get(one.pk, {})) for one in _whole(sitting)]


def file_of(enrolment: Enrolment) -> File:
    """The file of one candidate, withdrawn or not."""
    alone = Enrolment.objects.filter(pk=enrolment.pk)
    result = results_of(enrolment.session, alone)[enrolment.pk]
    return _file(_whole(alone).get(), result, evidence_of(alone).get(enrolment.pk, {}))


def _whole(enrolments: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """What is one's own is joined; what many share is fetched once, and shared."""
    return (
        enrolments.annotate(stale=stale_opinion(), certified=already_certified())
        .select_related("candidate", "hearing__opinion", "decision")
        .prefetch_related(
            "session",
            "option",
            "organisme",
            "part__crfp",
            "hearing__jury",
            "hearing__opinion__given_by",
            "decision__decided_by",
        )
        .order_by("candidate__sort_key", "pk")
    )


def _file(enrolment: Enrolment, result: Result, evidence: Mapping[str, Any]) -> File:
    opinion = getattr(getattr(enrolment, "hearing", None), "opinion", None)
    favourable = opinion.favourable if opinion else None
    stale = bool(enrolment.stale)  # type: ignore[attr-defined]  # annotated by `_whole`
    certified = bool(enrolment.certified)  # type: ignore[attr-defined]  # the same
    alerts = alerts_of(
        result, favourable, derogation=enrolment.has_derogation, stale=stale, certified=certified
    )
    decision = getattr(enrolment, "decision", None)
    return File(enrolment, result, opinion, decision, alerts, evidence)


def alerts_of(
    result: Result, favourable: bool | None, *, derogation: bool, stale: bool, certified: bool
) -> tuple[Alert, ...]:
    """Everything that calls for the jury's eyes; a file without any is clear.

    `stale`: a mark was corrected since the local jury gave its opinion; `certified`: the person holds this
    CQP already.
    """
    proposed = proposal_of(result)
    found = list(_opinion_alerts(proposed, favourable))
    found += [Alert(4, words) for words in result.close_calls(NEAR, CLOSE_TOTAL)]
    if stale:
        found.append(Alert(2, "Note corrigée depuis l’avis"))
    if certified:
        found.append(Alert(1, "Déjà certifié à une autre session"))
    if proposed is None:
        found.append(Alert(0, "Dossier incomplet"))
    if proposed == Outcome.DEFERRED:
        found.append(Alert(5, "Absence justifiée"))
    if derogation:
        found.append(Alert(6, "Dérogation"))
    if result.was_absent:
        found.append(Alert(7, "Absence injustifiée"))
    return tuple(sorted(found, key=lambda alert: alert.rank))


def _opinion_alerts(proposed: Outcome | None, favourable: bool | None) -> Iterator[Alert]:
    if favourable is None:
        if proposed != Outcome.DEFERRED:
            yield Alert(3, "Sans avis")
    elif not favourable:
        yield Alert(1, "Avis défavorable")
        if proposed == Outcome.CERTIFIED:
            yield Alert(2, "Contre le calcul")
    elif proposed == Outcome.NOT_CERTIFIED:
        yield Alert(2, "Favorable contre le calcul")


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the deliberation is."""

    total: int
    decided: int
    to_examine: int
    clear: int

    @property
    def undecided(self) -> int:
        return self.total - self.decided


def counts_of(files: Sequence[Summary] | Sequence[File]) -> Counts:
    """`to_examine` and `clear` count what is still undecided."""
    undecided = [file for file in files if not file.is_decided]
    clear = sum(file.is_clear for file in undecided)
    return Counts(
        total=len(files),
        decided=len(files) - len(undecided),
        to_examine=len(undecided) - clear,
        clear=clear,
    )


@dataclass(frozen=True, slots=True)
class Docket:
    """A session as the national jury follows it: who has sent what."""

    session: Session
    candidates: int
    received: Sequence[str]
    awaited: Sequence[str]
    decided: int
    certified: int

    @property
    def undecided(self) -> int:
        return self.candidates - self.decided

    @property
    def parts(self) -> int:
        return len(self.received) + len(self.awaited)


def sessions_before(sessions: QuerySet[Session]) -> list[Docket]:
    """The sessions given, the most urgent first; three queries whatever their number."""
    rows = list(
        sessions.select_related("certification", "sitting", "proclamation").defer("proclamation__payload")
    )
    sitting = Q(enrolments__state=EnrolmentState.ENROLLED)
    parts = (
        SessionPart.objects.filter(session__in=rows)
        .annotate(size=Count("enrolments", filter=sitting))
        .filter(size__gt=0)
        .order_by("crfp__name")
        .values_list("session_id", "crfp__name", "state", "size")
    )
    of_session: dict[int, list[tuple[str, str, int]]] = {}
    for session, name, state, size in parts:
        of_session.setdefault(session, []).append((name, state, size))
    decisions = {
        session: (decided, certified)
        for session, decided, certified in Decision.objects.filter(enrolment__session__in=rows)
        .annotate(now=current_outcome("enrolment", "outcome"))
        .values_list("enrolment__session")
        .annotate(decided=Count("pk"), certified=Count("pk", filter=Q(now=Outcome.CERTIFIED)))
    }
    dockets = [_docket(row, of_session.get(row.pk, []), decisions.get(row.pk, (0, 0))) for row in rows]
    return sorted(dockets, key=lambda docket: (docket.session.national_jury_deadline, docket.session.code))


def _docket(session: Session, parts: Sequence[tuple[str, str, int]], decisions: tuple[int, int]) -> Docket:
    return Docket(
        session=session,
        candidates=sum(size for _name, _state, size in parts),
        received=[name for name, state, _size in parts if state == PartState.TRANSMITTED],
        awaited=[name for name, state, _size in parts if state != PartState.TRANSMITTED],
        decided=decisions[0],
        certified=decisions[1],
    )
