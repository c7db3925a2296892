"""What the lines of a list mean: who would be enrolled, and everything that is wrong, at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from candidates import rules
from candidates.forms.choices import Choices
from candidates.forms.enrolments import EnrolmentForm
from candidates.imports.columns import BY_FIELD, COMMENT, coded, expected, field_of
from candidates.imports.lines import line_of
from candidates.models import Candidate, SessionPart
from candidates.reading import Key, key_of, key_of_candidate, people_known
from candidates.services.enrolments import Identity, Line
from cqp.sheets.workbook import Row
from cqp.templatetags.fr import day_short, plural
from cqp.workflow import Refusal


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence, and the lines of the file it is true of."""

    message: str
    rows: tuple[int, ...]

    @property
    def where(self) -> str:
        """« ligne 4 », « lignes 4, 9 et 12 »."""
        numbers = [str(row) for row in self.rows]
        if len(numbers) == 1:
            return f"ligne {numbers[0]}"
        return f"lignes {', '.join(numbers[:-1])} et {numbers[-1]}"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do: the lines that may go in, the problems of the others, what deserves a look."""

    lines: tuple[tuple[int, Line], ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    ignored: tuple[str, ...]

    @property
    def refused(self) -> list[int]:
        """The numbers of the lines left out, in order."""
        return sorted({row for problem in self.problems for row in problem.rows})

    @property
    def total(self) -> int:
        return len(self.lines) + len(self.refused)


@dataclass
class _Findings:
    """Sentences gathered with their lines, in the order they were first met."""

    rows: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, message: str, number: int) -> None:
        if number not in self.rows[message]:
            self.rows[message].append(number)

    def as_problems(self) -> tuple[Problem, ...]:
        """The most frequent first."""
        ordered = sorted(self.rows.items(), key=lambda item: (-len(item[1]), item[1][0]))
        return tuple(Problem(message, tuple(sorted(numbers))) for message, numbers in ordered)


def preview_of(rows: Sequence[Row], part: SessionPart) -> Preview:
    """Read the lines against the session as it is now; nothing is saved.

    Raises Refusal when the file as a whole cannot be a list for this session.
    """
    choices = Choices.of(part.session)
    fields, ignored = _headings(rows[0][1], bool(choices.options))
    body = [(number, cells) for number, cells in rows[1:] if not cells[0].startswith(COMMENT)]
    if not body:
        raise Refusal("Le fichier ne contient aucun candidat sous ses titres de colonnes.")
    _refuse_options_of_another_session(body, fields, choices)
    problems, warnings = _Findings(), _Findings()
    lines: list[tuple[int, Line]] = []
    for number, cells in body:
        data = {name: cells[place] for name, place in fields.items() if place < len(cells)}
        if not _of_this_session(data.pop("session", ""), part, number, problems):
            continue
        form = EnrolmentForm(coded(data, choices), choices=choices)
        if form.is_valid():
            lines.append((number, line_of(form)))
        else:
            _gather(form, data, number, problems)
    known = _known(lines)
    lines = _without_duplicates(lines, part, known, problems)
    _name_homonyms(lines, part, known, warnings)
    return Preview(tuple(lines), problems.as_problems(), warnings.as_problems(), ignored)


def _headings(cells: Sequence[str], with_options: bool) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each field stands, and the columns nobody asked for."""
    fields: dict[str, int] = {}
    ignored: list[str] = []
    for place, heading in enumerate(cells):
        name = field_of(heading)
        if name is None:
            ignored += [heading] if heading else []
        elif name in fields:
            raise Refusal(f"Deux colonnes veulent dire « {BY_FIELD[name].heading} » : n’en gardez qu’une.")
        else:
            fields[name] = place
    missing = [f"« {c.heading} »" for c in expected(with_options) if c.required and c.field not in fields]
    if len(missing) > len(fields):
        raise Refusal("La première ligne ne porte pas les titres attendus : partez du modèle de la session.")
    if missing:
        s = plural(len(missing))
        raise Refusal(f"Colonne{s} absente{s} : {', '.join(missing)}.")
    return fields, tuple(ignored)


