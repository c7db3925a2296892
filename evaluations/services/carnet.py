"""Verbs of the carnet: attested by the tutor, signed or sent back by the manager, reopened with a motive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned, cleaned_lines
from cqp.workflow import Refusal, demand
from evaluations import carnet_rules as rules
from evaluations.attachments import Attachment
from evaluations.models import AttestationFile, CarnetReopening, Competence, KeptBloc, MasteryAttestation
from evaluations.observed import AttestationConflict, Observed, told_of
from evaluations.states import ATTESTATION, AttestationState

_STALE = "La page est périmée : rechargez-la."


@dataclass(frozen=True, slots=True)
class Signing:
    """What a manager signs: an attestation as it was read, whether they confirm a mastery, and why not."""

    attestation: MasteryAttestation
    version: int
    confirmed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one signature: done, or why not."""

    attestation: MasteryAttestation
    refusal: str = ""


@transaction.atomic
def attest(
    *,
    enrolment: Enrolment,
    competence: Competence,
    version: int,
    observed: Observed,
    file: Attachment | None = None,
    by: Actor,
    at: datetime,
) -> MasteryAttestation:
    """Attest what the tutor observed of a competence, over the version they saw (0: nothing yet).

    What is stored already is left alone. A file replaces the one that was there. Raises Refusal, or
    AttestationConflict when somebody else wrote in between.
    """
    by.must(Act.ATTEST)
    enrolment = _held(enrolment)
    observed = observed.cleaned()
    rows = MasteryAttestation.objects.filter(enrolment=enrolment, competence=competence)
    stored = rows.select_related("attested_by", "signed_by", "returned_by").first()
    if stored is not None and file is None and _is_said(stored, observed, by):
        return stored
    kept = KeptBloc.objects.filter(enrolment=enrolment, bloc=competence.bloc_id).first()
    today = timezone.localdate(at)
    demand(
        rules.side_refusal(enrolment, by)
        or rules.competence_refusal(enrolment, competence, kept)
        or _closed(enrolment, today)
        or rules.attesting_refusal(stored)
        or rules.observation_refusal(observed.observed_on, observed.situation, today)
    )
    if (stored.version if stored else 0) != version:
        raise AttestationConflict(stored) if stored else Refusal(_STALE)
    before = told_of(stored) if stored else {}
    attestation = stored or MasteryAttestation(version=0)
    attestation.enrolment, attestation.competence = enrolment, competence
    if stored is not None:
        attestation.state = ATTESTATION.target(stored.state, Act.ATTEST)
    _write(attestation, observed, by, at)
    if file is not None:
        _join(attestation, file, by, at)
    _record(Act.ATTEST, attestation, by, at, before, told_of(attestation, file))
    return attestation


@transaction.atomic
def withdraw_attestation(*, attestation: MasteryAttestation, by: Actor, at: datetime) -> None:
    """Take back one's own attestation, with what was joined to it, while the manager has not signed it.

    Taken back already, nothing happens.
    """
    by.must(Act.WITHDRAW_ATTESTATION)
    enrolment = _held(attestation.enrolment)
    stored = _stored([attestation.pk]).get(attestation.pk)
    if stored is None:
        return
    stored.enrolment = enrolment
    demand(
        rules.side_refusal(enrolment, by)
        or _closed(enrolment, timezone.localdate(at))
        or rules.attesting_refusal(stored)
        or (
            None
            if stored.attested_by_id == by.user.pk
            else f"{stored.attested_by.full_name} l’a attestée : cette attestation n’est pas la vôtre."
        )
    )
    before = told_of(stored)
    _record(Act.WITHDRAW_ATTESTATION, stored, by, at, before, {"etat": "A_OBSERVER"})
    stored.delete()


