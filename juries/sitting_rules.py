"""Rules of a sitting of the national jury: presence, proxies, votes, points, steps aside."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from candidates.models import Enrolment
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from evaluations.models import Block, JuryRule
from evaluations.scoring import format_number
from juries.models import SittingMember
from juries.sitting import COLLEGES, Ballot, Presence, Roll

_PRESENT = SittingMember.Presence.PRESENT
_REPRESENTED = SittingMember.Presence.REPRESENTED


def quorum_refusal(roll: Roll) -> str | None:
    """Is the sitting complete enough to decide?"""
    if roll.gaps:
        return f"La séance est incomplète. Il manque : {' ; '.join(roll.gaps)}."
    return None


def member_refusal(roll: Roll, actor: Actor) -> str | None:
    """Does this person take part in the sitting?"""
    member = roll.member_of(actor)
    if member is None:
        return "Vous n’êtes pas membre de cette séance."
    if member.presence != _PRESENT:
        return "Vous n’êtes pas noté présent à cette séance : la présidence tient la liste."
    return None


def presiding_refusal(roll: Roll, actor: Actor) -> str | None:
    """Does this person preside the sitting, or stand in for who does?"""
    officers = (roll.president, roll.vice_president)
    if any(officer and officer.user_id == actor.user.pk for officer in officers):
        return member_refusal(roll, actor)
    name = roll.president.user.full_name if roll.president else "la présidence"
    return f"Seule la présidence de la séance peut proclamer : {name}."


def party_refusal(roll: Roll, recused: Collection[int], actor: Actor) -> str | None:
    """Has this member a voice in this file? `recused`: ids of members (R56)."""
    member = roll.member_of(actor)
    if member and member.pk in recused:
        return "Vous êtes récusé pour ce dossier : un autre membre doit s’en charger."
    return None


def voice_refusal(roll: Roll, recused: Collection[int]) -> str | None:
    """Has each college still a voice in this file, the recused counted out?"""
    for college in COLLEGES:
        if roll.voices(college, recused) == 0:
            label = college.label.lower()
            return f"Le collège {label} n’a plus de voix pour ce dossier : il faut un autre membre."
    return None


def roll_refusals(
    roll: Roll, presences: Mapping[int, Presence], president: int | None, vice_president: int | None
) -> dict[str, str]:
    """What is wrong with a roll call, by field: `membre-<id>`, `president`, `vice_president`."""
    members = {member.pk: member for member in roll.members}
    found = {}
    holders: dict[int, int] = {}
    for pk, presence in presences.items():
        if presence.state == _REPRESENTED:
            refusal = _proxy_refusal(members[pk], presence.proxy, members, presences)
            if refusal:
                found[f"membre-{pk}"] = refusal
            elif presence.proxy:
                holders[presence.proxy] = holders.get(presence.proxy, 0) + 1
                if holders[presence.proxy] > roll.rule.proxies_max:
                    name = members[presence.proxy].user.full_name
                    most = roll.rule.proxies_max
                    found[f"membre-{pk}"] = f"{name} porte déjà {most} pouvoir{'s' if most > 1 else ''}."
    first, second = members.get(president or 0), members.get(vice_president or 0)
    if first and presences[first.pk].state != _PRESENT:
        found["president"] = f"{first.user.full_name} préside : il faut sa présence."
    if first and second and first.college == second.college:
        found["vice_president"] = "La présidence et la vice-présidence reviennent à des collèges opposés."
    return found


def _proxy_refusal(
    member: SittingMember,
    holder: int | None,
    members: Mapping[int, SittingMember],
    presences: Mapping[int, Presence],
) -> str | None:
    chosen = members.get(holder or 0)
    if chosen is None:
        return f"À qui {member.user.full_name} donne-t-il pouvoir ?"
    if chosen.pk == member.pk or presences[chosen.pk].state != _PRESENT:
        return f"Un pouvoir se donne à un membre présent : {chosen.user.full_name} ne l’est pas."
    if chosen.college != member.college:
        return "Un pouvoir se donne à un membre du même collège."
    return None


def alternation_warning(roll: Roll, previous: str) -> str | None:
    """The presidency alternates between the colleges: said, never refused."""
    if not previous or roll.president is None or roll.president.college != previous:
        return None
    college = Membership.College(previous).label.lower()
    return f"Le collège {college} présidait déjà la séance précédente : la présidence devait alterner."


def vote_refusal(roll: Roll, recused: Collection[int], ballots: Sequence[Ballot]) -> str | None:
    """Do these votes add up, and carry the decision? Without any the decision is unanimous."""
    if not ballots:
        return None
    if {ballot.college for ballot in ballots} != {college.value for college in COLLEGES}:
        return "Comptez les voix des deux collèges."
    for ballot in ballots:
        voices, cast = roll.voices(ballot.college, recused), ballot.total
        if cast != voices:
            label = Membership.College(ballot.college).label.lower()
            return f"Le collège {label} a {voices} voix pour ce dossier : {cast} sont comptées."
        if roll.rule.names_against and ballot.against and not ballot.names_against:
            return "Le règlement demande le nom de qui vote contre."
        if ballot.names_against and not (roll.rule.names_against and ballot.against):
            return "Le règlement ne demande pas de noms : le vote reste secret."
    return _majority_refusal(roll.rule, ballots)


def _majority_refusal(rule: JuryRule, ballots: Sequence[Ballot]) -> str | None:
    in_favour = sum(ballot.in_favour for ballot in ballots)
    against = sum(ballot.against for ballot in ballots)
    everybody = sum(ballot.total for ballot in ballots)
    # Twice the voices: halves stay whole numbers.
    reached = 2 * in_favour
    bar = everybody if rule.majority == JuryRule.Majority.ABSOLUTE else in_favour + against
    if reached > bar or (rule.casting_vote and in_favour == against and in_favour > 0):
        return None
    return f"La décision n’a pas la majorité : {in_favour} pour, {against} contre, {everybody} voix."


def points_refusals(
    rule: JuryRule, block: Block, mark: Decimal | None, points: Decimal, motive: str
) -> dict[str, str]:
    """May the jury add these points to this mark (None: an absence)? By field: `points`, `motive`."""
    if rule.points_max is None:
        return {"points": "Le règlement de la session ne prévoit pas de points de jury."}
    found = {}
    if mark is None:
        found["points"] = f"{block.label} : des points s’ajoutent à une note, pas à une absence."
    elif not 0 < points <= rule.points_max:
        most = format_number(rule.points_max)
        found["points"] = (
            f"Le règlement permet {most} point{'s' if rule.points_max >= 2 else ''} de jury au plus."
        )
    elif mark + points > block.mark_max:
        found["points"] = f"{block.label} se note sur {format_number(block.mark_max)} : ce serait davantage."
    elif points.as_tuple().exponent not in (0, -1, -2):
        found["points"] = "Deux décimales au plus."
    if not motive:
        found["motive"] = "Indiquez pourquoi : le candidat et le procès-verbal le diront."
    return found


def step_aside_refusals(enrolment: Enrolment, motive: str, *, decided_by_them: bool) -> dict[str, str]:
    """May this member step aside for this file?"""
    found = {}
    if decided_by_them:
        name = enrolment.candidate.full_name
        found["motive"] = (
            f"Vous avez enregistré la décision de {name} : un autre membre doit la reprendre d’abord."
        )
    elif not motive:
        found["motive"] = "Indiquez le motif : le procès-verbal le dira."
    return found


def extraction_refusal(enrolment: Enrolment, *, decided: bool) -> str | None:
    """May this file be taken out of those adopted together?"""
    if decided:
        return f"{enrolment.candidate.full_name} : une décision est prise, elle se modifie sur le dossier."
    return None
