"""What the lists of this room give to take away: the rows of the page, all of them, as tables."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from candidates.models import Enrolment, Session, SessionPart
from candidates.states import SessionState
from cqp.sheets.writing import Cell, Table
from cqp.templatetags.ui import badge
from evaluations.models import Mark
from juries.deliberation import Summary
from juries.dockets import Docket
from juries.fairness import Comparison
from juries.forecast import Forecast
from juries.models import (
    JurySeat,
    LocalJury,
    Opinion,
)
from juries.reading import HearingLine
from juries.states import Outcome

# --- Local juries ---


def juror_juries(rows: Iterable[tuple[LocalJury, int, int]]) -> Table:
    """The juries of a juror, each with how many of this juror's candidates are heard, and their number."""
    return Table(
        "Mes jurys",
        ("Jury", "Session", "CRFP", "Réunion", "Lieu", "Entendus", "Candidats", "État"),
        (
            (
                *(jury.name, jury.part.session.name, jury.part.crfp.name, jury.meets_on, jury.place),
                *(heard, total, jury.get_state_display()),
            )
            for jury, heard, total in rows
        ),
    )


def jury_candidates(jury: LocalJury, lines: Sequence[HearingLine]) -> Table:
    """The candidates a juror hears: the jury's own marks, its opinion, what is still awaited."""
    blocks = [block.label for block in lines[0].blocks] if lines else []
    blocks += [one.bloc.code for one in lines[0].blocs] if lines else []
    return Table(
        f"Candidats de {jury.name}",
        ("Candidat", "Option", "Organisme", "Jour", "Heure", *blocks, "Avis", "Reste"),
        (
            (
                str(line.enrolment.candidate),
                *(_option(line.enrolment), line.enrolment.organisme.name),
                *((line.slot.day.day, f"{line.slot.starts:%H:%M}") if line.slot else (None, "")),
                *(_mark(mark) for _, mark in line.cells),
                *(one.words for one in line.blocs),
                *(_opinion(line.opinion), ", ".join(line.awaited)),
            )
            for line in lines
        ),
    )


def part_juries(
    part: SessionPart, rows: Iterable[tuple[LocalJury, str, Sequence[JurySeat], int, Sequence[str]]]
) -> Table:
    """The juries a CRFP composes: each with its state, who sits, how many candidates, what it lacks."""
    return Table(
        f"Jurys {part.session.code} {part.crfp.name}",
        ("Jury", "Réunion", "Lieu", "Membres", "Candidats", "État", "Il manque"),
        (
            (
                *(jury.name, jury.meets_on, jury.place, ", ".join(map(_member, seats))),
                *(candidates, state, ", ".join(gaps)),
            )
            for jury, state, seats, candidates, gaps in rows
        ),
    )


def session_juries(session: Session, juries: Iterable[Any]) -> Table:
    """The local juries of a session: where each stands, its last closing. `heard`: annotated on each."""
    return Table(
        f"Jurys {session.code}",
        ("Jury", "CRFP", "Réunion", "Lieu", "Candidats", "État", "Clôtures", "Réouvertures"),
        (
            (
                *(jury.name, jury.part.crfp.name, jury.meets_on, jury.place, jury.heard),
                *(jury.get_state_display(), len(jury.minutes.all()), len(jury.reopenings.all())),
            )
            for jury in juries
        ),
    )


def heard(jury: LocalJury, rows: Iterable[tuple[HearingLine, Sequence[str]]]) -> Table:
    """The candidates of a jury as its CRFP sees them: how far each is, and what deserves a look."""
    return Table(
        f"Candidats de {jury.name}",
        ("Candidat", "Option", "Organisme", "Avancement", "À regarder"),
        (
            (
                *(str(line.enrolment.candidate), _option(line.enrolment), line.enrolment.organisme.name),
                "Absence justifiée" if line.deferred else "Entendu" if line.settled else "À entendre",
                " ".join(sentences),
            )
            for line, sentences in rows
        ),
    )


def without_jury(part: SessionPart, enrolments: Iterable[Enrolment]) -> Table:
    """The candidates of a part no jury hears yet."""
    return Table(
        f"Sans jury {part.session.code} {part.crfp.name}",
        ("Candidat", "Organisme"),
        ((str(enrolment.candidate), enrolment.organisme.name) for enrolment in enrolments),
    )


