"""What a verb on a local jury holds until its transaction ends; after session and part: jury, hearing."""

from candidates.models import Session
from candidates.services.locks import lock_part
from cqp.workflow import Refusal
from juries.models import Hearing, LocalJury


def lock_jury(jury: LocalJury) -> tuple[Session, LocalJury]:
    """The session and the jury as they are now, held with its part."""
    session, part = lock_part(jury.part)
    jury = LocalJury.objects.select_for_update().get(pk=jury.pk)
    jury.part = part
    return session, jury


def lock_hearing(hearing: Hearing) -> tuple[Session, Hearing]:
    """The session and the hearing, held. Raises Refusal when the candidate was moved to another jury."""
    session, jury = lock_jury(hearing.jury)
    rows = Hearing.objects.select_for_update(of=("self",)).select_related("enrolment__candidate")
    found = rows.filter(pk=hearing.pk, jury=jury).first()
    if found is None:
        raise Refusal("Ce candidat n’est plus affecté à ce jury.")
    found.jury = jury
    return session, found
