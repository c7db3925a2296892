"""The carnet de suivi of an enrolment as one object: read from its rows, never stored."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, TextChoices

from candidates.models import Enrolment, EnrolmentQuerySet
from cqp.accounts.actor import Actor
from evaluations.carnet_rules import closed_refusal, last_day_of
from evaluations.models import (
    AttestationFile,
    BlocCompetence,
    CarnetReopening,
    Competence,
    Criterion,
    KeptBloc,
    MasteryAttestation,
)
from evaluations.states import AttestationState

# What is joined to an attestation, but its content.
FILE = Prefetch("file", AttestationFile.objects.defer("content"))


class CarnetState(TextChoices):
    """Where a carnet stands as a whole."""

    OPEN = "OUVERT", "Ouvert"
    COMPLETE = "COMPLET", "Complet"
    CLOSED = "CLOS", "Clos"


@dataclass(frozen=True, slots=True)
class Progress:
    """Of so many competences to sign: how many the tutor attested, how many the manager signed."""

    total: int
    attested: int
    signed: int

    @property
    def is_complete(self) -> bool:
        return self.signed == self.total

    @property
    def to_observe(self) -> int:
        return self.total - self.attested


@dataclass(frozen=True, slots=True)
class CarnetLine:
    """One competence of a carnet, with its criteria and what was attested of it."""

    competence: Competence
    attestation: MasteryAttestation | None

    @property
    def state(self) -> str:
        """The state of the attestation; nothing while the competence is to be observed."""
        return self.attestation.state if self.attestation else ""

    @property
    def is_due_to_tutor(self) -> bool:
        return self.state in ("", AttestationState.RETURNED)

    @property
    def is_due_to_manager(self) -> bool:
        return self.state == AttestationState.ATTESTED

    @property
    def is_signed(self) -> bool:
        return self.state == AttestationState.SIGNED

    @property
    def is_mastered(self) -> bool:
        """Mastered by the word of both."""
        return bool(self.attestation and self.attestation.confirmed and self.attestation.mastered)

    @property
    def words(self) -> str:
        """Where the competence stands, in words."""
        if self.attestation is None:
            return "À observer"
        if self.is_signed and not self.is_mastered:
            return "Non maîtrisée, signée par le manager"
        if self.is_due_to_manager and not self.attestation.mastered:
            return "Non maîtrisée selon le tuteur"
        return self.attestation.get_state_display()

    @property
    def tone(self) -> str:
        if self.is_signed:
            return "good" if self.is_mastered else "bad"
        return "ink" if self.is_due_to_manager else "wait"

    @property
    def criteria(self) -> list[tuple[Criterion, bool]]:
        """Each criterion, met or not."""
        met = {criterion.pk for criterion in self.attestation.met.all()} if self.attestation else set()
        return [(criterion, criterion.pk in met) for criterion in self.competence.criteria.all()]

    @property
    def file(self) -> AttestationFile | None:
        """What the tutor joined, if anything."""
        return getattr(self.attestation, "file", None)

    @property
    def met_count(self) -> int:
        return sum(is_met for _, is_met in self.criteria)


@dataclass(frozen=True, slots=True)
class CarnetBloc:
    """A bloc of the carnet; one kept from elsewhere has nothing to sign."""

    bloc: BlocCompetence
    lines: list[CarnetLine]
    kept: KeptBloc | None

    @property
    def progress(self) -> Progress:
        return _progress(() if self.kept else self.lines)


@dataclass(frozen=True, slots=True)
class Carnet:
    """The carnet of an enrolment as it stands on a day."""

    enrolment: Enrolment
    blocs: list[CarnetBloc]
    reopening: CarnetReopening | None  # the one that lasts longest
    today: date

    @property
    def lines(self) -> Iterator[CarnetLine]:
        """What is to be signed: the competences of the blocs that are not kept."""
        return (line for one in self.blocs if one.kept is None for line in one.lines)

    @property
    def progress(self) -> Progress:
        return _progress(self.lines)

    @property
    def refusal(self) -> str | None:
        """Why nothing of it may change any more."""
        return closed_refusal(self.enrolment, self.reopening, self.today)

    @property
    def last_day(self) -> date:
        return last_day_of(self.enrolment, self.reopening)

    @property
    def state(self) -> CarnetState:
        if self.refusal:
            return CarnetState.CLOSED
        return CarnetState.COMPLETE if self.progress.is_complete else CarnetState.OPEN

    @property
    def due_to_tutor(self) -> list[CarnetLine]:
        """What the tutor observes next: what came back first, then the key competences."""
        due = [line for line in self.lines if line.is_due_to_tutor]
        return sorted(due, key=lambda line: (not line.state, not line.competence.is_key))

    @property
    def due_to_manager(self) -> list[CarnetLine]:
        return [line for line in self.lines if line.is_due_to_manager]

    @property
    def missing(self) -> list[CarnetLine]:
        return [line for line in self.lines if not line.is_signed]

    def line_of(self, competence: int) -> tuple[CarnetBloc, CarnetLine] | None:
        """One competence with its bloc, by its id."""
        pairs = ((one, line) for one in self.blocs for line in one.lines)
        return next((pair for pair in pairs if pair[1].competence.pk == competence), None)


def enrolments_of(actor: Actor) -> EnrolmentQuerySet:
    """The enrolments an actor may see, with all that a carnet reads of them."""
    rows = Enrolment.objects.visible_to(actor)
    return rows.select_related(
        *("candidate", "option", "organisme", "tutor", "manager", "part__crfp"),
        *("session__certification", "session__adoption__regulation"),
    )


def carnet_of(enrolment: Enrolment, today: date) -> Carnet:
    (carnet,) = carnets_of([enrolment], today)
    return carnet


def carnets_of(enrolments: Sequence[Enrolment], today: date) -> list[Carnet]:
    """The carnets of these enrolments, in order, in a constant number of queries.

    Of a regulation in points the carnet has no bloc.
    """
    ids = [enrolment.pk for enrolment in enrolments]
    regulations = {enrolment.session.adoption.regulation_id for enrolment in enrolments}
    blocs: dict[int, list[BlocCompetence]] = defaultdict(list)
    for bloc in BlocCompetence.objects.filter(regulation__in=regulations).prefetch_related(
        "competences__criteria"
    ):
        blocs[bloc.regulation_id].append(bloc)
    kept = {(row.enrolment_id, row.bloc_id): row for row in KeptBloc.objects.filter(enrolment__in=ids)}
    attested = {(row.enrolment_id, row.competence_id): row for row in attestations(ids)}
    reopened: dict[int, CarnetReopening] = {}
    for row in CarnetReopening.objects.filter(enrolment__in=ids).select_related("by").order_by("until"):
        reopened[row.enrolment_id] = row
    return [
        Carnet(
            enrolment,
            [
                CarnetBloc(
                    bloc,
                    [
                        CarnetLine(competence, attested.get((enrolment.pk, competence.pk)))
                        for competence in bloc.competences.all()
                    ],
                    kept.get((enrolment.pk, bloc.pk)),
                )
                for bloc in blocs[enrolment.session.adoption.regulation_id]
            ],
            reopened.get(enrolment.pk),
            today,
        )
        for enrolment in enrolments
    ]


def attestations(enrolments: Iterable[int]) -> Iterable[MasteryAttestation]:
    """The attestations of these enrolments with their people, criteria met and file (but its content)."""
    rows = MasteryAttestation.objects.filter(enrolment__in=list(enrolments))
    return rows.select_related("attested_by", "signed_by", "returned_by").prefetch_related("met", FILE)


def _progress(lines: Iterable[CarnetLine]) -> Progress:
    lines = list(lines)
    attested = sum(line.is_due_to_manager or line.is_signed for line in lines)
    return Progress(len(lines), attested, sum(line.is_signed for line in lines))