def countersign(*, signings: Sequence[Signing], by: Actor, at: datetime) -> list[Signed]:
    """Sign several attestations at once, each with its own answer: one refused keeps no other from it.

    Signed already by the same person in the same words, it stays so.
    """
    by.must(Act.COUNTERSIGN)
    answers: dict[int, Signed] = {}
    in_order = sorted(signings, key=lambda signing: _part(signing).pk)
    for _, group in groupby(in_order, key=lambda signing: _part(signing).pk):
        batch = list(group)
        with transaction.atomic():
            session, part = lock_part(_part(batch[0]))
            rows = _stored([signing.attestation.pk for signing in batch])
            closed = _closings([row.enrolment for row in rows.values()], session, part, at)
            facts: list[Fact] = []
            for signing in batch:
                stored = rows.get(signing.attestation.pk)
                answers[signing.attestation.pk] = _sign(stored, signing, closed, facts, by, at)
            record(chain=session.code, by=by, at=at, facts=facts)
    return [answers[signing.attestation.pk] for signing in signings]


@transaction.atomic
def return_attestation(
    *, attestation: MasteryAttestation, version: int, reason: str, review_on: date, by: Actor, at: datetime
) -> MasteryAttestation:
    """Send a competence back to the tutor with the reason and the day to look again, signed or not.

    Sent back already in the same words, it stays so.
    """
    by.must(Act.RETURN_ATTESTATION)
    enrolment = _held(attestation.enrolment)
    reason = cleaned_lines(reason)
    stored = _stored([attestation.pk]).get(attestation.pk)
    if stored is None:
        raise Refusal("Le tuteur a retiré cette attestation.")
    stored.enrolment = enrolment
    said = (stored.returned_by_id, stored.reason, stored.review_on)
    if stored.state == AttestationState.RETURNED and said == (by.user.pk, reason, review_on):
        return stored
    today = timezone.localdate(at)
    demand(
        rules.side_refusal(enrolment, by)
        or _closed(enrolment, today)
        or rules.two_people_refusal(stored, by)
        or rules.returning_refusal(reason, review_on, today)
    )
    if stored.version != version:
        raise AttestationConflict(stored)
    before = told_of(stored)
    stored.state = ATTESTATION.target(stored.state, Act.RETURN_ATTESTATION)
    stored.confirmed = stored.signed_at = stored.signed_by = None
    stored.returned_at, stored.returned_by = at, by.user
    stored.review_on, stored.reason = review_on, reason
    stored.version += 1
    stored.save()
    _record(Act.RETURN_ATTESTATION, stored, by, at, before, told_of(stored), reason)
    return stored


@transaction.atomic
def reopen_carnet(
    *, enrolment: Enrolment, until: date, motive: str, by: Actor, at: datetime
) -> CarnetReopening:
    """Open a carnet again after its deadline, until a day; by the CRFP or Ucanss, with the motive."""
    by.must(Act.REOPEN_CARNET)
    enrolment = _held(enrolment)
    motive = cleaned_lines(motive)
    if not motive:
        raise Refusal("Indiquez le motif de la réouverture.")
    last = _reopening(enrolment)
    if last is not None and (last.until, last.motive, last.by_id) == (until, motive, by.user.pk):
        return last
    demand(rules.reopening_refusal(enrolment, last, until, timezone.localdate(at), by))
    opened = CarnetReopening.objects.create(
        enrolment=enrolment, until=until, motive=motive, at=at, by=by.user
    )
    before = {"jusqu_au": rules.last_day_of(enrolment, last).isoformat()}
    after = {"jusqu_au": until.isoformat()}
    fact = Fact(Act.REOPEN_CARNET, "carnet de suivi", enrolment.pk, before, after, motive)
    record(chain=enrolment.session.code, by=by, at=at, facts=[fact])
    return opened


# --- What the verbs hold and read ---


def _part(signing: Signing) -> SessionPart:
    return signing.attestation.enrolment.part


def _held(enrolment: Enrolment) -> Enrolment:
    """The enrolment as it is now, its session and its part held."""
    adoption = enrolment.session.adoption
    session, part = lock_part(enrolment.part)
    session.adoption = adoption  # a session keeps its regulation for good
    current = Enrolment.objects.select_related("candidate").get(pk=enrolment.pk)
    current.session, current.part = session, part
    return current


def _stored(ids: Sequence[int]) -> dict[int, MasteryAttestation]:
    rows = MasteryAttestation.objects.filter(pk__in=ids).prefetch_related("met")
    return {
        row.pk: row
        for row in rows.select_related(
            "enrolment__candidate", "competence", "attested_by", "signed_by", "returned_by"
        )
    }


