"""How long each candidate is heard, part by part, as the regulation says (R33)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from candidates.models import SessionPart
from evaluations.models import BlocCompetence, HearingPart, KeptBloc


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a hearing, and the minutes kept for it."""

    label: str
    minutes: int


def parts_of(part: SessionPart, enrolments: Collection[int]) -> dict[int, list[Part]]:
    """The parts of the hearing of each of these enrolments (by id) of a CRFP's part.

    The parts the regulation lists, at their longest. It lists none when it is in blocs: then the interview of
    each bloc, but those the candidate keeps; somebody who keeps them all has nothing to be heard on.
    """
    listed = HearingPart.objects.filter(regulation__adoptions__session=part.session_id).order_by("position")
    parts = [Part(row.label, row.longest) for row in listed]
    if parts:
        return dict.fromkeys(enrolments, parts)
    blocs = list(
        BlocCompetence.objects.filter(regulation__adoptions__session=part.session_id).order_by("position")
    )
    kept: dict[int, set[int]] = defaultdict(set)
    for enrolment, bloc in KeptBloc.objects.filter(enrolment__in=enrolments).values_list(
        "enrolment_id", "bloc_id"
    ):
        kept[enrolment].add(bloc)
    return {
        enrolment: [
            Part(f"{bloc.code}. {bloc.title}", bloc.minutes)
            for bloc in blocs
            if bloc.pk not in kept[enrolment]
        ]
        for enrolment in enrolments
    }


def total(parts: Collection[Part]) -> int:
    """Minutes of a whole hearing."""
    return sum(part.minutes for part in parts)
