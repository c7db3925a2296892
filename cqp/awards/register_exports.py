"""What the lists of this room give to take away."""

from collections.abc import Iterable

from candidates.models import Session
from cqp.awards.holders import Holder, decided_on
from cqp.awards.register_statistics import Line
from cqp.awards.transmission import told_of
from cqp.sheets.writing import Cell, Table
from juries.certificate_status import status_of
from juries.models import Certificate


def register(rows: Iterable[Certificate]) -> Table:
    """The register, as filtered."""
    return Table(
        "Titulaires",
        (
            *("Titulaire", "Certification", "Option", "Session", "Décision du", "Numéro"),
            *("Code de vérification", "Organisme", "CRFP", "Statut", "Transmission", "Motif de rejet"),
        ),
        (_line(row) for row in rows),
    )


def _line(certificate: Certificate) -> tuple[Cell, ...]:
    enrolment, told = certificate.decision.enrolment, told_of(certificate)
    return (
        enrolment.candidate.full_name,
        enrolment.session.certification.short_title,
        enrolment.option.label if enrolment.option else "",
        enrolment.session.code,
        decided_on(certificate),
        certificate.number,
        certificate.code,
        enrolment.organisme.name,
        enrolment.part.crfp.name,
        status_of(certificate).words,
        told.words,
        told.reason,
    )


def transmission(session: Session, rows: Iterable[Certificate]) -> Table:
    """The holders of a session, and where each stands with the Caisse des dépôts."""
    return Table(
        f"Accrochage {session.code}",
        ("Titulaire", "Numéro", "CRFP", "État", "Motif de rejet"),
        (
            (
                enrolment.candidate.full_name,
                row.number,
                enrolment.part.crfp.name,
                told.words,
                told.reason,
            )
            for row in rows
            for enrolment, told in [(row.decision.enrolment, told_of(row))]
        ),
    )


def identities(session: Session, holders: Iterable[Holder]) -> Table:
    """Those whose identity lacks something."""
    return Table(
        f"Identités {session.code}",
        ("Titulaire", "Numéro", "CRFP", "Ce qui manque"),
        (
            (
                enrolment.candidate.full_name,
                holder.technical_id,
                enrolment.part.crfp.name,
                "\u00a0; ".join(holder.lacks),
            )
            for holder in holders
            for enrolment in [holder.certificate.decision.enrolment]
        ),
    )


def statistics(lines: Iterable[Line]) -> Table:
    """Results by year, certification and option."""
    return Table(
        "Statistiques",
        (
            *("Année", "Certification", "Option", "Candidats", "Certifiés", "Non certifiés", "Reportés"),
            "Taux de réussite (%)",
        ),
        (
            (
                line.year,
                line.certification,
                line.option,
                line.total,
                line.certified,
                line.refused,
                line.deferred,
                line.rate,
            )
            for line in lines
        ),
    )
