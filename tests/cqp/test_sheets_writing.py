"""Tables people take away: exact, of the right kind, and nothing in them runs."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from cqp.sheets.answers import table_response, wanted_format
from cqp.sheets.reading import read_sheet
from cqp.sheets.writing import Cell, Table, csv_of, harmless, xlsx_of

NUMBERS: list[Cell] = [Decimal("12.50"), Decimal("9.999"), Decimal("-3.5"), Decimal("0.1"), 42, -7]
MOMENT = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
MIXED = Table(
    "Session GC-2026 : notes",
    ["Nom", "Note", "Né le", "Saisie", "Rien"],
    [
        ["Éloïse L’Œuvre", Decimal("12.50"), date(1991, 4, 2), MOMENT, None],
        ["00123", Decimal("9.999"), date(1899, 12, 31), None, ""],
    ],
)  # fmt: skip


def one_column(*cells: Cell) -> Table:
    return Table("Colonne", ["Titre"], [[cell] for cell in cells])


def lines_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def cells_of(content: bytes) -> list[list[Any]]:
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)


def part_of(content: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name).decode()


def xml_cells(content: bytes) -> list[tuple[str, str]]:
    """Type and value of every cell, as the file says them."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    root = ElementTree.fromstring(part_of(content, "xl/worksheets/sheet1.xml"))  # noqa: S314 - made just above
    assert root.find(f".//{space}f") is None
    return [(c.get("t", "n"), c.findtext(f"{space}v", "")) for c in root.iter(f"{space}c")]


# --- CSV ---


def test_a_csv_is_written_for_french_excel() -> None:
    content = csv_of(MIXED)
    assert content.decode("utf-8-sig") == (
        "Nom;Note;Né le;Saisie;Rien\r\n"
        "Éloïse L’Œuvre;12,5;02/04/1991;22/11/2026 14:05;\r\n"
        "00123;9,999;31/12/1899;;\r\n"
    )
    assert content.startswith(b"\xef\xbb\xbf")


def test_numbers_stay_numbers_in_a_csv() -> None:
    lines = lines_of(csv_of(one_column(*NUMBERS, "-3,5", "-7")))
    assert [line[0] for line in lines[1:]] == ["12,5", "9,999", "-3,5", "0,1", "42", "-7", "-3,5", "-7"]


_UNSEEN = st.text(alphabet=" \t\r\n\u00a0\u200b\ufeff\x00\x0b\u3000", max_size=4)
_SIGNS = st.sampled_from("=+-@＝＋－＠﹦﹢﹣﹫")


@given(before=_UNSEEN, sign=_SIGNS, rest=st.text(max_size=20).filter(lambda text: not text[:1].isdecimal()))
def test_no_formula_survives_an_export(before: str, sign: str, rest: str) -> None:
    assert harmless(before + sign + rest) == f"'{before}{sign}{rest}"


@pytest.mark.parametrize("text", ["-1+cmd|' /C calc'!A0", "-2-3", "+33 6 12 34 56 78", "-1\n=2", "- 5"])
def test_only_a_plain_negative_number_stays(text: str) -> None:
    assert harmless(text) == f"'{text}"


@given(word=st.from_regex(r"[A-Za-zÀ-ÿ0-9][^\n]{0,20}", fullmatch=True))
def test_what_is_no_formula_is_exported_as_it_is(word: str) -> None:
    assert harmless(word) == word


def test_a_heading_runs_nothing_either() -> None:
    assert lines_of(csv_of(Table("", ["=A1"], [])))[0] == ["'=A1"]


# --- XLSX ---


def test_an_xlsx_holds_cells_of_the_right_kind() -> None:
    rows = cells_of(xlsx_of(MIXED))
    assert rows[0] == ["Nom", "Note", "Né le", "Saisie", "Rien"]
    assert rows[1][:4] == ["Éloïse L’Œuvre", 12.5, date(1991, 4, 2), MOMENT.replace(hour=14, tzinfo=None)]
    assert rows[2][:3] == ["00123", 9.999, "31/12/1899"]


def test_a_number_is_written_digit_for_digit() -> None:
    exact: list[Cell] = [*NUMBERS, Decimal("123456789012.345")]
    written = [value for kind, value in xml_cells(xlsx_of(one_column(*exact))) if kind == "n"]
    assert [Decimal(value) for value in written] == exact


