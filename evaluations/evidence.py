"""What a verdict in blocs rests on, signature by signature: kept with a proclamation, provable later."""

from typing import Any

from django.db.models import QuerySet

from candidates.models import Enrolment
from evaluations.models import BlocJudgement, KeptBloc, MasteryAttestation

Evidence = dict[int, dict[str, list[dict[str, Any]]]]
"""By enrolment, then `attestations`, `judgements` and `kept`; an enrolment without any has no entry."""


def evidence_of(enrolments: QuerySet[Enrolment]) -> Evidence:
    """Everything signed and judged of these candidates, as plain data; nothing in a session in points."""
    found: Evidence = {}
    chosen = enrolments.order_by().only("pk")
    for name, rows in (
        ("attestations", _attestations(chosen)),
        ("judgements", _judgements(chosen)),
        ("kept", _kept(chosen)),
    ):
        for enrolment, row in rows:
            found.setdefault(enrolment, {}).setdefault(name, []).append(row)
    return found


def _attestations(enrolments: QuerySet[Enrolment]) -> list[tuple[int, dict[str, Any]]]:
    rows = MasteryAttestation.objects.filter(enrolment__in=enrolments)
    rows = rows.select_related("competence", "attested_by", "signed_by", "file").defer("file__content")
    return [
        (
            row.enrolment_id,
            {
                "competence": row.competence.code,
                "state": row.state,
                "tutor": row.mastered,
                "observed_on": row.observed_on.isoformat(),
                "situation": row.situation,
                "criteria": sorted(criterion.position for criterion in row.met.all()),
                "comment": row.comment,
                "attested": {"at": row.attested_at.isoformat(), "by": row.attested_by.full_name},
                "manager": row.confirmed,
                "signed": {"at": row.signed_at.isoformat(), "by": row.signed_by.full_name}
                if row.signed_at and row.signed_by
                else None,
                "reason": row.reason,
                "file": {"name": row.file.name, "sha256": row.file.sha256} if hasattr(row, "file") else None,
            },
        )
        for row in rows.prefetch_related("met")
    ]


def _judgements(enrolments: QuerySet[Enrolment]) -> list[tuple[int, dict[str, Any]]]:
    rows = BlocJudgement.objects.filter(enrolment__in=enrolments)
    rows = rows.select_related("bloc", "recorded_by").prefetch_related(
        "competences__competence", "criteria__criterion__competence"
    )
    return [
        (
            row.enrolment_id,
            {
                "bloc": row.bloc.code,
                "outcome": row.outcome,
                "argument": row.argument,
                "recorded": {"at": row.recorded_at.isoformat(), "by": row.recorded_by.full_name},
                "competences": [
                    {"code": one.competence.code, "acquired": one.acquired, "argument": one.argument}
                    for one in row.competences.all()
                ],
                "criteria": [
                    {
                        "competence": one.criterion.competence.code,
                        "position": one.criterion.position,
                        "level": one.level,
                        "note": one.note,
                    }
                    for one in row.criteria.all()
                ],
            },
        )
        for row in rows
    ]


def _kept(enrolments: QuerySet[Enrolment]) -> list[tuple[int, dict[str, Any]]]:
    rows = KeptBloc.objects.filter(enrolment__in=enrolments)
    return [
        (
            row.enrolment_id,
            {
                "bloc": row.bloc.code,
                "acquired_on": row.acquired_on.isoformat(),
                "from": row.acquired.enrolment.session.code if row.acquired else None,
                "motive": row.motive,
            },
        )
        for row in rows.select_related("bloc", "acquired__enrolment__session")
    ]
