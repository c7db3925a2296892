"""Verbs of a decision rectified after the proclamation: propose, approve, decide or dismiss.

It supersedes and never edits: what was decided before stays as it was, and readable.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from candidates.models import Candidate, Enrolment, Session
from candidates.rules import scope_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned, cleaned_lines
from cqp.workflow import Refusal, demand
from evaluations.models import jury_rule_of
from juries import rectification_rules as own_rules
from juries.certificates import corrected_certificate
from juries.minutes import seal
from juries.models import Certificate, Decision, ProclaimedFile, Rectification, certified_elsewhere
from juries.rectification import (
    Corrections,
    Outlook,
    Standing,
    corrections_in,
    mark_field,
    outlook_of,
    standing_of,
    stepped_aside,
)
from juries.rules import Refusals, demand_of
from juries.services.locks import lock_rectification, lock_session
from juries.states import RECTIFICATION, Outcome, RectificationState


@transaction.atomic
def propose(
    *, enrolment: Enrolment, corrections: Corrections, outcome: str, motive: str, by: Actor, at: datetime
) -> Rectification:
    """Propose to rectify what was proclaimed of a candidate; a CRFP, of its own. The same again does nothing.

    Raises Refusal when nothing would change, the motive is too short, a mark cannot be read, another
    correction of the same decision is pending, or it would certify who holds this CQP already.
    """
    by.must(Act.PROPOSE_RECTIFICATION)
    motive = _cleaned("motive", motive)
    session = lock_session(enrolment.session)
    enrolment = Enrolment.objects.select_related("candidate", "part").get(pk=enrolment.pk)
    demand(scope_refusal(enrolment.part, by))
    demand(own_rules.rectifiable_refusal(session, enrolment) or own_rules.shut_refusal(session, by))
    decision = Decision.objects.get(enrolment=enrolment)
    standing, outlook = look_ahead(session, enrolment, corrections, timezone.localdate(at))
    asked = {"corrections": outlook.changed, "outcome": outcome, "motive": motive}
    pending = decision.rectifications.pending().select_related("proposed_by").first()
    if pending and pending.proposed_by_id == by.user.pk and _is(pending, asked):
        return pending
    demand(own_rules.pending_refusal(pending))
    demand(
        own_rules.nothing_refusal(
            corrected=outlook.is_changed, outcome=outcome, current=standing.current.outcome
        )
    )
    demand_of("outcome", own_rules.outcome_refusal(outlook.proposed, outcome))
    demand_of("outcome", own_rules.held_refusal(outcome, certified_elsewhere(enrolment, by)))
    demand_of("motive", own_rules.motive_refusal(motive))
    rank = decision.rectifications.count() + 1
    made = Rectification.objects.create(
        decision=decision, rank=rank, proposed_at=at, proposed_by=by.user, **asked
    )
    made.decision.enrolment = enrolment
    after = _told(outlook.changed) | {"decision": outcome}
    before = {"decision": standing.current.outcome.value}
    fact = _fact(Act.PROPOSE_RECTIFICATION, made, before, after, motive)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return made


@transaction.atomic
def approve(*, rectification: Rectification, by: Actor, at: datetime) -> Rectification:
    """Approve a proposal, so that the CPNEFP decides. Raises Refusal for whoever proposed it (R56)."""
    by.must(Act.APPROVE_RECTIFICATION)
    session, rectification = lock_rectification(rectification)
    if rectification.state == RectificationState.APPROVED and rectification.approved_by == by.user:
        return rectification
    _advance(rectification, Act.APPROVE_RECTIFICATION)
    demand(own_rules.approval_refusal(rectification, by.user, rectification.decision.enrolment))
    rectification.approved_at, rectification.approved_by = at, by.user
    rectification.save()
    record(chain=session.code, by=by, at=at, facts=[_fact(Act.APPROVE_RECTIFICATION, rectification)])
    return rectification


@transaction.atomic
def decide(
    *, rectification: Rectification, held_on: date, place: str, by: Actor, at: datetime
) -> Rectification:
    """Decide it: the file is frozen as corrected, and the certificate replaced, delivered or withdrawn.

    Raises Refusal for whoever proposed or approved it or is a party to the file, for an impossible day, and
    when it would certify who holds this CQP already.
    """
    by.must(Act.DECIDE_RECTIFICATION)
    place = _cleaned("place", place)
    session, rectification = lock_rectification(rectification)
    same = _is(rectification, {"held_on": held_on, "place": place, "closed_by": by.user})
    if rectification.state == RectificationState.DECIDED and same:
        return rectification
    enrolment, rule = rectification.decision.enrolment, jury_rule_of(session.adoption.regulation)
    _advance(rectification, Act.DECIDE_RECTIFICATION)
    aside = stepped_aside(by.user, enrolment)
    demand(own_rules.decider_refusal(rectification, by.user, enrolment, stepped_aside=aside))
    today, asked = timezone.localdate(at), corrections_in(rectification.corrections)
    standing, outlook = look_ahead(session, enrolment, asked, today)
    days = {**_since(rectification, standing), "today": today}
    demand_of("held_on", own_rules.day_refusal(rule.rectified_by, held_on, **days))
    demand_of("place", own_rules.place_refusal(place))
    demand(own_rules.outcome_refusal(outlook.proposed, rectification.outcome))
    # Two decisions of one person are of two sessions: the second waits here, and sees the first.
    Candidate.objects.select_for_update().get(pk=enrolment.candidate_id)
    demand(own_rules.held_refusal(rectification.outcome, certified_elsewhere(enrolment, by)))
    rectification.held_on, rectification.place = held_on, place
    rectification.closed_at, rectification.closed_by = at, by.user
    content = _content(rectification, standing, outlook, rule.rectified_by)
    sealed = seal(content)
    rectification.content, rectification.digest = sealed.text, sealed.digest
    replaced = Certificate.objects.in_force().filter(decision=rectification.decision).first()
    rectification.save()
    issued = _issue(session, rectification, content, replaced, by)
    record(chain=session.code, by=by, at=at, facts=_facts(rectification, standing, replaced, issued))
    return rectification


@transaction.atomic
def dismiss(*, rectification: Rectification, reason: str, by: Actor, at: datetime) -> Rectification:
    """Set a correction aside, with the reason: what was decided stands. Done twice, it is done once."""
    by.must(Act.DISMISS_RECTIFICATION)
    reason = _cleaned("reason", reason)
    session, rectification = lock_rectification(rectification)
    if rectification.state == RectificationState.DISMISSED and rectification.closed_by == by.user:
        return rectification
    was = rectification.state
    _advance(rectification, Act.DISMISS_RECTIFICATION)
    demand(own_rules.dismisser_refusal(by, was))
    demand_of("reason", own_rules.dismissal_refusal(reason))
    rectification.dismissal, rectification.closed_at, rectification.closed_by = reason, at, by.user
    rectification.save()
    fact = _fact(Act.DISMISS_RECTIFICATION, rectification, reason=reason)
    record(chain=session.code, by=by, at=at, facts=[fact])
    return rectification


def look_ahead(
    session: Session, enrolment: Enrolment, corrections: Corrections, today: date
) -> tuple[Standing, Outlook]:
    """Where the candidate stands, and would once corrected; writes nothing.

    Raises Refusals naming every field that cannot be read: `mark-ECRIT-1`, `birth_name`.
    """
    identity, refused = {}, {}
    for name, value in corrections.identity.items():
        try:
            identity[name] = cleaned(value)
        except Refusal as refusal:
            refused[name] = refusal.sentence
    file = ProclaimedFile.objects.select_related("proclamation__session__certification").get(
        enrolment=enrolment
    )
    standing = standing_of(file)
    outlook = outlook_of(standing, session.adoption.regulation, replace(corrections, identity=identity))
    changed = {name: one["after"] for name, one in outlook.changed["identity"].items()}
    refused |= own_rules.identity_refusals(changed, today)
    refused |= {mark_field(*key): problem for key, problem in outlook.problems.items()}
    if refused:
        raise Refusals(refused)
    return standing, outlook


def _cleaned(field: str, text: str) -> str:
    try:
        return cleaned_lines(text)
    except Refusal as refusal:
        raise Refusals({field: refusal.sentence}) from refusal


def _is(rectification: Rectification, values: dict[str, Any]) -> bool:
    return all(getattr(rectification, name) == value for name, value in values.items())


def _advance(rectification: Rectification, act: Act) -> None:
    rectification.state = RectificationState(RECTIFICATION.target(rectification.state, act))


def _since(rectification: Rectification, standing: Standing) -> dict[str, date]:
    """The days a decision may not precede: that of the decision it rectifies, that of its approval."""
    if rectification.approved_at is None:
        raise ValueError("only an approved rectification is decided")
    proclaimed_on = timezone.localdate(standing.file.proclamation.at)
    return {
        "superseded": standing.current.held_on if standing.is_rectified else proclaimed_on,
        "approved": timezone.localdate(rectification.approved_at),
    }


def _content(
    rectification: Rectification, standing: Standing, outlook: Outlook, rectified_by: str
) -> dict[str, Any]:
    """The whole file as it stands from now on, and what it supersedes, why, by whom."""
    if not (
        rectification.approved_at
        and rectification.approved_by
        and rectification.closed_at
        and rectification.closed_by
        and rectification.held_on
    ):
        raise ValueError("only an approved rectification is decided")
    decided = {"at": rectification.closed_at.isoformat(), "by": rectification.closed_by.full_name}
    return outlook.content | {
        "decision": {
            "outcome": rectification.outcome,
            "proposed": outlook.proposed.value if outlook.proposed else "",
            "motive": rectification.motive,
            **decided,
        },
        "rectifies": {
            "rank": standing.current.rank,
            "digest": standing.current.digest,
            "outcome": standing.current.outcome.value,
            "number": rectification.rank,
            "corrections": outlook.changed,
            "rectified_by": rectified_by,
            "held_on": rectification.held_on.isoformat(),
            "place": rectification.place,
            "proposed": {
                "at": rectification.proposed_at.isoformat(),
                "by": rectification.proposed_by.full_name,
            },
            "approved": {
                "at": rectification.approved_at.isoformat(),
                "by": rectification.approved_by.full_name,
            },
            "decided": decided,
        },
    }


def _issue(
    session: Session,
    rectification: Rectification,
    content: dict[str, Any],
    replaced: Certificate | None,
    by: Actor,
) -> Certificate | None:
    """The corrected certificate of who is certified."""
    if rectification.outcome != Outcome.CERTIFIED:
        return None
    certificate = corrected_certificate(session, rectification, content, replaced, by)
    certificate.save()
    return certificate


def _facts(
    rectification: Rectification, standing: Standing, replaced: Certificate | None, issued: Certificate | None
) -> list[Fact]:
    before = {"decision": standing.current.outcome.value, "empreinte": standing.current.digest}
    after = {"decision": rectification.outcome, "empreinte": rectification.digest}
    if replaced:
        after |= {"certificat_remplace" if issued else "certificat_annule": replaced.number}
    facts = [_fact(Act.DECIDE_RECTIFICATION, rectification, before, after, rectification.motive)]
    if issued:
        told = {"numero": issued.number, "empreinte": issued.digest}
        pk = rectification.decision.enrolment_id
        facts.append(Fact(Act.ISSUE_CERTIFICATE, f"inscription {pk}", pk, after=told))
    return facts


def _told(changed: dict[str, Any]) -> dict[str, Any]:
    """What the journal keeps of corrections: the marks; of an identity, which fields, never the words."""
    marks = {
        f"{code} (rattrapage)" if attempt == "2" else code: one["after"]
        for code, attempts in changed["marks"].items()
        for attempt, one in attempts.items()
    }
    identity = sorted(changed["identity"])
    return ({"notes": marks} if marks else {}) | ({"identite": identity} if identity else {})


def _fact(
    act: Act,
    rectification: Rectification,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> Fact:
    pk = rectification.decision.enrolment_id
    subject = f"rectification {rectification.rank}, inscription {pk}"
    return Fact(act, subject, pk, before=before or {}, after=after or {}, reason=reason)