def test_a_number_excel_would_round_is_written_as_a_text() -> None:
    content = xlsx_of(one_column(1234567890123456789, Decimal("0.12345678901234567")))
    assert [row[0] for row in cells_of(content)[1:]] == ["1234567890123456789", "0,12345678901234567"]


HOSTILE = ["=cmd|' /C calc'!A0", "+1", "@SUM(1)", "-1", "{=1}", "http://exemple.fr", "mailto:a@b.fr", "12,5",
           "12.5", "1/2", "TRUE", "#N/A", "internal:A1", "\t=1", "_x0041_", " "]  # fmt: skip


def test_every_text_is_a_text_cell() -> None:
    content = xlsx_of(one_column(*HOSTILE))
    assert {kind for kind, _ in xml_cells(content)} == {"s"}
    assert [row[0] for row in cells_of(content)[1:]] == HOSTILE
    assert "hyperlink" not in part_of(content, "xl/worksheets/sheet1.xml")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20), max_size=5))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    content = xlsx_of(one_column(*texts))
    assert {kind for kind, _ in xml_cells(content)} == {"s"}
    assert [row[0] for row in cells_of(content)[1:]] == texts


def test_a_text_that_looks_like_a_formula_stays_one_when_it_is_edited() -> None:
    assert "quotePrefix" in part_of(xlsx_of(one_column("=1")), "xl/styles.xml")
    assert "quotePrefix" not in part_of(xlsx_of(one_column("1")), "xl/styles.xml")


def test_the_headings_stay_in_sight_and_filter() -> None:
    content = xlsx_of(MIXED)
    sheet = part_of(content, "xl/worksheets/sheet1.xml")
    assert 'state="frozen"' in sheet
    assert '<autoFilter ref="A1:E3"/>' in sheet
    assert "<b/>" in part_of(content, "xl/styles.xml")
    assert "Session GC-2026 : notes" in part_of(content, "docProps/core.xml")
    assert 'name="Session GC-2026   notes"' in part_of(content, "xl/workbook.xml")


@pytest.mark.parametrize("title", ["", "'", "[]:*?/\\", "Jury national de la session GC-2026-11 à Lyon"])
def test_any_title_names_a_sheet(title: str) -> None:
    assert cells_of(xlsx_of(Table(title, ["Nom"], [["Zoé"]]))) == [["Nom"], ["Zoé"]]


def test_an_empty_table_is_still_a_file() -> None:
    assert cells_of(xlsx_of(Table("Vide", ["Nom"], []))) == [["Nom"]]
    assert lines_of(csv_of(Table("Vide", ["Nom"], []))) == [["Nom"]]


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
def test_what_is_written_is_read_again(write: Any) -> None:
    rows: list[list[Cell]] = [["Éloïse", Decimal("12.5")], ["Zoé", None], ["Léa", Decimal("-3.25")]]
    sheet = read_sheet(write(Table("Notes", ["Nom", "Note"], rows)))
    assert sheet.notices == ()
    read = [[cell.replace(",", ".") for cell in cells] for _, cells in sheet.rows[1:]]
    assert [row[0] for row in read] == ["Éloïse", "Zoé", "Léa"]
    assert [row[1] for row in read if row[1:] and row[1]] == ["12.5", "-3.25"]


# --- Answers ---


@pytest.mark.parametrize(("query", "fmt"), [("csv", "csv"), ("xlsx", "xlsx"), ("ods", None), ("", None)])
def test_the_address_says_which_file_is_wanted(query: str, fmt: str | None) -> None:
    assert wanted_format(RequestFactory().get("/", {"format": query, "q": "zoé"})) == fmt


def test_a_file_has_a_name_and_a_kind() -> None:
    answer = table_response(MIXED, "candidats-GC-2026", "csv")
    assert answer["Content-Disposition"] == 'attachment; filename="candidats-GC-2026.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    answer = table_response(MIXED, "diplômes", "xlsx")
    assert "filename*=utf-8''dipl%C3%B4mes.xlsx" in answer["Content-Disposition"]
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert cells_of(answer.content)[0][0] == "Nom"
