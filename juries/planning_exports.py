"""What the lists of the planning give to take away: the rows of the page, as tables."""

from collections.abc import Iterable, Sequence

from cqp.sheets.writing import Cell, Table
from cqp.templatetags.fr import day_short, hour
from juries.models import LocalJury, Unavailability
from juries.plans import PlanLine
from juries.summons import Letter


def plan(jury: LocalJury, lines: Iterable[PlanLine]) -> Table:
    """Who is heard when, then who has no hour."""
    return Table(
        f"Auditions de {jury.name}",
        ("Candidat", "Organisme", "Jour", "Heure", "Minutes", "Lieu", "Salle", "Indisponible"),
        (
            (
                line.name,
                line.hearing.enrolment.organisme.name,
                *_slot(line),
                "; ".join(map(absence_words, line.absences)),
            )
            for line in lines
        ),
    )


def summons(jury: LocalJury, letters: Sequence[Letter]) -> Table:
    """Who was told what: where each candidate stands, and the last convocation."""
    return Table(
        f"Convocations de {jury.name}",
        ("Candidat", "État", "Jour", "Heure", "Convocation n°", "Faite le", "Adresse", "Message"),
        (
            (
                letter.line.name,
                letter.words,
                *_slot(letter.line)[:2],
                *(
                    (
                        letter.last.summons.rank,
                        letter.last.summons.at.date(),
                        letter.last.summons.email,
                        letter.last.words,
                    )
                    if letter.last
                    else (None, None, "", "")
                ),
            )
            for letter in letters
        ),
    )


def absence_words(row: Unavailability) -> str:
    """« 21/12/2026 », « 21/12/2026 de 9 h à 10 h »."""
    hours = f" de {hour(row.starts)} à {hour(row.ends)}" if row.starts else ""
    return f"{day_short(row.day)}{hours}"


def _slot(line: PlanLine) -> tuple[Cell, ...]:
    if line.slot is None:
        return None, "", line.minutes, "", ""
    day = line.slot.day
    return day.day, f"{line.slot.starts:%H:%M}", line.slot.minutes, day.place, day.room
