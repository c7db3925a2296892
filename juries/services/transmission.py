"""Sending a CRFP's part to the national jury: what is missing, what will happen, and the one act."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from candidates.models import Enrolment, SessionPart
from candidates.rules import jury_work_refusal, scope_refusal
from candidates.services.sessions import close_part
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.text import printable_refusal
from cqp.workflow import demand
from evaluations.models import Block
from evaluations.reading import results_of
from evaluations.retakes import open_retakes
from evaluations.scoring import Owes, Result, Verdict
from evaluations.standing import standings_of
from juries import rules
from juries.composition_rules import composition_gaps, composition_refusal
from juries.deliberation import holder_data
from juries.models import Hearing, LocalJury
from juries.reading import HearingLine, lines_of, recorders_of, seat_rules_of
from juries.services.locks import lock_part
from juries.states import JuryState


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that keeps a part from being transmitted, by name, and where to settle it."""

    sentence: str
    url: str
    button: str


@dataclass(frozen=True, slots=True)
class Notable:
    """A candidate the national jury will look at closely, and why."""

    enrolment: Enrolment
    reasons: Sequence[str]

    @property
    def label(self) -> str:
        return self.enrolment.candidate.full_name

    @property
    def detail(self) -> str:
        return " ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A part as it would be transmitted now: either `blockers`, or what the national jury will receive."""

    blockers: Sequence[Blocker]
    notable: Sequence[Notable]
    count: int


@transaction.atomic
def transmit_part(*, part: SessionPart, by: Actor, at: datetime) -> SessionPart:
    """Send a part to the national jury: from here its files are locked. Sent already, it stays so.

    Raises Refusals with one sentence for each thing that is missing.
    """
    by.must(Act.TRANSMIT)
    _session, part = lock_part(part)
    demand(scope_refusal(part, by))
    if part.state == PartState.TRANSMITTED:
        return part
    demand(jury_work_refusal(part.session, part))
    blockers = outlook_of(part).blockers
    if blockers:
        raise rules.Refusals({str(n): blocker.sentence for n, blocker in enumerate(blockers)})
    return close_part(part=part, by=by, at=at)


def outlook_of(part: SessionPart) -> Outlook:
    """A part as it would be transmitted now, in a constant number of queries."""
    enrolments = list(Enrolment.objects.sitting().filter(part=part).select_related("candidate"))
    results = results_of(part.session, Enrolment.objects.sitting().filter(part=part), with_points=False)
    lines = {line.enrolment.pk: line for line in lines_of(Hearing.objects.filter(jury__part=part))}
    if not enrolments:
        desk = reverse("candidates:part_detail", args=[part.session.code, part.crfp.code])
        return Outlook([Blocker("Aucun candidat n’est inscrit dans cette session.", desk, "Inscrire")], [], 0)
    blockers = [
        *_unprintable(enrolments),
        *_missing(part, enrolments, results, lines),
        *_not_submitted(part),
        *_without_jury(part, enrolments, results, lines),
        *_juries(part, lines.values()),
    ]
    retakes = {retake.enrolment.pk for retake in open_retakes(part)}
    notable = [
        Notable(enrolment, reasons)
        for enrolment in enrolments
        if (
            reasons := _reasons(
                results[enrolment.pk], lines.get(enrolment.pk), may_retake=enrolment.pk in retakes
            )
        )
    ]
    return Outlook(blockers, notable, len(enrolments))


def _unprintable(enrolments: Sequence[Enrolment]) -> Iterator[Blocker]:
    """Identities no certificate could print: corrected now, since nothing changes once transmitted."""
    for enrolment in enrolments:
        if any(map(printable_refusal, holder_data(enrolment).values())):
            edit = reverse("candidates:enrolment_edit", args=[enrolment.pk])
            name = enrolment.candidate.full_name
            yield Blocker(f"{name} : son identité contient un caractère à retaper.", edit, "Corriger")


def _missing(
    part: SessionPart,
    enrolments: Sequence[Enrolment],
    results: Mapping[int, Result],
    lines: Mapping[int, HearingLine],
) -> Iterator[Blocker]:
    """What is not the jury’s: marks, signatures, facts of the course; an open jury speaks for its own."""
    blocks = Block.objects.filter(regulation__adoptions__session=part.session_id)
    by_jury = set(blocks.filter(recorder=Block.Recorder.JURY).values_list("label", flat=True))
    here = [part.session.code, part.crfp.code]
    sheet, compose = reverse("evaluations:mark_sheet", args=here), reverse("juries:jury_compose", args=here)
    for enrolment in enrolments:
        name, line = enrolment.candidate.full_name, lines.get(enrolment.pk)
        owed: dict[Owes, list[str]] = {}
        for by, label in results[enrolment.pk].owed:
            owed.setdefault(Owes.JURY if label in by_jury else by, []).append(label)
        heard = line is not None and line.hearing.jury.state == JuryState.CLOSED
        if heard and Owes.JURY in owed:
            yield Blocker(f"{name} : pas entendu par son jury, qui est clos.", compose, "Affecter ailleurs")
        if marks := owed.get(Owes.MARKS):
            yield Blocker(f"{name} : note manquante ({', '.join(marks)}).", sheet, "Saisir")
        if signatures := owed.get(Owes.CARNET):
            carnet = reverse("evaluations:carnet_detail", args=[enrolment.pk])
            yield Blocker(f"{name}, carnet de suivi : {' ; '.join(signatures)}.", carnet, "Voir le carnet")
        if facts := owed.get(Owes.FACTS):
            edit = reverse("candidates:enrolment_edit", args=[enrolment.pk])
            yield Blocker(f"{name} : à renseigner ({', '.join(facts)}).", edit, "Compléter")


