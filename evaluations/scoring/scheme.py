"""The part of a regulation that arithmetic needs, read from the data an administrator wrote.

No certification is known here: blocks, coefficients, thresholds and conditions all come from the data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, Inexact
from enum import StrEnum
from typing import Self, cast

from evaluations.scoring.numbers import EXACT, exact, format_number
from evaluations.scoring.typography import typeset

RETAKE_SUFFIX = "_RATTRAPAGE"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{0,29}")


class SchemeError(ValueError):
    """The data of a regulation cannot be used; the message is a French sentence for whoever wrote them."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))


class NotInPoints(SchemeError):
    """The regulation judges competences, it has no marks to add up (R21)."""


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
    def retake_code(self) -> str:
        """The name of the column or field that holds the second mark."""
        return self.code + RETAKE_SUFFIX

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        code = _text(data, "code")
        if not _CODE.fullmatch(code) or code.endswith(RETAKE_SUFFIX):
            raise SchemeError(f"« {code} » n’est pas un code d’épreuve (majuscules, chiffres et _)")
        block = cls(
            code=code,
            label=_text(data, "label"),
            mark_max=_positive(data, "mark_max"),
            coefficient=_positive(data, "coefficient"),
            threshold=_threshold(data.get("threshold")),
            retake=_flag(data, "retake"),
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

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> Self:
        """Read a regulation as `fixtures/regulations/` writes it. Raises SchemeError, in French."""
        code = _text(data, "code")
        if data.get("regime", "POINTS") != "POINTS":
            raise NotInPoints(f"Le règlement {code} ne se calcule pas en points.")
        conditions = _mapping(data.get("conditions", {}), "conditions")
        return cls(
            code=code,
            version=_whole(data, "version"),
            title=_text(data, "title"),
            blocks=tuple(Block.from_data(_mapping(block, "blocks")) for block in _list(data, "blocks")),
            total_max=_positive(data, "total_max"),
            pass_total=_positive(data, "pass_total"),
            requires_pass=_flag(conditions, "requires_pass"),
            max_months=None if conditions.get("max_months") is None else _whole(conditions, "max_months"),
        )


def _threshold(data: object) -> Threshold | None:
    if data is None:
        return None
    data = _mapping(data, "threshold")
    try:
        operator = Operator(_text(data, "operator"))
    except ValueError as error:
        raise SchemeError("l’opérateur d’un seuil est « < » ou « <= »") from error
    return Threshold(operator, _decimal(data, "value"))


def _mapping(data: object, key: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise SchemeError(f"« {key} » doit être un objet")
    return cast(Mapping[str, object], data)


def _list(data: Mapping[str, object], key: str) -> list[object]:
    found = data.get(key)
    if not isinstance(found, list):
        raise SchemeError(f"« {key} » doit être une liste")
    return found


def _text(data: Mapping[str, object], key: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not found.strip():
        raise SchemeError(f"« {key} » manque")
    return found


def _flag(data: Mapping[str, object], key: str) -> bool:
    found = data.get(key, False)
    if not isinstance(found, bool):
        raise SchemeError(f"« {key} » vaut true ou false")
    return found


def _whole(data: Mapping[str, object], key: str) -> int:
    found = data.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise SchemeError(f"« {key} » doit être un entier à partir de 1")
    return found


def _decimal(data: Mapping[str, object], key: str) -> Decimal:
    try:
        return exact(data.get(key))
    except ValueError as error:
        raise SchemeError(f"« {key} » : {error}") from error


def _positive(data: Mapping[str, object], key: str) -> Decimal:
    found = _decimal(data, key)
    if not found:
        raise SchemeError(f"« {key} » doit être plus grand que zéro")
    return found
