"""What a juror typed on the sheet of a hearing, and what was before their eyes."""

from dataclasses import dataclass

from evaluations.models import Block


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """A mark as a juror typed it, and the version of the mark he or she was looking at (0: none)."""

    block: Block
    entry: str
    version: int


@dataclass(frozen=True, slots=True)
class OpinionEntry:
    """An opinion as a juror gave it, and the version he or she was looking at (0: none).

    `corrections`: how many corrections of the candidate's marks the page knew of; None: all of them.
    `names_confirmed`: the other candidates the argument names are meant.
    """

    favourable: bool
    argument: str
    version: int
    corrections: int | None = None
    names_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class NotesEntry:
    """A juror's own notes as typed, and the version he or she was looking at (0: none)."""

    text: str
    version: int