def _not_submitted(part: SessionPart) -> Iterator[Blocker]:
    """Blocks whose marks are all there and whose responsible has not transmitted them, or not checked."""
    here = [part.session.code, part.crfp.code]
    for standing in standings_of(part):
        if standing.missing:
            continue  # said candidate by candidate already
        url = reverse("evaluations:sheet_list", args=here)
        label, sheet = standing.block.label, standing.sheet
        if standing.refusals:
            yield Blocker(f"{label} : {standing.refusals[0]}", url, "Ouvrir la feuille")
        elif not sheet.is_submitted:
            who = f" par {sheet.responsible.full_name}" if sheet.responsible else ""
            yield Blocker(f"{label} : notes saisies, à transmettre{who}.", url, "Transmettre les notes")


def _without_jury(
    part: SessionPart,
    enrolments: Sequence[Enrolment],
    results: Mapping[int, Result],
    lines: Mapping[int, HearingLine],
) -> Iterator[Blocker]:
    """Candidates no jury hears; a deferred one needs none."""
    url = reverse("juries:jury_compose", args=[part.session.code, part.crfp.code])
    for enrolment in enrolments:
        if enrolment.pk not in lines and results[enrolment.pk].verdict != Verdict.REPORTE:
            yield Blocker(f"{enrolment.candidate.full_name} : aucun jury local ne l’entend.", url, "Affecter")


def _juries(part: SessionPart, lines: Collection[HearingLine]) -> Iterator[Blocker]:
    """Juries that are not closed, each with what keeps it open; a jury without candidate keeps nobody."""
    seat_rules = seat_rules_of(part)
    recorders = recorders_of([line.enrolment for line in lines])
    for jury in LocalJury.objects.filter(part=part).prefetch_related("seats__user", "seats__rule"):
        heard = [line for line in lines if line.hearing.jury_id == jury.pk]
        seats = list(jury.seats.all())
        url = reverse("juries:jury_edit", args=[jury.pk])
        enrolments = [line.enrolment for line in heard]
        conflicts = rules.conflicts_of([seat.user for seat in seats], enrolments, recorders)
        for enrolment, sentences in conflicts.items():
            yield _conflict(jury, enrolment, " ".join(sentences))
        if heard and jury.state == JuryState.OPEN:
            gaps = composition_refusal(jury, composition_gaps(seat_rules, seats))
            yield Blocker(gaps or _still_open(jury, heard), url, "Ouvrir le jury")


def _conflict(jury: LocalJury, enrolment: int, sentence: str) -> Blocker:
    """A juror judge and party: an open jury is composed anew; for a closed one the enrolment is put right."""
    if jury.state == JuryState.OPEN:
        url = reverse("juries:jury_edit", args=[jury.pk])
        return Blocker(f"{jury.name} : {sentence}", url, "Recomposer")
    url = reverse("candidates:enrolment_detail", args=[enrolment])
    return Blocker(
        f"{jury.name}, déjà clos : {sentence} Le jury ne change plus : désignez un autre tuteur, "
        "manager ou correcteur.",
        url,
        "Voir l’inscription",
    )


def _still_open(jury: LocalJury, heard: Sequence[HearingLine]) -> str:
    left = [line.enrolment.candidate.full_name for line in heard if not line.settled]
    if left:
        return f"{jury.name} n’est pas clos. À entendre encore : {', '.join(left)}."
    president = next(
        seat.user.full_name for seat in jury.seats.all() if seat.is_president and seat.is_present
    )
    return f"{jury.name} a entendu tous ses candidats : {president} doit le clore."


def _reasons(result: Result, line: HearingLine | None, *, may_retake: bool) -> list[str]:
    """Why the national jury will look closely at a file; what a CRFP should know before it leaves (R7)."""
    reasons = ["Peut encore repasser une épreuve : plus après la transmission."] if may_retake else []
    if line and line.opinion and not line.opinion.favourable:
        reasons.append("Avis de non-attribution.")
    if line and line.stale:
        reasons.append("Une note a été corrigée depuis l’avis du jury.")
    if result.verdict == Verdict.REPORTE:
        reasons.append("Absence justifiée : report proposé.")
    elif result.verdict == Verdict.NON_CERTIFIABLE:
        reasons += [reason.sentence for reason in result.reasons]
    return reasons
