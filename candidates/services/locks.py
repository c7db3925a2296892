"""What a verb holds until its transaction ends; one order everywhere: session, part, then what is below."""

from candidates.models import Session, SessionPart


def lock_session(session: Session) -> Session:
    """The session as it is now, held."""
    Session.objects.select_for_update().get(pk=session.pk)
    return Session.objects.select_related("certification").get(pk=session.pk)


def lock_part(part: SessionPart) -> tuple[Session, SessionPart]:
    """The session and the part as they are now, held."""
    session = Session.objects.select_for_update().get(pk=part.session_id)
    part = SessionPart.objects.select_for_update(of=("self",)).select_related("crfp").get(pk=part.pk)
    part.session = session
    return session, part
