"""Verbs of the national jury: open the sitting, decide, proclaim once (R13, R36)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.services.sessions import advance_session
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import Conflict, Refusal, demand
from juries import rules
from juries.certificates import certificates_for
from juries.deliberation import File, file_of, files_of
from juries.minutes import Sealed, seal_files, seal_session
from juries.models import Certificate, Decision, ProclaimedFile, Proclamation, Sitting
from juries.services.blocs_acquired import keep_acquired_blocs
from juries.states import Outcome


@transaction.atomic
def open_sitting(
    *, session: Session, held_on: date, place: str, by: Actor, at: datetime, early: bool = False
) -> Sitting:
    """The CPNEFP sits on a session: from here its members decide.

    `early` confirms that the examinations are not over. Raises Refusal without it, when a CRFP that has
    candidates has not transmitted its files, naming it, and when the day is to come.
    """
    by.must(Act.OPEN_SITTING)
    place, today = _cleaned("place", place), timezone.localdate(at)
    session = _lock(session)
    demand(rules.opening_refusal(session, late_crfps(session)))
    rules.demand_of("held_on", rules.sitting_day_refusal(held_on, _transmitted_on(session, today), today))
    rules.demand_of("early", None if early else rules.early_warning(session, today))
    rules.demand_of("place", rules.place_refusal(place))
    if not session.enrolments.sitting().exists():
        raise Refusal("Aucun candidat n’est inscrit à cette session.")
    sitting = Sitting.objects.create(
        session=session, held_on=held_on, place=place, opened_at=at, opened_by=by.user
    )
    after = {"date": held_on.isoformat(), "lieu": place}
    fact = Fact(Act.OPEN_SITTING, f"séance {session.code}", after=after)
    advance_session(session=session, act=Act.OPEN_SITTING, by=by, at=at, facts=[fact])
    return sitting


def _transmitted_on(session: Session, today: date) -> date:
    """The day the last files arrived."""
    last: datetime | None = session.parts.aggregate(last=Max("transmitted_at"))["last"]
    return timezone.localdate(last) if last else today


def late_crfps(session: Session) -> list[str]:
    """The CRFP that have candidates in this session and have not transmitted their files."""
    waiting = session.enrolments.sitting().exclude(part__state=PartState.TRANSMITTED)
    return sorted(set(waiting.order_by().values_list("part__crfp__name", flat=True)))


@transaction.atomic
def decide(
    *, enrolment: Enrolment, outcome: str, motive: str, by: Actor, at: datetime, seen: str | None = None
) -> Decision:
    """Decide of one candidate; may be changed until the proclamation. Deciding the same again does nothing.

    `seen` is the mark of the decision the person had before them (`decision_mark`); None does not check.
    Raises Refusal when the motive of a departure is missing (A23), Conflict when somebody decided meanwhile.
    """
    by.must(Act.DECIDE)
    motive = _cleaned("motive", motive)
    session = _lock(enrolment.session)
    demand(rules.deliberation_refusal(session))
    file = file_of(Enrolment.objects.select_related("session").get(pk=enrolment.pk))
    demand(rules.decision_refusal(by, file.enrolment, file.result))
    proposed = _proposed(file)
    demand(rules.outcome_refusal(proposed, outcome))
    rules.demand_of("motive", rules.motive_refusal(proposed, outcome, motive))
    decision = file.decision or Decision(enrolment=file.enrolment)
    values = {"outcome": outcome, "proposed": proposed.value, "motive": motive, "basis": file.basis}
    if file.decision and all(getattr(decision, name) == value for name, value in values.items()):
        return decision
    _demand_unchanged(file.decision, seen)
    before = _data_of(file.decision)
    for name, value in values.items():
        setattr(decision, name, value)
    decision.decided_at, decision.decided_by = at, by.user
    decision.save()
    record(chain=session.code, by=by, at=at, facts=[_decision_fact(decision, before)])
    return decision


@transaction.atomic
def adopt_clear_files(*, session: Session, by: Actor, at: datetime) -> int:
    """Certify at once every undecided file that nothing calls to examine; returns how many.

    Files of people the member tutored, managed or corrected stay for somebody else (R56).
    """
    by.must(Act.DECIDE)
    session = _lock(session)
    demand(rules.deliberation_refusal(session))
    files = [file for file in files_of(session) if not file.alerts and file.decision is None]
    decisions = [
        Decision(
            enrolment=file.enrolment,
            outcome=Outcome.CERTIFIED,
            proposed=Outcome.CERTIFIED,
            basis=file.basis,
            decided_at=at,
            decided_by=by.user,
        )
        for file in files
        if rules.decision_refusal(by, file.enrolment, file.result) is None
    ]
    Decision.objects.bulk_create(decisions)
    record(chain=session.code, by=by, at=at, facts=[_decision_fact(one, {}) for one in decisions])
    return len(decisions)


@transaction.atomic
def proclaim(*, session: Session, by: Actor, at: datetime) -> Proclamation:
    """Proclaim the session, once and for all: everything is frozen, the certified get their certificate.

    All of it or nothing. Raises Refusal naming who is undecided, whose file changed since the decision, or
    whose documents could not be printed.
    """
    by.must(Act.PROCLAIM)
    session = _lock(session)
    demand(rules.proclamation_refusal(session))
    files = files_of(session)
    demand(proclamation_gaps(files))
    sealed = seal_files(session, files)
    whole = seal_session(session, files, sealed, by, at)
    proclamation = Proclamation.objects.create(
        session=session, at=at, by=by.user, payload=whole.text, digest=whole.digest
    )
    _keep_files(proclamation, files, sealed)
    certificates = _issue(session, files, proclamation, by)
    facts = keep_acquired_blocs(session, files, proclamation, by)
    # The state comes last: from then on the database refuses any change to what was frozen.
    facts += [*map(_certificate_fact, certificates), _proclamation_fact(session, proclamation)]
    advance_session(session=session, act=Act.PROCLAIM, by=by, at=at, facts=facts)
    return proclamation


def proclamation_gaps(files: Sequence[File]) -> str | None:
    """What keeps these files from being proclaimed: undecided, changed since decided (T5), not printable.

    Before all that: a part given back to its CRFP, whose jury sits again, and not transmitted since.
    """
    late = {file.enrolment.part.crfp.name for file in files if file.enrolment.part.state == PartState.OPEN}
    undecided = [file.name for file in files if file.decision is None]
    changed = [file.name for file in files if file.decision and not _still_stands(file, file.decision)]
    unprintable = [file.name for file in files if not file.is_printable]
    return (
        rules.returned_refusal(sorted(late))
        or rules.undecided_refusal(undecided)
        or rules.changed_refusal(changed)
        or rules.unprintable_refusal(unprintable)
    )


def decision_mark(decision: Decision | None) -> str:
    """What tells one state of a decision from another, for a form to send back."""
    return decision.decided_at.isoformat() if decision else ""


def _cleaned(field: str, text: str) -> str:
    """The text as it is kept, or the refusal of its field."""
    try:
        return cleaned_lines(text)
    except Refusal as refusal:
        raise rules.Refusals({field: refusal.sentence}) from refusal


def _lock(session: Session) -> Session:
    Session.objects.select_for_update().get(pk=session.pk)
    return Session.objects.select_related("certification", "adoption__regulation").get(pk=session.pk)


def _proposed(file: File) -> Outcome:
    if file.proposed is None:
        raise ValueError("a file without proposal is refused before")
    return file.proposed


def _still_stands(file: File, decision: Decision) -> bool:
    return decision.proposed == file.proposed and decision.basis == file.basis


def _demand_unchanged(decision: Decision | None, seen: str | None) -> None:
    if seen is None or seen == decision_mark(decision):
        return
    if decision is None:
        raise Conflict("La décision a été retirée entre-temps : relisez le dossier.")
    raise Conflict(
        f"{decision.decided_by.full_name} a décidé entre-temps : {decision.get_outcome_display().lower()}. "
        "Relisez le dossier, puis confirmez votre décision ou laissez la sienne."
    )


def _data_of(decision: Decision | None) -> dict[str, str]:
    if decision is None:
        return {}
    return {"decision": decision.outcome, "proposition": decision.proposed, "motif": decision.motive}


def _decision_fact(decision: Decision, before: dict[str, str]) -> Fact:
    pk = decision.enrolment_id
    return Fact(
        Act.DECIDE, f"inscription {pk}", pk, before=before, after=_data_of(decision), reason=decision.motive
    )


def _keep_files(proclamation: Proclamation, files: Sequence[File], sealed: Sequence[Sealed]) -> None:
    ProclaimedFile.objects.bulk_create(
        ProclaimedFile(
            proclamation=proclamation,
            enrolment=file.enrolment,
            outcome=file.decision.outcome if file.decision else "",
            content=seal.text,
            digest=seal.digest,
        )
        for file, seal in zip(files, sealed, strict=True)
    )


def _issue(
    session: Session, files: Sequence[File], proclamation: Proclamation, by: Actor
) -> list[Certificate]:
    certified = [
        file.decision for file in files if file.decision and file.decision.outcome == Outcome.CERTIFIED
    ]
    certificates = certificates_for(session, session.sitting, certified, proclamation, by)
    return Certificate.objects.bulk_create(certificates)


def _certificate_fact(certificate: Certificate) -> Fact:
    pk = certificate.decision.enrolment_id
    after = {"numero": certificate.number, "empreinte": certificate.digest}
    return Fact(Act.ISSUE_CERTIFICATE, f"inscription {pk}", pk, after=after)


def _proclamation_fact(session: Session, proclamation: Proclamation) -> Fact:
    return Fact(Act.PROCLAIM, f"proclamation {session.code}", after={"empreinte": proclamation.digest})
