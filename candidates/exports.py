"""The candidates of a part as a spreadsheet: `;`, UTF-8 with BOM, cells no program runs."""

import csv
import io
from collections.abc import Iterable, Iterator

from candidates.models import Enrolment
from cqp.sheets.writing import harmless
from cqp.templatetags.fr import day_short

HEADINGS = (
    "Nom de naissance", "Nom d’usage", "Prénoms", "Date de naissance", "Lieu de naissance",
    "Adresse électronique", "Option", "Organisme", "Type de contrat",
    "Nom du tuteur", "Prénom du tuteur", "Adresse électronique du tuteur",
    "Nom du manager", "Prénom du manager", "Adresse électronique du manager",
    "Pass suivi", "Premier jour de Prem’ss", "Numéro d’identification", "État",
)  # fmt: skip


def sheet_of(enrolments: Iterable[Enrolment]) -> bytes:
    """The lines of these enrolments, under the headings an import reads."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    writer.writerows([harmless(cell) for cell in _cells(enrolment)] for enrolment in enrolments)
    return out.getvalue().encode("utf-8-sig")


def _cells(enrolment: Enrolment) -> Iterator[str]:
    candidate = enrolment.candidate
    yield from (candidate.birth_name, candidate.used_name, candidate.first_names)
    yield from (day_short(candidate.birth_date), candidate.birth_place, candidate.email)
    yield enrolment.option.label if enrolment.option else ""
    yield from (enrolment.organisme.name, enrolment.get_contract_display())
    for person in (enrolment.tutor, enrolment.manager):
        yield from (person.last_name, person.first_name, person.email)
    yield enrolment.get_pass_followed_display()
    yield day_short(enrolment.premss_start) if enrolment.premss_start else ""
    yield from (enrolment.number, enrolment.get_state_display())
