"""What the lines of a list mean: who would be enrolled, and everything that is wrong, at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from candidates.forms.choices import Choices
from candidates.forms.enrolments import EnrolmentForm
from candidates.imports.columns import BY_FIELD, COMMENT, coded, expected, field_of
from candidates.imports.lines import line_of
from candidates.imports.reading import Row
from candidates.models import Candidate, SessionPart, sort_key_of
from candidates.services.enrolments import Identity, Line
from cqp.templatetags.fr import day_short, plural
from cqp.workflow import Refusal

Key = tuple[str, Any, str]


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
    lines = _without_duplicates(lines, part, problems)
    _name_homonyms(lines, warnings)
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
    names = sort_key_of(identity.birth_name, identity.first_names)
    return names, identity.birth_date, identity.birth_place


def _known(part: SessionPart, lines: Iterable[tuple[int, Line]]) -> tuple[set[Key], dict[str, Key]]:
    """Who is enrolled in the session already, and whose each e-mail is: two queries for any file."""
    identity = ("sort_key", "birth_date", "birth_place")
    enrolled = Candidate.objects.filter(enrolments__session=part.session).values_list(*identity)
    emails = {line.identity.email for _, line in lines}
    owners = Candidate.objects.filter(user__email__in=emails).values_list("user__email", *identity)
    return set(enrolled), {email: (key, born, place) for email, key, born, place in owners}


def _without_duplicates(
    lines: list[tuple[int, Line]], part: SessionPart, problems: _Findings
) -> list[tuple[int, Line]]:
    """Nobody twice: in the session, in the file, or under one e-mail."""
    enrolled, owner_of = _known(part, lines)
    first_row: dict[Key, int] = {}
    kept: list[tuple[int, Line]] = []
    for number, line in lines:
        key, email = _key(line.identity), line.identity.email
        who = f"{line.identity.birth_name.upper()} {line.identity.first_names}"
        if key in enrolled:
            problems.add(f"{who} est déjà inscrit à cette session.", number)
        elif key in first_row:
            problems.add(f"{who} figure déjà à la ligne {first_row[key]} du fichier.", number)
        elif owner_of.setdefault(email, key) != key:
            problems.add(f"L’adresse {email} est déjà celle d’un autre candidat.", number)
        else:
            kept.append((number, line))
            first_row[key] = number
    return kept


def _name_homonyms(lines: list[tuple[int, Line]], warnings: _Findings) -> None:
    """Same names, another birth: allowed, but said."""
    keys = {_key(line.identity)[0] for _, line in lines}
    known = Candidate.objects.filter(sort_key__in=keys).values_list("sort_key", "birth_date", "birth_place")
    births: dict[str, set[Any]] = defaultdict(set)
    for name, born, place in [*known, *(_key(line.identity) for _, line in lines)]:
        births[name].add((born, place))
    for number, line in lines:
        name = _key(line.identity)[0]
        if len(births[name]) > 1:
            days = ", ".join(sorted(f"né(e) le {day_short(born)} à {place}" for born, place in births[name]))
            warnings.add(f"Homonymes : {name} ({days}).", number)
