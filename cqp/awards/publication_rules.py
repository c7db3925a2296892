"""Rules of the opening of the results: each answers None (yes) or the French sentence of the refusal."""

from datetime import datetime

from candidates.models import Session
from candidates.states import SessionState
from juries.models import Proclamation
from juries.publication import hour_refusal, said


def movable_refusal(session: Session, at: datetime) -> str | None:
    """May the opening still move? Until the hour itself: what was read cannot be taken back."""
    if session.state != SessionState.PROCLAIMED:
        return "La session n’est pas proclamée : l’ouverture de ses résultats se choisit à la proclamation."
    if session.results_open_at is not None and session.is_published(at):
        return (
            f"Les résultats sont ouverts depuis {said(session.results_open_at)} : l’ouverture ne change plus."
        )
    return None


def new_hour_refusal(proclamation: Proclamation, opens_at: datetime, at: datetime) -> str | None:
    """May they open then instead?"""
    return hour_refusal(opens_at, proclaimed_at=proclamation.at, now=at)
