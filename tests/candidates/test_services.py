"""The verbs of sessions and enrolments, and what they refuse."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from candidates.models import Candidate, Enrolment, Session, SessionPart
from candidates.services.enrolments import (
    enrol,
    enrol_many,
    grant_derogation,
    update_enrolment,
    withdraw,
)
from candidates.services.people import ensure_person, remove_membership
from candidates.services.sessions import advance_session, close_part, create_session, reschedule_session
from candidates.states import PartState, SessionState
from cqp.accounts.models import Membership, Organisme
from cqp.journal.models import Entry
from cqp.roles import Act, Role
from cqp.workflow import Refusal
from tests.cast import Cast, make_line, open_session_of

DAYS = ("exam_first_day", "exam_last_day", "enrolment_deadline", "entry_deadline")


def test_a_session_opens_with_a_part_for_every_crfp(cast: Cast, gc_session: Session) -> None:
    crfps = Organisme.objects.filter(kind=Organisme.Kind.CRFP).count()
    assert gc_session.parts.count() == crfps == 14
    assert gc_session.code == f"GC-{gc_session.exam_last_day:%Y-%m}"


def test_the_same_session_opens_once(cast: Cast, gc_session: Session) -> None:
    with pytest.raises(Refusal, match="déjà ouverte"):
        open_session_of("GC_2013", cast.ucanss)


def test_days_out_of_order_are_refused(cast: Cast, gc_session: Session) -> None:
    with pytest.raises(Refusal, match="dernier jour"):
        reschedule_session(
            session=gc_session,
            exam_first_day=gc_session.exam_last_day + timedelta(days=1),
            exam_last_day=gc_session.exam_last_day,
            enrolment_deadline=gc_session.enrolment_deadline,
            entry_deadline=gc_session.entry_deadline,
            by=cast.ucanss,
            at=timezone.now(),
        )


def test_the_national_jury_sits_within_one_calendar_month(gc_session: Session) -> None:
    days = {
        "2013-06-21": "2013-07-21",
        "2013-12-13": "2014-01-13",
        "2014-12-31": "2015-01-31",
        "2013-01-31": "2013-02-28",
        "2016-01-31": "2016-02-29",
    }
    for last, latest in days.items():
        gc_session.exam_last_day = type(gc_session.exam_last_day).fromisoformat(last)
        assert gc_session.national_jury_deadline.isoformat() == latest


def test_an_enrolment_draws_a_number_and_accounts(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    numbers = {enrolment.number for enrolment in gc_enrolments}
    assert len(numbers) == 3
    assert all(len(number) == 13 for number in numbers)
    first = gc_enrolments[0]
    assert first.candidate.user is not None
    assert not first.candidate.user.has_usable_password()
    assert first.candidate.user.memberships.get().role == Role.CANDIDATE


def test_the_same_person_enrols_once_in_a_session(cast: Cast, gc_part: SessionPart) -> None:
    line = make_line(cast, gc_part.session.certification)
    enrol(part=gc_part, line=line, by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="déjà inscrit"):
        enrol(part=gc_part, line=line, by=cast.clerk, at=timezone.now())
    assert Candidate.objects.filter(email=line.identity.email).count() == 1


def test_one_address_serves_one_candidate(cast: Cast, gc_part: SessionPart) -> None:
    first = make_line(cast, gc_part.session.certification)
    enrol(part=gc_part, line=first, by=cast.clerk, at=timezone.now())
    other = make_line(cast, gc_part.session.certification)
    identity = type(other.identity)(
        **{name: getattr(other.identity, name) for name in other.identity.__dataclass_fields__}
        | {"email": first.identity.email}
    )
    with pytest.raises(Refusal, match="déjà celle de"):
        enrol(
            part=gc_part,
            line=make_line(cast, gc_part.session.certification, identity=identity),
            by=cast.clerk,
            at=timezone.now(),
        )


def test_an_option_of_another_session_is_refused(cast: Cast, gc_session: Session) -> None:
    option = gc_session.options.last()
    gc_session.options.remove(option)  # type: ignore[arg-type]
    part = SessionPart.objects.get(session=gc_session, crfp__code="CRFP-LYO")
    with pytest.raises(Refusal, match="n’est pas ouverte"):
        enrol(
            part=part,
            line=make_line(cast, gc_session.certification, option=option),
            by=cast.clerk,
            at=timezone.now(),
        )


def test_after_the_deadline_nobody_enrols(cast: Cast, gc_part: SessionPart) -> None:
    late = timezone.now() + timedelta(days=11)
    with pytest.raises(Refusal, match="Les inscriptions sont closes"):
        enrol(part=gc_part, line=make_line(cast, gc_part.session.certification), by=cast.clerk, at=late)


def test_a_list_goes_in_whole_or_not_at_all(cast: Cast, gc_part: SessionPart) -> None:
    good = make_line(cast, gc_part.session.certification)
    with pytest.raises(Refusal):
        enrol_many(part=gc_part, lines=[good, good], by=cast.clerk, at=timezone.now())
    assert not gc_part.enrolments.exists()


def test_a_correction_journals_only_what_changed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    line = make_line(cast, gc_part.session.certification, pass_followed=Enrolment.Pass.NO)
    update_enrolment(enrolment=gc_enrolments[0], line=line, by=cast.clerk, at=timezone.now())
    entry = Entry.objects.get(act=Act.EDIT_ENROLMENT)
    assert '"pass":"OUI"' in entry.before
    assert '"pass":"NON"' in entry.after
    assert "contrat" not in entry.after


def test_withdrawing_needs_a_motive_and_happens_once(cast: Cast, gc_enrolments: list[Enrolment]) -> None:
    enrolment = gc_enrolments[0]
    with pytest.raises(Refusal, match="motif"):
        withdraw(enrolment=enrolment, motive=" ", by=cast.clerk, at=timezone.now())
    withdraw(enrolment=enrolment, motive="Mutation", by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="déjà désisté"):
        withdraw(enrolment=enrolment, motive="Mutation", by=cast.clerk, at=timezone.now())


def test_a_derogation_is_signed_and_argued(cast: Cast, gc_enrolments: list[Enrolment]) -> None:
    granted = grant_derogation(
        enrolment=gc_enrolments[0], motive="Congé maternité", by=cast.ucanss, at=timezone.now()
    )
    assert granted.has_derogation
    assert granted.derogation_by == cast.ucanss.user


def test_a_transmitted_part_is_locked(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    part = close_part(part=gc_part, by=cast.clerk, at=timezone.now())
    assert part.state == PartState.TRANSMITTED
    with pytest.raises(Refusal, match="verrouillés"):
        enrol(part=part, line=make_line(cast, part.session.certification), by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="verrouillés"):
        withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    with pytest.raises(Refusal, match="verrouillés"):
        close_part(part=part, by=cast.clerk, at=timezone.now())


def test_a_proclaimed_session_refuses_raw_sql(
    cast: Cast, gc_session: Session, gc_enrolments: list[Enrolment]
) -> None:
    advance_session(session=gc_session, act=Act.OPEN_SITTING, by=cast.cpnefp_president, at=timezone.now())
    done = advance_session(session=gc_session, act=Act.PROCLAIM, by=cast.cpnefp_president, at=timezone.now())
    assert done.state == SessionState.PROCLAIMED
    for sql in (
        "UPDATE candidates_enrolment SET contract = 'CDD' WHERE id = %s",
        "DELETE FROM candidates_enrolment WHERE id = %s",
    ):
        with pytest.raises(DatabaseError, match="proclamée"), transaction.atomic():
            connection.cursor().execute(sql, [gc_enrolments[0].pk])


def test_a_session_steps_only_along_its_table(cast: Cast, gc_session: Session) -> None:
    with pytest.raises(Refusal, match="pas possible"):
        advance_session(session=gc_session, act=Act.PROCLAIM, by=cast.cpnefp_president, at=timezone.now())


def test_an_account_is_made_once(cast: Cast) -> None:
    before = Entry.objects.count()
    again = ensure_person(
        email="TUTOR@exemple.fr",
        last_name="Autre",
        first_name="Nom",
        role=Role.TUTOR,
        organisme=cast.tutor.organisme,
        by=cast.clerk,
        at=timezone.now(),
    )
    assert again == cast.tutor.user
    assert again.last_name == "Tissot"
    assert Entry.objects.count() == before


def test_the_last_ucanss_role_stays(cast: Cast) -> None:
    membership = Membership.objects.get(user=cast.ucanss.user)
    with pytest.raises(Refusal, match="dernier"):
        remove_membership(membership=membership, by=cast.ucanss, at=timezone.now())
    other = Membership.objects.get(user=cast.clerk.user)
    remove_membership(membership=other, by=cast.ucanss, at=timezone.now())
    assert not cast.clerk.user.memberships.exists()


def test_only_the_ucanss_moves_a_calendar_grants_and_takes_roles_away(
    cast: Cast, gc_session: Session, gc_enrolments: list[Enrolment]
) -> None:
    at, by = timezone.now(), cast.clerk
    days = {name: getattr(gc_session, name) for name in DAYS}
    membership = Membership.objects.get(user=cast.tutor.user)
    for verb in (
        lambda: open_session_of("DAM_2006", by),
        lambda: create_session(certification=gc_session.certification, options=[], **days, by=by, at=at),
        lambda: reschedule_session(session=gc_session, **days, by=by, at=at),
        lambda: advance_session(session=gc_session, act=Act.OPEN_SITTING, by=by, at=at),
        lambda: grant_derogation(enrolment=gc_enrolments[0], motive="Maternité", by=by, at=at),
        lambda: remove_membership(membership=membership, by=by, at=at),
    ):
        with pytest.raises(Refusal, match="Votre rôle ne permet pas cet acte"):
            verb()


def test_the_ucanss_transmits_nothing(cast: Cast, gc_part: SessionPart) -> None:
    with pytest.raises(Refusal, match="Votre rôle ne permet pas cet acte"):
        close_part(part=gc_part, by=cast.ucanss, at=timezone.now())


def test_a_course_begins_before_the_exams_end(cast: Cast, gc_part: SessionPart) -> None:
    line = make_line(
        cast,
        gc_part.session.certification,
        premss_start=gc_part.session.exam_last_day + timedelta(days=1),
    )
    with pytest.raises(Refusal, match="ne peut pas suivre le dernier jour des épreuves"):
        enrol(part=gc_part, line=line, by=cast.clerk, at=timezone.now())


def test_a_role_taken_away_twice_is_journaled_once(cast: Cast) -> None:
    membership = Membership.objects.get(user=cast.clerk.user)
    twin = Membership.objects.get(pk=membership.pk)
    remove_membership(membership=membership, by=cast.ucanss, at=timezone.now())
    before = Entry.objects.count()
    remove_membership(membership=twin, by=cast.ucanss, at=timezone.now())
    assert Entry.objects.count() == before
