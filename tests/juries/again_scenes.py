"""Sessions proclaimed with candidates certified, not certified and deferred, by the real services."""

from collections.abc import Mapping

from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from evaluations.models import Regulation
from evaluations.services.regulations import copy_regulation, publish_regulation
from juries.deliberation import file_of
from juries.models import Proclamation
from juries.services.composition import assign_candidates
from juries.services.local import close_jury
from juries.services.national import decide, open_sitting, proclaim
from juries.services.transmission import transmit_part
from tests.cast import Cast
from tests.journey import GOOD, clerk_of, compose_jury, enter_marks, hear, submit_sheets
from tests.sittings import attend

FAILED: Mapping[str, str] = {**GOOD, "CC": "8", "ECRIT": "4"}
"""One eliminatory mark, whatever the regulation."""
EXCUSED: Mapping[str, str] = {**GOOD, "CARNET": "ABJ", "APT": "ABJ"}
"""A justified absence for the mark of the manager, or of the tutor."""


def to_end(cast: Cast, part: SessionPart, marks: Mapping[Enrolment, Mapping[str, str]]) -> Proclamation:
    """These candidates marked so, the others of the part already; everybody decided as computed."""
    at = timezone.now()
    for enrolment, own in marks.items():
        enter_marks(cast, [enrolment], own)
    submit_sheets(cast, part)
    heard = [enrolment for enrolment, own in marks.items() if "ABJ" not in own.values()]
    if heard:
        jury = compose_jury(cast, part)
        for hearing in assign_candidates(jury=jury, enrolments=heard, by=clerk_of(cast, part), at=at):
            hear(cast, hearing, marks[hearing.enrolment])
        close_jury(jury=jury, by=cast.jury_president, at=timezone.now())
    transmit_part(part=part, by=clerk_of(cast, part), at=timezone.now())
    return end(cast, part.session)


def end(cast: Cast, session: Session) -> Proclamation:
    """The national jury sits, follows every proposal and proclaims."""
    today = timezone.localdate()
    open_sitting(
        session=session, held_on=today, place="Paris", by=cast.cpnefp_president, at=timezone.now(), early=True
    )
    attend(session, cast.cpnefp_president)
    session = Session.objects.get(pk=session.pk)
    for enrolment in Enrolment.objects.filter(session=session).sitting():
        proposed = file_of(Enrolment.objects.select_related("session").get(pk=enrolment.pk)).proposed
        assert proposed is not None
        decide(enrolment=enrolment, outcome=proposed, motive="", by=cast.cpnefp, at=timezone.now())
    return proclaim(session=session, by=cast.cpnefp_president, at=timezone.now())


def regulation_keeping(cast: Cast, code: str, *, deferred: bool | None, failed: bool | None) -> Regulation:
    """The next version of a regulation, published, with what it says is kept."""
    latest = Regulation.objects.filter(code=code).order_by("-version").first()
    assert latest is not None
    draft = copy_regulation(regulation=latest, by=cast.ucanss, at=timezone.now())
    Regulation.objects.filter(pk=draft.pk).update(kept_when_deferred=deferred, kept_when_failed=failed)
    return publish_regulation(regulation=draft, by=cast.ucanss, at=timezone.now())
