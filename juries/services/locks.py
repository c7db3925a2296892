"""What a verb of the juries holds until its transaction ends; after session and part: jury, hearing.

A rectification holds its session, whose parts no longer change, then itself.
"""

from candidates.models import Session
from candidates.services.locks import lock_part
from cqp.workflow import Refusal
from juries.models import Hearing, JurySeat, LocalJury, Rectification


def lock_jury(jury: LocalJury) -> tuple[Session, LocalJury]:
    """The session and the jury as they are now, held with its part. Raises Refusal when it was removed."""
    session, part = lock_part(jury.part)
    found = LocalJury.objects.select_for_update().filter(pk=jury.pk).first()
    if found is None:
        raise Refusal("Ce jury a été supprimé.")
    found.part = part
    return session, found


def held_seat(jury: LocalJury, seat: JurySeat) -> JurySeat:
    """The seat as it is now, its jury being held. Raises Refusal when it was freed."""
    found = jury.seats.select_related("user", "rule").filter(pk=seat.pk).first()
    if found is None:
        raise Refusal("Ce siège a été libéré.")
    return found


def lock_hearing(hearing: Hearing) -> tuple[Session, Hearing]:
    """The session and the hearing, held. Raises Refusal when the candidate was moved to another jury."""
    session, jury = lock_jury(hearing.jury)
    rows = Hearing.objects.select_for_update(of=("self",)).select_related("enrolment__candidate")
    found = rows.filter(pk=hearing.pk, jury=jury).first()
    if found is None:
        raise Refusal("Ce candidat n’est plus affecté à ce jury.")
    found.jury = jury
    return session, found


def lock_rectification(rectification: Rectification) -> tuple[Session, Rectification]:
    """The proclaimed session and the rectification as they are now, held."""
    session = lock_session(rectification.decision.enrolment.session)
    rows = Rectification.objects.select_for_update(of=("self",)).select_related(
        "decision__enrolment__candidate", "proposed_by", "approved_by"
    )
    found = rows.get(pk=rectification.pk)
    found.decision.enrolment.session = session
    return session, found


def lock_session(session: Session) -> Session:
    """The session with what its juries read of it, held."""
    Session.objects.select_for_update().get(pk=session.pk)
    rows = Session.objects.select_related("certification", "adoption__regulation")
    return rows.get(pk=session.pk)
