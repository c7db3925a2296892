"""The lists about documents as tables to take away."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from candidates.models import Certification, RncpRegistration
from cqp.awards.models import Duplicate
from cqp.sheets.writing import Table


def certifications(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Each certification, its stationery, its registration today."""
    return Table(
        "Documents",
        ("Certification", "Papeterie, version", "Enregistrement du jour", "Valable jusqu’au", "À savoir"),
        (
            (
                row["certification"].short_title,
                row["version"] and row["version"].version,
                row["registration"] and row["registration"].code,
                row["registration"] and row["registration"].valid_to,
                row["warning"],
            )
            for row in rows
        ),
    )


def registrations(certification: Certification, rows: Iterable[RncpRegistration]) -> Table:
    """The dated registrations of a certification."""
    return Table(
        f"Enregistrements {certification.code}",
        ("Code", "Niveau", "Niveau européen", "Codes NSF", "Décision du", "Valable du", "Au"),
        (
            (
                row.code,
                row.level,
                row.eu_level,
                row.nsf_codes,
                row.decided_on,
                row.valid_from,
                row.valid_to,
            )
            for row in rows
        ),
    )


def duplicates(number: str, rows: Iterable[Duplicate]) -> Table:
    """The duplicates delivered of a certificate."""
    return Table(
        f"Duplicatas {number}",
        ("Duplicata n°", "Délivré le", "Par", "Motif"),
        ((row.rank, timezone.localdate(row.at), row.by.full_name, row.reason) for row in rows),
    )
