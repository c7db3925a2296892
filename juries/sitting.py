"""Who sits at a sitting of the CPNEFP, with which voices, and from whom a candidate's name is kept."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from candidates.models import Enrolment, Session
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.roles import Role
from evaluations.models import JuryRule, Regulation, jury_rule_of
from juries.models import MemberRecusal, Sitting, SittingMember

COLLEGES = (Membership.College.EMPLOYEURS, Membership.College.SALARIES)


@dataclass(frozen=True, slots=True)
class Presence:
    """A member at the roll call: `state` as in SittingMember.Presence, and the member who holds the proxy."""

    state: str
    proxy: int | None = None


@dataclass(frozen=True, slots=True)
class Ballot:
    """The voices of one college on one decision."""

    college: str
    in_favour: int
    against: int
    abstained: int
    names_against: str = ""

    @property
    def total(self) -> int:
        return self.in_favour + self.against + self.abstained


@dataclass(frozen=True, slots=True)
class Roll:
    """The members of a sitting and the rule they sit under."""

    members: Sequence[SittingMember]
    rule: JuryRule

    def of(self, college: str) -> list[SittingMember]:
        return [member for member in self.members if member.college == college]

    def voices(self, college: str, recused: Collection[int] = ()) -> int:
        """How many voices a college has: its members present or represented, the recused counted out.

        `recused` are ids of members; who holds the proxy of somebody and is recused takes that voice along.
        """
        return sum(
            member.has_voice and member.pk not in recused and member.proxy_id not in recused
            for member in self.of(college)
        )

    def office(self, office: str) -> SittingMember | None:
        return next((member for member in self.members if member.office == office), None)

    @property
    def president(self) -> SittingMember | None:
        return self.office(SittingMember.Office.PRESIDENT)

    @property
    def vice_president(self) -> SittingMember | None:
        return self.office(SittingMember.Office.VICE_PRESIDENT)

    @property
    def mark(self) -> str:
        """What tells one state of the list from another, for a form to send back."""
        said = [f"{one.pk} {one.presence} {one.proxy_id} {one.office}" for one in self.members]
        return hashlib.sha256("|".join(said).encode()).hexdigest()[:16]

    def member_of(self, actor: Actor) -> SittingMember | None:
        return next((member for member in self.members if member.user_id == actor.user.pk), None)

    @property
    def gaps(self) -> list[str]:
        """What the sitting lacks to decide anything, in words; empty when it may (R13, R36)."""
        needed = self.rule.college_quorum
        found = [
            f"{voices} voix au collège {college.label.lower()}, il en faut {needed}"
            for college in COLLEGES
            if (voices := self.voices(college)) < needed
        ]
        if self.president is None or self.president.presence != SittingMember.Presence.PRESENT:
            found.append("la présidence de séance, présente")
        if self.vice_president is None:
            found.append("la vice-présidence")
        return found


def rule_of(session: Session) -> JuryRule:
    """What the session's regulation asks of its juries."""
    rows = Regulation.objects.select_related("jury_rule")
    return jury_rule_of(rows.get(adoptions__session=session))


def roll_of(session: Session) -> Roll:
    """Who was convened to the sitting on this session; nobody before it opens. Two queries."""
    members = SittingMember.objects.filter(sitting__session=session).select_related("user", "proxy__user")
    return Roll(list(members), rule_of(session))


def previous_college(sitting: Sitting) -> str:
    """The college that presided the sitting before this one, on the same certification; empty without one."""
    before = SittingMember.objects.filter(
        office=SittingMember.Office.PRESIDENT,
        sitting__session__certification=sitting.session.certification_id,
        sitting__opened_at__lt=sitting.opened_at,
    )
    found: str | None = before.order_by("-sitting__opened_at").values_list("college", flat=True).first()
    return found or ""


@dataclass(frozen=True, slots=True)
class Recused:
    """Who has no voice in one file: ids of members, and when the last of them stepped aside, if any did."""

    members: frozenset[int]
    since: datetime | None = None


def recused_of(enrolments: Sequence[Enrolment], roll: Roll) -> dict[int, Recused]:
    """Who stepped aside, or is judge and party (R56), file by file; one query whatever their number."""
    stepped: dict[int, list[MemberRecusal]] = defaultdict(list)
    chosen = [enrolment.pk for enrolment in enrolments]
    for recusal in MemberRecusal.objects.filter(enrolment__in=chosen).order_by("at"):
        stepped[recusal.enrolment_id].append(recusal)
    return {one.pk: _recused(one, stepped[one.pk], roll) for one in enrolments}


def _recused(enrolment: Enrolment, stepped: Sequence[MemberRecusal], roll: Roll) -> Recused:
    parties = {enrolment.tutor_id, enrolment.manager_id, enrolment.corrector_id, enrolment.candidate.user_id}
    members = {member.pk for member in roll.members if member.user_id in parties}
    members |= {recusal.member_id for recusal in stepped}
    return Recused(frozenset(members), stepped[-1].at if stepped else None)


def recused_from(enrolment: Enrolment, roll: Roll) -> frozenset[int]:
    """The members (ids) who have no voice in this file."""
    return recused_of([enrolment], roll)[enrolment.pk].members


def hidden_from(session: Session, actor: Actor) -> frozenset[int]:
    """The enrolments a member sees as a number only: recused, or judge and party. Two queries."""
    if actor.role not in (Role.CPNEFP, Role.CPNEFP_PRESIDENT):
        return frozenset()
    user = actor.user
    party = Q(tutor=user) | Q(manager=user) | Q(corrector=user) | Q(candidate__user=user)
    hidden = set(session.enrolments.filter(party).values_list("pk", flat=True))
    stepped = MemberRecusal.objects.filter(member__user=user, enrolment__session=session)
    return frozenset(hidden | set(stepped.values_list("enrolment_id", flat=True)))
