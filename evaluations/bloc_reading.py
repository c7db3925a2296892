"""From the rows of a carnet and of a jury to what the arithmetic of blocs reads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from candidates.models import Enrolment
from evaluations.models import (
    BlocJudgement,
    BlocRule,
    CompetenceJudgement,
    KeptBloc,
    MasteryAttestation,
    Regulation,
)
from evaluations.scoring import (
    Bloc,
    BlocResult,
    BlocScheme,
    Competence,
    Conclusion,
    Course,
    Heard,
    Scope,
    Words,
    conclude_blocs,
    judge,
)
from evaluations.scoring import BlocRule as Rule
from evaluations.states import AttestationState


def bloc_scheme_of(regulation: Regulation) -> BlocScheme:
    """The arithmetic of a regulation in blocs. SchemeError when it is incoherent."""
    return BlocScheme(
        code=regulation.code,
        version=regulation.version,
        title=regulation.title,
        blocs=tuple(
            Bloc(
                bloc.code,
                bloc.title,
                tuple(Competence(one.code, one.label, one.is_key) for one in bloc.competences.all()),
            )
            for bloc in regulation.blocs.prefetch_related("competences")
        ),
        rule=rule_of(regulation),
        requires_pass=regulation.requires_pass,
        max_months=regulation.max_months,
    )


def rule_of(regulation: Regulation) -> Rule:
    """When a bloc is acquired: what the regulation says, or reading A18 where it says nothing."""
    row: BlocRule | None = getattr(regulation, "bloc_rule", None)
    if row is None:
        return Rule()
    return Rule(Scope(row.tutor), Scope(row.manager), Scope(row.jury), row.blocs_needed)


def iter_bloc_results(
    regulation: Regulation, enrolments: QuerySet[Enrolment], courses: Iterator[tuple[int, Course]]
) -> Iterator[tuple[int, BlocResult]]:
    """The result of each enrolment, by its id; the same number of queries whatever theirs."""
    scheme = bloc_scheme_of(regulation)
    chosen = enrolments.order_by().only("pk")
    carnets, sittings, kept = _signatures(chosen), _judgements(chosen), _kept(chosen)
    for pk, course in courses:
        lines = [
            judge(
                scheme.rule,
                bloc,
                _heard(bloc, carnets.get(pk, {}), sittings.get((pk, bloc.code)), kept.get((pk, bloc.code))),
            )
            for bloc in scheme.blocs
        ]
        yield pk, conclude_blocs(scheme, lines, course)


def judgements_of(enrolment: Enrolment) -> QuerySet[BlocJudgement]:
    """What the jury said of each bloc of one candidate, competence by competence."""
    rows = BlocJudgement.objects.filter(enrolment=enrolment).select_related("bloc", "recorded_by")
    return rows.prefetch_related("competences__competence")


Signatures = Mapping[str, tuple[bool | None, bool | None]]
"""The tutor's word and the manager's, by competence code."""


@dataclass(slots=True)
class _Judged:
    """What a jury said of one bloc: its conclusion if any, its words by competence code."""

    conclusion: Conclusion | None
    words: dict[str, bool] = field(default_factory=dict)


_UNJUDGED = _Judged(None)


def _heard(bloc: Bloc, signatures: Signatures, judged: _Judged | None, kept: date | None) -> Heard:
    judged = judged or _UNJUDGED
    words = {
        one.code: Words(*signatures.get(one.code, (None, None)), judged.words.get(one.code))
        for one in bloc.competences
    }
    return Heard(words, judged.conclusion, kept=kept, is_open=judged.conclusion is None)


def _signatures(enrolments: QuerySet[Enrolment]) -> dict[int, dict[str, tuple[bool | None, bool | None]]]:
    """An attestation sent back says nothing until the tutor gives it again."""
    found: dict[int, dict[str, tuple[bool | None, bool | None]]] = defaultdict(dict)
    rows = MasteryAttestation.objects.filter(enrolment__in=enrolments).exclude(
        state=AttestationState.RETURNED
    )
    for pk, code, mastered, confirmed in rows.order_by().values_list(
        "enrolment_id", "competence__code", "mastered", "confirmed"
    ):
        found[pk][code] = mastered, confirmed
    return found


def _judgements(enrolments: QuerySet[Enrolment]) -> dict[tuple[int, str], _Judged]:
    found = {}
    by_sheet = {}
    rows = BlocJudgement.objects.filter(enrolment__in=enrolments).order_by()
    for sheet, pk, code, outcome in rows.values_list("pk", "enrolment_id", "bloc__code", "outcome"):
        concluded = None if outcome == BlocJudgement.Outcome.OPEN else Conclusion(outcome)
        found[pk, code] = by_sheet[sheet] = _Judged(concluded)
    words = CompetenceJudgement.objects.filter(judgement__enrolment__in=enrolments).order_by()
    for sheet, code, acquired in words.values_list("judgement_id", "competence__code", "acquired"):
        by_sheet[sheet].words[code] = acquired
    return found


def _kept(enrolments: QuerySet[Enrolment]) -> dict[tuple[int, str], date]:
    kept = KeptBloc.objects.filter(enrolment__in=enrolments).order_by()
    rows = kept.values_list("enrolment_id", "bloc__code", "acquired_on")
    return {(pk, code): day for pk, code, day in rows}
