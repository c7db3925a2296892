"""What the tests of this room's screens share: forms as a browser posts them, files as people send them."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from candidates.models import Session

HEADINGS = {
    "birth_name": "Nom de naissance",
    "used_name": "Nom d’usage",
    "first_names": "Prénoms",
    "birth_date": "Date de naissance",
    "birth_place": "Lieu de naissance",
    "email": "Adresse électronique",
    "option": "Option",
    "organisme": "Organisme",
    "contract": "Type de contrat",
    "tutor_last_name": "Nom du tuteur",
    "tutor_first_name": "Prénom du tuteur",
    "tutor_email": "Adresse électronique du tuteur",
    "manager_last_name": "Nom du manager",
    "manager_first_name": "Prénom du manager",
    "manager_email": "Adresse électronique du manager",
    "pass_followed": "Pass suivi",
    "premss_start": "Premier jour de Prem’ss",
}


def typed(**changes: str) -> dict[str, str]:
    """A whole enrolment, as typed in the form."""
    return {
        "birth_name": "Lambert",
        "used_name": "",
        "first_names": "Noémie, Jeanne",
        "birth_date": "1994-03-08",
        "birth_place": "Grenoble",
        "email": "noemie.lambert@exemple.fr",
        "option": "MALADIE",
        "organisme": "CPAM-LYO",
        "contract": "CDI",
        "tutor_last_name": "Tissot",
        "tutor_first_name": "Thomas",
        "tutor_email": "tutor@exemple.fr",
        "manager_last_name": "Mercier",
        "manager_first_name": "Maud",
        "manager_email": "manager@exemple.fr",
        "pass_followed": "OUI",
        "premss_start": "2026-01-12",
    } | changes


def listed(number: int, **changes: str) -> dict[str, str]:
    """The line of a list: one more candidate, as a CRFP writes it in a spreadsheet."""
    return (
        typed(
            first_names=f"Noé {number}",
            birth_date=f"{number % 28 + 1:02}/04/1991",
            email=f"noe{number}@exemple.fr",
            option="Technicien conseil assurance maladie",
            contract="Contrat à durée indéterminée",
            pass_followed="oui",
            premss_start="12/01/2026",
        )
        | changes
    )


def csv_of(
    lines: Sequence[Mapping[str, str]],
    headings: Mapping[str, str] = HEADINGS,
    delimiter: str = ";",
    encoding: str = "utf-8-sig",
) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(headings.values())
    for line in lines:
        writer.writerow([line.get(field, "") for field in headings])
    return out.getvalue().encode(encoding)


def xlsx_of(lines: Sequence[Mapping[str, Any]], headings: Mapping[str, str] = HEADINGS) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, list(headings.values()))
    for number, line in enumerate(lines, 1):
        sheet.write_row(number, 0, [line.get(field, "") for field in headings])
    book.close()
    return out.getvalue()


def ods_of(lines: Sequence[Mapping[str, str]], headings: Mapping[str, str] = HEADINGS) -> bytes:
    """The smallest OpenDocument sheet, with the million empty rows LibreOffice declares at its end."""
    rows = [list(headings.values()), *([line.get(field, "") for field in headings] for line in lines)]
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    filled = ("".join(cell.format(escape(text)) for text in row) for row in rows)
    body = "".join(f"<table:table-row>{cells}</table:table-row>" for cells in filled)
    space = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    spaces = " ".join(space.format(name) for name in ("office", "table", "text"))
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Feuille1">{body}<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def upload(content: bytes, name: str = "liste.csv") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


def close_enrolments(session: Session) -> None:
    """The deadline of the enrolments was yesterday."""
    session.enrolment_deadline = timezone.localdate() - timedelta(days=1)
    session.save(update_fields=["enrolment_deadline"])
