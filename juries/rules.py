"""Rules of the juries: each answers None (yes) or the French sentence of the refusal."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from candidates.models import Enrolment, Session
from candidates.rules import conflict_of, jury_work_refusal
from candidates.states import EnrolmentState, SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import User
from cqp.roles import Act, Role
from cqp.templatetags.fr import day as day_of
from cqp.workflow import Refusal
from evaluations.models import Block, Mark
from evaluations.scoring import Result, Verdict
from juries.bloc_lines import BlocLine
from juries.models import JurySeat, LocalJury, Opinion
from juries.states import JuryState, Outcome


class Refusals(Refusal):
    """Several refusals of one act, each a sentence, by the field or the person it concerns."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


def demand_of(field: str, refusal: str | None) -> None:
    """Raise the refusal of one field of a form; `None` means yes."""
    if refusal is not None:
        raise Refusals({field: refusal})


Recorders = Mapping[int, Collection[int]]
"""Who recorded marks outside the juries: ids of people, by enrolment."""


# --- The local jury (R11, R12, R34, R56) ---


def jury_frozen_refusal(jury: LocalJury) -> str | None:
    """May anything of this jury still change?"""
    if jury.state == JuryState.CLOSED and jury.closed_at:
        day = day_of(jury.closed_at)
        return f"{jury.name} est clos depuis le {day} : ce qu’il a jugé est figé."
    return jury_work_refusal(jury.part.session, jury.part)


def party_refusal(user: User, enrolment: Enrolment, recorders: Recorders) -> str | None:
    """Why this person may not judge this candidate (R56): a guide, a corrector, whoever recorded a mark."""
    sentence = conflict_of(user, enrolment)
    if sentence is None and user.pk in recorders.get(enrolment.pk, ()):
        name = enrolment.candidate.full_name
        did = f"{user.full_name} a saisi des notes de {name}, ou signé son carnet"
        return f"{did} : nul ne peut être juge et partie."
    return sentence


def conflicts_of(
    users: Iterable[User], enrolments: Sequence[Enrolment], recorders: Recorders
) -> dict[int, list[str]]:
    """Every reason why one of these people may not judge one of these candidates, by enrolment (R56, A26)."""
    users = list(users)
    found = {
        enrolment.pk: [sentence for user in users if (sentence := party_refusal(user, enrolment, recorders))]
        for enrolment in enrolments
    }
    return {pk: sentences for pk, sentences in found.items() if sentences}


def conflict_refusal(
    users: Iterable[User], enrolments: Sequence[Enrolment], recorders: Recorders
) -> str | None:
    """May these people judge these candidates? The first reasons against, and how many more."""
    found = conflicts_of(users, enrolments, recorders)
    sentences = [sentence for group in found.values() for sentence in group]
    shown, more = sentences[:_FEW], len(sentences) - _FEW
    if more > 0:
        shown.append(f"Et {more} empêchement{'s' if more > 1 else ''} de plus.")
    return " ".join(shown) or None


def neighbours_of(
    jurors: Iterable[User], enrolment: Enrolment, organismes: Mapping[int, Collection[int]]
) -> list[str]:
    """Jurors from the candidate's own organisme: allowed, but said (A26). `organismes`: ids by juror's id."""
    return [
        f"{user.full_name} relève aussi de {enrolment.organisme.name} : à vérifier."
        for user in jurors
        if enrolment.organisme_id in organismes.get(user.pk, ())
    ]


def judging_refusal(
    jury: LocalJury,
    enrolment: Enrolment,
    seats: Sequence[JurySeat],
    recorders: Recorders,
    actor: Actor,
) -> str | None:
    """May this actor record the jury's mark or opinion for this candidate?"""
    seat = next((seat for seat in seats if seat.user_id == actor.user.pk), None)
    if actor.role != Role.JUROR or seat is None:
        return "Vous ne siégez pas dans ce jury."
    frozen = jury_frozen_refusal(jury)
    if frozen:
        return frozen
    if not seat.is_present:
        return "Vous êtes noté absent de ce jury : le CRFP peut vous y noter présent."
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return f"{enrolment.candidate.full_name} s’est désisté."
    return party_refusal(actor.user, enrolment, recorders)


