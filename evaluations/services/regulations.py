"""The life of a regulation: copied into a draft, edited, published for good, or dropped while a draft."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from candidates.rules import beneficiary_refusal
from cqp.accounts.actor import Actor
from cqp.journal.chain import REFERENCE, Fact, record
from cqp.roles import Act
from cqp.text import cleaned_lines
from cqp.workflow import Refusal, demand
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
    jury_rule_of,
)
from evaluations.reading import scheme_of
from evaluations.regulation_rules import (
    blocks_refusal,
    draft_refusal,
    jury_rule_refusal,
    parts_refusal,
    publication_refusals,
)
from evaluations.scoring import SchemeError, plain_number
from evaluations.states import REGULATION, RegulationState

_HEADER = (
    "title", "valid_from", "source", "notes", "total_max", "pass_total", "requires_pass", "max_months",
    "kept_when_deferred", "kept_when_failed",
)  # fmt: skip
_BLOCK = (
    "code", "label", "mark_max", "coefficient", "threshold_operator", "threshold", "retake", "recorder",
    "shared_with_organisme", "double_entry",
)  # fmt: skip
_SEAT = ("code", "label", "qualities")
_RULE = ("tutor", "manager", "jury", "blocs_needed")
JURY_RULE = (
    "hearing_minimum", "argument_min", "college_quorum", "proxies_max", "majority", "casting_vote",
    "names_against", "points_max", "rectified_by",
)  # fmt: skip
_PART = ("position", "label", "minutes", "minutes_max")
_BLOC = ("position", "code", "title", "activity", "modality", "minutes")


@transaction.atomic
def copy_regulation(*, regulation: Regulation, by: Actor, at: datetime) -> Regulation:
    """A draft of the next version, with all the source says; the draft already begun if there is one."""
    by.must(Act.EDIT_REGULATION)
    demand(beneficiary_refusal(regulation.certification, by))
    versions = Regulation.objects.select_for_update().filter(code=regulation.code).order_by("version")
    begun = [version for version in versions if version.state == RegulationState.DRAFT]
    if begun:
        return begun[-1]
    latest = versions.aggregate(latest=Max("version"))["latest"]
    draft = Regulation(
        code=regulation.code,
        version=latest + 1,
        certification_id=regulation.certification_id,
        regime=regulation.regime,
        **{name: getattr(regulation, name) for name in _HEADER},
    )
    draft.save()
    _write_rows(draft, _block_rows(regulation), _rows(regulation.seats.all(), _SEAT))
    _copy_blocs(regulation, draft)
    _copy_jury_rules(regulation, draft)
    _journal(Act.EDIT_REGULATION, draft, by, at, after={"copie_de": str(regulation)})
    return draft


@transaction.atomic
def save_draft(
    *,
    regulation: Regulation,
    header: Mapping[str, Any],
    blocks: Sequence[Mapping[str, Any]],
    seats: Sequence[Mapping[str, Any]],
    by: Actor,
    at: datetime,
    rule: Mapping[str, Any] | None = None,
    jury_rule: Mapping[str, Any] | None = None,
    parts: Sequence[Mapping[str, Any]] | None = None,
) -> Regulation:
    """Write a draft as it was filled, even when it cannot be published yet; `rule` is that of its blocs.

    A block may bring its `lines`, pairs of what is observed and out of how many points. What juries do
    (`jury_rule`) and the `parts` of a hearing stay as they are where they are not given.

    Raises Refusal when it is published, or when its rows contradict themselves.
    """
    by.must(Act.EDIT_REGULATION)
    draft = Regulation.objects.select_for_update().get(pk=regulation.pk)
    demand(draft_refusal(draft) or beneficiary_refusal(draft.certification, by))
    plain = [{name: value for name, value in row.items() if name != "lines"} for row in blocks]
    demand(blocks_refusal([Block(**row) for row in plain], [SeatRule(**row) for row in seats]))
    before = _data_of(draft)
    for name in _HEADER:
        setattr(draft, name, _printable(header.get(name)))
    draft.save()
    if rule is not None:
        BlocRule.objects.update_or_create(regulation=draft, defaults=dict(rule))
    _write_rows(draft, _printable_rows(blocks), _printable_rows(seats))
    _write_jury_rules(draft, jury_rule, parts)
    _journal_changes(draft, before, by, at)
    return draft


@transaction.atomic
def publish_regulation(*, regulation: Regulation, by: Actor, at: datetime) -> Regulation:
    """Publish a draft: from here it never changes, and sessions may open under it.

    Raises Refusal with the first thing that is wrong. Publishing twice does nothing twice.
    """
    by.must(Act.PUBLISH_REGULATION)
    draft = Regulation.objects.select_for_update().get(pk=regulation.pk)
    if draft.state == RegulationState.PUBLISHED:
        return draft
    demand(beneficiary_refusal(draft.certification, by) or next(iter(publication_refusals(draft)), None))
    try:
        scheme_of(draft)
    except SchemeError as error:
        raise Refusal(f"{error}.") from error
    draft.state = RegulationState(REGULATION.target(draft.state, Act.PUBLISH_REGULATION))
    draft.published_at = at
    draft.save()
    _journal(Act.PUBLISH_REGULATION, draft, by, at, after=_data_of(draft))
    return draft


@transaction.atomic
def delete_draft(*, regulation: Regulation, by: Actor, at: datetime) -> None:
    """Drop a draft; what it said stays in the journal. Raises Refusal when it is published."""
    by.must(Act.EDIT_REGULATION)
    draft = Regulation.objects.select_for_update().get(pk=regulation.pk)
    demand(draft_refusal(draft) or beneficiary_refusal(draft.certification, by))
    _journal(Act.EDIT_REGULATION, draft, by, at, before=_data_of(draft), after={"supprime": True})
    draft.delete()


def _printable(value: Any) -> Any:
    """A text as documents will print it; other values as they are. Raises Refusal."""
    return cleaned_lines(value) if isinstance(value, str) else value


def _printable_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _printable(value) for name, value in row.items()} for row in rows]


def _rows(rows: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    return [{name: getattr(row, name) for name in names} for row in rows]


def _write_rows(
    draft: Regulation, blocks: Sequence[Mapping[str, Any]], seats: Sequence[Mapping[str, Any]]
) -> None:
    """A draft has no mark yet: its rows are simply written anew, in the order given."""
    draft.blocks.all().delete()
    draft.seats.all().delete()
    for position, row in enumerate(blocks, start=1):
        values = {name: value for name, value in row.items() if name != "lines"}
        block = Block.objects.create(regulation=draft, position=position, **values)
        ObservationLine.objects.bulk_create(
            ObservationLine(block=block, position=rank, label=_printable(label), mark_max=points)
            for rank, (label, points) in enumerate(row.get("lines") or (), start=1)
        )
    SeatRule.objects.bulk_create(
        SeatRule(regulation=draft, position=i, **row) for i, row in enumerate(seats, start=1)
    )


def _block_rows(regulation: Regulation) -> list[dict[str, Any]]:
    """The blocks with the lines of their observations."""
    blocks = regulation.blocks.prefetch_related("lines")
    return [
        {name: getattr(block, name) for name in _BLOCK}
        | {"lines": [(line.label, line.mark_max) for line in block.lines.all()]}
        for block in blocks
    ]


def _write_jury_rules(
    draft: Regulation, rule: Mapping[str, Any] | None, parts: Sequence[Mapping[str, Any]] | None
) -> None:
    """Raises Refusal where a value contradicts itself."""
    if rule is not None:
        demand(jury_rule_refusal(JuryRule(**rule)))
        JuryRule.objects.update_or_create(regulation=draft, defaults=dict(rule))
    if parts is not None:
        rows = [
            HearingPart(regulation=draft, position=position, **row)
            for position, row in enumerate(_printable_rows(parts), start=1)
        ]
        demand(parts_refusal(rows))
        draft.hearing_parts.all().delete()
        HearingPart.objects.bulk_create(rows)


def _copy_jury_rules(source: Regulation, draft: Regulation) -> None:
    values = {name: getattr(jury_rule_of(source), name) for name in JURY_RULE}
    JuryRule.objects.create(regulation=draft, **values)
    HearingPart.objects.bulk_create(
        HearingPart(regulation=draft, **row) for row in _rows(source.hearing_parts.all(), _PART)
    )


def _copy_blocs(source: Regulation, draft: Regulation) -> None:
    rule = BlocRule.objects.filter(regulation=source).first()
    if rule:
        BlocRule.objects.create(regulation=draft, **{name: getattr(rule, name) for name in _RULE})
    for bloc in source.blocs.prefetch_related("competences__criteria"):
        copy = BlocCompetence.objects.create(
            regulation=draft, **{name: getattr(bloc, name) for name in _BLOC}
        )
        for competence in bloc.competences.all():
            twin = Competence.objects.create(
                bloc=copy,
                position=competence.position,
                code=competence.code,
                label=competence.label,
                is_key=competence.is_key,
            )
            Criterion.objects.bulk_create(
                Criterion(competence=twin, position=criterion.position, text=criterion.text)
                for criterion in competence.criteria.all()
            )


def _data_of(regulation: Regulation) -> dict[str, Any]:
    """What the journal keeps: every value of the header, of the blocks, of the seats and of the juries."""
    data: dict[str, Any] = {name: _plain(getattr(regulation, name)) for name in _HEADER}
    for key, rows, names in (("epreuves", regulation.blocks, _BLOCK), ("sieges", regulation.seats, _SEAT)):
        data[key] = [{n: _plain(getattr(row, n)) for n in names} for row in rows.all()]
    lines = ObservationLine.objects.filter(block__regulation=regulation).select_related("block")
    data["lignes"] = [[line.block.code, line.label, plain_number(line.mark_max)] for line in lines]
    rule = BlocRule.objects.filter(regulation=regulation).first()
    data["blocs"] = {name: getattr(rule, name) for name in _RULE} if rule else {}
    jury = JuryRule.objects.filter(regulation=regulation).first() or JuryRule(regulation=regulation)
    data["jurys"] = {name: _plain(getattr(jury, name)) for name in JURY_RULE}
    data["auditions"] = [{n: getattr(row, n) for n in _PART} for row in regulation.hearing_parts.all()]
    return data


def _journal_changes(draft: Regulation, before: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """What changed, before and after; nothing when nothing did."""
    after = _data_of(draft)
    changed = [key for key in after if before[key] != after[key]]
    if changed:
        was, now = ({key: data[key] for key in changed} for data in (before, after))
        _journal(Act.EDIT_REGULATION, draft, by, at, before=was, after=now)


def _plain(value: Any) -> Any:
    """JSON-plain: numbers as exact text, days in ISO."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return plain_number(value) if hasattr(value, "normalize") else value


def _journal(
    act: Act,
    regulation: Regulation,
    by: Actor,
    at: datetime,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    fact = Fact(act, f"règlement {regulation}", before=before or {}, after=after or {})
    record(chain=REFERENCE, by=by, at=at, facts=[fact])
