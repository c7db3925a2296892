"""The data of a regulation, as an administrator wrote them: each value read, or refused in French."""

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from evaluations.scoring.numbers import exact
from evaluations.scoring.typography import typeset


class SchemeError(ValueError):
    """The data of a regulation cannot be used; the message is a French sentence for whoever wrote them."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message))


def mapping_of(data: object, key: str) -> Mapping[str, object]:
    if not isinstance(data, Mapping):
        raise SchemeError(f"« {key} » doit être un objet")
    return cast(Mapping[str, object], data)


def list_of(data: Mapping[str, object], key: str) -> list[object]:
    found = data.get(key)
    if not isinstance(found, list):
        raise SchemeError(f"« {key} » doit être une liste")
    return found


def text_of(data: Mapping[str, object], key: str) -> str:
    found = data.get(key)
    if not isinstance(found, str) or not found.strip():
        raise SchemeError(f"« {key} » manque")
    return found


def flag_of(data: Mapping[str, object], key: str) -> bool:
    found = data.get(key, False)
    if not isinstance(found, bool):
        raise SchemeError(f"« {key} » vaut true ou false")
    return found


def whole_of(data: Mapping[str, object], key: str) -> int:
    found = data.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise SchemeError(f"« {key} » doit être un entier à partir de 1")
    return found


def optional_whole_of(data: Mapping[str, object], key: str) -> int | None:
    return None if data.get(key) is None else whole_of(data, key)


def decimal_of(data: Mapping[str, object], key: str) -> Decimal:
    try:
        return exact(data.get(key))
    except ValueError as error:
        raise SchemeError(f"« {key} » : {error}") from error


def positive_of(data: Mapping[str, object], key: str) -> Decimal:
    found = decimal_of(data, key)
    if not found:
        raise SchemeError(f"« {key} » doit être plus grand que zéro")
    return found
