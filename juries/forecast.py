"""Will the national jury meet its month (R36, A24)? What is missing, through whom, and what follows.

Counts and the people something is awaited from; never a candidate by name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from candidates.models import Session
from candidates.stages import days_left, headcount
from candidates.states import SessionState
from cqp.roles import Role
from cqp.templatetags.fr import day, nbsp, plural, thousands


class Cause(StrEnum):
    """Why a candidate could not be proclaimed, in the order in which it is settled."""

    CARNET = "Carnets de suivi"
    MARKS = "Notes"
    HEARING = "Auditions"
    PART = "Transmission"


@dataclass(frozen=True, slots=True)
class Owner:
    """From whom something is awaited: a person in a role, or the whole of a CRFP (`user` is None)."""

    role: Role
    user: int | None
    organisme: int | None
    name: str

    @property
    def key(self) -> str:
        """The same words for the same owner, in an address."""
        return f"{self.role.lower()}-{self.user}" if self.user else f"organisme-{self.organisme}"


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing awaited from one owner: how many of what, for which candidates (their enrolments)."""

    cause: Cause
    owner: Owner
    place: str  # the organisme or the CRFP
    what: tuple[str, str]  # of one, of several
    about: str  # the evaluation, the jury
    items: int
    enrolments: frozenset[int]

    @property
    def words(self) -> str:
        """« 3 compétences à signer », « 2 notes manquantes : Épreuve écrite »."""
        counted = f"{thousands(self.items)} {plural(self.items, ','.join(self.what))}"
        return nbsp(f"{counted} : {self.about}" if self.about else counted)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a session stands before its national jury, as far as its reader may see."""

    session: Session
    candidates: int
    owed: Sequence[Owed]
    today: date

    @property
    def blocked(self) -> int:
        """Candidates who cannot be proclaimed unless something changes."""
        return len(_enrolments(self.owed))

    @property
    def waiting(self) -> int:
        """The others, who wait with them: a sitting opens when every file has arrived."""
        return self.candidates - self.blocked

    @property
    def is_late(self) -> bool:
        return self.today > self.session.national_jury_deadline

    @property
    def deadline(self) -> str:
        """« Jury national au plus tard le 22 décembre 2026 (échéance dans 26 jours). »"""
        latest = self.session.national_jury_deadline
        return f"Jury national au plus tard le {day(latest)} (échéance {days_left(latest, self.today)})."

    @property
    def by_cause(self) -> list[tuple[Cause, str, list[Owed]]]:
        """Each cause there is, its sentence, and who is awaited: the most candidates first."""
        found = []
        for cause, sentence in _SENTENCES.items():
            rows = [one for one in self.owed if one.cause == cause]
            if rows:
                rows.sort(key=lambda one: (-len(one.enrolments), one.place, one.owner.name, one.what))
                found.append((cause, sentence(rows), rows))
        return found

    @property
    def conclusion(self) -> str:
        """What follows if nothing changes, in a sentence or two."""
        if not self.candidates:
            return "Pas encore de candidat."
        if self.session.state == SessionState.DELIBERATION:
            return "Tous les dossiers sont arrivés, la séance est ouverte."
        if not self.owed:
            return nbsp("Tous les dossiers sont arrivés : la séance peut s’ouvrir.")
        count = self.blocked
        will = f"ne pourr{plural(count, 'a,ont')} pas être proclamé{plural(count)}"
        sentence = f"Si rien ne change, {headcount(count)} {will}."
        if self.waiting:
            s, ent = plural(self.waiting), plural(self.waiting, ",ent")
            sentence += f" {thousands(self.waiting)} autre{s} attend{ent} aussi : la séance s’ouvre"
            sentence += " quand tous les dossiers sont arrivés."
        return nbsp(sentence)

    @property
    def summary(self) -> str:
        """The whole in one line, for a home page."""
        causes = " ; ".join(sentence for _, sentence, _ in self.by_cause)
        return nbsp(f"{causes}. {self.conclusion}") if causes else self.conclusion

    def owed_by(self, key: str) -> list[Owed]:
        """What is awaited from this owner."""
        return [one for one in self.owed if one.owner.key == key]


def _enrolments(owed: Iterable[Owed]) -> set[int]:
    return {enrolment for one in owed for enrolment in one.enrolments}


def _carnets(rows: Sequence[Owed]) -> str:
    places, count = len({one.place for one in rows}), len(_enrolments(rows))
    some = f"{places} organisme{plural(places)} n’{plural(places, 'a,ont')} pas validé"
    return f"{some} {thousands(count)} carnet{plural(count)}"


def _marks(rows: Sequence[Owed]) -> str:
    count, people = sum(one.items for one in rows), len({one.owner for one in rows})
    some = f"{thousands(count)} note{plural(count)} manque{plural(count, ',nt')}"
    return f"{some}, chez {people} responsable{plural(people)}"


def _hearings(rows: Sequence[Owed]) -> str:
    count = len(_enrolments(rows))
    return f"{headcount(count)} pas encore entendu{plural(count)} par un jury local"


def _parts(rows: Sequence[Owed]) -> str:
    count = len({one.owner for one in rows})
    return f"{count} CRFP n’{plural(count, 'a,ont')} pas transmis des dossiers auxquels rien ne manque"


_SENTENCES: dict[Cause, Callable[[Sequence[Owed]], str]] = {
    Cause.CARNET: _carnets,
    Cause.MARKS: _marks,
    Cause.HEARING: _hearings,
    Cause.PART: _parts,
}
