"""The part of a regulation that arithmetic needs, read from the data an administrator wrote.

No certification is known here: blocks, coefficients, thresholds and conditions all come from the data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, Inexact
from enum import StrEnum
from typing import Self

from evaluations.scoring.data import (
    SchemeError,
    decimal_of,
    flag_of,
    list_of,
    mapping_of,
    optional_whole_of,
    positive_of,
    text_of,
    whole_of,
)
from evaluations.scoring.numbers import EXACT, format_number, plain_number
from evaluations.scoring.table import Column

RETAKE_SUFFIX = "_RATTRAPAGE"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,29}")


class Operator(StrEnum):
    """How a threshold compares: the mark is eliminatory when `mark operator value` holds."""

    BELOW = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Threshold:
    """An eliminatory threshold on the raw mark, before its coefficient (A7)."""

    operator: Operator
    value: Decimal

    def eliminates(self, mark: Decimal) -> bool:
        """Exactly at the value, `<` spares (R2) and `<=` eliminates (R26)."""
        return mark <= self.value if self.operator is Operator.AT_MOST else mark < self.value

    @property
    def sign(self) -> str:
        return "≤" if self.operator is Operator.AT_MOST else "<"

    @property
    def words(self) -> str:
        """The operator in words, agreeing with « note »."""
        return "inférieure ou égale" if self.operator is Operator.AT_MOST else "strictement inférieure"


@dataclass(frozen=True, slots=True)
class Block:
    """One evaluation block: what is marked, on what scale, for how much, and what eliminates."""

    code: str
    label: str
    mark_max: Decimal
    coefficient: Decimal
    threshold: Threshold | None = None
    retake: bool = False

    @property
    def weighted_max(self) -> Decimal:
        return EXACT.multiply(self.mark_max, self.coefficient)

    @property
    def threshold_text(self) -> str:
        """« ≤ 6/20 » or « < 12/40 »; empty when no mark of this block eliminates."""
        if self.threshold is None:
            return ""
        return f"{self.threshold.sign} {format_number(self.threshold.value)}/{format_number(self.mark_max)}"

    @property
    def unit(self) -> str:
        """« sur 20, élim. ≤ 6 »: what a mark of this block is out of, and what eliminates."""
        scale = f"sur {format_number(self.mark_max)}"
        if self.threshold is None:
            return scale
        return f"{scale}, élim. {self.threshold.sign} {format_number(self.threshold.value)}"

    @property
    def retake_code(self) -> str:
        """The name of the column or field that holds the second mark."""
        return self.code + RETAKE_SUFFIX

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        code = text_of(data, "code")
        if not _CODE.fullmatch(code) or code.endswith(RETAKE_SUFFIX):
            raise SchemeError(f"« {code} » n’est pas un code d’épreuve (majuscules, chiffres et _)")
        block = cls(
            code=code,
            label=text_of(data, "label"),
            mark_max=positive_of(data, "mark_max"),
            coefficient=positive_of(data, "coefficient"),
            threshold=_threshold(data.get("threshold")),
            retake=flag_of(data, "retake"),
        )
        if block.threshold and block.threshold.value > block.mark_max:
            raise SchemeError(f"le seuil de {code} dépasse son barème")
        if block.retake and not block.threshold:
            raise SchemeError(f"{code} prévoit un rattrapage sans seuil éliminatoire qui l’ouvre")
        return block


@dataclass(frozen=True, slots=True)
class Scheme:
    """How one version of a regulation turns marks into a verdict."""

    code: str
    version: int
    title: str
    blocks: tuple[Block, ...]
    total_max: Decimal
    pass_total: Decimal
    requires_pass: bool = False
    max_months: int | None = None

    def __post_init__(self) -> None:
        codes = [block.code for block in self.blocks]
        if not codes or len(set(codes)) < len(codes):
            raise SchemeError(f"{self.code} : il faut au moins une épreuve, et des codes tous différents")
        weighted = sum((block.weighted_max for block in self.blocks), Decimal(0))
        if weighted != self.total_max:
            raise SchemeError(
                f"{self.code} : les épreuves valent {format_number(weighted)} points en tout,"
                f" le total annoncé est {format_number(self.total_max)}"
            )
        if self.pass_total > self.total_max:
            raise SchemeError(f"{self.code} : le total exigé dépasse le total maximal")
        self._check_mean()

    def _check_mean(self) -> None:
        try:
            EXACT.divide(Decimal(20), self.total_max)
        except Inexact as error:
            raise SchemeError(
                f"{self.code} : ce total maximal ne donne pas de moyenne exacte sur 20"
            ) from error

    def mean(self, total: Decimal) -> Decimal:
        """The mean out of 20, exact: total/200 is ten times the mean (R29)."""
        return EXACT.divide(EXACT.multiply(total, Decimal(20)), self.total_max)

    @property
    def columns(self) -> tuple[Column, ...]:
        """One a block, for a table of candidates."""
        return tuple(Column(block.label, block.unit) for block in self.blocks)

    @property
    def total_column(self) -> Column:
        return Column("Total")

    @property
    def headings(self) -> tuple[str, ...]:
        """What `Result.values` are, for a spreadsheet."""
        found = []
        for block in self.blocks:
            found += [block.label, f"Écart au seuil, {block.label}"] if block.threshold else [block.label]
        return (*found, "Éliminatoire", "Rattrapage", "Points de jury", "Total", "Écart du total")

    @property
    def legend(self) -> tuple[str, ...]:
        """How to read a table of candidates."""
        total = format_number(self.pass_total)
        return (f"écart au seuil sous chaque note éliminable, écart à {total} sous le total",)

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Read a regulation as `fixtures/regulations/` writes it. Raises SchemeError, in French."""
        conditions = mapping_of(data.get("conditions", {}), "conditions")
        return cls(
            code=text_of(data, "code"),
            version=whole_of(data, "version"),
            title=text_of(data, "title"),
            blocks=tuple(Block.from_data(mapping_of(block, "blocks")) for block in list_of(data, "blocks")),
            total_max=positive_of(data, "total_max"),
            pass_total=positive_of(data, "pass_total"),
            requires_pass=flag_of(conditions, "requires_pass"),
            max_months=optional_whole_of(conditions, "max_months"),
        )

    def to_data(self) -> dict[str, object]:
        """The whole arithmetic, as `from_data` reads it back: any tally can be worked out again."""
        return {
            "code": self.code,
            "version": self.version,
            "title": self.title,
            "total_max": plain_number(self.total_max),
            "pass_total": plain_number(self.pass_total),
            "conditions": {"requires_pass": self.requires_pass, "max_months": self.max_months},
            "blocks": [
                {
                    "code": block.code,
                    "label": block.label,
                    "mark_max": plain_number(block.mark_max),
                    "coefficient": plain_number(block.coefficient),
                    "threshold": _threshold_data(block.threshold),
                    "retake": block.retake,
                }
                for block in self.blocks
            ],
        }


def _threshold_data(threshold: Threshold | None) -> dict[str, str] | None:
    if threshold is None:
        return None
    return {"operator": threshold.operator.value, "value": plain_number(threshold.value)}


def _threshold(data: object) -> Threshold | None:
    if data is None:
        return None
    data = mapping_of(data, "threshold")
    try:
        operator = Operator(text_of(data, "operator"))
    except ValueError as error:
        raise SchemeError("l’opérateur d’un seuil est « < » ou « <= »") from error
    return Threshold(operator, decimal_of(data, "value"))
