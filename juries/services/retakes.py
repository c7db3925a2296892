"""Enrolling again, in a later session, a candidate who was not certified or was deferred (A5, A27)."""

from datetime import datetime

from django.db import transaction

from candidates.models import Candidate, Enrolment, SessionPart
from candidates.rules import scope_refusal
from candidates.services.enrolments import Identity, Line, Person, enrol
from candidates.services.locks import lock_part
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Act
from cqp.workflow import demand
from evaluations.services.kept import keep_blocs, keep_marks
from juries.models import ProclaimedFile, current_outcome
from juries.rectification import corrected_marks
from juries.retakes import later_than, re_enrolment_refusal, with_plan
from juries.states import Outcome


@transaction.atomic
def re_enrol(*, enrolment: Enrolment, part: SessionPart, by: Actor, at: datetime) -> Enrolment:
    """Enrol a candidate again in a part of a later session, as they were, with all that is kept.

    The marks are kept as a rectification made them. The identity is that of the candidate's record, which a
    rectification does not change.

    Done twice, it is the same enrolment. Raises Refusal when nothing is proclaimed of the candidate, they are
    certified or enrolled again elsewhere, and for all that keeps anybody from being enrolled there.
    """
    by.must(Act.RE_ENROL)
    session, part = lock_part(part)
    # One person is enrolled again once: whoever comes at the same time, in another session, waits here.
    Candidate.objects.select_for_update().get(pk=enrolment.candidate_id)
    source = with_plan(Enrolment.objects.all()).get(pk=enrolment.pk)
    demand(scope_refusal(source.part, by) or scope_refusal(part, by))
    proclaimed = ProclaimedFile.objects.visible_to(by).filter(enrolment=source)
    outcome = proclaimed.values_list(current_outcome("enrolment", "outcome"), flat=True).first()
    later = later_than(source.candidate_id, source.session.certification_id, source.session.exam_last_day)
    elsewhere = later.exclude(session=session).select_related("session").first()
    demand(re_enrolment_refusal(source, session, outcome, elsewhere))
    made = later.filter(part=part).first() or enrol(part=part, line=_line_of(source), by=by, at=at)
    made.part, made.session = part, session
    deferred = outcome == Outcome.DEFERRED
    corrected = corrected_marks(source)
    keep_marks(enrolment=made, source=source, deferred=deferred, corrected=corrected, by=by, at=at)
    keep_blocs(enrolment=made, source=source, deferred=deferred, by=by, at=at)
    return made


def _line_of(source: Enrolment) -> Line:
    """The same person, guides and conditions; the CRFP corrects what has changed as for any enrolment."""
    who = source.candidate
    return Line(
        identity=Identity(
            birth_name=who.birth_name,
            first_names=who.first_names,
            birth_date=who.birth_date,
            birth_place=who.birth_place,
            email=who.email,
            used_name=who.used_name,
        ),
        organisme=source.organisme,
        tutor=_person(source.tutor),
        manager=_person(source.manager),
        contract=source.contract,
        option=source.option,
        corrector=_person(source.corrector) if source.corrector else None,
        pass_followed=source.pass_followed,
        premss_start=source.premss_start,
    )


def _person(user: User) -> Person:
    return Person(user.email, user.last_name, user.first_name)
