"""Rules of a local jury's opinion: argued when it is unfavourable, and about this candidate only (R34)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone

from candidates.forms.choices import plain
from candidates.models import Candidate
from juries.models import Opinion

SHORTEST_NAME = 3  # letters: « le » or « de » in a sentence is nobody


def overtaken_by(opinion: Opinion | None) -> str:
    """What another juror recorded meanwhile."""
    if opinion is None:
        return "L’avis que vous corrigez n’existe plus : relisez la page."
    at = timezone.localtime(opinion.given_at)
    said = "favorable" if opinion.favourable else f"défavorable : « {opinion.argument} »"
    who, when = opinion.given_by.full_name, f"{at.hour} h {at.minute:02}"
    return f"{who} a enregistré à {when} un avis {said}."


def unseen_refusal(known: int, made: int) -> str | None:
    """Was every correction of the candidate's marks told on the page the opinion comes from?"""
    if known < made:
        return "Une note de ce candidat vient d’être corrigée : relisez l’avis, puis enregistrez de nouveau."
    return None


def opinion_refusal(*, favourable: bool, argument: str, minimum: int) -> str | None:
    """An unfavourable opinion is argued, for the national jury (R34), in so many characters at least."""
    if favourable:
        return None
    if not argument:
        return "Un avis de non-attribution doit être argumenté : le jury national l’examine."
    if len(argument) < minimum:
        return (
            f"Un avis de non-attribution doit être argumenté en {minimum} caractères au moins : "
            "le jury national l’examine."
        )
    return None


def names_question(argument: str, judged: Candidate, others: Iterable[Candidate]) -> str | None:
    """Does the argument name another candidate of the jury? Asked, never refused: it may be meant.

    A name counts as a whole word, whatever its case and accents, unless the judged candidate bears it too;
    who may be among the others.
    """
    cited = names_cited(argument, judged, others)
    if not cited:
        return None
    who = "un autre candidat" if len(cited) == 1 else "d’autres candidats"
    return f"L’argument cite {_listed(cited)}, {who} de ce jury."


def names_cited(argument: str, judged: Candidate, others: Iterable[Candidate]) -> list[str]:
    """The names of others found in the argument, each as its bearer writes it, in the order of the text."""
    own = {plain(name) for name in names_of(judged)}
    known: dict[str, str] = {}
    for other in others:
        for name in names_of(other):
            if len(plain(name)) >= SHORTEST_NAME:
                known.setdefault(plain(name), name)
    longest_first = sorted({*known, *own} - {""}, key=len, reverse=True)
    if not longest_first:
        return []
    # The longest wins: « Martin » inside the judged candidate's own « Martin-Dupont » is nobody else.
    names = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
    found = dict.fromkeys(names.findall(plain(argument)))
    return [known[name] for name in found if name not in own]


def names_of(candidate: Candidate) -> Iterator[str]:
    """Everything a person may be called by: name of birth, name of use, each first name."""
    yield from filter(None, (candidate.birth_name, candidate.used_name))
    yield from re.split(r"[\s,]+", candidate.first_names.strip())


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} et {last}" if most else last
