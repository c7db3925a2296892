"""The carnet on paper: what was attested and signed, by name and hour, on the day it is drawn."""

import hashlib
import json
from typing import Any

from cqp.pdf import render_pdf
from cqp.templatetags.fr import day, moment, plural
from evaluations.carnet import Carnet, CarnetLine


def carnet_pdf(carnet: Carnet) -> bytes:
    """The PDF of a carnet; the same carnet on the same day gives the same bytes."""
    content = carnet_content(carnet)
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return render_pdf("documents/carnet.html", content | {"digest": digest[:16]}, identifier=digest)


def carnet_content(carnet: Carnet) -> dict[str, Any]:
    """Plain values only: what the paper says."""
    enrolment, progress = carnet.enrolment, carnet.progress
    return {
        "holder": enrolment.candidate.full_name,
        "number": enrolment.number,
        "session": enrolment.session.name,
        "regulation": enrolment.session.adoption.regulation.title,
        "organisme": enrolment.organisme.name,
        "crfp": enrolment.part.crfp.name,
        "tutor": enrolment.tutor.full_name,
        "manager": enrolment.manager.full_name,
        "today": day(carnet.today),
        "today_iso": carnet.today.isoformat(),
        "state": str(carnet.state.label),
        "signed": progress.signed,
        "attested": progress.attested,
        "total": progress.total,
        "blocs": [
            {
                "code": one.bloc.code,
                "title": one.bloc.title,
                "kept": f"Conservé, acquis le {day(one.kept.acquired_on)}." if one.kept else "",
                "signed": one.progress.signed,
                "total": one.progress.total,
                "lines": [] if one.kept else [_line(line) for line in one.lines],
            }
            for one in carnet.blocs
        ],
    }


def _line(line: CarnetLine) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": line.competence.code,
        "label": line.competence.label,
        "is_key": line.competence.is_key,
        "words": line.words,
        "tone": line.tone,
        "observed": "",
    }
    row = line.attestation
    if row is None:
        return told
    met, ending = line.met_count, plural(line.met_count)
    told["observed"] = (
        f"Observée le {day(row.observed_on)}, {met} critère{ending} rempli{ending} sur {len(line.criteria)}"
    )
    told["situation"] = row.situation
    told["tutor"] = f"{row.attested_by.full_name}, {moment(row.attested_at)}"
    if row.signed_by and row.signed_at:
        told["manager"] = f"{row.signed_by.full_name}, {moment(row.signed_at)}"
    if row.returned_by and row.returned_at:
        told["returned"] = (
            f"{row.returned_by.full_name}, {moment(row.returned_at)}, à revoir le {day(row.review_on)}"
        )
    if row.reason:
        told["reason"] = row.reason
    return told
