"""A session as a line of stages: the one place that says how far it is and what it waits for.

This room knows neither marks nor juries: what it says of them follows from the calendar and from the parts
the CRFP have transmitted, never from a guess.
"""

from dataclasses import dataclass
from datetime import date

from candidates.models import Session
from candidates.states import SessionState
from cqp.templatetags.fr import day, plural, thousands

DONE, CURRENT, TODO, BLOCKED = "done", "current", "todo", "blocked"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, its state and one line saying how far, or what blocks it, by name."""

    label: str
    state: str
    detail: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the stages are computed from: candidates still sitting, and the CRFP that have some."""

    candidates: int
    parts: int
    awaited: tuple[str, ...]
    # Of a proclaimed session: may its results be read by whom they are about?
    are_results_open: bool = True

    @property
    def transmitted(self) -> int:
        return self.parts - len(self.awaited)

    @property
    def is_transmitted(self) -> bool:
        return self.parts > 0 and not self.awaited


def stages_of(session: Session, progress: Progress, today: date) -> list[Stage]:
    """The six stages of a session on a given day."""
    return [
        _enrolments(session, progress, today),
        _evaluations(session, progress, today),
        _local_juries(session, progress, today),
        _national_jury(session, progress, today),
        _proclamation(session, progress),
        _certificates(session, progress),
    ]


def days_left(deadline: date, today: date) -> str:
    """« dans 12 jours », « aujourd’hui », « dépassée de 3 jours »."""
    days = (deadline - today).days
    if days == 0:
        return "aujourd’hui"
    if days == 1:
        return "demain"
    if days > 0:
        return f"dans {thousands(days)} jours"
    return f"dépassée de {thousands(-days)} jour{plural(-days)}"


def headcount(candidates: int) -> str:
    """« 12 candidats »."""
    return f"{thousands(candidates)} candidat{plural(candidates)}"


def _past_opening(session: Session) -> bool:
    return session.state != SessionState.OPEN


def _enrolments(session: Session, progress: Progress, today: date) -> Stage:
    count = headcount(progress.candidates)
    if _past_opening(session) or progress.is_transmitted or today > session.enrolment_deadline:
        return Stage("Inscriptions", DONE, count)
    return Stage("Inscriptions", CURRENT, f"{count}, jusqu’au {day(session.enrolment_deadline)}")


def _evaluations(session: Session, progress: Progress, today: date) -> Stage:
    if _past_opening(session) or progress.is_transmitted:
        return Stage("Évaluations", DONE, "notes verrouillées")
    if progress.candidates == 0:
        return Stage("Évaluations", TODO, f"à partir du {day(session.exam_first_day)}")
    left = days_left(session.entry_deadline, today)
    if today > session.entry_deadline:
        return Stage("Évaluations", BLOCKED, f"échéance de saisie {left} : {_awaited(progress)}")
    return Stage("Évaluations", CURRENT, f"saisie jusqu’au {day(session.entry_deadline)}")


def _local_juries(session: Session, progress: Progress, today: date) -> Stage:
    if session.state == SessionState.DELIBERATION and progress.awaited:
        return Stage("Jurys locaux", CURRENT, f"jury rouvert : {_awaited(progress)}")
    if _past_opening(session) or progress.is_transmitted:
        return Stage("Jurys locaux", DONE, f"{progress.transmitted} CRFP sur {progress.parts}")
    if today < session.exam_first_day or progress.parts == 0:
        return Stage("Jurys locaux", TODO, f"épreuves le {day(session.exam_first_day)}")
    return Stage("Jurys locaux", CURRENT, f"{progress.transmitted} CRFP sur {progress.parts} ont transmis")


def _national_jury(session: Session, progress: Progress, today: date) -> Stage:
    deadline = session.national_jury_deadline
    if session.state == SessionState.PROCLAIMED:
        return Stage("Jury national", DONE, "délibération close")
    if session.state == SessionState.DELIBERATION:
        return Stage("Jury national", CURRENT, f"au plus tard le {day(deadline)}")
    if today > deadline:
        return Stage("Jury national", BLOCKED, f"échéance {days_left(deadline, today)}")
    if progress.is_transmitted:
        return Stage("Jury national", CURRENT, f"prêt, au plus tard le {day(deadline)}")
    return Stage("Jury national", TODO, f"au plus tard le {day(deadline)}")


def _proclamation(session: Session, progress: Progress) -> Stage:
    if session.state == SessionState.PROCLAIMED:
        opened = "résultats définitifs" if progress.are_results_open else "résultats pas encore ouverts"
        return Stage("Proclamation", DONE, opened)
    return Stage("Proclamation", TODO, "après le jury national")


def _certificates(session: Session, progress: Progress) -> Stage:
    if session.state == SessionState.PROCLAIMED:
        if not progress.are_results_open:
            return Stage("Diplômes", TODO, "à l’ouverture des résultats")
        return Stage("Diplômes", DONE, "à la disposition des certifiés")
    return Stage("Diplômes", TODO, "après la proclamation")


def _awaited(progress: Progress) -> str:
    """The CRFP still awaited, the first three by name."""
    shown = ", ".join(progress.awaited[:3])
    others = len(progress.awaited) - 3
    return f"{shown} et {others} autre{plural(others)}" if others > 0 else shown
