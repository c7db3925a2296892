"""What the juries have done so far, read in a constant number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from candidates.models import Candidate, Enrolment, Session, SessionPart
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership, User
from cqp.templatetags.fr import groups
from evaluations.models import (
    Adoption,
    BlocJudgement,
    Block,
    DetailMark,
    Mark,
    Regulation,
    SeatRule,
    SecondEntry,
)
from evaluations.models.juries import jury_rule_of
from evaluations.reading import results_of
from evaluations.scoring import Verdict
from juries import composition_rules, rules
from juries.bloc_lines import BlocLine, bloc_lines_of
from juries.composition_rules import composition_gaps, composition_refusal
from juries.models import (
    SIGNATURES,
    Hearing,
    HearingSlot,
    JuryReopening,
    JurySeat,
    JurySubstitute,
    LocalJury,
    Opinion,
    Recusal,
    corrections_of,
    stale_opinion,
)
from juries.plans import current_slot, hour_order
from juries.rules import (
    conflict_refusal,
    jury_frozen_refusal,
    still_awaited,
    unsettled_refusal,
)
from juries.states import JuryState

# --- The local jury ---


def corrections_made(enrolment: int) -> int:
    """How many times the marks of this enrolment (its id) were corrected once transmitted."""
    made: int | None = Mark.objects.filter(enrolment=enrolment).aggregate(made=Sum("corrections"))["made"]
    return made or 0


@dataclass(frozen=True, slots=True)
class HearingLine:
    """A candidate before a jury: the jury's own marks, its opinion, and what is still awaited.

    `stale`: a mark was corrected since the opinion; the jury says it again, the same or another.
    """

    hearing: Hearing
    blocks: Sequence[Block]
    marks: Mapping[int, Mark]
    opinion: Opinion | None
    deferred: bool  # a justified absence, at whatever examination (A5)
    awaited: tuple[str, ...]
    stale: bool = False
    corrections: int = 0  # made so far to the marks of the candidate
    blocs: Sequence[BlocLine] = ()

    @property
    def enrolment(self) -> Enrolment:
        return self.hearing.enrolment

    @property
    def slot(self) -> HearingSlot | None:
        """The hour given by the CRFP, if any."""
        return current_slot(self.hearing)

    @property
    def settled(self) -> bool:
        return not self.awaited

    @property
    def cells(self) -> list[tuple[Block, Mark | None]]:
        """The jury's blocks in regulation order, each with its mark if any."""
        return [(block, self.marks.get(block.pk)) for block in self.blocks]


def jury_marks_of(enrolments: Iterable[int]) -> dict[int, dict[int, Mark]]:
    """First marks given by juries, by enrolment then by block. Jurors never get anything else."""
    marks: dict[int, dict[int, Mark]] = defaultdict(dict)
    rows = Mark.objects.filter(
        enrolment__in=list(enrolments), block__recorder=Block.Recorder.JURY, attempt=Mark.Attempt.FIRST
    )
    for mark in rows:
        marks[mark.enrolment_id][mark.block_id] = mark
    return marks


def recorders_of(enrolments: Iterable[Enrolment]) -> dict[int, set[int]]:
    """Who recorded the marks that are not the juries', a first or a second time, by enrolment (R56)."""
    enrolments = list(enrolments)
    found: dict[int, set[int]] = defaultdict(set)
    rows = Mark.objects.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
    rows = rows.exclude(block__recorder=Block.Recorder.JURY).exclude(outcome=Mark.Outcome.NONE)
    for enrolment, user in rows.values_list("enrolment_id", "recorded_by_id"):
        found[enrolment].add(user)
    retyped = SecondEntry.objects.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
    for enrolment, *users in retyped.values_list("enrolment_id", "entered_by_id", "settled_by_id"):
        found[enrolment].update(filter(None, users))
    tested = DetailMark.objects.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
    for enrolment, user in tested.values_list("enrolment_id", "recorded_by_id"):
        found[enrolment].add(user)
    for model, names in SIGNATURES.items():
        signed = model.objects.filter(enrolment__in=[enrolment.pk for enrolment in enrolments])
        for enrolment, *users in signed.values_list("enrolment_id", *(f"{name}_id" for name in names)):
            found[enrolment].update(filter(None, users))
    return found


def deferred_among(hearings: Sequence[Hearing]) -> set[int]:
    """The candidates a justified absence defers, whoever recorded it; only their files are worked out."""
    excused = Mark.objects.filter(
        enrolment__in=[hearing.enrolment_id for hearing in hearings], outcome=Mark.Outcome.EXCUSED
    )
    of_session: dict[Session, set[int]] = defaultdict(set)
    found = set(excused.values_list("enrolment_id", flat=True))
    absent = BlocJudgement.objects.filter(
        enrolment__in=[hearing.enrolment_id for hearing in hearings], outcome=BlocJudgement.Outcome.EXCUSED
    )
    found |= set(absent.values_list("enrolment_id", flat=True))
    for hearing in hearings:
        if hearing.enrolment_id in found:
            of_session[hearing.jury.part.session].add(hearing.enrolment_id)
    deferred: set[int] = set()
    for session, ids in of_session.items():
        results = results_of(session, Enrolment.objects.filter(pk__in=ids))
        deferred |= {pk for pk, result in results.items() if result.verdict == Verdict.REPORTE}
    return deferred


