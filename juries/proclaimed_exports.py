"""What the lists made after a proclamation give to take away: certificates, results, corrections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from candidates.models import Enrolment, Session
from cqp.sheets.writing import Cell, Table
from cqp.templatetags.ui import OUTCOMES
from juries.certificate_status import latest_of, status_of
from juries.models import (
    BlocCertificate,
    Certificate,
    ProclaimedFile,
    Rectification,
)
from juries.shared import OrganismeLine
from juries.states import Outcome


def proclaimed(session: Session, files: Iterable[ProclaimedFile], *, with_options: bool) -> Table:
    """What is decided of each candidate, and what was proclaimed first where it was rectified."""
    return Table(
        f"Proclamation {session.code}",
        (
            *("Candidat", *(("Option",) if with_options else ()), "CRFP", "Décision"),
            *("Rectifiée le", "Décision proclamée"),
        ),
        (
            (
                file.enrolment.candidate.full_name,
                *((_option(file.enrolment),) if with_options else ()),
                *(file.enrolment.part.crfp.name, *_proclaimed(file)),
            )
            for file in files
        ),
    )


def _proclaimed(file: ProclaimedFile) -> tuple[Cell, Cell, Cell]:
    last = latest_of(file.enrolment.decision)
    if last is None:
        return file.get_outcome_display(), None, file.get_outcome_display()
    return last.get_outcome_display(), last.held_on, file.get_outcome_display()


def certificates(session: Session, rows: Iterable[Certificate], *, with_options: bool) -> Table:
    """The certificates of a session."""
    return Table(
        f"Certificats {session.code}",
        (
            *("Titulaire", "CRFP", "Numéro", "Code de vérification", "Statut"),
            *(("Option",) if with_options else ()),
            "Organisme",
        ),
        (_certificate(certificate, with_options=with_options) for certificate in rows),
    )


def _certificate(certificate: Certificate, *, with_options: bool) -> Sequence[Cell]:
    enrolment = certificate.decision.enrolment
    return (
        *(enrolment.candidate.full_name, enrolment.part.crfp.name, certificate.number, certificate.code),
        status_of(certificate).words,
        *((_option(enrolment),) if with_options else ()),
        enrolment.organisme.name,
    )


def bloc_certificates(session: Session, rows: Iterable[BlocCertificate]) -> Table:
    """The certificates of blocs of a session."""
    return Table(
        f"Certificats de bloc {session.code}",
        ("Titulaire", "CRFP", "Bloc", "Intitulé", "Numéro", "Code de vérification", "Organisme"),
        (
            (
                *(enrolment.candidate.full_name, enrolment.part.crfp.name),
                *(row.acquired.bloc.code, row.acquired.bloc.title, row.number, row.code),
                enrolment.organisme.name,
            )
            for row in rows
            for enrolment in [row.acquired.enrolment]
        ),
    )


def of_organisme(lines: Iterable[OrganismeLine]) -> Table:
    """An organisme's candidates: the option's contrôle continu (R39), then certified or not (R38)."""
    return Table(
        "Mes candidats",
        ("Candidat", "Session", "Option", "Contrôle continu de l’option", "Sur", "Décision"),
        (
            (
                *(line.enrolment.candidate.full_name, line.enrolment.session.name, _option(line.enrolment)),
                *_shared(line.marks),
                _told(line),
            )
            for line in lines
        ),
    )


def _shared(marks: Sequence[tuple[str, str, str]]) -> tuple[Cell, Cell]:
    """The mark and its scale; several marks share one cell, each after its name."""
    if len(marks) == 1:
        ((_, entry, scale),) = marks
        return _number(entry), _number(scale)
    return " ; ".join(f"{label} : {entry} sur {scale}" for label, entry, scale in marks), None


def _number(text: str) -> Cell:
    return Decimal(text.replace(",", ".")) if text[:1].isdecimal() else text


def _told(line: OrganismeLine) -> str:
    """The word of the page."""
    if line.is_withdrawn:
        return "Désistement"
    if line.outcome:
        return OUTCOMES[line.outcome].label
    if line.is_published:
        return "Pas de décision de certification à cette session"
    return "après la proclamation"


# --- Decisions rectified ---


def rectifications(rows: Iterable[Rectification]) -> Table:
    """The decisions rectified, or to be."""
    return Table(
        "Rectifications",
        (
            *("Candidat", "Session", "CRFP", "N°", "État", "Décision", "Motif"),
            *("Proposée par", "Proposée le", "Approuvée par", "Décidée le", "Rejet"),
        ),
        (
            (
                *(enrolment.candidate.full_name, enrolment.session.name, enrolment.part.crfp.name),
                *(row.rank, row.get_state_display(), row.get_outcome_display(), row.motive),
                *(row.proposed_by.full_name, row.proposed_at),
                *(row.approved_by.full_name if row.approved_by else "", row.held_on, row.dismissal),
            )
            for row in rows
            for enrolment in [row.decision.enrolment]
        ),
    )


# --- Sitting again ---


@dataclass(frozen=True, slots=True)
class AgainRow:
    """Somebody who may sit again: what was proclaimed, and the last day the course is allowed, if any."""

    enrolment: Enrolment
    outcome: Outcome
    until: date | None


def sitting_again(rows: Iterable[AgainRow]) -> Table:
    """The candidates of proclaimed sessions who may sit again."""
    return Table(
        "À représenter",
        (
            *("Candidat", "Session", "Résultat", "Option", "Organisme", "CRFP"),
            *("Premier jour de Prem’ss", "Parcours possible jusqu’au"),
        ),
        (
            (
                *(row.enrolment.candidate.full_name, row.enrolment.session.name, row.outcome.label),
                *(_option(row.enrolment), row.enrolment.organisme.name, row.enrolment.part.crfp.name),
                *(row.enrolment.premss_start, row.until),
            )
            for row in rows
        ),
    )


def _option(enrolment: Enrolment) -> str:
    return enrolment.option.label if enrolment.option else ""
