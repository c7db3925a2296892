"""What an organisme may read of its candidates: one mark, then one word, by the table of visibility."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.models.enrolments import published
from candidates.states import EnrolmentState
from evaluations.models import Mark
from evaluations.scoring.explained import Decided, for_organisme
from evaluations.visibility import Audience, Datum, Phase, may_see
from juries.models import Decision, Rectification, current_outcome
from juries.rectification import entries_of
from juries.states import Outcome


@dataclass(frozen=True, slots=True)
class OrganismeLine:
    """One candidate as the organisme sees them: certified, not certified, or no decision.

    `outcome` is empty until the results are open, and after that for a candidate deferred: an organisme reads
    whether somebody is certified (R38), not that an absence was justified.
    """

    enrolment: Enrolment
    marks: Sequence[tuple[str, str, str]]
    outcome: str
    is_published: bool

    @property
    def explained(self) -> str:
        """The result in the words an organisme may read; nothing before it is open."""
        if not self.is_published or self.is_withdrawn:
            return ""
        return " ".join(for_organisme(Decided[self.outcome] if self.outcome else Decided.DEFERRED))

    @property
    def is_withdrawn(self) -> bool:
        return self.enrolment.state == EnrolmentState.WITHDRAWN


def lines_for_organisme(enrolments: Sequence[int], at: datetime | None = None) -> list[OrganismeLine]:
    """The lines of these enrolments, in the order given; nothing is read that may not be shown.

    As the organisme reads them `at` that moment; now when it is None.
    """
    at = at or timezone.now()
    rows = Enrolment.objects.filter(pk__in=enrolments).select_related(
        "candidate", "option", "session__certification"
    )
    by_pk = {row.pk: row for row in rows}
    phases = {pk: _phase_of(row.session, at) for pk, row in by_pk.items()}
    marks = _shared_marks([pk for pk in enrolments if _may(Datum.OPTION_CC, phases[pk])], at)
    outcomes = _outcomes([pk for pk in enrolments if _may(Datum.OUTCOME, phases[pk])])
    return [
        OrganismeLine(by_pk[pk], marks[pk], outcomes.get(pk, ""), is_published=phases[pk] == Phase.PUBLISHED)
        for pk in enrolments
    ]


def _phase_of(session: Session, at: datetime) -> Phase:
    """For an organisme, everything before its results are open is the course."""
    return Phase.PUBLISHED if session.is_published(at) else Phase.COURSE


def _may(datum: Datum, phase: Phase) -> bool:
    return may_see(Audience.ORGANISME, datum, phase)


def _shared_marks(enrolments: Sequence[int], at: datetime) -> dict[int, list[tuple[str, str, str]]]:
    """Label, mark and scale of the blocks the regulation shares (R39); the retake when there is one.

    A mark rectified after the proclamation is read as corrected, once the results are open.
    """
    corrected = _corrected_marks(enrolments, at)
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Mark.objects.filter(enrolment__in=enrolments, block__shared_with_organisme=True)
    for mark in rows.select_related("block").order_by("enrolment", "block__position", "attempt"):
        corrections = corrected.get(mark.enrolment_id, {})
        entry = corrections.get((mark.block.code, mark.attempt), mark.entry)
        if entry:
            scale = format(mark.scale.normalize(), "f").replace(".", ",")
            found[mark.enrolment_id].append((mark.block.label, entry, scale))
    return found


def _corrected_marks(enrolments: Sequence[int], at: datetime) -> dict[int, dict[tuple[str, int], str]]:
    """The marks as they stand since the last rectification, of those that have one."""
    rows = Rectification.objects.decided().filter(decision__enrolment__in=enrolments).order_by("rank")
    rows = rows.filter(published("decision__enrolment__session", at))
    return {
        enrolment: entries_of(json.loads(content))
        for enrolment, content in rows.values_list("decision__enrolment", "content")
    }


def _outcomes(enrolments: Sequence[int]) -> dict[int, str]:
    """What is decided today, rectified or not."""
    rows = Decision.objects.proclaimed().filter(enrolment__in=enrolments)
    now = rows.values_list("enrolment_id", current_outcome("enrolment", "outcome"))
    return {pk: Outcome(outcome).name for pk, outcome in now if outcome != Outcome.DEFERRED}
