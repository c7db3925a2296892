"""The communes one may be born in, by INSEE code: read once, the first time somebody asks.

The list (fixtures/communes, with its source and its licence) holds the communes of today, and those of
yesterday that kept their code; a code it does not know may be that of a commune that is no more.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from candidates.models import sort_key_of

CODE = re.compile(r"(?!00|99)([0-9]{2}|2[AB])[0-9]{3}")
COUNTRY = re.compile(r"99[1-5][0-9]{2}")
FRANCE = "99100"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: its INSEE code and its name."""

    code: str
    name: str

    @property
    def department(self) -> str:
        return self.code[:3] if self.code.startswith(("97", "98")) else self.code[:2]

    @property
    def label(self) -> str:
        """« 69123 Lyon »: what the box offers, and reads back."""
        return f"{self.code} {self.name}"


@cache
def _communes() -> dict[str, Commune]:
    path = settings.BASE_DIR / "fixtures" / "communes" / "communes.csv"
    pairs = (line.split(";", 1) for line in path.read_text(encoding="utf-8").splitlines())
    return {code: Commune(code, name) for code, name in pairs}


def _key(text: str) -> str:
    """« Vandœuvre » is typed with two letters more often than with one."""
    return sort_key_of(text).replace("Œ", "OE").replace("Æ", "AE")


@cache
def _by_key() -> list[tuple[str, Commune]]:
    rows = ((_key(one.name), one) for one in _communes().values())
    return sorted(rows, key=lambda row: (row[0], row[1].code))


@cache
def _by_name() -> dict[str, list[Commune]]:
    rows: dict[str, list[Commune]] = defaultdict(list)
    for key, commune in _by_key():
        rows[key].append(commune)
    return dict(rows)


def commune_of(code: str) -> Commune | None:
    """The commune of this code, if the list knows it."""
    return _communes().get(code)


def named(name: str) -> list[Commune]:
    """The communes of exactly this name, accents and hyphens apart."""
    return list(_by_name().get(_key(name), ()))


def found(text: str, limit: int = SHOWN) -> list[Commune]:
    """What a few letters or the beginning of a code may mean; names that begin so come first."""
    wanted = _key(text)
    if len(wanted) < 2:
        return []
    if wanted[0].isdigit():
        code = wanted.split(" ")[0]
        return [one for one in _communes().values() if one.code.startswith(code)][:limit]
    begin = [one for key, one in _by_key() if key.startswith(wanted)]
    if len(begin) < limit:
        begin += [one for key, one in _by_key() if f" {wanted}" in key and one not in begin]
    return begin[:limit]
