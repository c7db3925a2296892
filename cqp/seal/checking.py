"""Checking the seal."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SealState(StrEnum):
    """What a file is, as to its seal."""

    INTACT = "intact"
    ALTERED = "altered"
    NONE = "none"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class SealReport:
    """What is said of a file; signer and hour only of our own seal, intact."""

    state: SealState
    sentence: str
    signer: str = ""
    at: datetime | None = None


def check_pdf(pdf: bytes) -> SealReport:
    raise NotImplementedError
