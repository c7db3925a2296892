"""What a local jury looks at together before it closes: every candidate, and the opinions that surprise.

A juror knows the jury's own marks and blocs, nothing else (evaluations/visibility.py): an opinion is
compared with these alone, never with the other marks nor the total.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cqp.templatetags.fr import out_of
from evaluations.models import BlocJudgement
from evaluations.rules import eliminates
from juries.reading import HearingLine

COMPARED = (
    "Chaque avis est comparé aux seules notes de ce jury et à leurs seuils éliminatoires, ou aux blocs qu’il "
    "a jugés. Les autres notes et le total ne sont pas montrés au jury local : ils ne sont pas comparés."
)


@dataclass(frozen=True, slots=True)
class Deliberated:
    """A candidate in the table of the deliberation, with what deserves a second look."""

    line: HearingLine
    remarks: tuple[str, ...]


def deliberated(line: HearingLine) -> Deliberated:
    return Deliberated(line, tuple(_remarks(line)))


def _remarks(line: HearingLine) -> Iterator[str]:
    """Where the opinion departs from what the same jury noted; a warning only: the jury is free."""
    if line.stale:
        yield "Une note a été corrigée depuis l’avis."
    if line.opinion is None or line.deferred:
        return
    against = [*_eliminatory(line), *_refused(line)]
    if line.opinion.favourable and against:
        yield f"Avis favorable malgré : {', '.join(against)}."
    if not line.opinion.favourable and not against:
        noted = "bloc refusé par le jury" if line.blocs else "note éliminatoire du jury"
        yield f"Avis défavorable sans {noted}."


def _eliminatory(line: HearingLine) -> Iterator[str]:
    for block, mark in line.cells:
        if mark is not None and eliminates(block, mark):
            yield f"{block.label} {out_of(mark.entry, block.mark_max)}, note éliminatoire"


def _refused(line: HearingLine) -> Iterator[str]:
    for one in line.blocs:
        if one.judgement and one.judgement.outcome in _NOT_ACQUIRED:
            yield f"{one.bloc.code} {one.words}"


_NOT_ACQUIRED = (BlocJudgement.Outcome.NOT_ACQUIRED, BlocJudgement.Outcome.ABSENT)
