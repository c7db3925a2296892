"""Who is known already: the same names, day and place, whatever their case, accents or spaces."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache

from django.db.models import Prefetch, Q, QuerySet

from candidates.models import Candidate, Enrolment, sort_key_of

Key = tuple[str, date, str]
_LONGEST = 210  # characters of a sort key; no database compiles a pattern of any length


def key_of(birth_name: str, first_names: str, birth_date: date, birth_place: str) -> Key:
    """What makes somebody the same person; two spellings of one birth place are one place."""
    return sort_key_of(birth_name, first_names), birth_date, sort_key_of(birth_place)


def key_of_candidate(candidate: Candidate) -> Key:
    return candidate.sort_key, candidate.birth_date, sort_key_of(candidate.birth_place)


def people_known(names: Iterable[str], emails: Iterable[str] = ()) -> QuerySet[Candidate]:
    """Those who bear one of these names (as sorted) or sign in with one of these e-mails.

    Each comes with every enrolment, as the rules need them: two queries however many.
    """
    enrolments = Enrolment.objects.select_related("session", "part").order_by("pk")
    named = Candidate.objects.filter(Q(sort_key__in=set(names)) | Q(user__email__in=set(emails)))
    return named.select_related("user").prefetch_related(Prefetch("enrolments", enrolments))


def bears(words: str, way: str = "candidate") -> Q:
    """Every word is in the name of birth, the first names or the name in use, accents apart.

    `way` leads from the rows to their candidate.
    """
    named = Q()
    for word in sort_key_of(words).split():
        used = Q(**{f"{way}__used_name__regex": spelt_like(word)})
        named &= Q(**{f"{way}__sort_key__contains": word}) | used
    return named


def spelt_like(key: str) -> str:
    """The pattern of every text that sorts as this key: the same answer on both databases.

    They do not fold accents alike, and a name in use has no key of its own: the pattern holds the accents.
    """
    return "".join(_spellings().get(letter) or re.escape(letter) for letter in key[:_LONGEST])


@cache
def _spellings() -> dict[str, str]:
    """By the capital it sorts as, each letter in all its spellings, up to those of Vietnamese."""
    letters: dict[str, str] = defaultdict(str)
    for letter in map(chr, range(0x30, 0x1F00)):
        if (key := sort_key_of(letter)).isalnum() and len(key) == 1:
            letters[key] += letter
    return {key: f"[{spelt}]" for key, spelt in letters.items()} | {" ": "[-'’ ]+"}
