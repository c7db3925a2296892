"""Whose line is it: the number and the name must say the same person."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from candidates.models import Enrolment, sort_key_of
from cqp.crockford import normalise

_NOBODY = "Cette ligne ne dit ni le numéro ni le nom d’un candidat."
_MISTYPED = "Le numéro d’identification est mal recopié."
_UNKNOWN_NUMBER = "Ce numéro n’est celui d’aucun candidat de votre CRFP dans cette session."
_DISAGREE = "Le numéro et le nom de cette ligne ne vont pas ensemble : l’un des deux est faux."


class Register:
    """The candidates of a part, found by what a line says of them."""

    def __init__(self, enrolments: Iterable[Enrolment]) -> None:
        self._numbered: dict[str, Enrolment] = {}
        self._named: dict[str, list[Enrolment]] = defaultdict(list)
        for enrolment in enrolments:
            self._numbered[enrolment.number.upper()] = enrolment
            for key in set(_keys(enrolment)):
                self._named[key].append(enrolment)

    def find(self, number: str, last_name: str, first_name: str) -> Enrolment | str:
        """The candidate of a line, or the sentence saying why nobody is.

        A number alone or a name alone is enough when it means one person only. The sentence never says whose
        the number or the name is.
        """
        name = sort_key_of(last_name, first_name)
        if not number:
            return self._by_name(name, f"{last_name} {first_name}".strip())
        enrolment = self._by_number(number)
        if not isinstance(enrolment, str) and name and name not in _keys(enrolment):
            return _DISAGREE
        return enrolment

    def _by_number(self, number: str) -> Enrolment | str:
        found = self._numbered.get(number.upper())
        if found is None and (canonical := normalise(number)):
            found = self._numbered.get(canonical)
            return found or _UNKNOWN_NUMBER
        return found or _MISTYPED

    def _by_name(self, name: str, written: str) -> Enrolment | str:
        if not name:
            return _NOBODY
        found = self._named.get(name, [])
        if len(found) > 1:
            return f"Plusieurs candidats portent le nom {written} : indiquez le numéro d’identification."
        return found[0] if found else f"{written} n’est pas inscrit dans votre CRFP à cette session."


def _keys(enrolment: Enrolment) -> Iterator[str]:
    """The ways a person's names may be written: name of birth or of use, every first name or the first."""
    person = enrolment.candidate
    for last_name in {person.birth_name, person.used_name or person.birth_name}:
        yield sort_key_of(last_name)
        for first_name in {person.first_names, person.first_name}:
            yield sort_key_of(last_name, first_name)
            yield sort_key_of(last_name, first_name.replace(",", " "))
