"""Which marks are the total of the lines of a carnet, and whose lines are begun: asked by the desk."""

from collections.abc import Iterable
from dataclasses import dataclass

from candidates.models import Enrolment
from cqp.roles import Role
from evaluations.carnet_rules import typing_refusal
from evaluations.models import Block, Observation, ObservationLine


@dataclass(frozen=True, slots=True)
class Lines:
    """The blocks made of lines, and the pairs (enrolment, block) where one is observed; ids."""

    blocks: frozenset[int]
    begun: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, blocks: Iterable[int], enrolments: Iterable[int]) -> "Lines":
        lines = ObservationLine.objects.filter(block__in=list(blocks)).order_by()
        lined = frozenset(lines.values_list("block", flat=True))
        if not lined:
            return cls(lined, frozenset())
        rows = Observation.objects.filter(enrolment__in=list(enrolments), line__block__in=lined)
        return cls(lined, frozenset(rows.order_by().values_list("enrolment", "line__block")))

    def refusal(self, enrolment: Enrolment, block: Block, role: Role) -> str | None:
        """May the mark of this block be typed whole, by this role?"""
        return typing_refusal(role, block.pk in self.blocks, (enrolment.pk, block.pk) in self.begun)
