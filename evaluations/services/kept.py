"""Verbs on what a candidate keeps: carried from an earlier enrolment, or recognised by Ucanss (A5, A27)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.rules import own_file_refusal, part_closed_refusal, scope_refusal
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned
from cqp.workflow import Refusal, demand
from evaluations.kept import Corrected, Keeping, keeping_of
from evaluations.models import (
    AcquiredBloc,
    AttestationFile,
    BlocCompetence,
    BlocJudgement,
    Criterion,
    KeptBloc,
    Mark,
    MasteryAttestation,
    Regulation,
)
from evaluations.rules import recognition_refusal, source_refusal

_COPIED = (
    "state", "mastered", "observed_on", "situation", "comment", "attested_at", "attested_by_id", "confirmed",
    "signed_at", "signed_by_id", "returned_at", "returned_by_id", "review_on", "reason",
)  # fmt: skip
_FILE = ("name", "kind", "content", "size", "sha256", "at", "by_id")


@transaction.atomic
def keep_marks(
    *,
    enrolment: Enrolment,
    source: Enrolment,
    deferred: bool,
    corrected: Corrected,
    by: Actor,
    at: datetime,
) -> list[Mark]:
    """Carry the marks `source` leaves into `enrolment`, each with its day and author; returns the new ones.

    `corrected`: what was decided of them since, which is what is carried.
    A block that has a mark already keeps it: done twice, nothing happens. Raises Refusal when the part is
    closed or another CRFP's, or the two enrolments are not of one person for one certification.
    """
    by.must(Act.RE_ENROL)
    session, keeping = _held(enrolment, source, by, deferred=deferred, corrected=corrected)
    there = set(Mark.objects.filter(enrolment=enrolment).values_list("block_id", flat=True))
    marks = Mark.objects.bulk_create(
        Mark(
            enrolment=enrolment,
            block=block,
            attempt=mark.attempt,
            outcome=mark.outcome,
            value=mark.value,
            scale=mark.scale,
            recorded_at=mark.recorded_at,
            recorded_by_id=mark.recorded_by_id,
            unusual=mark.unusual,
            kept_from_id=mark.kept_from_id or mark.pk,
        )
        for mark, block in keeping.marks
        if block.pk not in there
    )
    told = [
        f"{mark.block.code}{' (rattrapage)' if mark.attempt == 2 else ''} : {mark.entry}" for mark in marks
    ]
    _journal(session, enrolment, source, told, by, at)
    return marks


@transaction.atomic
def keep_blocs(
    *, enrolment: Enrolment, source: Enrolment, deferred: bool, by: Actor, at: datetime
) -> list[KeptBloc]:
    """Start `enrolment` with the blocs the person acquired; returns the new ones.

    After a deferral the attestations both sides signed come along, with their names and hours, for the blocs
    that are not kept. Done twice, nothing happens. Same refusals as `keep_marks`.
    """
    by.must(Act.RE_ENROL)
    session, keeping = _held(enrolment, source, by, deferred=deferred, corrected={})
    there = set(KeptBloc.objects.filter(enrolment=enrolment).values_list("bloc_id", flat=True))
    # What a jury has concluded since is not replaced by what was kept.
    judged = BlocJudgement.objects.filter(enrolment=enrolment).exclude(outcome=BlocJudgement.Outcome.OPEN)
    there |= set(judged.values_list("bloc_id", flat=True))
    blocs = KeptBloc.objects.bulk_create(
        KeptBloc(
            enrolment=enrolment,
            bloc=bloc,
            acquired_on=row.acquired_on,
            acquired=row if isinstance(row, AcquiredBloc) else None,
            motive="" if isinstance(row, AcquiredBloc) else row.motive,
            at=at,
            by=by.user,
        )
        for row, bloc in keeping.blocs
        if bloc.pk not in there
    )
    signed = _copy_attestations(enrolment, keeping)
    told = [kept.bloc.code for kept in blocs]
    told += [f"{one.competence.code} : attestation signée" for one in signed]
    _journal(session, enrolment, source, told, by, at)
    return blocs


@transaction.atomic
def recognise_bloc(
    *, enrolment: Enrolment, bloc: BlocCompetence, acquired_on: date, motive: str, by: Actor, at: datetime
) -> KeptBloc:
    """Recognise a bloc acquired by another way (VAE…), with the piece that shows it and why.

    Said again in the same words, it stays as it is. Raises Refusal when the files have left, the bloc is
    not of this regulation, is kept or judged already, the day is to come or the motive is missing.
    """
    by.must(Act.RECOGNISE_BLOC)
    motive = cleaned(motive)
    session, part = lock_part(enrolment.part)
    enrolment = Enrolment.objects.select_for_update(of=("self",)).get(pk=enrolment.pk)
    demand(part_closed_refusal(session, part) or own_file_refusal(enrolment, by))
    if not bloc.regulation.adoptions.filter(session=session).exists():
        raise Refusal("Ce bloc n’appartient pas au règlement de la session.")
    if not motive:
        raise Refusal("Indiquez la pièce et le motif de la reconnaissance.")
    kept = KeptBloc.objects.filter(enrolment=enrolment, bloc=bloc).first()
    if kept and (kept.acquired_on, kept.motive) == (acquired_on, motive):
        return kept
    judged = BlocJudgement.objects.filter(enrolment=enrolment, bloc=bloc).first()
    demand(recognition_refusal(enrolment, kept, judged, acquired_on, timezone.localdate(at)))
    kept = KeptBloc.objects.create(
        enrolment=enrolment, bloc=bloc, acquired_on=acquired_on, motive=motive, at=at, by=by.user
    )
    after = {"bloc": bloc.code, "date": acquired_on.isoformat()}
    fact = Fact(Act.RECOGNISE_BLOC, f"inscription {enrolment.pk}", enrolment.pk, after=after, reason=motive)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return kept


@transaction.atomic
def withdraw_recognition(
    *, enrolment: Enrolment, bloc: BlocCompetence, motive: str, by: Actor, at: datetime
) -> None:
    """Take back a bloc recognised by mistake, with the motive; one taken back already stays so.

    What an earlier session acquired is not a recognition: it stays. Refused once the files have left, or
    without a motive.
    """
    by.must(Act.RECOGNISE_BLOC)
    motive = cleaned(motive)
    session, part = lock_part(enrolment.part)
    demand(part_closed_refusal(session, part) or own_file_refusal(enrolment, by))
    kept = KeptBloc.objects.filter(enrolment=enrolment, bloc=bloc, acquired=None).first()
    if kept is None:
        return
    if not motive:
        raise Refusal("Indiquez pourquoi cette reconnaissance est retirée.")
    before = {"bloc": bloc.code, "date": kept.acquired_on.isoformat(), "motif": kept.motive}
    kept.delete()
    subject = f"inscription {enrolment.pk}"
    fact = Fact(Act.RECOGNISE_BLOC, subject, enrolment.pk, before, {"retire": True}, motive)
    record(chain=session.code, by=by, at=at, facts=[fact])


def _held(
    enrolment: Enrolment, source: Enrolment, by: Actor, *, deferred: bool, corrected: Corrected
) -> tuple[Session, Keeping]:
    """The session as it is now, under the locks of the part, and what `source` leaves to it."""
    session, part = lock_part(enrolment.part)
    demand(scope_refusal(part, by) or part_closed_refusal(session, part) or source_refusal(enrolment, source))
    regulation = Regulation.objects.get(adoptions__session=session)
    return session, keeping_of(source, regulation, deferred=deferred, corrected=corrected)


def _copy_attestations(enrolment: Enrolment, keeping: Keeping) -> list[MasteryAttestation]:
    """The signed attestations of the carnet, as they are, where the new one says nothing yet."""
    there = set(
        MasteryAttestation.objects.filter(enrolment=enrolment).values_list("competence_id", flat=True)
    )
    pairs = [(old, place) for old, place in keeping.attestations if place not in there]
    made = MasteryAttestation.objects.bulk_create(
        MasteryAttestation(
            enrolment=enrolment, competence_id=place, **{name: getattr(old, name) for name in _COPIED}
        )
        for old, place in pairs
    )
    criteria = _criteria_of(place for _, place in pairs)
    for (old, place), new in zip(pairs, made, strict=True):
        new.met.set(
            criteria[place, one.position] for one in old.met.all() if (place, one.position) in criteria
        )
        file = AttestationFile.objects.filter(attestation=old).first()  # one at a time: each may be 5 MB
        if file:
            AttestationFile.objects.create(attestation=new, **{name: getattr(file, name) for name in _FILE})
    return made


def _criteria_of(competences: Iterable[int]) -> dict[tuple[int, int], Criterion]:
    rows = Criterion.objects.filter(competence__in=list(competences))
    return {(row.competence_id, row.position): row for row in rows}


def _journal(
    session: Session, enrolment: Enrolment, source: Enrolment, told: Sequence[str], by: Actor, at: datetime
) -> None:
    if not told:
        return
    after: dict[str, Any] = {"conserve": list(told), "origine": source.session.code}
    fact = Fact(Act.RE_ENROL, f"inscription {enrolment.pk}", enrolment.pk, after=after)
    record(chain=session.code, by=by, at=at, facts=[fact])
