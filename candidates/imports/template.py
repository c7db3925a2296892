"""The list of candidates to fill, as a workbook: headings that explain themselves, values to choose from."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from candidates.forms.choices import Choices
from candidates.imports.columns import Column, expected
from candidates.imports.files import GUIDE, LISTS
from candidates.models import Enrolment, Session

READY = 300
"""How many lines are made ready; a longer list only has no drop-downs further down."""

_DAYS = frozenset({"birth_date", "premss_start"})
_NOTES = {
    "birth_date": "jj/mm/aaaa",
    "premss_start": "jj/mm/aaaa ; vide s’il n’est pas connu.",
    "used_name": "S’il diffère du nom de naissance.",
    "first_names": "Dans l’ordre de l’état civil.",
    "email": "Le candidat s’en servira pour lire ses résultats : une adresse par personne.",
    "pass_followed": "Oui, Non, ou vide si ce n’est pas encore connu.",
    "corrector_last_name": "Le correcteur de l’écrit, s’il est connu : ses trois colonnes, ou aucune.",
    "session": "Peut rester vide ; sinon le code de cette session.",
}


def workbook_of(session: Session, choices: Choices) -> bytes:
    """The list ready to be filled for this session."""
    columns = list(expected(bool(choices.options)))
    values = _values(choices)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("Candidats")
    _write_headings(book, sheet, columns)
    ranges = _write_lists(book, values)
    for place, column in enumerate(columns):
        _offer(sheet, place, column, ranges.get(column.field))
    sheet.freeze_panes(1, 0)
    _write_guide(book, session)
    book.worksheets_objs.sort(key=lambda item: ["Candidats", GUIDE, LISTS].index(item.name))
    book.close()
    return out.getvalue()


def _values(choices: Choices) -> dict[str, list[str]]:
    """The closed lists, in the words the import reads."""
    values = {
        "organisme": [organisme.name for organisme in choices.organismes.values()],
        "contract": [str(label) for label in Enrolment.Contract.labels],
        "pass_followed": ["Oui", "Non"],
    }
    if choices.options:
        values["option"] = [option.label for option in choices.options.values()]
    return values


def _write_headings(book: Any, sheet: Any, columns: Sequence[Column]) -> None:
    needed = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    optional = book.add_format({"italic": True, "text_wrap": True, "valign": "top", "bottom": 1})
    day, text = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "@"})
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.heading, needed if column.required else optional)
        sheet.set_column(place, place, 22, day if column.field in _DAYS else text)
        if column.field in _NOTES:
            sheet.write_comment(0, place, _NOTES[column.field], {"author": "CQP"})


def _write_lists(book: Any, values: dict[str, list[str]]) -> dict[str, str]:
    """The values on a sheet of their own; returns where each list stands."""
    sheet = book.add_worksheet(LISTS)
    ranges: dict[str, str] = {}
    for place, (field, items) in enumerate(values.items()):
        sheet.write_column(0, place, items)
        sheet.set_column(place, place, 40)
        letter = chr(ord("A") + place)
        ranges[field] = f"={LISTS}!${letter}$1:${letter}${len(items)}"
    sheet.protect()
    return ranges


def _offer(sheet: Any, place: int, column: Column, values: str | None) -> None:
    """What a cell of the column takes: one of the values, or a day."""
    if values:
        sheet.data_validation(
            1,
            place,
            READY,
            place,
            {
                "validate": "list",
                "source": values,
                "error_title": column.heading,
                "error_message": "Choisissez une des valeurs de la liste.",
            },
        )
    elif column.field in _DAYS:
        sheet.data_validation(
            1,
            place,
            READY,
            place,
            {
                "validate": "custom",
                "value": f"=ISNUMBER({chr(ord('A') + place)}2)",
                "error_title": column.heading,
                "error_message": "On attend une date : jj/mm/aaaa.",
            },
        )


def _write_guide(book: Any, session: Session) -> None:
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    sheet.write_string(0, 0, f"Candidats : {session.name} ({session.code})", book.add_format({"bold": True}))
    lines = (
        "Une ligne par candidat dans la feuille « Candidats ». Les titres en italique sont facultatifs.",
        "L’ordre des colonnes n’importe pas. Ce qui manque dans le fichier n’est pas touché : il ajoute, "
        "il ne retire personne.",
        "La feuille « Listes » donne les valeurs acceptées ; les codes le sont aussi.",
        "Enregistrez en XLSX, ODS ou CSV, puis envoyez le fichier : rien n’entre avant votre confirmation.",
    )
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, line)
    sheet.protect()
