"""The verbs of the national jury: sitting, decisions, one proclamation."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from candidates.models import Enrolment, RncpRegistration, Session, SessionPart
from candidates.services.enrolments import Person, withdraw
from candidates.states import SessionState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from cqp.workflow import Conflict, Refusal
from evaluations.models import Mark
from evaluations.scoring import Scheme
from juries import certificates
from juries.deliberation import file_of
from juries.minutes import verify_proclamation
from juries.models import Certificate, Decision, ProclaimedFile, Proclamation, Sitting
from juries.registration import registration_of
from juries.services import national
from juries.services.national import adopt_clear_files, decide, decision_mark, open_sitting, proclaim
from juries.states import Outcome
from tests.cast import Cast, enrol_some, part_of
from tests.juries.national_scenes import (
    AGAINST,
    AT_THE_LIMIT,
    CLEAR,
    EXCUSED,
    FAILED,
    INDULGENT,
    NEAR,
    TOO_LOW,
    decide_as,
    play,
    proclaim_all,
    sit,
)

pytestmark = pytest.mark.django_db


def entries(act: Act) -> int:
    return Entry.objects.filter(act=act).count()


def refused(sentence: str, **arguments: object) -> None:
    verb = arguments.pop("verb")
    with pytest.raises(Refusal) as refusal:
        verb(at=timezone.now(), **arguments)  # type: ignore[operator]
    assert sentence in refusal.value.sentence.replace("\u00a0", " ")


# --- The sitting ---


def test_the_sitting_waits_for_every_crfp_that_has_candidates(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    enrol_some(cast, part_of(gc_part.session, "CRFP-LIL"), 1)

    with pytest.raises(Refusal, match="attend encore les dossiers de") as refusal:
        sit(cast, gc_part.session)

    assert part_of(gc_part.session, "CRFP-LIL").crfp.name in refusal.value.sentence
    assert gc_part.crfp.name not in refusal.value.sentence


def test_the_sitting_puts_the_session_in_deliberation_and_is_journaled(
    cast: Cast, gc_part: SessionPart
) -> None:
    play(cast, gc_part, [CLEAR])
    before = entries(Act.OPEN_SITTING)

    sitting = sit(cast, gc_part.session)

    assert Session.objects.get(pk=gc_part.session_id).state == SessionState.DELIBERATION
    assert sitting.opened_by == cast.cpnefp_president.user
    assert entries(Act.OPEN_SITTING) == before + 2


def test_a_second_sitting_is_refused(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)

    with pytest.raises(Refusal, match="déjà été ouverte"):
        sit(cast, gc_part.session)
    assert Sitting.objects.count() == 1


def test_a_sitting_needs_a_place_and_candidates(cast: Cast, gc_part: SessionPart) -> None:
    session = gc_part.session
    day = session.exam_last_day
    president = cast.cpnefp_president
    refused("Indiquez le lieu", verb=open_sitting, session=session, held_on=day, place=" ", by=president)
    refused("Aucun candidat", verb=open_sitting, session=session, held_on=day, place="Paris", by=president)


# --- Decisions ---


def test_nothing_is_decided_before_the_sitting(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])

    refused(
        "n’est pas ouverte",
        verb=decide,
        enrolment=enrolment,
        outcome=Outcome.CERTIFIED,
        motive="",
        by=cast.cpnefp,
    )
    refused("n’est pas ouverte", verb=adopt_clear_files, session=gc_part.session, by=cast.cpnefp)
    refused("n’est pas ouverte", verb=proclaim, session=gc_part.session, by=cast.cpnefp_president)


@pytest.mark.parametrize(
    ("story", "proposed", "departure"),
    [
        (CLEAR, Outcome.CERTIFIED, Outcome.NOT_CERTIFIED),
        (AGAINST, Outcome.CERTIFIED, Outcome.DEFERRED),
        (FAILED, Outcome.NOT_CERTIFIED, Outcome.CERTIFIED),
        (TOO_LOW, Outcome.NOT_CERTIFIED, Outcome.CERTIFIED),
        (AT_THE_LIMIT, Outcome.CERTIFIED, Outcome.NOT_CERTIFIED),
    ],
)
def test_a_decision_that_departs_from_the_proposal_has_its_motive(
    cast: Cast, gc_part: SessionPart, story, proposed: Outcome, departure: Outcome
) -> None:
    (enrolment,) = play(cast, gc_part, [story])
    sit(cast, gc_part.session)

    decide_as(cast, enrolment, proposed)
    assert Decision.objects.get().proposed == proposed
    with pytest.raises(Refusal, match="indiquez le motif"):
        decide_as(cast, enrolment, departure, "  ")
    decide_as(cast, enrolment, departure, "Parcours interrompu pour raison de service.")

    decision = Decision.objects.get()
    assert (decision.outcome, decision.proposed) == (departure, proposed)
    assert entries(Act.DECIDE) == 2
    assert Entry.objects.filter(act=Act.DECIDE).latest("seq").reason == decision.motive


def test_an_excused_candidate_can_only_be_deferred(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [EXCUSED])
    sit(cast, gc_part.session)

    with pytest.raises(Refusal, match="ne peut qu’être reporté"):
        decide_as(cast, enrolment, Outcome.CERTIFIED, "Bon candidat.")
    decide_as(cast, enrolment, Outcome.DEFERRED)

    assert Decision.objects.get().outcome == Outcome.DEFERRED


def test_deciding_the_same_twice_does_nothing(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)

    decide_as(cast, enrolment, Outcome.CERTIFIED)
    decide_as(cast, enrolment, Outcome.CERTIFIED)

    assert entries(Act.DECIDE) == 1


def test_a_decision_on_a_stale_page_is_a_conflict_that_names_who_decided(
    cast: Cast, gc_part: SessionPart
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    decide_as(cast, enrolment, Outcome.CERTIFIED)

    with pytest.raises(Conflict, match="COLIN Carole a décidé entre-temps"):
        decide(
            enrolment=enrolment,
            outcome=Outcome.NOT_CERTIFIED,
            motive="Fraude avérée.",
            seen="",
            by=cast.cpnefp_salaries,
            at=timezone.now(),
        )
    assert Decision.objects.get().outcome == Outcome.CERTIFIED

    seen = decision_mark(file_of(Enrolment.objects.select_related("session").get(pk=enrolment.pk)))
    decide(
        enrolment=enrolment,
        outcome=Outcome.NOT_CERTIFIED,
        motive="Fraude avérée.",
        seen=seen,
        by=cast.cpnefp_salaries,
        at=timezone.now(),
    )
    assert Decision.objects.get().outcome == Outcome.NOT_CERTIFIED


def test_nobody_decides_of_somebody_they_tutored(cast: Cast, gc_part: SessionPart) -> None:
    member = cast.cpnefp.user
    tutor = Person(member.email, member.last_name, member.first_name)
    play(cast, gc_part, [CLEAR])
    (theirs,) = Enrolment.objects.all()
    Enrolment.objects.filter(pk=theirs.pk).update(tutor=member)
    assert tutor.email == member.email
    sit(cast, gc_part.session)

    with pytest.raises(Refusal, match="juge et partie"):
        decide_as(cast, theirs, Outcome.CERTIFIED)
    assert adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now()) == 0
    assert adopt_clear_files(session=gc_part.session, by=cast.cpnefp_salaries, at=timezone.now()) == 1


def test_only_files_without_anything_to_look_at_are_adopted_together(
    cast: Cast, gc_part: SessionPart
) -> None:
    clear, *others = play(
        cast, gc_part, [CLEAR, FAILED, AGAINST, INDULGENT, AT_THE_LIMIT, NEAR, EXCUSED, TOO_LOW]
    )
    sit(cast, gc_part.session)

    adopted = adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    again = adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())

    assert (adopted, again) == (1, 0)
    assert Decision.objects.get().enrolment == clear
    assert entries(Act.DECIDE) == 1
    assert len(others) == 7


# --- The proclamation ---


def test_a_session_is_not_proclaimed_while_somebody_is_undecided(cast: Cast, gc_part: SessionPart) -> None:
    _clear, failed = play(cast, gc_part, [CLEAR, FAILED])
    sit(cast, gc_part.session)

    with pytest.raises(Refusal, match="Il reste à décider") as refusal:
        proclaim_all(cast, gc_part.session, {})
    assert failed.candidate.full_name in refusal.value.sentence


@pytest.mark.parametrize("value", ["12.01", "6"])
def test_a_mark_changed_behind_the_jury_stops_the_proclamation(
    cast: Cast, gc_part: SessionPart, value: str
) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    decide_as(cast, enrolment, Outcome.CERTIFIED)
    written = Mark.objects.filter(enrolment=enrolment, block__code="ECRIT")
    written.update(value=value, corrected_at=timezone.now())

    with pytest.raises(Refusal, match="ont changé depuis la décision") as refusal:
        proclaim_all(cast, gc_part.session, {})
    assert enrolment.candidate.full_name in refusal.value.sentence
    assert not Proclamation.objects.exists()


def test_a_decision_forged_behind_the_jury_stops_the_proclamation(cast: Cast, gc_part: SessionPart) -> None:
    (enrolment,) = play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    Decision.objects.filter(enrolment=enrolment).update(outcome=Outcome.NOT_CERTIFIED, motive="Forgé")

    with pytest.raises(Refusal, match="plus celles du journal"):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())

    decide_as(cast, enrolment, Outcome.CERTIFIED)
    assert proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now()).files.count() == 1


def test_the_proclamation_freezes_everything_under_one_digest(cast: Cast, gc_part: SessionPart) -> None:
    clear, failed, excused = play(cast, gc_part, [CLEAR, FAILED, EXCUSED])
    sit(cast, gc_part.session)

    proclamation = proclaim_all(
        cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED, excused: Outcome.DEFERRED}
    )

    payload = json.loads(proclamation.payload)
    assert Scheme.from_data(payload["regulation"]).code == "GC_2013"
    assert [line["outcome"] for line in payload["files"]].count("CERTIFIE") == 1
    assert verify_proclamation(proclamation) is None
    content = json.loads(ProclaimedFile.objects.get(enrolment=failed).content)
    assert content["holder"]["birth_name"] == failed.candidate.birth_name
    assert content["result"]["eliminatory"] == ["ECRIT"]
    assert content["opinion"]["argument"]
    assert content["decision"]["by"] == cast.cpnefp.user.full_name
    certificate = Certificate.objects.get()
    assert certificate.decision.enrolment == clear
    assert certificate.number == f"{gc_part.session.code}-00001"
    assert Session.objects.get(pk=gc_part.session_id).state == SessionState.PROCLAIMED
    assert entries(Act.ISSUE_CERTIFICATE) == 1
    assert entries(Act.PROCLAIM) == 2
    assert first_break(Chain.objects.get(key=gc_part.session.code)) is None


def test_a_withdrawn_candidate_is_left_out_and_listed(cast: Cast, gc_part: SessionPart) -> None:
    (gone,) = enrol_some(cast, gc_part, 1)
    withdraw(enrolment=gone, motive="Mutation.", by=cast.clerk, at=timezone.now())
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)

    proclamation = proclaim_all(cast, gc_part.session, {})

    payload = json.loads(proclamation.payload)
    assert payload["withdrawn"] == [{"enrolment": gone.pk, "number": gone.number, "motive": "Mutation."}]
    assert len(payload["files"]) == 1
    assert not Decision.objects.filter(enrolment=gone).exists()


def test_a_session_is_proclaimed_once(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})

    refused("déjà proclamée", verb=proclaim, session=gc_part.session, by=cast.cpnefp_president)
    assert Proclamation.objects.count() == 1
    assert Certificate.objects.count() == 1


def test_a_proclamation_that_fails_on_the_way_leaves_nothing(
    cast: Cast, gc_part: SessionPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    before = Entry.objects.count()

    def power_cut(**_arguments: object) -> None:
        raise SystemError("power cut")

    monkeypatch.setattr(national, "advance_session", power_cut)
    with pytest.raises(SystemError):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())

    assert not Proclamation.objects.exists()
    assert not ProclaimedFile.objects.exists()
    assert not Certificate.objects.exists()
    assert Entry.objects.count() == before
    assert Session.objects.get(pk=gc_part.session_id).state == SessionState.DELIBERATION


FROZEN = [
    "UPDATE evaluations_mark SET version = 9",
    "DELETE FROM evaluations_mark",
    "UPDATE juries_decision SET outcome = 'NON_CERTIFIE', motive = 'x'",
    "DELETE FROM juries_decision",
    "UPDATE juries_opinion SET favourable = true",
    "UPDATE juries_proclamation SET digest = 'x'",
    "DELETE FROM juries_proclaimedfile",
    "UPDATE juries_proclaimedfile SET content = '{}'",
    "UPDATE juries_certificate SET content = '{}'",
    "UPDATE candidates_enrolment SET number = 'x'",
    "UPDATE candidates_session SET state = 'DELIBERATION'",
    "UPDATE juries_sitting SET held_on = '2001-01-01', place = 'Ailleurs'",
    "DELETE FROM juries_sitting",
    "UPDATE juries_localjury SET state = 'OUVERT', closed_at = NULL, closed_by_id = NULL",
    "DELETE FROM juries_localjury",
    "UPDATE juries_juryseat SET is_president = false",
    "DELETE FROM juries_juryseat",
]


@pytest.mark.parametrize("sql", FROZEN)
def test_the_database_refuses_to_change_what_was_proclaimed(
    cast: Cast, gc_part: SessionPart, sql: str
) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", ["juries_proclamation", "juries_proclaimedfile", "juries_certificate"])
def test_what_was_proclaimed_is_not_written_over(cast: Cast, gc_part: SessionPart, table: str) -> None:
    """SQLite's REPLACE fires no trigger of deletion."""
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclaim_all(cast, gc_part.session, {})
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    over = " ".join([verb, "INTO", table, "SELECT * FROM", table])

    with (
        pytest.raises(DatabaseError, match="proclamé ne se modifie pas"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(over)


def test_a_file_changed_in_spite_of_the_database_is_found(cast: Cast, gc_part: SessionPart) -> None:
    play(cast, gc_part, [CLEAR])
    sit(cast, gc_part.session)
    proclamation = proclaim_all(cast, gc_part.session, {})
    good = proclamation.payload

    proclamation.payload = good.replace("Montreuil", "Bobigny")
    assert "ne correspond plus" in (verify_proclamation(proclamation) or "")
    proclamation.payload = good
    assert verify_proclamation(proclamation) is None


@pytest.mark.parametrize("count", [1, 4])
def test_proclaiming_takes_the_same_number_of_queries_whatever_the_number(
    cast: Cast, gc_part: SessionPart, count: int, django_assert_max_num_queries
) -> None:
    play(cast, gc_part, [CLEAR] * count)
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())

    with django_assert_max_num_queries(57):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())


# --- The certificate's content ---


def test_the_registration_is_printed_only_when_it_covers_the_day_of_the_decision(
    cast: Cast, gc_part: SessionPart
) -> None:
    play(cast, gc_part, [CLEAR])
    sitting = sit(cast, gc_part.session)
    RncpRegistration.objects.filter(certification=gc_part.session.certification).delete()
    RncpRegistration.objects.create(
        certification=gc_part.session.certification,
        code="RNCP99999",
        level="5",
        eu_level="5",
        nsf_codes="313t",
        valid_from=sitting.held_on,
        valid_to=sitting.held_on + timedelta(days=1),
    )
    proclaim_all(cast, gc_part.session, {})

    content = certificates.certificate_content(Certificate.objects.get())
    assert content["registration"]["code"] == "RNCP99999"
    assert content["place"] == "Montreuil"
    assert content["signatory"]["name"] == "Ève PRÉVOST"
    assert content["decision_iso"] == sitting.held_on.isoformat()
    assert Proclamation.objects.get().digest.startswith(content["digest"])
    RncpRegistration.objects.update(valid_to=sitting.held_on - timedelta(days=1))
    session = Session.objects.select_related("certification").get(pk=gc_part.session_id)
    assert registration_of(session, sitting.held_on) is None
