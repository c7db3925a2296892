"""Verbs of the national jury: open the sitting, decide, proclaim once (R13, R36)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.services.sessions import advance_session
from candidates.states import PartState
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, canonical, record
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import Conflict, Refusal, demand
from juries import rules, sitting_rules
from juries.certificates import certificates_for
from juries.deliberation import File, deliberated_digest, file_of, files_of
from juries.minutes import Sealed, seal_files, seal_session
from juries.models import Certificate, CollegeVote, Decision, ProclaimedFile, Proclamation, Sitting
from juries.publication import hour_refusal
from juries.services.blocs_acquired import keep_acquired_blocs
from juries.services.sittings import convene
from juries.sitting import Ballot, Recused, Roll, hidden_from, recused_of, roll_of
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
    convene(sitting, by.user)
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
    *,
    enrolment: Enrolment,
    outcome: str,
    motive: str,
    by: Actor,
    at: datetime,
    seen: str | None = None,
    ballots: Sequence[Ballot] = (),
) -> Decision:
    """Decide of one candidate; may be changed until the proclamation. Deciding the same again does nothing.

    `ballots` count the voices of each college; none: unanimous. `seen` is the mark of the decision the person
    had before them (`decision_mark`); None does not check. Raises Refusal when the motive of a departure is
    missing (A23) or the votes do not carry it, Conflict when somebody decided meanwhile.
    """
    by.must(Act.DECIDE)
    motive, ballots = _cleaned("motive", motive), _cleaned_ballots(ballots)
    session = _lock(enrolment.session)
    demand(rules.deliberation_refusal(session))
    file = file_of(Enrolment.objects.select_related("session").get(pk=enrolment.pk))
    demand(rules.decision_refusal(by, file.enrolment, file.result))
    stands = _demand_voices(session, file, ballots, by)
    proposed = _proposed(file)
    demand(rules.outcome_refusal(proposed, outcome))
    rules.demand_of("motive", rules.motive_refusal(proposed, outcome, motive))
    decision = file.decision or Decision(enrolment=file.enrolment)
    values = {"outcome": outcome, "proposed": proposed.value, "motive": motive, "basis": file.basis}
    same = all(getattr(decision, name) == value for name, value in values.items())
    if file.decision and stands and same and file.votes == [*map(asdict, ballots)]:
        return decision
    _demand_unchanged(file, seen)
    before = _data_of(file.decision, file.votes)
    for name, value in values.items():
        setattr(decision, name, value)
    decision.decided_at, decision.decided_by = at, by.user
    decision.save()
    decision.votes.all().delete()
    CollegeVote.objects.bulk_create(CollegeVote(decision=decision, **asdict(one)) for one in ballots)
    fact = _decision_fact(decision, before, [*map(asdict, ballots)])
    record(chain=session.code, by=by, at=at, facts=[fact])
    return decision


@transaction.atomic
def adopt_clear_files(*, session: Session, by: Actor, at: datetime) -> int:
    """Certify at once every undecided file that nothing calls to examine; returns how many.

    Files in which a college has no voice left, and those the member is recused from or judge and party of,
    stay for a decision of their own (R56).
    """
    by.must(Act.DECIDE)
    session = _lock(session)
    demand(rules.deliberation_refusal(session))
    roll = roll_of(session)
    demand(sitting_rules.quorum_refusal(roll) or sitting_rules.member_refusal(roll, by))
    hidden = hidden_from(session, by)
    files = [file for file in files_of(session) if file.is_adoptable and file.pk not in hidden]
    recused = recused_of([file.enrolment for file in files], roll)
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
        and sitting_rules.voice_refusal(roll, recused[file.pk].members) is None
    ]
    Decision.objects.bulk_create(decisions)
    record(chain=session.code, by=by, at=at, facts=[_decision_fact(one, {}) for one in decisions])
    return len(decisions)


@transaction.atomic
def proclaim(
    *,
    session: Session,
    by: Actor,
    at: datetime,
    seen: str | None = None,
    opens_at: datetime | None = None,
) -> Proclamation:
    """Proclaim the session, once and for all: everything is frozen, the certified get their certificate.

    All of it or nothing. Its results open at `opens_at`, at once when it is None. `seen` is the digest of
    what was deliberated as the page showed it; None does not check. Raises Refusal when the sitting is
    incomplete, and naming who is undecided, whose file changed since the decision, or whose documents could
    not be printed; Conflict when anything moved since `seen`.
    """
    by.must(Act.PROCLAIM)
    session = _lock(session)
    demand(rules.proclamation_refusal(session))
    if opens_at is not None:
        demand(hour_refusal(opens_at, proclaimed_at=at, now=at))
    files = files_of(session)
    refused = proclamation_refusals(session, files, by)
    if refused:
        raise rules.Refusals({str(rank): sentence for rank, sentence in enumerate(refused)})
    if seen is not None and seen != deliberated_digest(files):
        raise Conflict("Un dossier a changé depuis l’affichage de cette page : relisez-la.")
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
    advance_session(session=session, act=Act.PROCLAIM, by=by, at=at, facts=facts, results_open_at=opens_at)
    return proclamation


def proclamation_refusals(session: Session, files: Sequence[File], by: Actor) -> list[str]:
    """Everything that keeps these files from being proclaimed now, by this person: one list, by name."""
    roll, names = roll_of(session), _names_for(session, files, by)
    recused = recused_of([file.enrolment for file in files], roll)
    decided = [file for file in files if file.decision]
    undecided = [names[file.pk] for file in files if file.decision is None]
    changed = [names[file.pk] for file in decided if not _still_stands(file)]
    voted_otherwise = [names[file.pk] for file in decided if not _vote_stands(file, roll, recused[file.pk])]
    forged = [names[pk] for pk in _unjournaled(session, files)]
    unprintable = [names[file.pk] for file in files if not file.is_printable]
    checks = (
        rules.deliberation_refusal(session),
        sitting_rules.quorum_refusal(roll),
        sitting_rules.presiding_refusal(roll, by),
        rules.late_refusal(late_crfps(session)),
        rules.undecided_refusal(undecided),
        rules.changed_refusal(changed),
        rules.votes_refusal(voted_otherwise),
        rules.unjournaled_refusal(forged),
        rules.unprintable_refusal(unprintable),
    )
    return [sentence for sentence in checks if sentence]


def decision_mark(file: File) -> str:
    """What a page of this file shows, decision and basis, in a word for its form to send back."""
    decided = file.decision.decided_at.isoformat() if file.decision else "-"
    return f"{decided} {file.basis[:16]}"  # never a space at its ends: a form would take it away


def _cleaned(field: str, text: str) -> str:
    """The text as it is kept, or the refusal of its field."""
    try:
        return cleaned_lines(text)
    except Refusal as refusal:
        raise rules.Refusals({field: refusal.sentence}) from refusal


def _cleaned_ballots(ballots: Sequence[Ballot]) -> list[Ballot]:
    """The colleges in their order, names as they are kept."""
    kept = [replace(one, names_against=_cleaned("ballots", one.names_against)) for one in ballots]
    return sorted(kept, key=attrgetter("college"))


def _lock(session: Session) -> Session:
    Session.objects.select_for_update().get(pk=session.pk)
    return Session.objects.select_related("certification", "adoption__regulation").get(pk=session.pk)


def _proposed(file: File) -> Outcome:
    if file.proposed is None:
        raise ValueError("a file without proposal is refused before")
    return file.proposed


def _still_stands(file: File) -> bool:
    decision = file.decision
    return decision is not None and decision.proposed == file.proposed and decision.basis == file.basis


def _vote_stands(file: File, roll: Roll, recused: Recused) -> bool:
    """Do the voices counted still add up, with who is there now, and did nobody step aside since?"""
    if file.decision is None or (recused.since is not None and recused.since > file.decision.decided_at):
        return False
    ballots = [Ballot(**vote) for vote in file.votes]
    refusal = sitting_rules.voice_refusal(roll, recused.members)
    return (refusal or sitting_rules.vote_refusal(roll, recused.members, ballots)) is None


def _unjournaled(session: Session, files: Sequence[File]) -> list[int]:
    """The files whose decision is not the last the journal keeps of it: no member took it (T5)."""
    entries = Entry.objects.filter(chain__key=session.code, act=Act.DECIDE).order_by("seq")
    said = dict(entries.values_list("enrolment_ref", "after"))
    return [
        file.pk
        for file in files
        if file.decision and said.get(file.pk) != canonical(_data_of(file.decision, file.votes))
    ]


def _names_for(session: Session, files: Sequence[File], by: Actor) -> dict[int, str]:
    """How each file is called before this person: by its number when he or she is recused from it."""
    hidden = hidden_from(session, by)
    return {file.pk: f"n° {file.enrolment.number}" if file.pk in hidden else file.name for file in files}


def _demand_unchanged(file: File, seen: str | None) -> None:
    decision = file.decision
    if seen is None or seen == decision_mark(file) or (not seen and decision is None):
        return
    if decision is None or seen.partition(" ")[0] == decision.decided_at.isoformat():
        raise Conflict("Le dossier a changé depuis l’affichage de cette page : relisez-le.")
    raise Conflict(
        f"{decision.decided_by.full_name} a décidé entre-temps : {decision.get_outcome_display().lower()}. "
        "Relisez le dossier, puis confirmez votre décision ou laissez la sienne."
    )


def _demand_voices(session: Session, file: File, ballots: Sequence[Ballot], by: Actor) -> bool:
    """The sitting is complete, this member has a voice in this file, and the votes carry the decision.

    Returns whether the decision there is already, if any, still stands with who is there now.
    """
    roll = roll_of(session)
    demand(sitting_rules.quorum_refusal(roll) or sitting_rules.member_refusal(roll, by))
    recused = recused_of([file.enrolment], roll)[file.pk]
    demand(
        sitting_rules.party_refusal(roll, recused.members, by)
        or sitting_rules.voice_refusal(roll, recused.members)
    )
    rules.demand_of("ballots", sitting_rules.vote_refusal(roll, recused.members, ballots))
    return _vote_stands(file, roll, recused)


def _data_of(decision: Decision | None, votes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if decision is None:
        return {}
    data = {"decision": decision.outcome, "proposition": decision.proposed, "motif": decision.motive}
    return data | ({"voix": list(votes)} if votes else {})


def _decision_fact(
    decision: Decision, before: dict[str, Any], votes: Sequence[Mapping[str, Any]] = ()
) -> Fact:
    pk, after = decision.enrolment_id, _data_of(decision, votes)
    return Fact(Act.DECIDE, f"inscription {pk}", pk, before=before, after=after, reason=decision.motive)


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
