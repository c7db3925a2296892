"""The blocs a jury has to judge of each candidate, and what is said of them so far."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from evaluations.models import BlocCompetence, BlocJudgement, KeptBloc


@dataclass(frozen=True, slots=True)
class BlocLine:
    """One bloc of one candidate before a jury: its sheet if begun, or what it is kept from."""

    bloc: BlocCompetence
    judgement: BlocJudgement | None
    kept: KeptBloc | None

    @property
    def is_concluded(self) -> bool:
        return self.kept is not None or (
            self.judgement is not None and self.judgement.outcome != BlocJudgement.Outcome.OPEN
        )

    @property
    def words(self) -> str:
        """« acquis », « en cours », « à juger », « conservé »."""
        if self.kept:
            return "conservé"
        return self.judgement.get_outcome_display().lower() if self.judgement else "à juger"


def bloc_lines_of(regulations: Collection[int], enrolments: Collection[int]) -> "BlocLines":
    """The blocs of these regulations with the sheets of these enrolments, all by id."""
    blocs: dict[int, list[BlocCompetence]] = defaultdict(list)
    for bloc in BlocCompetence.objects.filter(regulation__in=regulations).order_by("position"):
        blocs[bloc.regulation_id].append(bloc)
    if not blocs:
        return BlocLines({}, {}, {})
    sheets = BlocJudgement.objects.filter(enrolment__in=enrolments).select_related("recorded_by")
    kept = KeptBloc.objects.filter(enrolment__in=enrolments)
    return BlocLines(
        blocs,
        {(sheet.enrolment_id, sheet.bloc_id): sheet for sheet in sheets},
        {(row.enrolment_id, row.bloc_id): row for row in kept},
    )


@dataclass(frozen=True, slots=True)
class BlocLines:
    """What was read, to be asked candidate by candidate."""

    blocs: dict[int, list[BlocCompetence]]
    sheets: dict[tuple[int, int], BlocJudgement]
    kept: dict[tuple[int, int], KeptBloc]

    def of(self, regulation: int, enrolment: int) -> Sequence[BlocLine]:
        return [
            BlocLine(bloc, self.sheets.get((enrolment, bloc.pk)), self.kept.get((enrolment, bloc.pk)))
            for bloc in self.blocs.get(regulation, ())
        ]
