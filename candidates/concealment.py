"""Whose candidates a reader of a session reads nothing of.

A room above knows why (a member of the national jury recused from a file, R56) and says so when it starts.
"""

from collections.abc import Callable, Collection

from candidates.models import Session
from cqp.accounts.actor import Actor

_known: list[Callable[[Session, Actor], Collection[int]]] = []


def conceal(hidden_from: Callable[[Session, Actor], Collection[int]]) -> None:
    """From now on ask this too: it gives the enrolments (ids) to keep from a reader."""
    if hidden_from not in _known:
        _known.append(hidden_from)


def concealed_from(session: Session, actor: Actor) -> frozenset[int]:
    """The enrolments of a session (ids) this reader reads nothing of."""
    return frozenset(pk for hidden_from in _known for pk in hidden_from(session, actor))
