"""What the lists of this room give to take away: the rows of the page, all of them, as tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from candidates.models import Enrolment
from cqp.sheets.writing import Cell, Table
from evaluations.carnet import Carnet, CarnetLine
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
    carnet: Carnet


def trainees(rows: Iterable[TraineeRow]) -> Table:
    """The trainees of a tutor or a manager, with the marks this person gives and no other."""
    return Table(
        "Mes stagiaires",
        (
            *("Stagiaire", "Session", "Évaluation", "Note", "Sur"),
            *("Compétences signées", "Compétences", "À donner avant le", "État"),
        ),
        (
            (
                *(row.enrolment.candidate.full_name, row.enrolment.session.name),
                *_given(row.awaited),
                *_signed(row.carnet),
                row.carnet.last_day if row.is_due else None,
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


def _signed(carnet: Carnet) -> tuple[Cell, Cell]:
    """How many competences are signed, and of how many; nothing for a regulation in points."""
    progress = carnet.progress
    return (progress.signed, progress.total) if carnet.blocs else (None, None)


def carnets(rows: Iterable[Carnet]) -> Table:
    """Who misses what, in the carnets of a part."""
    return Table(
        "Carnets de suivi",
        (
            *("Candidat", "Tuteur", "Manager", "Signées", "Compétences", "À observer", "À signer"),
            *("Manque encore", "Ouvert jusqu’au", "État"),
        ),
        (
            (
                *(carnet.enrolment.candidate.full_name, carnet.enrolment.tutor.full_name),
                *(carnet.enrolment.manager.full_name, *_signed(carnet)),
                *(len(carnet.due_to_tutor), len(carnet.due_to_manager)),
                ", ".join(line.competence.code for line in carnet.missing),
                *(carnet.last_day, str(carnet.state.label)),
            )
            for carnet in rows
        ),
    )


def signatures(rows: Iterable[tuple[Carnet, Sequence[CarnetLine]]]) -> Table:
    """What waits for a manager's signature."""
    return Table(
        "À signer",
        (
            *("Stagiaire", "Code", "Compétence", "Selon le tuteur", "Observée le"),
            *("Critères remplis", "Critères", "Situation", "Attestée par"),
        ),
        (
            (
                *(carnet.enrolment.candidate.full_name, line.competence.code, line.competence.label),
                "Maîtrisée" if row.mastered else "Pas encore maîtrisée",
                *(row.observed_on, line.met_count, len(line.criteria)),
                *(row.situation, row.attested_by.full_name),
            )
            for carnet, lines in rows
            for line in lines
            if (row := line.attestation)
        ),
    )


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