def still_awaited(
    blocks: Sequence[Block],
    marks: Mapping[int, Mark],
    opinion: Opinion | None,
    blocs: Sequence[BlocLine] = (),
    *,
    deferred: bool,
    stale: bool,
) -> tuple[str, ...]:
    """What the jury still owes a candidate, in words; nothing when the hearing is settled.

    A justified absence, at whatever examination, defers the candidate: nothing is awaited (A5).
    """
    if deferred:
        return ()
    owed = [block.label for block in blocks if block.pk not in marks or marks[block.pk].entry == ""]
    owed += [line.bloc.code for line in blocs if not line.is_concluded]
    if opinion is None:
        owed.append("avis")
    elif stale:
        owed.append("avis à confirmer")
    return tuple(owed)


def presidency_refusal(seats: Sequence[JurySeat], actor: Actor) -> str | None:
    """Only the president closes a jury."""
    president = next((seat for seat in seats if seat.is_president and seat.is_present), None)
    if president is None:
        return "Ce jury n’a pas de présidence : le CRFP doit la désigner."
    if not actor.may(Act.CLOSE_JURY) or president.user_id != actor.user.pk:
        return f"Seule la présidence du jury ({president.user.full_name}) peut le clore."
    return None


def unsettled_refusal(heard: int, awaited: Mapping[str, tuple[str, ...]]) -> str | None:
    """Is every candidate judged? `awaited`: what is owed, by candidate; `heard`: how many."""
    if heard == 0:
        return "Aucun candidat n’est affecté à ce jury."
    if awaited:
        names: dict[tuple[str, ...], list[str]] = {}
        for name, owed in awaited.items():
            names.setdefault(owed, []).append(name)
        left = [f"{', '.join(owed)} pour {', '.join(group)}" for owed, group in names.items()]
        return f"Il reste à enregistrer : {' ; '.join(left)}."
    return None


# --- The national jury (R13, R36, A23) ---

_PROPOSALS = {
    Verdict.CERTIFIABLE: Outcome.CERTIFIED,
    Verdict.NON_CERTIFIABLE: Outcome.NOT_CERTIFIED,
    Verdict.REPORTE: Outcome.DEFERRED,
}


def proposal_of(result: Result) -> Outcome | None:
    """What the arithmetic proposes to the jury; None while a file is incomplete or invalid."""
    return proposal_for(result.verdict)


def proposal_for(verdict: Verdict) -> Outcome | None:
    """The same, from the verdict alone."""
    return _PROPOSALS.get(verdict)


def opening_refusal(session: Session, late: Sequence[str]) -> str | None:
    """May the CPNEFP sit on this session? `late`: the CRFP that still hold files back."""
    if session.state != SessionState.OPEN:
        return "La séance du jury national a déjà été ouverte pour cette session."
    if late:
        return f"Le jury national attend encore les dossiers de : {', '.join(late)}."
    return None


def early_warning(session: Session, today: date) -> str | None:
    """What an irreversible act before the last exam day means; confirmed, never refused: all may be done."""
    if today < session.exam_last_day:
        last_day = day_of(session.exam_last_day)
        return f"Les épreuves s’achèvent le {last_day} : plus aucun candidat ne pourra être inscrit."
    return None


def sitting_day_refusal(held_on: date, transmitted_on: date, today: date) -> str | None:
    """Can the sitting be of that day? It is printed on the certificates. `transmitted_on`: the last files."""
    if held_on < transmitted_on:
        return f"Cette date précède la dernière transmission de dossiers, le {day_of(transmitted_on)}."
    if held_on > today:
        return f"Cette date est à venir : la séance s’ouvre le jour même, aujourd’hui {day_of(today)}."
    return None


