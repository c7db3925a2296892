"""What the lines of a list mean: who would be enrolled, and everything that is wrong, at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from candidates.forms.choices import Choices
from candidates.forms.enrolments import EnrolmentForm
from candidates.imports.columns import BY_FIELD, COMMENT, coded, expected, field_of
from candidates.imports.files import MOTIVE
from candidates.imports.lines import line_of
from candidates.imports.people import Known
from candidates.imports.report import Findings, Problem, Report
from candidates.models import SessionPart
from candidates.services.enrolments import Line
from cqp.sheets.reading import Finding
from cqp.sheets.workbook import Row
from cqp.templatetags.fr import day_short, plural
from cqp.workflow import Refusal

_DAYS = ("birth_date", "premss_start")
_NUMBER = re.compile(r"[0-9]{4,5}(\.[0-9]+)?")
_FIRST_DAY = date(1899, 12, 30)  # what spreadsheets count days from


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do: the lines that may go in, those already in, the problems of the others."""

    lines: tuple[tuple[int, Line], ...]
    unchanged: tuple[int, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    ignored: tuple[str, ...]

    @property
    def refused(self) -> list[int]:
        """The numbers of the lines left out, in order."""
        return sorted({row for problem in self.problems for row in problem.rows})

    @property
    def accepted(self) -> list[int]:
        """The numbers of the lines that may go in."""
        return [number for number, _ in self.lines]

    @property
    def total(self) -> int:
        return len(self.lines) + len(self.refused)

    @property
    def report(self) -> Report:
        return Report(
            new=len(self.lines),
            unchanged=len(self.unchanged),
            refused=len(self.refused),
            problems=self.problems,
            warnings=self.warnings,
            ignored=self.ignored,
        )


def preview_of(rows: Sequence[Row], part: SessionPart, notices: Sequence[Finding] = ()) -> Preview:
    """Read the lines against the session as it is now; nothing is saved.

    `notices`: what the reading of the file noticed. Raises Refusal when the file as a whole cannot be a list
    for this session.
    """
    choices = Choices.of(part.session)
    fields, ignored = _headings(rows[0][1], bool(choices.options))
    body = [(number, cells) for number, cells in rows[1:] if not cells[0].startswith(COMMENT)]
    if not body:
        raise Refusal("Le fichier ne contient aucun candidat sous ses titres de colonnes.")
    _refuse_options_of_another_session(body, fields, choices)
    problems, warnings = Findings(), Findings()
    lost: set[int] = set()
    for notice in notices:
        (problems if notice.blocking else warnings).add(notice.sentence, *notice.rows)
        lost.update(notice.rows if notice.blocking else ())
    lines: list[tuple[int, Line]] = []
    # One form reads every line: making another takes three times longer than reading one.
    form = EnrolmentForm({}, choices=choices)
    for number, cells in body:
        data = {name: cells[place] for name, place in fields.items() if place < len(cells)}
        if number in lost or not _of_this_session(data.pop("session", ""), part, number, problems):
            continue
        form.data = coded(data, choices)
        form.full_clean()
        if form.is_valid():
            lines.append((number, line_of(form)))
        else:
            _gather(form, data, number, problems)
    known = Known.of(lines, part)
    lines, unchanged = known.without_duplicates(lines, problems, warnings)
    known.name_homonyms(lines, warnings)
    return Preview(tuple(lines), tuple(unchanged), problems.as_problems(), warnings.as_problems(), ignored)


def _headings(cells: Sequence[str], with_options: bool) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each field stands, and the columns nobody asked for."""
    fields: dict[str, int] = {}
    ignored: list[str] = []
    for place, heading in enumerate(cells):
        name = field_of(heading)
        if name is None:
            ignored += [heading] if heading and heading != MOTIVE else []
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


def _of_this_session(code: str, part: SessionPart, number: int, problems: Findings) -> bool:
    if code and code.upper() != part.session.code.upper():
        problems.add(f"Cette ligne est pour la session « {code} », pas pour {part.session.code}.", number)
        return False
    return True


def _gather(form: EnrolmentForm, data: dict[str, str], number: int, problems: Findings) -> None:
    """The form's own sentences, under the heading of the column, quoting what names nothing."""
    for name, messages in form.errors.get_json_data().items():
        heading = BY_FIELD[name].heading if name in BY_FIELD else ""
        for message in messages:
            sentence = message["message"]
            if message["code"] == "invalid_choice":
                sentence = f"« {data.get(name, '')} » n’est pas une valeur connue."
            elif message["code"] == "invalid" and (day := _day_left_as_number(name, data)):
                problems.add(f"{heading} : {day}", number, kind=f"day {name}")
                continue
            problems.add(f"{heading} : {sentence}" if heading else sentence, number)


def _day_left_as_number(name: str, data: dict[str, str]) -> str | None:
    """A spreadsheet counts days: 33000 in a column of days is one it was not told to show as such."""
    text = data.get(name, "")
    if name not in _DAYS or not _NUMBER.fullmatch(text):
        return None
    day = _FIRST_DAY + timedelta(days=int(float(text)))
    return (
        f"{text} est une date que le tableur a laissée en nombre, ici le {day_short(day)} : "
        "donnez à la colonne le format date."
    )
