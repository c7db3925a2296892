"""The regulations as they are shipped: readable before any database exists."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluations.scoring import BlocScheme, Scheme, SchemeError

REGULATIONS = Path(__file__).resolve().parent.parent / "fixtures" / "regulations"


class UnknownRegulation(LookupError):
    """No regulation of that code is shipped."""


def shipped_codes() -> list[str]:
    """The codes of the regulations shipped with the application, sorted."""
    return sorted(path.stem for path in REGULATIONS.glob("*.json"))


def regulation_data(code: str) -> dict[str, Any]:
    """A shipped regulation as its file writes it. Raises UnknownRegulation."""
    if code not in shipped_codes():  # also keeps a code from being used as a path
        raise UnknownRegulation(code)
    data: dict[str, Any] = json.loads((REGULATIONS / f"{code}.json").read_text(encoding="utf-8"))
    return data


def scheme_from_fixture(code: str) -> Scheme | BlocScheme:
    """The arithmetic of a shipped regulation. Raises UnknownRegulation, or SchemeError when incoherent."""
    return scheme_from_data(regulation_data(code))


def scheme_from_data(data: Mapping[str, Any]) -> Scheme | BlocScheme:
    """The arithmetic written in a regulation's data, in points or in blocs. Raises SchemeError."""
    kinds: dict[str, type[Scheme] | type[BlocScheme]] = {"POINTS": Scheme, "BLOCS": BlocScheme}
    regime = data.get("regime", "POINTS")
    if regime not in kinds:
        raise SchemeError(f"« {regime} » n’est pas un régime : POINTS ou BLOCS")
    return kinds[regime].from_data(data)
