"""The files before the national jury: what each says, and why a human must look at it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from candidates.models import Candidate, Enrolment, Session
from cqp.journal.chain import canonical
from cqp.text import printable_refusal
from evaluations.evidence import Evidence, evidence_of
from evaluations.models import JuryPoints, Mark
from evaluations.reading import results_of
from evaluations.scoring import Result, plain_number
from juries.alerts import Alert, alerts_of
from juries.models import (
    Decision,
    Hearing,
    Opinion,
    already_certified,
    closings_of,
    sits_again,
    stale_opinion,
)
from juries.rules import proposal_of
from juries.states import JuryState, Outcome


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
    number: str  # the identification number: all that a recused member sees
    extracted: bool  # taken apart by a member
    is_hidden: bool = False  # from a recused member, who sees nothing but the number

    @property
    def proposed(self) -> Outcome | None:
        return proposal_of(self.result)

    @property
    def is_clear(self) -> bool:
        """Favourable and certifiable, without anything to look at."""
        return not self.alerts and not self.is_hidden

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
    heard: Mapping[str, Any]  # how often the local jury closed, and whether it sits again
    evidence: Mapping[str, Any]  # signatures and jury's sheets in blocs, argued points of the jury

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
    def is_adoptable(self) -> bool:
        """Clear, and not decided yet: adopted with the others like it."""
        return self.is_clear and not self.is_decided

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
                "heard": dict(self.heard),
            }
            | dict(self.evidence)
        )

    @property
    def votes(self) -> list[dict[str, Any]]:
        """How each college voted, as plain data; empty when the decision is unanimous, or not taken."""
        if self.decision is None:
            return []
        return [
            {
                "college": vote.college,
                "in_favour": vote.in_favour,
                "against": vote.against,
                "abstained": vote.abstained,
                "names_against": vote.names_against,
            }
            for vote in self.decision.votes.all()
        ]

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


def deliberated_digest(files: "Sequence[File]") -> str:
    """SHA-256 of all that was decided and of what each decision rested on; recomputed, it must not differ."""
    return digest_of({str(file.pk): [file.basis, file.outcome, file.motive, file.votes] for file in files})


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
    enrolments = enrolments.annotate(
        stale=stale_opinion(), certified=already_certified(), reopened=sits_again(), unusual=_UNUSUAL
    )
    rows = enrolments.values_list(*_SUMMARY, named=True)
    return sorted((_summary(row, results[row.pk]) for row in rows), key=lambda one: one.urgency)


_UNUSUAL = Exists(Mark.objects.filter(enrolment=OuterRef("pk"), unusual__gt=""))
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
    "number",
    "extraction",
    "stale",
    "certified",
    "reopened",
    "unusual",
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
            extracted=row.extraction is not None,
            reopened=row.reopened,
            unusual=row.unusual,
        ),
        number=row.number,
        extracted=row.extraction is not None,
    )


def files_of(session: Session) -> list[File]:
    """The whole files of a session, by name; a constant number of queries."""
    sitting = Enrolment.objects.filter(session=session).sitting()
    results, evidence = results_of(session), _evidence_of(sitting)
    return [_file(one, results[one.pk], evidence.get(one.pk, {})) for one in _whole(sitting)]


def file_of(enrolment: Enrolment) -> File:
    """The file of one candidate, withdrawn or not."""
    alone = Enrolment.objects.filter(pk=enrolment.pk)
    result = results_of(enrolment.session, alone)[enrolment.pk]
    return _file(_whole(alone).get(), result, _evidence_of(alone).get(enrolment.pk, {}))


def _evidence_of(enrolments: QuerySet[Enrolment]) -> Evidence:
    """What a decision rests on besides marks and opinion: signatures, sheets, points of the jury."""
    found = evidence_of(enrolments)
    points = JuryPoints.objects.filter(enrolment__in=enrolments.order_by().only("pk"))
    for one in points.select_related("block", "given_by"):
        found.setdefault(one.enrolment_id, {}).setdefault("points", []).append(
            {
                "block": one.block.code,
                "label": one.block.label,
                "points": plain_number(one.points),
                "motive": one.motive,
                "given": {"at": one.given_at.isoformat(), "by": one.given_by.full_name},
            }
        )
    return found


def _whole(enrolments: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """What is one's own is joined; what many share is fetched once, and shared."""
    return (
        enrolments.annotate(
            stale=stale_opinion(),
            certified=already_certified(),
            reopened=sits_again(),
            unusual=_UNUSUAL,
            closings=closings_of("hearing__jury"),
        )
        .select_related("candidate", "hearing__opinion", "decision", "extraction")
        .prefetch_related(
            "session",
            "option",
            "organisme",
            "part__crfp",
            "hearing__jury",
            "hearing__opinion__given_by",
            "decision__decided_by",
            "decision__votes",
        )
        .order_by("candidate__sort_key", "pk")
    )


def _file(enrolment: Enrolment, result: Result, evidence: Mapping[str, Any]) -> File:
    opinion = getattr(getattr(enrolment, "hearing", None), "opinion", None)
    favourable = opinion.favourable if opinion else None
    stale = bool(enrolment.stale)  # type: ignore[attr-defined]  # annotated by `_whole`
    certified = bool(enrolment.certified)  # type: ignore[attr-defined]  # the same
    alerts = alerts_of(
        result,
        favourable,
        derogation=enrolment.has_derogation,
        stale=stale,
        certified=certified,
        extracted=hasattr(enrolment, "extraction"),
        reopened=bool(enrolment.reopened),  # type: ignore[attr-defined]  # the same
        unusual=bool(enrolment.unusual),  # type: ignore[attr-defined]  # the same
    )
    decision = getattr(enrolment, "decision", None)
    return File(enrolment, result, opinion, decision, alerts, _heard(enrolment), evidence)


def _heard(enrolment: Enrolment) -> dict[str, Any]:
    """The closings of the local jury: a jury that sits again unsettles what was decided since."""
    hearing: Hearing | None = getattr(enrolment, "hearing", None)
    closings = enrolment.closings or 0  # type: ignore[attr-defined]  # annotated by `_whole`
    return {"closings": closings, "open": hearing is not None and hearing.jury.state == JuryState.OPEN}


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
