"""What an earlier enrolment leaves to the next one, by the regulation it was judged under (A5, A27)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from candidates.models import Enrolment
from candidates.models.enrolments import published
from candidates.states import EnrolmentState
from cqp.templatetags.fr import day, out_of
from evaluations.models import (
    AcquiredBloc,
    BlocCompetence,
    Block,
    KeptBloc,
    Mark,
    MasteryAttestation,
    Regulation,
)
from evaluations.rules import eliminates, kept_sentence
from evaluations.states import AttestationState

_FIRST = Mark.Attempt.FIRST

Corrected = Mapping[tuple[str, int], tuple[str, Decimal | None]]
"""What was decided of marks since they were given: outcome and value, by block code and attempt."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What one enrolment leaves: marks, blocs and attestations, each with its place in the next regulation.

    `again`: the labels of the blocks or blocs to be taken again.
    """

    marks: Sequence[tuple[Mark, Block]]
    blocs: Sequence[tuple[AcquiredBloc | KeptBloc, BlocCompetence]]
    attestations: Sequence[tuple[MasteryAttestation, int]]
    again: Sequence[str]

    @property
    def counted(self) -> list[tuple[Mark, Block]]:
        """The one mark that counts in each block: the retake where there is one."""
        return list({block.pk: (mark, block) for mark, block in self.marks}.values())


def is_kept(regulation: Regulation, *, deferred: bool) -> bool:
    """Does this regulation let a candidate keep marks, or a carnet? Silent: deferred yes, failed no.

    Acquired blocs are out of its reach: they stay acquired.
    """
    said = regulation.kept_when_deferred if deferred else regulation.kept_when_failed
    return deferred if said is None else said


def why_kept(regulation: Regulation, *, deferred: bool) -> str:
    """What this regulation lets a candidate keep, in a sentence."""
    if regulation.is_in_blocs:
        signed = " et les attestations signées du carnet" if is_kept(regulation, deferred=deferred) else ""
        return f"Les blocs acquis{signed if deferred else ''} sont conservés."
    if not is_kept(regulation, deferred=deferred):
        return f"Le règlement ne conserve rien {'en cas de report' if deferred else 'après un échec'}."
    if deferred:
        return "Tout ce qui a été noté est conservé, sauf les absences justifiées."
    return "Les notes au moins égales à la moyenne exigée et non éliminatoires sont conservées."


def keeping_of(source: Enrolment, regulation: Regulation, *, deferred: bool, corrected: Corrected) -> Keeping:
    """What `source` leaves to an enrolment under `regulation`; reads its session with its regulation.

    `corrected` takes the place of what was given. A mark in a block where nothing was given is not kept: it
    would come from nowhere.
    """
    of_source = source.session.adoption.regulation
    kept = is_kept(of_source, deferred=deferred)
    if regulation.is_in_blocs:
        blocs = list(regulation.blocs.all())
        found = _blocs_of(source, blocs)
        left = [bloc for bloc in blocs if bloc.pk not in {one.pk for _, one in found}]
        signed = _signed_of(source, left) if kept and deferred and of_source.is_in_blocs else []
        return Keeping([], found, signed, [bloc.title for bloc in left])
    blocks = list(regulation.blocks.all())
    given = _given(source, corrected) if kept else {}
    marks = _marks_of(given, of_source, blocks, deferred=deferred)
    there = {block.pk for _, block in marks}
    return Keeping(marks, [], [], [block.label for block in blocks if block.pk not in there])


def origins_of(marks: Iterable[Mark]) -> dict[int, str]:
    """Why each kept mark does not change, by its id; one query, none where nothing is kept."""
    kept = {mark.pk: mark.kept_from_id for mark in marks if mark.kept_from_id}
    if not kept:
        return {}
    codes = dict(Mark.objects.filter(pk__in=kept.values()).values_list("pk", "enrolment__session__code"))
    return {pk: kept_sentence(codes[origin]) for pk, origin in kept.items()}


def told_of(enrolment: Enrolment) -> list[tuple[str, str]]:
    """What an enrolment keeps: each mark or bloc in words, and where it comes from."""
    marks = list(Mark.objects.filter(enrolment=enrolment).exclude(kept_from=None).select_related("block"))
    origins = origins_of(marks)
    blocs = KeptBloc.objects.filter(enrolment=enrolment).select_related(
        "bloc", "acquired__enrolment__session", "by"
    )
    return [(f"{name_of(mark)} : {out_of(mark.entry, mark.scale)}", origins[mark.pk]) for mark in marks] + [
        (bloc.bloc.title, bloc_origin(bloc)) for bloc in blocs
    ]


def name_of(mark: Mark) -> str:
    """How a sentence names a mark."""
    return mark.block.label if mark.attempt == _FIRST else f"{mark.block.label} (rattrapage)"


def bloc_origin(kept: KeptBloc) -> str:
    """Where a kept bloc comes from, in a sentence."""
    if kept.acquired is None:
        return f"Bloc reconnu le {day(kept.acquired_on)} par {kept.by.full_name} : {kept.motive}"
    return f"Bloc acquis le {day(kept.acquired_on)}, session {kept.acquired.enrolment.session.code}."


def _given(source: Enrolment, corrected: Corrected) -> dict[str, list[Mark]]:
    """The marks of an enrolment as they are decided today, by block, first then retake."""
    rows: dict[str, list[Mark]] = {}
    for mark in Mark.objects.filter(enrolment=source).select_related("block").order_by("attempt"):
        rows.setdefault(mark.block.code, []).append(mark)
    found = {code: list(_as_decided(code, own, corrected)) for code, own in rows.items()}
    return {code: [one for one in own if one.outcome != Mark.Outcome.NONE] for code, own in found.items()}


def _as_decided(code: str, rows: Sequence[Mark], corrected: Corrected) -> Iterator[Mark]:
    """The marks of a block, each as corrected; an attempt only a decision gave comes from the one before."""
    of_attempt = {mark.attempt: mark for mark in rows}
    for attempt in Mark.Attempt.values:
        mark = of_attempt.get(attempt)
        decided = corrected.get((code, attempt))
        if mark is None and decided is None:
            continue
        origin = mark or rows[0]
        if decided is None or (mark and decided == (mark.outcome, mark.value)):
            yield origin
            continue
        changed = copy(origin)  # never saved: the mark given stays what it was
        changed.attempt, changed.unusual = attempt, None
        changed.outcome, changed.value = decided
        yield changed


def _marks_of(
    given: Mapping[str, Sequence[Mark]], regulation: Regulation, blocks: Sequence[Block], *, deferred: bool
) -> list[tuple[Mark, Block]]:
    """Marks of blocks of the same code on the same scale, first then retake, in the order of the blocks.

    Deferred: all that was given, save the justified absences. Failed: blocks whose mark that counts is not
    eliminatory and reaches the mean the regulation requires; the others are what failed.
    """
    found = []
    for block in blocks:
        own = [mark for mark in given.get(block.code, []) if mark.scale == block.mark_max]
        own = [mark for mark in own if mark.outcome != Mark.Outcome.EXCUSED]
        if not own or own[0].attempt != _FIRST:
            continue
        if deferred or _deserves(own[-1], regulation):
            found += [(mark, block) for mark in own]
    return found


def _deserves(mark: Mark, regulation: Regulation) -> bool:
    """Is it at least the share of the total that is required? Multiplied across: no division rounds."""
    if mark.value is None or eliminates(mark.block, mark):
        return False
    return mark.value * regulation.total_max >= mark.scale * regulation.pass_total


def _blocs_of(
    source: Enrolment, blocs: Sequence[BlocCompetence]
) -> list[tuple[AcquiredBloc | KeptBloc, BlocCompetence]]:
    """Blocs the person acquired in a session of the same certification, or that Ucanss recognised.

    Only of sessions whose results are open: a bloc is known by nobody before.
    """
    own = Q(enrolment__candidate=source.candidate_id)
    own &= Q(enrolment__session__certification=source.session.certification_id)
    opened = published("enrolment__session", timezone.now())
    acquired = AcquiredBloc.objects.filter(own, opened)
    acquired = acquired.select_related("bloc").order_by("acquired_on", "pk")
    proclaimed = KeptBloc.objects.filter(own, acquired=None, enrolment__state=EnrolmentState.ENROLLED)
    recognised = proclaimed.filter(opened)
    recognised = recognised.select_related("bloc").order_by("acquired_on", "pk")
    by_code: dict[str, AcquiredBloc | KeptBloc] = {}
    rows: list[AcquiredBloc | KeptBloc] = [*acquired, *recognised]
    for row in rows:
        by_code.setdefault(row.bloc.code, row)
    return [(by_code[bloc.code], bloc) for bloc in blocs if bloc.code in by_code]


def _signed_of(source: Enrolment, blocs: Sequence[BlocCompetence]) -> list[tuple[MasteryAttestation, int]]:
    """Masteries both sides signed, each with the id of its competence in these blocs."""
    places = {
        (bloc.code, competence.code): competence.pk for bloc in blocs for competence in bloc.competences.all()
    }
    rows = MasteryAttestation.objects.filter(
        enrolment=source, state=AttestationState.SIGNED, mastered=True, confirmed=True
    )
    rows = rows.select_related("competence__bloc").prefetch_related("met")
    return [
        (row, places[key])
        for row in rows
        if (key := (row.competence.bloc.code, row.competence.code)) in places
    ]
