"""What every page knows: who acts, in which roles they could act, and the main navigation."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cqp.accounts.middleware import memberships_of
from cqp.roles import Act

_NAVIGATION = (
    (Act.FOLLOW_SESSIONS, "Sessions", "candidates:session_list"),
    (Act.FOLLOW_TRAINEES, "Mes stagiaires", "evaluations:trainee_list"),
    (Act.SIT_IN_JURY, "Mes jurys", "juries:jury_list"),
    (Act.READ_DELIBERATION, "Jury national", "juries:sitting_list"),
    (Act.READ_RESULTS, "Mes candidats", "juries:organisme_results"),
    (Act.READ_OWN_RESULT, "Mes résultats", "juries:own_results"),
    (Act.READ_REGULATIONS, "Règlements", "evaluations:regulation_list"),
    (Act.READ_JOURNAL, "Journal", "candidates:chain_list"),
    (Act.MANAGE_PEOPLE, "Comptes", "candidates:people"),
)


@dataclass(frozen=True, slots=True)
class NavigationItem:
    url: str
    label: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `actor`, `actor_choices`, `nav_items`."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"actor": None, "actor_choices": [], "nav_items": []}
    doors = [(reverse(name), label) for act, label, name in _NAVIGATION if actor.may(act)]
    # The journal lies under /sessions/ too: the longest address is the room one is in.
    here = max((url for url, _ in doors if request.path.startswith(url)), key=len, default="")
    items = [NavigationItem(url, label, url == here) for url, label in doors]
    return {"actor": actor, "actor_choices": memberships_of(request), "nav_items": items}
