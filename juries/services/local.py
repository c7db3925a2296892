"""Verbs of the jurors: record what the jury thinks of each candidate, close it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import Conflict, Refusal, demand
from evaluations.models import Block, Mark, jury_rule_of
from evaluations.services.marks import write_mark
from juries import rules
from juries.local_minutes import next_rank, seal_closing
from juries.models import Hearing, LocalJury, LocalMinutes, Opinion
from juries.opinion_rules import names_question, opinion_refusal, overtaken_by, unseen_refusal
from juries.reading import (
    candidates_of,
    closing_refusal,
    corrections_made,
    deliberating_refusal,
    lines_of,
    regulation_of,
    seats_of,
)
from juries.services.entries import MarkEntry, OpinionEntry
from juries.services.locks import lock_hearing, lock_jury
from juries.states import LOCAL_JURY, JuryState

__all__ = ["MarkEntry", "OpinionEntry"]


@transaction.atomic
def record_hearing_mark(
    *, hearing: Hearing, block: Block, entry: str, version: int, by: Actor, at: datetime
) -> Mark:
    """Record the one mark the jurors agreed on (A29), in a block the jury gives (R11, R33)."""
    by.must(Act.RECORD_MARK)
    _session, hearing = lock_hearing(hearing)
    demand(deliberating_refusal(hearing, by))
    if block.recorder != Block.Recorder.JURY:
        raise Refusal(f"{block.label} n’est pas noté par le jury local.")
    return write_mark(
        enrolment=hearing.enrolment,
        block=block,
        attempt=Mark.Attempt.FIRST,
        entry=entry,
        version=version,
        by=by,
        at=at,
    )


@transaction.atomic
def give_opinion(
    *,
    hearing: Hearing,
    favourable: bool,
    argument: str,
    version: int,
    by: Actor,
    at: datetime,
    corrections: int | None = None,
    names_confirmed: bool = False,
) -> Opinion:
    """Record the opinion the jurors agreed on; an unfavourable one carries its argument (R34).

    The same opinion given again after a correction of a mark confirms it; `corrections` is how many the page
    knew of (None: all). Raises Refusal when there are more, Conflict when another juror's opinion differs,
    Refusals on `argument` when it names another candidate of the jury and nobody confirmed it is meant.
    """
    by.must(Act.GIVE_OPINION)
    argument = cleaned_lines(argument)
    session, hearing = lock_hearing(hearing)
    demand(deliberating_refusal(hearing, by))
    least = jury_rule_of(regulation_of(session)).argument_min
    demand(opinion_refusal(favourable=favourable, argument=argument, minimum=least))
    opinion = Opinion.objects.select_related("given_by").filter(hearing=hearing).first()
    made = corrections_made(hearing.enrolment_id)
    demand(unseen_refusal(made if corrections is None else corrections, made))
    same = opinion and (opinion.favourable, opinion.argument) == (favourable, argument)
    if opinion and same and (opinion.corrections or 0) == made:
        return opinion
    if (opinion.version if opinion else 0) != version:
        raise Conflict(overtaken_by(opinion))
    before = _opinion_data(opinion) if opinion else {}
    if not names_confirmed and argument != before.get("argument"):
        others = candidates_of(hearing.jury)
        rules.demand_of("argument", names_question(argument, hearing.enrolment.candidate, others))
    opinion = opinion or Opinion(hearing=hearing, version=0)
    opinion.favourable, opinion.argument, opinion.version = favourable, argument, version + 1
    opinion.given_at, opinion.given_by, opinion.corrections = at, by.user, made
    opinion.save()
    about = f"inscription {hearing.enrolment_id}"
    after = _opinion_data(opinion)
    fact = Fact(Act.GIVE_OPINION, about, hearing.enrolment_id, before=before, after=after, reason=argument)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return opinion


@transaction.atomic
def record_hearing(
    *, hearing: Hearing, marks: Sequence[MarkEntry], opinion: OpinionEntry | None, by: Actor, at: datetime
) -> None:
    """Record what the jury decided of one candidate, all or nothing; a mark left empty stays unrecorded.

    Raises Refusals by field: a block's code, `opinion`, or `argument` for the names it cites.
    """
    by.must(Act.SIT_IN_JURY)
    _session, hearing = lock_hearing(hearing)
    demand(deliberating_refusal(hearing, by))
    refused = {}
    for mark in marks:
        if mark.entry.strip() == "" and mark.version == 0:
            continue
        try:
            record_hearing_mark(
                hearing=hearing, block=mark.block, entry=mark.entry, version=mark.version, by=by, at=at
            )
        except Refusal as refusal:
            refused[mark.block.code] = _said(refusal)
    if opinion:
        try:
            give_opinion(
                hearing=hearing,
                favourable=opinion.favourable,
                argument=opinion.argument,
                version=opinion.version,
                corrections=opinion.corrections,
                names_confirmed=opinion.names_confirmed,
                by=by,
                at=at,
            )
        except rules.Refusals as asked:
            refused |= asked.sentences
        except Refusal as refusal:
            refused["opinion"] = _said(refusal)
    if refused:
        raise rules.Refusals(refused)


@transaction.atomic
def close_jury(*, jury: LocalJury, by: Actor, at: datetime, incidents: str = "") -> LocalJury:
    """Freeze what a jury did, with its minutes, when its president declares it done; closed, it stays so.

    Raises Refusal when somebody else tries, when a seat is empty, when a juror is judge and party, or
    when a candidate is not settled: each is named. `incidents`: what happened that day, for the minutes.
    """
    by.must(Act.CLOSE_JURY)
    incidents = cleaned_lines(incidents)
    session, jury = lock_jury(jury)
    seats = seats_of(jury)
    demand(rules.presidency_refusal(seats, by))
    if jury.state == JuryState.CLOSED:
        return jury
    lines = lines_of(jury.hearings.all())
    demand(closing_refusal(jury, seats, lines, by))
    jury.state = JuryState(LOCAL_JURY.target(jury.state, Act.CLOSE_JURY))
    jury.closed_at, jury.closed_by = at, by.user
    jury.save()
    sealed, rank = seal_closing(jury, seats, lines, incidents=incidents, by=by, at=at), next_rank(jury)
    LocalMinutes.objects.create(
        jury=jury, rank=rank, content=sealed.text, digest=sealed.digest, at=at, by=by.user
    )
    after = {"etat": jury.state, "cloture": rank, "empreinte": sealed.digest}
    _journal(session, Act.CLOSE_JURY, jury, after=after, by=by, at=at)
    return jury


def _opinion_data(opinion: Opinion) -> dict[str, Any]:
    return {"favorable": opinion.favourable, "argument": opinion.argument}


def _said(refusal: Refusal) -> str:
    """The sentence of a refusal, and the way out of a conflict: the sheet now carries the newest version."""
    if isinstance(refusal, Conflict):
        return f"{refusal.sentence} Enregistrez de nouveau pour le remplacer par votre saisie."
    return refusal.sentence


def _journal(
    session: Session,
    act: Act,
    jury: LocalJury,
    *,
    by: Actor,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    fact = Fact(act, f"jury {jury.pk}", before=before or {}, after=after or {})
    record(chain=session.code, by=by, at=at, facts=[fact])
