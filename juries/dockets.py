"""The sessions before the national jury: who has sent what, how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from candidates.models import Session, SessionPart
from candidates.states import EnrolmentState, PartState
from juries.models import Decision, current_outcome
from juries.states import Outcome


@dataclass(frozen=True, slots=True)
class Docket:
    """A session as the national jury follows it: who has sent what."""

    session: Session
    candidates: int
    received: Sequence[str]
    awaited: Sequence[str]
    decided: int
    certified: int

    @property
    def undecided(self) -> int:
        return self.candidates - self.decided

    @property
    def parts(self) -> int:
        return len(self.received) + len(self.awaited)


def sessions_before(sessions: QuerySet[Session]) -> list[Docket]:
    """The sessions given, the most urgent first; three queries whatever their number."""
    rows = list(
        sessions.select_related("certification", "sitting", "proclamation").defer("proclamation__payload")
    )
    sitting = Q(enrolments__state=EnrolmentState.ENROLLED)
    parts = (
        SessionPart.objects.filter(session__in=rows)
        .annotate(size=Count("enrolments", filter=sitting))
        .filter(size__gt=0)
        .order_by("crfp__name")
        .values_list("session_id", "crfp__name", "state", "size")
    )
    of_session: dict[int, list[tuple[str, str, int]]] = {}
    for session, name, state, size in parts:
        of_session.setdefault(session, []).append((name, state, size))
    decisions = {
        session: (decided, certified)
        for session, decided, certified in Decision.objects.filter(enrolment__session__in=rows)
        .annotate(now=current_outcome("enrolment", "outcome"))
        .values_list("enrolment__session")
        .annotate(decided=Count("pk"), certified=Count("pk", filter=Q(now=Outcome.CERTIFIED)))
    }
    dockets = [_docket(row, of_session.get(row.pk, []), decisions.get(row.pk, (0, 0))) for row in rows]
    return sorted(dockets, key=lambda docket: (docket.session.national_jury_deadline, docket.session.code))


def _docket(session: Session, parts: Sequence[tuple[str, str, int]], decisions: tuple[int, int]) -> Docket:
    return Docket(
        session=session,
        candidates=sum(size for _name, _state, size in parts),
        received=[name for name, state, _size in parts if state == PartState.TRANSMITTED],
        awaited=[name for name, state, _size in parts if state != PartState.TRANSMITTED],
        decided=decisions[0],
        certified=decisions[1],
    )
