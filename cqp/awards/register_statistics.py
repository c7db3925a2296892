"""How many were certified, by year, certification and option: what is decided today, rectified or not."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import ExtractYear

from juries.models import ProclaimedFile, Rectification
from juries.states import Outcome

_GROUP = ("year", "enrolment__session__certification__short_title", "enrolment__option__label")
_TENTH = Decimal("0.1")
BAR = 100  # the width of a bar of the page, in its own units


@dataclass(frozen=True, slots=True)
class Line:
    """One year of one option. Those deferred were not judged: the rate leaves them out."""

    year: int
    certification: str
    option: str
    certified: int
    refused: int
    deferred: int

    @property
    def total(self) -> int:
        return self.certified + self.refused + self.deferred

    @property
    def judged(self) -> int:
        return self.certified + self.refused

    @property
    def rate(self) -> Decimal | None:
        """Per cent of those judged who are certified, to the nearest tenth."""
        if not self.judged:
            return None
        return (Decimal(100 * self.certified) / self.judged).quantize(_TENTH, ROUND_HALF_UP)

    @property
    def bar(self) -> int:
        """How long the bar of the rate is drawn."""
        return BAR * self.certified // self.judged if self.judged else 0


def statistics(files: QuerySet[ProclaimedFile]) -> list[Line]:
    """The lines, the latest year first; two queries."""
    counts: Counter[tuple[tuple[Any, ...], str]] = Counter()
    rows = files.annotate(year=ExtractYear("proclamation__session__sitting__held_on")).order_by()
    for row in rows.values(*_GROUP, "outcome").annotate(n=Count("pk")):
        counts[_key(row), row["outcome"]] += row["n"]
    for row in _rectified(rows):
        counts[_key(row), row["outcome"]] -= 1
        counts[_key(row), row["now"]] += 1
    return list(_lines(counts))


def _rectified(rows: Any) -> Any:
    """The few files whose decision was rectified since, with what is decided now."""
    latest = Rectification.objects.decided().filter(decision__enrolment=OuterRef("enrolment"))
    now = Subquery(latest.order_by("-rank").values("outcome")[:1])
    corrected = Rectification.objects.decided().values("decision__enrolment")
    return rows.filter(enrolment__in=corrected).annotate(now=now).values(*_GROUP, "outcome", "now")


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] or "" for name in _GROUP)


def _lines(counts: Counter[tuple[tuple[Any, ...], str]]) -> Iterator[Line]:
    keys = sorted({key for key, _outcome in counts}, key=lambda key: (-key[0], *key[1:]))
    for key in keys:
        year, certification, option = key
        yield Line(
            year,
            certification,
            option,
            certified=counts[key, Outcome.CERTIFIED],
            refused=counts[key, Outcome.NOT_CERTIFIED],
            deferred=counts[key, Outcome.DEFERRED],
        )
