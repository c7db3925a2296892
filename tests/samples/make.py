"""Files as LibreOffice writes them, kept beside this one: `python -m tests.samples.make` makes them anew.

One list of candidates and one sheet of their marks, in XLSX, ODS and XLS by LibreOffice itself, and as the
CSV that a Windows machine exports (Windows-1252) and that Excel calls « texte Unicode » (UTF-16, tabs).
"""

import csv
import io
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

PLACE = Path(__file__).parent

CANDIDATES: list[list[Any]] = [
    [
        "Nom de naissance",
        "Nom d’usage",
        "Prénoms",
        "Date de naissance",
        "Lieu de naissance",
        "Courriel",
        "Option",
        "Organisme",
        "Contrat",
        "Nom du tuteur",
        "Prénom du tuteur",
        "Courriel du tuteur",
        "Nom du manager",
        "Prénom du manager",
        "Courriel du manager",
        "Pass suivi",
        "Début Prem’ss",
    ]
]
_PEOPLE = [
    ("Béranger", "", "Zoé, Ève", date(1991, 3, 8), "Nîmes"),
    ("D’Ornano", "Le Goff", "François-Noël", date(1988, 12, 31), "Ajaccio"),
    ("Çelik", "", "Anaïs", date(1996, 2, 29), "Besançon"),
    ("Nguyễn", "", "Thị Hương", date(1990, 7, 14), "Évry"),
    ("Œuvrard", "", "Maël", date(1985, 10, 1), "Saint-Étienne"),
    ("Müller", "Lefèvre", "Gaëlle, Aimée", date(1993, 5, 22), "Colmar"),
]
for _rank, (_name, _used, _first, _born, _town) in enumerate(_PEOPLE, 1):
    CANDIDATES.append(
        [
            *(
                _name,
                _used,
                _first,
                _born,
                _town,
                f"candidat{_rank}@exemple.fr",
                "MALADIE",
                "CPAM-LYO",
                "CDI",
            ),
            *("Tissot", "Thomas", "tuteur@exemple.fr", "Mercier", "Maud", "manager@exemple.fr"),
            *("oui", date(2026, 1, 12)),
        ]
    )

MARKS: list[list[Any]] = [
    ["Nom", "Prénom", "Épreuve écrite /20", "CC_TC", "CC_OPT", "APT"],
    ["Béranger", "Zoé", 12.5, 14, 13.25, "ABJ"],
    ["Le Goff", "François-Noël", 8, 11.5, 10, 15],
    ["Çelik", "Anaïs", "ABS", 9.75, 12, 11],
    ["Nguyễn", "Thị Hương", 16, "", 17.5, 18],
    ["Œuvrard", "Maël", 11, 12, 13, 14],
    ["Müller", "Gaëlle", 20, 7, 8.5, 19.99],
]


def write_workbook(path: Path, rows: list[list[Any]], name: str) -> None:
    book = xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet(name)
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    book.close()


def text_of(rows: list[list[Any]], delimiter: str) -> str:
    """As French Excel shows the cells."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    for cells in rows:
        writer.writerow([_written(cell) for cell in cells])
    return out.getvalue()


def _written(cell: Any) -> str:
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)


def convert(sources: list[Path], form: str, place: Path, profile: Path) -> None:
    """One run of LibreOffice, with a profile of its own: another one running is not disturbed."""
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{profile}",
        "--convert-to",
        form,
        "--outdir",
        str(place),
        *map(str, sources),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        sources = [work / "candidates.xlsx", work / "marks.xlsx"]
        for path, rows in zip(sources, (CANDIDATES, MARKS), strict=True):
            write_workbook(path, rows, "Feuille1")
        for form in ("xlsx", "ods", "xls"):
            convert(sources, form, PLACE, work / "profile")
    for name, rows in (("candidates", CANDIDATES), ("marks", MARKS)):
        # « Œ » is a letter of Windows-1252; « ễ », « ị » and « ư » are not.
        western = [row for row in rows if "Nguyễn" not in row]
        (PLACE / f"{name}-windows-1252.csv").write_bytes(text_of(western, ";").encode("cp1252"))
        (PLACE / f"{name}-utf-16.csv").write_bytes(text_of(rows, "\t").encode("utf-16"))
    sys.stdout.write("".join(f"{path.name}\n" for path in sorted(PLACE.glob("*.*s*"))))


if __name__ == "__main__":
    main()
