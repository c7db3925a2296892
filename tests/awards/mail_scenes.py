"""Proclaimed sessions and their messages, by the real services."""

from datetime import datetime, timedelta

from django.utils import timezone

from candidates.models import Candidate, Enrolment, Session, SessionPart
from cqp.awards.models import Message
from cqp.awards.services.messages import Written, write_messages
from cqp.roles import Role
from juries.services.national import adopt_clear_files, proclaim
from juries.services.rectifications import approve, propose
from juries.states import Outcome
from tests.cast import Cast, enrol_some
from tests.journey import to_deliberation, to_proclamation
from tests.juries.machine import joined
from tests.juries.rectification_scenes import MOTIVE, SPOILT, decided


def proclaimed(cast: Cast, part: SessionPart, count: int = 3) -> Session:
    """Everybody certified, the results open."""
    to_proclamation(cast, part, enrol_some(cast, part, count))
    return Session.objects.select_related("certification").get(pk=part.session_id)


def proclaimed_for(cast: Cast, part: SessionPart, opens_at: datetime, count: int = 3) -> Session:
    """Everybody certified, the results open later."""
    session = to_deliberation(cast, part, enrol_some(cast, part, count))
    now = timezone.now()
    adopt_clear_files(session=session, by=cast.cpnefp_president, at=now)
    proclaim(session=session, by=cast.cpnefp_president, at=now, opens_at=opens_at)
    return Session.objects.select_related("certification").get(pk=part.session_id)


def later(**delay: int) -> datetime:
    return timezone.now() + timedelta(**delay)


def write(cast: Cast, session: Session) -> Written:
    return write_messages(session=session, by=cast.ucanss, at=timezone.now())


def to_candidates(session: Session) -> list[Message]:
    return list(session.messages.filter(kind=Message.Kind.RESULT).order_by("enrolment_id"))


def people(session: Session) -> list[Enrolment]:
    return list(session.enrolments.select_related("candidate", "session", "part__crfp").order_by("pk"))


def at_address(enrolment: Enrolment, email: str) -> None:
    """As another hand could have typed it."""
    Candidate.objects.filter(pk=enrolment.candidate_id).update(email=email)


def rectified_shut(cast: Cast, enrolment: Enrolment) -> None:
    """Rectified while the results are not open: two people of Ucanss, then the CPNEFP."""
    values = {"corrections": SPOILT, "outcome": Outcome.NOT_CERTIFIED, "motive": MOTIVE}
    row = propose(enrolment=enrolment, by=cast.ucanss, at=timezone.now(), **values)  # type: ignore[arg-type]
    second = joined(cast.ucanss, Role.UCANSS, "ucanss.bis")
    decided(cast, approve(rectification=row, by=second, at=timezone.now()))


DSN = """From: MAILER-DAEMON@exemple.fr
To: ne-pas-repondre@localhost
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Votre message n'est pas arrive.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; exemple.fr

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <script>inconnue</script>

--b
Content-Type: {quoted}

{headers}
--b--
"""


def dsn(**values: str) -> bytes:
    """A notification of what did not arrive, as a mail server writes it."""
    said = {"address": "x@y.fr", "action": "failed", "status": "5.1.1", "quoted": "text/rfc822-headers"}
    return DSN.format(**{**said, "headers": "", **values}).replace("\n", "\r\n").encode()
