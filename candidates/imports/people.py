"""Who the lines of a list are: nobody twice, those already in as they are, those who share a name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

from candidates import rules
from candidates.imports.columns import BY_FIELD
from candidates.imports.report import Findings
from candidates.models import Candidate, Enrolment, SessionPart, sort_key_of
from candidates.reading import Key, key_of, key_of_candidate, people_known
from candidates.services.enrolments import Identity, Line
from candidates.states import EnrolmentState
from cqp.templatetags.fr import day_short

NumberedLine = tuple[int, Line]

_NAMESAKE = "Une personne du même nom est connue dans un autre CRFP : vérifiez que ce n’est pas la même."


@dataclass(frozen=True)
class Known:
    """Everybody already known under a name or an e-mail of a file, and who of them is in this part."""

    part: SessionPart
    people: list[Candidate]
    enrolments: dict[int, Enrolment]

    @classmethod
    def of(cls, lines: Sequence[NumberedLine], part: SessionPart) -> Self:
        """Three queries for any file."""
        identities = [line.identity for _, line in lines]
        names = [_key(identity)[0] for identity in identities]
        people = list(people_known(names, [identity.email for identity in identities]))
        rows = Enrolment.objects.filter(part=part, candidate__in=[person.pk for person in people])
        related = rows.select_related("option", "organisme", "tutor", "manager", "corrector")
        return cls(part, people, {enrolment.candidate_id: enrolment for enrolment in related})

    def without_duplicates(
        self, lines: Sequence[NumberedLine], problems: Findings, warnings: Findings
    ) -> tuple[list[NumberedLine], list[int]]:
        """The lines that may go in, and the numbers of those that say what is already so.

        Nobody twice: in the session, in the file, or under one e-mail; nobody under another e-mail.
        """
        people = {key_of_candidate(person): person for person in self.people}
        owner_of = {person.user.email: key_of_candidate(person) for person in self.people if person.user}
        first_row: dict[Key, int] = {}
        kept: list[NumberedLine] = []
        unchanged: list[int] = []
        for number, line in lines:
            key, email = _key(line.identity), line.identity.email
            person = people.get(key)
            enrolment = self.enrolments.get(person.pk) if person else None
            if key in first_row:
                who = f"{line.identity.birth_name.upper()} {line.identity.first_names}"
                problems.add(f"{who} figure déjà à la ligne {first_row[key]} du fichier.", number)
                continue
            if person and enrolment and is_as(enrolment, person, line):
                unchanged.append(number)
            elif refusal := _person_refusal(person, enrolment, line, self.part):
                problems.add(refusal, number)
                continue
            elif owner_of.setdefault(email, key) != key:
                problems.add(f"L’adresse {email} est déjà celle d’un autre candidat.", number)
                continue
            else:
                kept.append((number, line))
                if enrolment and person:
                    warnings.add(
                        f"{person.full_name} s’était désisté : cette ligne l’inscrit de nouveau.", number
                    )
            first_row[key] = number
        return kept, unchanged

    def name_homonyms(self, lines: Sequence[NumberedLine], warnings: Findings) -> None:
        """Same names, another birth: allowed, but said; the births of another CRFP's people are not."""
        own: dict[str, set[tuple[Any, str]]] = defaultdict(set)
        elsewhere: dict[str, set[Key]] = defaultdict(set)
        births = {_key(line.identity): line.identity.birth_place for _, line in lines}
        for person in self.people:
            key = key_of_candidate(person)
            if rules.is_known_to(person, self.part.crfp):
                births.setdefault(key, person.birth_place)
            elif key not in births:
                elsewhere[key[0]].add(key)
        for (name, born, _), place in births.items():
            own[name].add((born, place))
        for number, line in lines:
            name = _key(line.identity)[0]
            if len(own[name]) > 1:
                days = ", ".join(sorted(f"né(e) le {day_short(born)} à {place}" for born, place in own[name]))
                warnings.add(f"Homonymes : {name} ({days}).", number)
            if elsewhere[name]:
                warnings.add(_NAMESAKE, number)


def _key(identity: Identity) -> Key:
    return key_of(identity.birth_name, identity.first_names, identity.birth_date, identity.birth_place)


def _person_refusal(
    person: Candidate | None, enrolment: Enrolment | None, line: Line, part: SessionPart
) -> str | None:
    """What enrolling would answer of somebody known already."""
    if person is None:
        return None
    twice = rules.twice_refusal(person, part)
    if twice and enrolment:
        what = ", ".join(BY_FIELD[name].heading for name in differences(enrolment, person, line))
        return f"{twice.removesuffix('.')} ; ce que la ligne change se corrige sur sa fiche : {what}."
    return twice or rules.known_person_refusal(person, line.identity.email, part.crfp)


def is_as(enrolment: Enrolment, person: Candidate, line: Line) -> bool:
    """Is this candidate already enrolled just as the line says?"""
    if enrolment.state != EnrolmentState.ENROLLED:
        return False
    return next(differences(enrolment, person, line), None) is None


def differences(enrolment: Enrolment, person: Candidate, line: Line) -> Iterator[str]:
    """The fields a line would change of an enrolment; an optional cell left empty changes nothing."""
    corrector = enrolment.corrector.email if enrolment.corrector else ""
    asked = line.identity
    said = {
        "used_name": (sort_key_of(asked.used_name), sort_key_of(person.used_name)),
        "email": (asked.email.lower(), person.email.lower()),
        "option": (line.option, enrolment.option),
        "organisme": (line.organisme, enrolment.organisme),
        "contract": (line.contract, enrolment.contract),
        "tutor_email": (line.tutor.email.lower(), enrolment.tutor.email),
        "manager_email": (line.manager.email.lower(), enrolment.manager.email),
        "pass_followed": (line.pass_followed, enrolment.pass_followed),
        "premss_start": (line.premss_start, enrolment.premss_start),
        "corrector_email": (line.corrector.email.lower() if line.corrector else "", corrector),
    }
    silent = {None, "", Enrolment.Pass.UNKNOWN.value}
    for name, (theirs, ours) in said.items():
        if theirs != ours and not (name not in _REQUIRED and theirs in silent):
            yield name


_REQUIRED = frozenset({"email", "option", "organisme", "contract", "tutor_email", "manager_email"})
