"""The closed lists a candidate is chosen from, read once for a form or for a whole file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from candidates.models import Option, Session, sort_key_of
from cqp.accounts.models import Organisme

EMPLOYERS = (Organisme.Kind.CAISSE, Organisme.Kind.NATIONAL, Organisme.Kind.UCANSS)


def plain(text: str) -> str:
    """A word as people write it in a heading or a cell: no case, accents, punctuation or double spaces."""
    return re.sub(r"[^A-Z0-9]+", " ", sort_key_of(text)).strip()


@dataclass(frozen=True, slots=True)
class Choices:
    """The options and the last day of a session, the organismes of the network, by code and by any name."""

    options: Mapping[str, Option]
    organismes: Mapping[str, Organisme]
    exam_last_day: date
    option_names: Mapping[str, str]
    organisme_names: Mapping[str, str]

    @classmethod
    def of(cls, session: Session) -> Self:
        options = list(session.options.all())
        organismes = list(Organisme.objects.filter(kind__in=EMPLOYERS))
        return cls(
            options={option.code: option for option in options},
            organismes={organisme.code: organisme for organisme in organismes},
            exam_last_day=session.exam_last_day,
            option_names=_names((o.code, (o.code, o.label, o.short_label)) for o in options),
            organisme_names=_names((o.code, (o.code, o.name)) for o in organismes),
        )

    @property
    def option_choices(self) -> list[tuple[str, str]]:
        return [("", "Choisir une option"), *((code, o.label) for code, o in self.options.items())]

    @property
    def organisme_choices(self) -> list[tuple[str, str]]:
        return [("", "Choisir un organisme"), *((code, o.name) for code, o in self.organismes.items())]


def _names(rows: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    return {plain(name): code for code, names in rows for name in names if name}
