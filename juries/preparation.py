"""What a member reads before the sitting: every file in the order of the agenda, on paper or in a sheet.

A working document: nothing in it is decided, and whoever may not judge a candidate reads a number.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from candidates.models import Session
from candidates.states import SessionState
from cqp.pdf import render_pdf
from cqp.sheets.writing import Cell, Table
from cqp.templatetags.fr import day, groups, moment, nbsp, plural, thousands
from cqp.templatetags.ui import badge
from juries.deliberation import Summary, summaries_of
from juries.models import Opinion

NOTICE = "Document de travail, confidentiel"
# A session of five hundred candidates, each with an argument of ordinary length.
_LONGEST = 2_000_000
RECUSED = "Récusé"
_OPINIONS = {None: "Sans avis", True: "Favorable", False: "Défavorable"}


@dataclass(frozen=True, slots=True)
class Line:
    """One file of the agenda; of a hidden one, only the name and the rank may be told."""

    rank: int
    file: Summary
    argument: str

    @property
    def name(self) -> str:
        return nbsp(f"Dossier {groups(self.file.number)}") if self.file.is_hidden else self.file.name

    @property
    def opinion(self) -> str:
        return _OPINIONS[self.file.favourable]

    @property
    def proposal(self) -> str:
        return badge(self.file.result.verdict.value).label


def preparation_refusal(session: Session, late: Sequence[str], candidates: int) -> str | None:
    """May the files be prepared? From the arrival of the last (`late`: the awaited) to the proclamation."""
    if session.state == SessionState.PROCLAIMED:
        return "La session est proclamée : la préparation de sa séance est terminée."
    if late:
        return f"Le jury national attend encore les dossiers de : {', '.join(late)}."
    if not candidates:
        return "Aucun candidat n’est inscrit à cette session."
    return None


def lines_of(session: Session, hidden: Collection[int]) -> list[Line]:
    """The agenda: what needs a human first, then the clear files; last, by number, the `hidden` ones."""
    files = [replace(file, is_hidden=file.pk in hidden) for file in summaries_of(session)]
    files.sort(key=lambda file: (file.is_hidden, file.number if file.is_hidden else ""))
    said = Opinion.objects.filter(hearing__enrolment__session=session).exclude(argument="")
    arguments = dict(said.values_list("hearing__enrolment_id", "argument"))
    return [
        Line(rank, file, "" if file.is_hidden else arguments.get(file.pk, ""))
        for rank, file in enumerate(files, start=1)
    ]


def table_of(session: Session, lines: Sequence[Line]) -> Table:
    """The same for a spreadsheet; its last column is left to the reader."""
    headings = lines[0].file.result.scheme.headings if lines else ()
    return Table(
        f"Préparation {session.code}",
        (
            *("Rang", "Candidat", "Option", "CRFP", "À examiner", *headings),
            *("Avis du jury local", "Argument", "Proposition", "Décision et notes"),
        ),
        (tuple(_cells(line)) for line in lines),
    )


def _cells(line: Line) -> Iterator[Cell]:
    file = line.file
    if file.is_hidden:
        yield from (line.rank, line.name, "", "", RECUSED)
        yield from [""] * (len(file.result.scheme.headings) + 4)
        return
    yield from (line.rank, line.name, file.option[2], file.crfp[1])
    yield ", ".join(alert.label for alert in file.alerts)
    yield from file.result.values
    yield from (line.opinion, line.argument, line.proposal, "")


def preparation_pdf(session: Session, lines: Sequence[Line], at: datetime) -> bytes:
    """The agenda on A4, landscape; the same lines at the same moment give the same bytes."""
    content = content_of(session, lines, at)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return render_pdf("documents/preparation.html", content, identifier=digest, longest=_LONGEST)


def content_of(session: Session, lines: Sequence[Line], at: datetime) -> dict[str, Any]:
    """Plain values only: what the paper says."""
    scheme = lines[0].file.result.scheme
    judged = [line for line in lines if not line.file.is_hidden]
    examined = [_row(line) for line in judged if not line.file.is_clear]
    clear = [_row(line) for line in judged if line.file.is_clear]
    return {
        "notice": NOTICE,
        "session": session.name,
        "code": session.code,
        "deadline": day(session.national_jury_deadline),
        "count": f"{thousands(len(lines))} dossier{plural(len(lines))}",
        "printed": moment(at),
        "printed_iso": at.date().isoformat(),
        "columns": [{"label": one.label, "unit": one.unit} for one in (*scheme.columns, scheme.total_column)],
        "legend": list(scheme.legend),
        "groups": [
            {"heading": nbsp(f"{heading} : {len(rows)}"), "rows": rows}
            for heading, rows in (
                ("À examiner d’abord", examined),
                ("Avis favorable et certifiables, sans rien à signaler", clear),
            )
            if rows
        ],
        "recused": [{"rank": line.rank, "name": line.name} for line in lines if line.file.is_hidden],
        "recused_label": RECUSED,
    }


def _row(line: Line) -> dict[str, Any]:
    file = line.file
    cells = [*file.result.cells, file.result.headline]
    return {
        "rank": line.rank,
        "name": line.name,
        "place": ", ".join(filter(None, (file.option[2], file.crfp[1]))),
        "alerts": [alert.label for alert in file.alerts],
        "cells": [
            {"text": cell.text, "bad": cell.tone == "bad", "asides": list(cell.asides)} for cell in cells
        ],
        "opinion": line.opinion,
        "against": file.favourable is False,
        "argument": line.argument,
        "proposal": line.proposal,
    }