def _member(seat: JurySeat) -> str:
    said = ["présidence"] * seat.is_president + ["absent"] * (not seat.is_present)
    return f"{seat.user} ({', '.join(said)})" if said else str(seat.user)


def _option(enrolment: Enrolment) -> str:
    return enrolment.option.label if enrolment.option else ""


def _mark(mark: Mark | None) -> Cell:
    """A number where there is one; ABS, ABJ, or nothing."""
    if mark is None:
        return None
    return mark.entry if mark.value is None else mark.value


def _opinion(opinion: Opinion | None) -> str:
    if opinion is None:
        return ""
    return "Attribution" if opinion.favourable else "Non-attribution"


# --- The national jury ---


def dockets(rows: Iterable[Docket]) -> Table:
    """The sessions before the national jury; of each, what its own part of the page shows."""
    return Table(
        "Jury national",
        (
            *("Session", "Code", "État", "Candidats", "Dossiers reçus", "Dossiers attendus", "Au plus tard"),
            *("Séance", "Lieu", "Proclamée le", "Certifiés"),
        ),
        map(_docket, rows),
    )


def _docket(docket: Docket) -> Sequence[Cell]:
    session = docket.session
    told: tuple[Cell, ...] = (session.name, session.code, session.get_state_display(), docket.candidates)
    if session.state == SessionState.OPEN:
        waiting = (", ".join(docket.received), ", ".join(docket.awaited), session.national_jury_deadline)
        return (*told, *waiting, None, None, None, None)
    if session.state == SessionState.DELIBERATION:
        sitting = session.sitting
        return (*told, None, None, session.national_jury_deadline, sitting.held_on, sitting.place, None, None)
    return (*told, None, None, None, None, None, session.proclamation.at, docket.certified)


def deliberation(session: Session, files: Sequence[Summary], *, shows_decisions: bool) -> Table:
    """The national table: marks and their gaps to the thresholds, total, opinion, proposal.

    The decisions are there for those who may read them already.
    """
    headings = ["Candidat", "Option", "CRFP", "À examiner"]
    headings += files[0].result.scheme.headings if files else ()
    headings += ["Avis du jury local", "Proposition"]
    if shows_decisions:
        headings += ["Décision", "Motivée"]
    return Table(
        f"Délibération {session.code}",
        headings,
        ((*_file(file), *(_decision(file) if shows_decisions else ())) for file in files),
    )


def _file(file: Summary) -> Iterator[Cell]:
    if file.is_hidden:
        yield from (file.name, "", "", "récusé")
        yield from [""] * (len(file.result.scheme.headings) + 2)
        return
    yield from (file.name, file.option[2], file.crfp[1], ", ".join(alert.label for alert in file.alerts))
    yield from file.result.values
    yield {None: "", True: "Favorable", False: "Défavorable"}[file.favourable]
    yield badge(file.result.verdict.value).label


def _decision(file: Summary) -> tuple[str, str]:
    return (Outcome(file.outcome).label if file.outcome else ""), ("oui" if file.departs else "")


def forecast(forecasts: Iterable[Forecast]) -> Table:
    """What the sessions not proclaimed wait for, from whom, for how many candidates."""
    return Table(
        "Prévision",
        ("De qui", "Session", "Au plus tard", "Cause", "Où", "Ce qui manque", "Candidats"),
        (
            (
                *(one.owner.name, each.session.name, each.session.national_jury_deadline, cause.value),
                *(one.place, one.words, len(one.enrolments)),
            )
            for each in forecasts
            for cause, _, rows in each.by_cause
            for one in rows
        ),
    )


def fairness(session: Session, comparisons: Iterable[Comparison]) -> Table:
    """What each jury gave in each evaluation, or said of each bloc; an empty cell where it has no sense."""
    return Table(
        f"Équité {session.code}",
        (
            *("Jury local", "CRFP", "Évaluation ou bloc", "Effectif", "Moyenne", "Écart-type", "Minimum"),
            *("Maximum", "Acquis", "Part acquise (%)"),
        ),
        (row for one in comparisons for row in _compared(one)),
    )


def _compared(one: Comparison) -> Iterator[Sequence[Cell]]:
    for line in one.marks:
        figures = (line.mean, line.deviation, line.low, line.high, None, None)
        yield line.jury, line.crfp, one.label, line.n, *figures
    for share in one.shares:
        yield share.jury, share.crfp, one.label, share.n, None, None, None, None, share.acquired, share.share
