"""When the documents of a session may be asked for, and how long their files are kept."""

from datetime import datetime, timedelta

from candidates.models import Session
from candidates.states import SessionState
from cqp.awards.models import DocumentRun
from cqp.awards.states import RunState

KEPT = timedelta(days=30)
"""The files of a run are about thousands of persons: kept as long as a printer needs, then made on demand."""
LOST = timedelta(hours=1)
"""A run that waits for longer than this may have lost its task: its page offers to give it another."""

_NOTHING = {
    DocumentRun.Kind.CERTIFICATES: "Aucun certificat n’est en vigueur pour cette session.",
    DocumentRun.Kind.TRANSCRIPTS: "Aucun candidat n’a été proclamé dans cette session.",
    DocumentRun.Kind.LETTERS: "Aucun candidat n’a été proclamé dans cette session.",
}


def session_refusal(session: Session) -> str | None:
    """Documents say what was proclaimed: none before."""
    if session.state != SessionState.PROCLAIMED:
        return "La session n’est pas encore proclamée : ses documents seront produits après la proclamation."
    return None


def count_refusal(kind: str, total: int) -> str | None:
    """A production of nothing is not started."""
    return None if total else _NOTHING[DocumentRun.Kind(kind)]


def is_stuck(run: DocumentRun, now: datetime) -> bool:
    """Has it waited longer than a worker takes?"""
    return run.state == RunState.WAITING and run.asked_at < now - LOST


def is_old(run: DocumentRun, now: datetime) -> bool:
    """Are the files of this run kept long enough?"""
    return (
        run.state in (RunState.DONE, RunState.FAILED)
        and run.finished_at is not None
        and run.finished_at < now - KEPT
    )


def outdated_refusal(run: DocumentRun, corrected_at: datetime | None) -> str | None:
    """May these files still be taken away? Not once a decision of the session was rectified since.

    `corrected_at`: when the last one was, if any.
    """
    if corrected_at is None or corrected_at <= run.asked_at:
        return None
    return "Une décision a été rectifiée depuis : ces fichiers ne sont plus à jour, produisez-les de nouveau."