def judged_by_juries(enrolments: Sequence[Enrolment]) -> set[int]:
    """Those for whom a jury has recorded a mark or an opinion."""
    ids = [enrolment.pk for enrolment in enrolments]
    marked = {pk for pk, marks in jury_marks_of(ids).items() if any(mark.entry for mark in marks.values())}
    heard = Opinion.objects.filter(hearing__enrolment__in=ids)
    judged = BlocJudgement.objects.filter(enrolment__in=ids)
    return (
        marked
        | set(heard.values_list("hearing__enrolment_id", flat=True))
        | set(judged.values_list("enrolment_id", flat=True))
    )


def lines_of(hearings: QuerySet[Hearing]) -> list[HearingLine]:
    """The lines of these hearings, whatever their jury and session; withdrawn candidates are left out."""
    loaded = list(
        hearings.filter(enrolment__state=EnrolmentState.ENROLLED)
        .select_related(
            "jury__part__session",
            "opinion__given_by",
            "slot__day",
            "enrolment__candidate",
            "enrolment__option",
            "enrolment__organisme",
        )
        .annotate(stale=stale_opinion("enrolment_id"), corrections=corrections_of("enrolment_id"))
        .order_by("enrolment__candidate__sort_key", "pk")
    )
    marks = jury_marks_of(hearing.enrolment_id for hearing in loaded)
    regulations = _regulations_of({hearing.jury.part.session_id for hearing in loaded})
    blocks = _blocks_by_regulation(regulations.values())
    blocs = bloc_lines_of(regulations.values(), [hearing.enrolment_id for hearing in loaded])
    deferred = deferred_among(loaded)
    return [
        _line(
            hearing,
            blocks[regulation],
            marks[hearing.enrolment_id],
            blocs.of(regulation, hearing.enrolment_id),
            deferred=hearing.enrolment_id in deferred,
        )
        for hearing in loaded
        for regulation in [regulations[hearing.jury.part.session_id]]
    ]


def by_hour(lines: Iterable[HearingLine]) -> list[HearingLine]:
    """As the jury hears them; by name where the CRFP gave no hour."""
    return sorted(lines, key=lambda line: hour_order(line.hearing))


def _regulations_of(sessions: set[int]) -> dict[int, int]:
    adoptions = Adoption.objects.filter(session__in=sessions)
    return dict(adoptions.values_list("session_id", "regulation_id"))


def _blocks_by_regulation(regulations: Iterable[int]) -> dict[int, list[Block]]:
    blocks: dict[int, list[Block]] = defaultdict(list)
    rows = Block.objects.filter(regulation__in=list(regulations), recorder=Block.Recorder.JURY)
    for block in rows.order_by("position"):
        blocks[block.regulation_id].append(block)
    return blocks


def _line(
    hearing: Hearing,
    blocks: Sequence[Block],
    marks: Mapping[int, Mark],
    blocs: Sequence[BlocLine],
    *,
    deferred: bool,
) -> HearingLine:
    opinion = getattr(hearing, "opinion", None)
    stale = bool(hearing.stale)  # type: ignore[attr-defined]  # annotated by `lines_of`
    awaited = still_awaited(blocks, marks, opinion, blocs, deferred=deferred, stale=stale)
    made = hearing.corrections or 0  # type: ignore[attr-defined]  # the same
    return HearingLine(hearing, blocks, marks, opinion, deferred, awaited, stale, made, blocs)


def regulation_of(session: Session) -> Regulation:
    """The regulation a session adopted, with what it asks of its juries."""
    rows = Regulation.objects.select_related("jury_rule")
    return rows.get(adoptions__session=session)


def candidates_of(jury: LocalJury) -> list[Candidate]:
    """Everybody a jury hears or was to hear, whoever asks: an argument names none but its own."""
    return list(Candidate.objects.filter(enrolments__hearing__jury=jury).order_by("sort_key", "pk"))


def seats_of(jury: LocalJury) -> list[JurySeat]:
    """Who sits in a jury, in the order of the regulation's seats."""
    return list(jury.seats.select_related("user", "rule").order_by("rule__position"))


def substitutes_of(jury: LocalJury) -> list[JurySubstitute]:
    """Who is ready to take a seat of a jury, in the order of the regulation's seats."""
    return list(jury.substitutes.select_related("user", "rule").order_by("rule__position", "pk"))


def people_of(jury: LocalJury) -> list[User]:
    """Those who judge, or may be called to: none is judge and party (R56)."""
    return people_among(seats_of(jury), substitutes_of(jury))