def _reopening(enrolment: Enrolment) -> CarnetReopening | None:
    return CarnetReopening.objects.filter(enrolment=enrolment).order_by("-until", "-pk").first()


def _closed(enrolment: Enrolment, today: date) -> str | None:
    return rules.closed_refusal(enrolment, _reopening(enrolment), today)


def _closings(
    enrolments: Sequence[Enrolment], session: Any, part: SessionPart, at: datetime
) -> dict[int, str | None]:
    """Why each of these carnets is closed, if it is; in one query."""
    reopened: dict[int, CarnetReopening] = {}
    for row in CarnetReopening.objects.filter(enrolment__in=enrolments).order_by("until", "pk"):
        reopened[row.enrolment_id] = row
    today = timezone.localdate(at)
    for enrolment in enrolments:
        enrolment.session, enrolment.part = session, part
    return {one.pk: rules.closed_refusal(one, reopened.get(one.pk), today) for one in enrolments}


def _is_said(stored: MasteryAttestation, observed: Observed, by: Actor) -> bool:
    """Is this already what stands there, by the same tutor?"""
    is_standing = stored.state != AttestationState.RETURNED and stored.attested_by_id == by.user.pk
    return is_standing and Observed.of(stored) == observed


def _write(attestation: MasteryAttestation, observed: Observed, by: Actor, at: datetime) -> None:
    met = list(attestation.competence.criteria.filter(pk__in=observed.met))
    if len(met) != len(observed.met):
        raise Refusal("Un des critères n’appartient pas à cette compétence : rechargez la page.")
    attestation.state = AttestationState.ATTESTED
    attestation.mastered, attestation.observed_on = observed.mastered, observed.observed_on
    attestation.situation, attestation.comment = observed.situation, observed.comment
    attestation.attested_at, attestation.attested_by = at, by.user
    attestation.returned_at = attestation.returned_by = attestation.review_on = None
    attestation.reason = ""
    attestation.version += 1
    attestation.save()
    attestation.met.set(met)


def _join(attestation: MasteryAttestation, file: Attachment, by: Actor, at: datetime) -> None:
    AttestationFile.objects.update_or_create(
        attestation=attestation,
        defaults={
            "name": file.name,
            "kind": file.kind,
            "content": file.content,
            "size": len(file.content),
            "sha256": file.sha256,
            "at": at,
            "by": by.user,
        },
    )


def _sign(
    stored: MasteryAttestation | None,
    signing: Signing,
    closed: dict[int, str | None],
    facts: list[Fact],
    by: Actor,
    at: datetime,
) -> Signed:
    """Sign one attestation held by the verb; its fact is told once it is written."""
    if stored is None:
        return Signed(signing.attestation, "Le tuteur a retiré cette attestation.")
    reason = cleaned(signing.reason)
    said = (stored.signed_by_id, stored.confirmed, stored.reason)
    if stored.state == AttestationState.SIGNED and said == (by.user.pk, signing.confirmed, reason):
        return Signed(stored)
    refusal = (
        rules.side_refusal(stored.enrolment, by)
        or closed[stored.enrolment_id]
        or rules.signing_refusal(stored, signing.confirmed, reason, by)
    )
    if refusal is None and stored.version != signing.version:
        refusal = f"{AttestationConflict(stored).sentence} Relisez avant de signer."
    if refusal:
        return Signed(stored, refusal)
    before = told_of(stored)
    stored.state = ATTESTATION.target(stored.state, Act.COUNTERSIGN)
    stored.confirmed, stored.reason = signing.confirmed, reason
    stored.signed_at, stored.signed_by = at, by.user
    stored.version += 1
    stored.save()
    facts.append(_fact(Act.COUNTERSIGN, stored, before, told_of(stored), reason))
    return Signed(stored)


# --- What the journal is told ---


def _fact(
    act: Act,
    attestation: MasteryAttestation,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> Fact:
    subject = f"compétence {attestation.competence.code}"
    return Fact(act, subject, attestation.enrolment_id, before, after, reason)


def _record(
    act: Act,
    attestation: MasteryAttestation,
    by: Actor,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str = "",
) -> None:
    facts = [_fact(act, attestation, before, after, reason)]
    record(chain=attestation.enrolment.session.code, by=by, at=at, facts=facts)
