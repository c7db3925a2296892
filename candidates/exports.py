"""What the lists of this room give to take away: the rows of the page, all of them, as tables."""

from collections.abc import Iterable
from typing import Any

from candidates.models import Enrolment, Session, SessionPart
from candidates.stories import Change, Chapter
from cqp.accounts.models import Membership
from cqp.journal.models import Chain
from cqp.sheets.writing import Cell, Table
from cqp.templatetags.fr import groups

CANDIDATES = (
    "Nom de naissance", "Nom d’usage", "Prénoms", "Date de naissance", "Lieu de naissance",
    "Adresse électronique", "Option", "Organisme", "Type de contrat",
    "Nom du tuteur", "Prénom du tuteur", "Adresse électronique du tuteur",
    "Nom du manager", "Prénom du manager", "Adresse électronique du manager",
    "Pass suivi", "Premier jour de Prem’ss", "Numéro d’identification", "État", "Motif du désistement",
)  # fmt: skip
"""The headings an import reads: what leaves may come back."""


def sessions(rows: Iterable[Any]) -> Table:
    """Sessions counted (`candidates`), as the list shows them."""
    return Table(
        "Sessions",
        (
            *("Session", "Code", "État", "Premier jour des épreuves", "Dernier jour des épreuves"),
            *("Jury national, au plus tard", "Candidats"),
        ),
        (
            (
                *(session.name, session.code, session.get_state_display()),
                *(session.exam_first_day, session.exam_last_day, session.national_jury_deadline),
                session.candidates,
            )
            for session in rows
        ),
    )


def parts(session: Session, rows: Iterable[Any]) -> Table:
    """The parts of a session that have candidates, counted (`sitting`)."""
    return Table(
        f"Session {session.code}",
        ("CRFP", "Candidats", "Dossiers", "Transmis le"),
        ((part.crfp.name, part.sitting, part.get_state_display(), part.transmitted_at) for part in rows),
    )


def people(memberships: Iterable[Membership]) -> Table:
    """Who holds which role, and where."""
    return Table(
        "Comptes et rôles",
        ("Personne", "Adresse électronique", "Rôle", "Collège", "Organisme"),
        (
            (
                *(held.user.full_name, held.user.email, held.get_role_display()),
                held.get_college_display() if held.college else "",
                held.organisme.name if held.organisme else "",
            )
            for held in memberships
        ),
    )


def candidates(part: SessionPart, enrolments: Iterable[Enrolment]) -> Table:
    """The candidates of a part, in columns its import reads."""
    title = f"Candidats {part.session.code} {part.crfp.name}"
    return Table(title, CANDIDATES, (_candidate(enrolment) for enrolment in enrolments))


def _candidate(enrolment: Enrolment) -> tuple[Cell, ...]:
    who, tutor, manager = enrolment.candidate, enrolment.tutor, enrolment.manager
    return (
        *(who.birth_name, who.used_name, who.first_names, who.birth_date, who.birth_place, who.email),
        enrolment.option.label if enrolment.option else "",
        *(enrolment.organisme.name, enrolment.get_contract_display()),
        *(tutor.last_name, tutor.first_name, tutor.email),
        *(manager.last_name, manager.first_name, manager.email),
        *(enrolment.get_pass_followed_display(), enrolment.premss_start),
        *(groups(enrolment.number), enrolment.get_state_display(), enrolment.withdrawal_motive),
    )


def chains(titled: Iterable[tuple[Any, str, bool]]) -> Table:
    """The chains of the journal with the moment of their `last` entry, their title, and what is withheld."""
    return Table(
        "Journal",
        ("Journal", "Code", "Dernier acte", "Entrées", "Tête de la chaîne"),
        (
            (title, chain.key, chain.last, *(("", "") if shut else (chain.count, f"{chain.head[:16]}…")))
            for chain, title, shut in titled
        ),
    )


def story(chain: Chain, chapters: Iterable[Chapter]) -> Table:
    """The story of a session as it is told, in the order of the page."""
    return Table(
        f"Journal {chain.key}",
        ("Numéro", "Le", "Par", "Acte", "Sujet", "Changements", "Motif", "Empreinte"),
        (
            (
                *(chapter.seq, chapter.at, chapter.who, chapter.what, chapter.subject),
                " ; ".join(map(_change, chapter.changes)),
                *(chapter.reason, chapter.hash[:12]),
            )
            for chapter in chapters
        ),
    )


def _change(change: Change) -> str:
    values = " → ".join(value for value in (change.before, change.after) if value)
    return f"{change.label} : {values}" if values else change.label