def _refuse_options_of_another_session(body: Sequence[Row], fields: dict[str, int], choices: Choices) -> None:
    """An option chosen where there is none is never dropped silently."""
    place = fields.get("option")
    if choices.options or place is None:
        return
    if any(place < len(cells) and cells[place] for _, cells in body):
        raise Refusal("Cette session n’a pas d’option : ce fichier est peut-être celui d’une autre session.")


def _of_this_session(code: str, part: SessionPart, number: int, problems: _Findings) -> bool:
    if code and code.upper() != part.session.code.upper():
        problems.add(f"Cette ligne est pour la session « {code} », pas pour {part.session.code}.", number)
        return False
    return True


def _gather(form: EnrolmentForm, data: dict[str, str], number: int, problems: _Findings) -> None:
    """The form's own sentences, under the heading of the column, quoting what names nothing."""
    for name, messages in form.errors.get_json_data().items():
        heading = BY_FIELD[name].heading if name in BY_FIELD else ""
        for message in messages:
            sentence = message["message"]
            if message["code"] == "invalid_choice":
                sentence = f"« {data.get(name, '')} » n’est pas une valeur connue."
            problems.add(f"{heading} : {sentence}" if heading else sentence, number)


def _key(identity: Identity) -> Key:
    return key_of(identity.birth_name, identity.first_names, identity.birth_date, identity.birth_place)


def _known(lines: Iterable[tuple[int, Line]]) -> list[Candidate]:
    """Everybody known under a name or an e-mail of the file: two queries for any file."""
    identities = [line.identity for _, line in lines]
    names = [_key(identity)[0] for identity in identities]
    return list(people_known(names, [identity.email for identity in identities]))


def _without_duplicates(
    lines: list[tuple[int, Line]], part: SessionPart, known: list[Candidate], problems: _Findings
) -> list[tuple[int, Line]]:
    """Nobody twice: in the session, in the file, or under one e-mail; nobody under another e-mail."""
    people = {key_of_candidate(person): person for person in known}
    owner_of = {person.user.email: key_of_candidate(person) for person in known if person.user}
    first_row: dict[Key, int] = {}
    kept: list[tuple[int, Line]] = []
    for number, line in lines:
        key, email = _key(line.identity), line.identity.email
        refusal = _person_refusal(people.get(key), line.identity, part)
        if refusal:
            problems.add(refusal, number)
        elif key in first_row:
            who = f"{line.identity.birth_name.upper()} {line.identity.first_names}"
            problems.add(f"{who} figure déjà à la ligne {first_row[key]} du fichier.", number)
        elif owner_of.setdefault(email, key) != key:
            problems.add(f"L’adresse {email} est déjà celle d’un autre candidat.", number)
        else:
            kept.append((number, line))
            first_row[key] = number
    return kept


def _person_refusal(person: Candidate | None, identity: Identity, part: SessionPart) -> str | None:
    """What enrolling would answer of somebody known already."""
    if person is None:
        return None
    return rules.twice_refusal(person, part) or rules.known_person_refusal(person, identity.email, part.crfp)


def _name_homonyms(
    lines: list[tuple[int, Line]], part: SessionPart, known: list[Candidate], warnings: _Findings
) -> None:
    """Same names, another birth: allowed, but said; the births of another CRFP's people are not."""
    own: dict[str, set[tuple[Any, str]]] = defaultdict(set)
    elsewhere: dict[str, set[Key]] = defaultdict(set)
    births = {_key(line.identity): line.identity.birth_place for _, line in lines}
    for person in known:
        key = key_of_candidate(person)
        if rules.is_known_to(person, part.crfp):
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
            warnings.add(
                "Une personne du même nom est connue dans un autre CRFP : vérifiez que ce n’est pas la même.",
                number,
            )
