"""Rules of the composition of a local jury: seats, substitutes, absences, recusals (R12, R56, A25, A26)."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from candidates.models import Enrolment
from candidates.states import EnrolmentState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Role
from cqp.templatetags.fr import plural
from evaluations.models import SeatRule
from juries.models import JurySeat, JurySubstitute, LocalJury
from juries.rules import Recorders, conflict_refusal, jury_frozen_refusal
from juries.states import JuryState

_ARTICLE = re.compile(r"^(un|une|le|la|son|sa)\s+", re.IGNORECASE)


def admissible_qualities(rule: SeatRule) -> list[str]:
    """The qualities among which the regulation lets one choose for this seat (R12); empty: said freely.

    « CNAMTS, ou Agent de Direction de la régulation, ou un praticien conseil ou MCR » makes four; a text
    that begins with « ou » adds to the label itself. Without a comma it is one condition, not a list.
    """
    text = rule.qualities.strip()
    if text.lower().startswith("ou "):
        listed = [rule.label, *re.split(r",\s*(?:ou\s+)?|\s+ou\s+", text[3:])]
    elif "," in text:
        listed = re.split(r",\s*(?:ou\s+)?|\s+ou\s+", text)
    else:
        return []
    bare = [_ARTICLE.sub("", quality.strip()) for quality in listed if quality.strip()]
    return [quality[0].upper() + quality[1:] for quality in bare]


def quality_refusal(rule: SeatRule, quality: str | None) -> str | None:
    """Is this one of the qualities the regulation admits? None: not said yet."""
    admissible = admissible_qualities(rule)
    if quality and admissible and quality not in admissible:
        return f"« {quality} » n’est pas une qualité admise pour ce siège : {', '.join(admissible)}."
    return None


def removal_refusal(jury: LocalJury, *, heard: int, has_closed: bool) -> str | None:
    """May this jury disappear? `heard`: candidates it was given, even withdrawn.

    `has_closed`: it sat and was closed once, even if it was reopened; its minutes are kept.
    """
    if heard:
        return f"{jury.name} a des candidats : retirez-les d’abord."
    if has_closed:
        return f"{jury.name} a déjà été clos : son procès-verbal est conservé, et le jury avec lui."
    return jury_frozen_refusal(jury)


def seating_refusal(
    rule: SeatRule,
    user: User,
    seats: Sequence[JurySeat],
    enrolments: Sequence[Enrolment],
    recorders: Recorders,
) -> str | None:
    """May this person take this seat, beside those who sit already and for these candidates?"""
    for seat in seats:
        if seat.rule_id == rule.pk and seat.user_id != user.pk:
            return f"Ce siège est occupé par {seat.user.full_name} : libérez-le d’abord."
        if seat.user_id == user.pk and seat.rule_id != rule.pk:
            return f"{user.full_name} occupe déjà un autre siège de ce jury."
    return conflict_refusal([user], enrolments, recorders)


def assignment_refusal(
    enrolment: Enrolment, jury: LocalJury, jurors: Sequence[User], recorders: Recorders
) -> str | None:
    """May this candidate be heard by this jury?"""
    name = enrolment.candidate.full_name
    if enrolment.part_id != jury.part_id:
        return f"{name} n’est pas inscrit dans cette partie de la session."
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return f"{name} s’est désisté."
    return conflict_refusal(jurors, [enrolment], recorders)


def leaving_refusal(enrolment: Enrolment, jury: LocalJury, *, judged: bool) -> str | None:
    """May this candidate leave the jury that was to hear him or her? `judged`: noted or heard already."""
    name = enrolment.candidate.full_name
    if judged and jury.state == JuryState.CLOSED:
        return f"{name} a été entendu par {jury.name}, qui est clos."
    if judged:
        return f"{jury.name} a déjà enregistré une note, un bloc ou un avis pour {name}."
    return None


def release_refusal(
    enrolment: Enrolment, jury: LocalJury, *, judged: bool, is_written_of: bool
) -> str | None:
    """May this candidate be left without a jury? What jurors wrote, and a recusal, would be lost (R56)."""
    refusal = leaving_refusal(enrolment, jury, judged=judged)
    if refusal is None and is_written_of:
        return (
            f"{enrolment.candidate.full_name} : des jurés ont déjà pris des notes, ou se sont récusés : "
            "affectez-le à un autre jury."
        )
    return refusal


def naming_refusal(
    user: User,
    seats: Sequence[JurySeat],
    enrolments: Sequence[Enrolment],
    recorders: Recorders,
) -> str | None:
    """May this person be the substitute of a seat? Nobody is ready to replace himself or herself."""
    if any(seat.user_id == user.pk for seat in seats):
        return f"{user.full_name} occupe déjà un siège de ce jury."
    return conflict_refusal([user], enrolments, recorders)


def calling_refusal(substitute: JurySubstitute, seats: Sequence[JurySeat]) -> str | None:
    """May this substitute take the seat? When it is empty, or its juror is noted absent."""
    name = substitute.user.full_name
    for seat in seats:
        if seat.user_id == substitute.user_id:
            return f"{name} occupe déjà un autre siège de ce jury."
        if seat.rule_id == substitute.rule_id and seat.is_present:
            return f"{seat.user.full_name} est présent : notez d’abord son absence, avec son motif."
    return None


def absence_refusal(motive: str) -> str | None:
    """Is it said why the juror is missing?"""
    return None if motive else "Indiquez le motif de l’absence : le procès-verbal le mentionne."


def composition_gaps(rules: Iterable[SeatRule], seats: Iterable[JurySeat]) -> list[str]:
    """What the composition lacks, in words; empty when the regulation is satisfied (R12, A25).

    The seat of an absent juror is empty, and an absent president presides over nothing.
    """
    present = [seat for seat in seats if seat.is_present]
    filled = {seat.rule_id for seat in present}
    gaps = [rule.label for rule in rules if rule.pk not in filled]
    if not any(seat.is_president for seat in present):
        gaps.append("présidence")
    return gaps


def composition_refusal(jury: LocalJury, gaps: Sequence[str]) -> str | None:
    """Is the jury composed as the regulation asks?"""
    if gaps:
        return f"La composition de {jury.name} est incomplète. Il manque : {', '.join(gaps)}."
    return None


# --- Recusal (R56) ---


def recusal_refusal(
    jury: LocalJury, enrolment: Enrolment, seats: Sequence[JurySeat], actor: Actor, *, judged: bool
) -> str | None:
    """May this actor step aside for this candidate? `judged`: the jury has recorded something already."""
    if actor.role != Role.JUROR or all(seat.user_id != actor.user.pk for seat in seats):
        return "Vous ne siégez pas dans ce jury."
    frozen = jury_frozen_refusal(jury)
    if frozen:
        return frozen
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return f"{enrolment.candidate.full_name} s’est désisté."
    if judged:
        return (
            f"Le jury a déjà enregistré une note, un bloc ou un avis pour {enrolment.candidate.full_name} : "
            "une récusation se déclare avant."
        )
    return None


def recusal_motive_refusal(motive: str) -> str | None:
    """Is it said why the juror steps aside?"""
    return None if motive else "Indiquez le motif de la récusation : le procès-verbal le mentionne."


def missing_jurors(seats: Iterable[JurySeat], recused: Collection[int], minimum: int) -> int:
    """How many jurors a hearing lacks, absent and recused ones counted out. `recused`: ids of people."""
    present = sum(seat.is_present and seat.user_id not in recused for seat in seats)
    return max(0, minimum - present)


def quorum_refusal(missing: Mapping[str, int]) -> str | None:
    """Is the jury complete enough for each candidate? `missing`: jurors a hearing lacks, by candidate."""
    lacking = [
        f"{name} (il manque {count} juré{plural(count)})" for name, count in missing.items() if count > 0
    ]
    if not lacking:
        return None
    return (
        f"Le jury est incomplet, absents et récusés déduits, pour : {', '.join(lacking)}. "
        "Le CRFP complète le jury ou affecte le candidat à un autre."
    )


def reopening_refusal(motive: str) -> str | None:
    """Is it said why the jury sits again?"""
    return None if motive else "Indiquez le motif de la réouverture : le CRFP et le jury le liront."
