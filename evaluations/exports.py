"""What the lists of this room give to take away: the rows of the page, all of them, as tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from candidates.models import Enrolment
from cqp.sheets.writing import Cell, Table
from evaluations.forms.trainees import Awaited
from evaluations.models import Mark
from evaluations.retakes import Retake
from evaluations.scoring import format_number
from evaluations.standing import Standing


@dataclass(frozen=True, slots=True)
class TraineeRow:
    """A trainee with the marks this person gives them, and how far that is, in words."""

    enrolment: Enrolment
    awaited: Sequence[Awaited]
    state: str
    is_due: bool


def trainees(rows: Iterable[TraineeRow]) -> Table:
    """The trainees of a tutor or a manager, with the marks this person gives and no other."""
    return Table(
        "Mes stagiaires",
        ("Stagiaire", "Session", "Évaluation", "Note", "Sur", "À donner avant le", "État"),
        (
            (
                *(row.enrolment.candidate.full_name, row.enrolment.session.name),
                *_given(row.awaited),
                row.enrolment.session.entry_deadline if row.is_due else None,
                row.state,
            )
            for row in rows
        ),
    )


def _given(awaited: Sequence[Awaited]) -> tuple[Cell, Cell, Cell]:
    """What is marked, the mark, its scale; several marks share their cells, each after its name."""
    labels = ", ".join(item.block.label for item in awaited)
    if len(awaited) == 1:
        (item,) = awaited
        value = item.mark.value if item.mark else None
        return labels, item.entry if value is None else value, item.block.mark_max
    told = [
        f"{item.block.label} : {item.entry} sur {format_number(item.block.mark_max)}"
        for item in awaited
        if item.entry
    ]
    return labels, " ; ".join(told), None


def regulations(rows: Iterable[Any]) -> Table:
    """Regulations with the number of their `sessions`."""
    return Table(
        "Règlements",
        (
            *("Règlement", "Code", "Version", "Certification", "Régime"),
            *("Applicable à partir du", "Sessions", "État"),
        ),
        (
            (
                *(regulation.title, regulation.code, regulation.version),
                *(regulation.certification.short_title, regulation.get_regime_display()),
                *(regulation.valid_from, regulation.sessions, regulation.get_state_display()),
            )
            for regulation in rows
        ),
    )


def sheets(standings: Iterable[Standing]) -> Table:
    """Where each block of a part stands."""
    return Table(
        "Épreuves",
        (
            *("Épreuve", "Notes saisies", "Candidats", "Responsable"),
            *("À ressaisir", "Écarts à trancher", "État", "Transmise le", "Par"),
        ),
        (
            (
                *(one.block.label, one.done, one.total, str(one.sheet.responsible or "")),
                *(len(one.to_retype), len(one.differences), one.sheet.get_state_display()),
                *(one.sheet.submitted_at, str(one.sheet.submitted_by or "")),
            )
            for one in standings
        ),
    )


def retakes(rows: Iterable[Retake]) -> Table:
    """Who may take a block again, the calls, and what became of it."""
    return Table(
        "Rattrapages",
        (
            *("Candidat", "Épreuve", "Première note", "Sur", "Seuil", "Écart au seuil", "État"),
            *("Convoqué le", "Lieu", "Motif du renoncement", "Rattrapage", "Ce qu’il en est"),
        ),
        (
            (
                *(row.enrolment.candidate.full_name, row.block.label, _mark(row.first), row.block.mark_max),
                *(row.block.threshold, row.distance, row.state),
                *((row.call.held_on, row.call.place, row.call.waived_motive) if row.call else (None, "", "")),
                *(_mark(row.second), row.outcome),
            )
            for row in rows
        ),
    )


def _mark(mark: Mark | None) -> Cell:
    """A number where there is one; ABS, ABJ, or nothing."""
    if mark is None:
        return None
    return mark.entry if mark.value is None else mark.value
