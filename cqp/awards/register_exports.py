"""What the lists of this room give to take away."""

from collections.abc import Iterable

from candidates.communes import named
from candidates.models import Session
from cqp.awards.holders import Holder, decided_on
from cqp.awards.identity_file import COMMUNE, COUNTRY, NUMBER, SEX
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
    """Those whose identity lacks something, to be filled and sent back (`identity_file`).

    The commune is proposed where one alone bears the name that was declared.
    """
    return Table(
        f"Identités {session.code}",
        ("Titulaire", NUMBER, "CRFP", "Ce qui manque", "Lieu déclaré", SEX, COMMUNE, COUNTRY),
        (
            (
                enrolment.candidate.full_name,
                holder.technical_id,
                enrolment.part.crfp.name,
                "\u00a0; ".join(holder.lacks),
                enrolment.candidate.birth_place,
                holder.sex,
                holder.commune_code or (same[0].code if len(same) == 1 else ""),
                holder.country_code,
            )
            for holder in holders
            for enrolment in [holder.certificate.decision.enrolment]
            for same in [named(enrolment.candidate.birth_place)]
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