def people_among(seats: Sequence[JurySeat], substitutes: Sequence[JurySubstitute]) -> list[User]:
    """The people of these seats and these substitutes, each once."""
    people = [*(seat.user for seat in seats), *(one.user for one in substitutes)]
    return list({user.pk: user for user in people}.values())


def organismes_of(users: Iterable[User]) -> dict[int, set[int]]:
    """The organismes where these people hold a role, by person."""
    found: dict[int, set[int]] = defaultdict(set)
    memberships = Membership.objects.filter(user__in=list(users), organisme__isnull=False)
    for user, organisme in memberships.values_list("user_id", "organisme_id"):
        found[user].add(organisme)
    return found


def seat_rules_of(part: SessionPart) -> list[SeatRule]:
    """The seats a jury of this session must fill (R12, A25)."""
    rules = SeatRule.objects.filter(regulation__adoptions__session=part.session_id)
    return list(rules.order_by("position"))


def judging_refusal(hearing: Hearing, actor: Actor) -> str | None:
    """May this actor write anything of this candidate's hearing, even for himself or herself?"""
    jury, enrolment = hearing.jury, hearing.enrolment
    if hearing.recusals.filter(user=actor.user).exists():
        return "Vous êtes récusé pour ce candidat."
    return rules.judging_refusal(jury, enrolment, seats_of(jury), recorders_of([enrolment]), actor)


def deliberating_refusal(hearing: Hearing, actor: Actor) -> str | None:
    """May this actor record what the jury decides: a mark, a bloc, an opinion? One juror alone is no jury."""
    named = {hearing.pk: hearing.enrolment.candidate.full_name}
    return judging_refusal(hearing, actor) or quorum_refusal(hearing.jury, seats_of(hearing.jury), named)


def recused_of(jury: LocalJury) -> dict[int, set[int]]:
    """Who stepped aside: ids of people, by hearing."""
    found: dict[int, set[int]] = defaultdict(set)
    for hearing, user in Recusal.objects.filter(hearing__jury=jury).values_list("hearing_id", "user_id"):
        found[hearing].add(user)
    return found


def own_recusals(jury: LocalJury, actor: Actor) -> list[str]:
    """The identification numbers of the candidates this juror stepped aside for: all he or she may see."""
    rows = jury.hearings.sitting().filter(recusals__user=actor.user)
    return list(rows.order_by("enrolment__number").values_list("enrolment__number", flat=True))


def reopening_of(jury: LocalJury) -> JuryReopening | None:
    """Why a jury sits again; None when it is closed, or has never been."""
    if jury.state == JuryState.CLOSED:
        return None
    return jury.reopenings.select_related("by").order_by("at").last()


def hearing_minimum(part: SessionPart, seat_rules: Sequence[SeatRule]) -> int:
    """The jurors a hearing needs; never more than the seats there are."""
    regulation = Regulation.objects.select_related("jury_rule").get(adoptions__session=part.session_id)
    return min(jury_rule_of(regulation).hearing_minimum, len(seat_rules))


def quorum_refusal(jury: LocalJury, seats: Sequence[JurySeat], heard: Mapping[int, str]) -> str | None:
    """Is the jury complete enough for these hearings? `heard`: how each is named, by its id."""
    missing = jurors_missing(jury, seats, heard)
    return composition_rules.quorum_refusal({name: missing[pk] for pk, name in heard.items()})


def jurors_missing(jury: LocalJury, seats: Sequence[JurySeat], hearings: Iterable[int]) -> dict[int, int]:
    """How many jurors each of these hearings (their ids) lacks."""
    minimum, recused = hearing_minimum(jury.part, seat_rules_of(jury.part)), recused_of(jury)
    return {pk: composition_rules.missing_jurors(seats, recused.get(pk, ()), minimum) for pk in hearings}


def closing_refusal(
    jury: LocalJury, seats: Sequence[JurySeat], lines: Sequence[HearingLine], actor: Actor
) -> str | None:
    """What still keeps a jury from being closed: a seat, a juror judge and party, a candidate; by name.

    A candidate this actor may not see is named by his or her number.
    """
    enrolments = [line.enrolment for line in lines]
    shown = set(jury.hearings.visible_to(actor).values_list("pk", flat=True))
    names = {line.hearing.pk: _name_for(line, shown) for line in lines}
    return (
        jury_frozen_refusal(jury)
        or composition_refusal(jury, composition_gaps(seat_rules_of(jury.part), seats))
        or conflict_refusal([seat.user for seat in seats], enrolments, recorders_of(enrolments))
        or quorum_refusal(
            jury, seats, {line.hearing.pk: names[line.hearing.pk] for line in lines if not line.deferred}
        )
        or unsettled_refusal(
            len(lines), {names[line.hearing.pk]: line.awaited for line in lines if not line.settled}
        )
    )


def _name_for(line: HearingLine, shown: Collection[int]) -> str:
    if line.hearing.pk in shown:
        return line.enrolment.candidate.full_name
    return f"candidat n° {groups(line.enrolment.number)}"
