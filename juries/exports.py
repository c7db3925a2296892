"""What the lists of this room give to take away: the rows of the page, all of them, as tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from candidates.models import Enrolment, Session, SessionPart
from candidates.states import SessionState
from cqp.sheets.writing import Cell, Table
from cqp.templatetags.ui import OUTCOMES, badge
from evaluations.models import Mark
from juries.certificate_status import latest_of, status_of
from juries.deliberation import Summary
from juries.dockets import Docket
from juries.fairness import Comparison
from juries.forecast import Forecast
from juries.models import (
    BlocCertificate,
    Certificate,
    JurySeat,
    LocalJury,
    Opinion,
    ProclaimedFile,
    Rectification,
)
from juries.reading import HearingLine
from juries.shared import OrganismeLine
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
    return f"{seat.user} (présidence)" if seat.is_president else str(seat.user)


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


# --- After the proclamation ---


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
    if line.is_proclaimed:
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
