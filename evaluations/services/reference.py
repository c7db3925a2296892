"""Loading the reference data of `fixtures/`: the network, the certifications, the regulations.

Idempotent: what is there already is brought up to date by its code; a regulation that is published is left
alone, since it never changes, but for what its version did not say yet.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from candidates.models import Certification, Option, RncpRegistration
from cqp.accounts.models import Organisme, Region
from cqp.journal.chain import REFERENCE, Fact, record
from cqp.roles import Act
from evaluations.models import (
    BlocCompetence,
    Block,
    BlocRule,
    Competence,
    Criterion,
    HearingPart,
    JuryRule,
    ObservationLine,
    Regulation,
    SeatRule,
)
from evaluations.states import RegulationState

Data = Mapping[str, Any]


@transaction.atomic
def load_network(*, data: Data, at: datetime) -> None:
    """Regions and organismes, by code."""
    for row in data["regions"]:
        Region.objects.update_or_create(code=row["code"], defaults={"name": row["name"]})
    regions = {region.code: region for region in Region.objects.all()}
    known = set(Organisme.objects.values_list("code", flat=True))
    fields = ("name", "kind", "branche")
    for row in data["organismes"]:
        values = {name: row[name] for name in fields} | {"region": regions.get(row["region"])}
        Organisme.objects.update_or_create(code=row["code"], defaults=values)
    _journal("réseau", sorted(row["code"] for row in data["organismes"] if row["code"] not in known), at)


@transaction.atomic
def load_certifications(*, data: Data, at: datetime) -> None:
    """Certifications with their options (R22) and dated registrations."""
    known = set(Certification.objects.values_list("code", flat=True))
    for row in data["certifications"]:
        certification, _ = Certification.objects.update_or_create(
            code=row["code"], defaults={"title": row["title"], "short_title": row["short_title"]}
        )
        for position, option in enumerate(row["options"], start=1):
            values = {"label": option["label"], "short_label": option["short_label"], "position": position}
            Option.objects.update_or_create(certification=certification, code=option["code"], defaults=values)
        for registration in row["registrations"]:
            values = {key: value for key, value in registration.items() if key != "code"}
            # One there already is the Ucanss's, which may have corrected it since.
            RncpRegistration.objects.get_or_create(
                certification=certification, code=registration["code"], defaults=values
            )
    _journal("certifications", [r["code"] for r in data["certifications"] if r["code"] not in known], at)


@transaction.atomic
def load_regulation(*, data: Data, at: datetime) -> Regulation:
    """One regulation, published; this version, there already, is only completed with what it did not say."""
    found = Regulation.objects.filter(code=data["code"], version=data["version"]).first()
    if found:
        _complete(found, data, at)
        return found
    regulation = Regulation.objects.create(
        code=data["code"],
        version=data["version"],
        certification=Certification.objects.get(code=data["certification"]),
        title=data["title"],
        regime=data["regime"],
        valid_from=data["valid_from"],
        source=data["source"],
        notes=data.get("notes", ""),
        **_totals(data),
    )
    _load_blocks(regulation, data.get("blocks", []))
    _load_seats(regulation, data.get("jury", []))
    _load_blocs(regulation, data.get("blocs", []))
    if "bloc_rule" in data:
        BlocRule.objects.create(regulation=regulation, **data["bloc_rule"])
    _load_jury_rules(regulation, data)
    regulation.state, regulation.published_at = RegulationState.PUBLISHED, at
    regulation.save()
    _journal(f"règlement {regulation}", [data["code"]], at)
    return regulation


def _complete(regulation: Regulation, data: Data, at: datetime) -> None:
    """A version published before juries had rules gets them, once."""
    if "jury_rule" in data and not JuryRule.objects.filter(regulation=regulation).exists():
        _load_jury_rules(regulation, data)
        _journal(f"règles des jurys de {regulation}", [data["code"]], at)


def _load_jury_rules(regulation: Regulation, data: Data) -> None:
    HearingPart.objects.bulk_create(
        HearingPart(regulation=regulation, position=position, **part)
        for position, part in enumerate(data.get("hearing_parts", []), start=1)
    )
    if "jury_rule" in data:
        JuryRule.objects.create(regulation=regulation, **data["jury_rule"])


def _totals(data: Data) -> dict[str, Any]:
    conditions = data.get("conditions", {})
    values = {key: data[key] for key in ("total_max", "pass_total") if data.get(key) is not None}
    kept = data.get("kept", {})
    return values | {
        "kept_when_deferred": kept.get("when_deferred"),
        "kept_when_failed": kept.get("when_failed"),
        "requires_pass": conditions.get("requires_pass", False),
        "max_months": conditions.get("max_months"),
    }


def _load_blocks(regulation: Regulation, rows: Sequence[Data]) -> None:
    plain = ("code", "label", "mark_max", "coefficient", "retake", "recorder", "shared_with_organisme")
    for position, row in enumerate(rows, start=1):
        threshold = row["threshold"] or {}
        block = Block.objects.create(
            regulation=regulation,
            position=position,
            threshold=threshold.get("value"),
            threshold_operator=threshold.get("operator", ""),
            double_entry=row.get("double_entry"),
            **{name: row[name] for name in plain},
        )
        ObservationLine.objects.bulk_create(
            ObservationLine(block=block, position=rank, **line)
            for rank, line in enumerate(row.get("lines", []), start=1)
        )


def _load_seats(regulation: Regulation, rows: Sequence[Data]) -> None:
    for position, row in enumerate(rows, start=1):
        values = {name: row.get(name) or "" for name in ("code", "label", "qualities")}
        SeatRule.objects.create(regulation=regulation, position=position, **values)


def _load_blocs(regulation: Regulation, rows: Sequence[Data]) -> None:
    for position, row in enumerate(rows, start=1):
        plain = {name: row[name] for name in ("code", "title", "activity", "modality", "minutes")}
        bloc = BlocCompetence.objects.create(regulation=regulation, position=position, **plain)
        for rank, item in enumerate(row["competences"], start=1):
            competence = Competence.objects.create(
                bloc=bloc, position=rank, code=item["code"], label=item["label"], is_key=item["is_key"]
            )
            Criterion.objects.bulk_create(
                Criterion(competence=competence, position=order, text=text)
                for order, text in enumerate(item["criteria"], start=1)
            )


def _journal(subject: str, added: Sequence[str], at: datetime) -> None:
    if added:
        fact = Fact(Act.LOAD_REFERENCE, subject, after={"codes": list(added)})
        record(chain=REFERENCE, by=None, at=at, facts=[fact])