def place_refusal(place: str) -> str | None:
    """Is the place of the sitting known?"""
    if not place:
        return "Indiquez le lieu de la séance : il figure sur les certificats."
    return None


def sitting_day_warning(session: Session, held_on: date) -> str | None:
    """What is unusual about the day of the sitting; shown, never refused: the jury answers for it."""
    if held_on > session.national_jury_deadline:
        day = day_of(session.national_jury_deadline)
        return f"Cette date dépasse le délai d’un mois après les épreuves, qui s’achève le {day}."
    return None


def deliberation_refusal(session: Session) -> str | None:
    """May decisions of this session still be taken or changed?"""
    if session.state == SessionState.OPEN:
        return "La séance du jury national n’est pas ouverte."
    if session.state == SessionState.PROCLAIMED:
        return "La session est proclamée : les décisions ne changent plus."
    return None


def decision_refusal(actor: Actor, enrolment: Enrolment, result: Result) -> str | None:
    """May this member decide of this candidate's file?"""
    if enrolment.state == EnrolmentState.WITHDRAWN:
        return f"{enrolment.candidate.full_name} s’est désisté : il n’y a rien à décider."
    if proposal_of(result) is None:
        return "Ce dossier ne peut pas être jugé : il est incomplet ou comporte une note illisible."
    return conflict_of(actor.user, enrolment)


def outcome_refusal(proposed: Outcome, outcome: str) -> str | None:
    """Is this outcome open to the jury?"""
    if proposed == Outcome.DEFERRED and outcome != Outcome.DEFERRED:
        return "Une absence justifiée laisse ce dossier sans total : il ne peut qu’être reporté."
    return None


def motive_refusal(proposed: Outcome, outcome: str, motive: str) -> str | None:
    """Is the decision motivated where it departs from the proposal (A23)?"""
    if outcome != proposed and not motive:
        return f"Cette décision s’écarte de la proposition ({proposed.label.lower()}) : indiquez le motif."
    return None


def proclamation_refusal(session: Session) -> str | None:
    """May this session be proclaimed? It happens once."""
    if session.state == SessionState.PROCLAIMED:
        return "Cette session est déjà proclamée."
    return deliberation_refusal(session)


def late_refusal(late: Sequence[str]) -> str | None:
    """Have all the CRFP transmitted, those too whose jury was reopened? `late`: who has not."""
    return _naming("Le jury national attend de nouveau les dossiers de", late)


def undecided_refusal(names: Sequence[str]) -> str | None:
    """Is every candidate decided?"""
    return _naming("Il reste à décider", names)


def votes_refusal(names: Sequence[str]) -> str | None:
    """Does every vote still hold, with who is there and who stepped aside since?"""
    return _naming("Des présences ou des récusations ont changé depuis le vote, à reprendre", names)


def unprintable_refusal(names: Sequence[str]) -> str | None:
    """Can every document be printed? A proclaimed text never changes again."""
    return _naming("Un texte du dossier ne peut pas être imprimé", names)


def changed_refusal(names: Sequence[str]) -> str | None:
    """Is every file still what the jury had before it when it decided (T5)?"""
    return _naming("Des éléments ont changé depuis la décision, à reprendre", names)


def unjournaled_refusal(names: Sequence[str]) -> str | None:
    """Is every decision the one that the journal says was taken (T5)?"""
    return _naming("Des décisions ne sont plus celles du journal, à reprendre", names)


def _naming(what: str, names: Sequence[str]) -> str | None:
    if not names:
        return None
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    others = f" et {more} autre{'s' if more >= 2 else ''}" if more > 0 else ""
    return f"{what} : {shown}{others}."


_NAMED = 10  # names worth reading in one sentence
_FEW = 3  # sentences worth reading at once
