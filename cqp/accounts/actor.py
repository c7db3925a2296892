"""The person who acts, in the role chosen for now."""

from dataclasses import dataclass

from django.http import HttpRequest

from cqp.accounts.models import Membership, Organisme, User
from cqp.roles import ACTS_OF, ROLE_LABELS, Act, Role
from cqp.workflow import Refusal


@dataclass(frozen=True, slots=True)
class Actor:
    """A user acting as one of their memberships; what every service receives as `by`."""

    user: User
    role: Role
    organisme: Organisme | None = None
    college: str = ""

    @classmethod
    def of(cls, membership: Membership) -> "Actor":
        """The actor of a membership (its user and organisme are best selected with it)."""
        return cls(membership.user, Role(membership.role), membership.organisme, membership.college)

    def may(self, act: Act) -> bool:
        return act in ACTS_OF[self.role]

    def must(self, act: Act) -> None:
        """Raise Refusal when this role does not have the act: the services ask, whatever the door did."""
        if not self.may(act):
            raise Refusal("Votre rôle ne permet pas cet acte.")

    @property
    def label(self) -> str:
        """NOM Prénom, role and organisme, as the journal's screen shows it."""
        where = f", {self.organisme.name}" if self.organisme else ""
        return f"{self.user.full_name} ({ROLE_LABELS[self.role]}{where})"

    @property
    def role_label(self) -> str:
        return ROLE_LABELS[self.role]


class ActorRequest(HttpRequest):
    """A request as the middleware leaves it, behind a door that only somebody with a role opens."""

    actor: Actor
