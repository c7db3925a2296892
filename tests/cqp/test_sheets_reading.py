"""Files as people send them: every form is read the same, and what a sheet hides is said."""

import io
import json
import subprocess
import sys
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqp.sheets import formulas, reading
from cqp.sheets.reading import MAX_BYTES, Finding, Sheet, command, read_sheet
from cqp.sheets.workbook import as_json, number_text
from cqp.workflow import Refusal
from tests.cqp.workbooks import (
    cell,
    excel,
    excel_of,
    open_document,
    repacked,
    row,
    to_declare_by_hand,
    zip_of,
)

TABLE = [["Nom", "Note"], ["Éloïse L’Œuvre", "12,5"], ["Zoé", "ABS"]]
READ = [(number, cells) for number, cells in enumerate(TABLE, 1)]


def text_of(delimiter: str = ";", end: str = "\r\n") -> str:
    quoted = ([f'"{cell}"' if delimiter in cell else cell for cell in cells] for cells in TABLE)
    return "".join(delimiter.join(cells) + end for cells in quoted)


def blocked(sheet: Sheet) -> list[tuple[int, ...]]:
    return [notice.rows for notice in sheet.notices if notice.blocking]


def said(sheet: Sheet, word: str) -> Finding:
    """The one notice with this word."""
    (notice,) = [notice for notice in sheet.notices if word in notice.sentence]
    return notice


# --- Text ---


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)  # fmt: skip
def test_a_text_is_read_the_same_in_any_alphabet(encoding: str, delimiter: str) -> None:
    assert read_sheet(text_of(delimiter).encode(encoding)) == Sheet(READ)


def test_utf_16_is_read_with_its_mark_in_both_orders() -> None:
    text = "\ufeff" + text_of("\t")
    assert read_sheet(text.encode("utf-16-be")).rows == READ
    assert read_sheet(text.encode("utf-16-le")).rows == READ


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_end_of_line_will_do(end: str) -> None:
    assert read_sheet(text_of(end=end).encode()).rows == READ


@pytest.mark.parametrize(("first", "delimiter"), [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t")])
def test_the_first_line_of_excel_is_not_a_line(first: str, delimiter: str) -> None:
    content = f"{first}\r\n{text_of(delimiter)}".encode("utf-8-sig")
    assert read_sheet(content).rows == [(number + 1, cells) for number, cells in READ]


def test_a_delimiter_between_quotes_cuts_nothing() -> None:
    content = b'"Nom, usage, naissance";Note\r\nLambert;12,5\r\n'
    assert read_sheet(content).rows == [(1, ["Nom, usage, naissance", "Note"]), (2, ["Lambert", "12,5"])]


def test_line_numbers_are_those_of_the_file() -> None:
    content = 'Nom;Prénoms\n\n"Deux\nlignes";A\nDurand;B\n'.encode()
    assert [number for number, _ in read_sheet(content).rows] == [1, 3, 5]


# --- What cannot be read ---

BOMB = zip_of({"xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": b"0" * (25 * 1024 * 1024)})
CROWD = zip_of({"xl/workbook.xml": b"<x/>"} | {f"f{number}": b"" for number in range(80)})
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000) + "EncryptedPackage".encode("utf-16-le")
UNREADABLE = "Ce fichier n’est pas un tableau lisible"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide."),
        (b"  \r\n \n", "Le fichier est vide."),
        (b";;;\r\n;;\r\n", "Le fichier est vide."),
        (b"sep=;\r\n", "Le fichier est vide."),
        (excel_of([]), "Le fichier est vide."),
        (b"Nom;Note\r\n;\r\n", "Le fichier ne contient que ses titres de colonnes"),
        (excel_of(["Nom", "Note"]), "Le fichier ne contient que ses titres de colonnes"),
        (b"x" * (MAX_BYTES + 1), "Le fichier dépasse 2 Mo"),
        (b"%PDF-1.7 ...", UNREADABLE),
        (b"\x89PNG\r\n\x1a\n", UNREADABLE),
        (b"Nom\x00Prenom", UNREADABLE),
        (b"Nom;\x81\x8d\x8f", UNREADABLE),
        (b"\xff\xfeN\x00o\x00", "Le fichier ne contient que ses titres de colonnes"),
        (b"\xff\xfeN\x00o\x00m", UNREADABLE),
        (b"\xff\xfeN\x00o\x00\x00\xd8", UNREADABLE),
        (zip_of({"word/document.xml": b"<x/>"}), UNREADABLE),
        (zip_of({"xl/workbook.xml": b"not xml"}), UNREADABLE),
        (b"PK\x03\x04 torn", UNREADABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 torn", UNREADABLE),
        (LOCKED, "Ce classeur est protégé par un mot de passe"),
        (BOMB, "Ce classeur est trop lourd"),
        (CROWD, "Ce classeur est trop lourd"),
        (b"Nom\n" + b"x\n" * 2_001, "Le fichier compte plus de 2 000 lignes"),
        (b"Nom\n" + b"y" * 500, "Ligne 2 : une case contient plus de 400 caractères."),
        (b"Nom\n" + b"y" * 140_000, "Ligne 2 : "),
        (b'"' + b"y" * 140_000, "Ligne 1 : "),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_an_unreadable_file_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sheet(content)
    assert refused.value.sentence.startswith(sentence)


def test_a_cell_at_the_end_of_the_sheet_does_not_exhaust_the_server() -> None:
    def build(book: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "Nom")
        sheet.write(1_048_575, 16_383, "far away")

    with pytest.raises(Refusal):
        read_sheet(excel(build))


def test_one_long_text_named_by_thousands_of_cells_stays_in_the_reading_process() -> None:
    content = excel_of(["Nom"] * 17, *[["é" * 32_000] * 17] * 500)
    assert len(content) < 30_000
    assert len(reading._answer_of(command(), content)) < 1_000_000
    with pytest.raises(Refusal, match="Ligne 2 : une case contient plus de 400 caractères"):
        read_sheet(excel_of(["Nom"] * 17, ["é" * 32_000] * 17))
    with pytest.raises(Refusal, match="trop de texte"):
        read_sheet(excel_of(["Nom"] * 17, *[["é" * 390] * 17] * 500))


def test_a_cell_long_by_its_spaces_only_is_not_cut() -> None:
    assert read_sheet(excel_of(["Nom"], [" " * 500 + "Lambert"])).rows[1] == (2, ["Lambert"])


def test_no_more_than_a_fair_answer_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ANSWER", 1_000)
    talkative = [sys.executable, "-c", "while True: print('x' * 10_000)"]
    assert len(reading._answer_of(talkative, b"")) == 1_000
    monkeypatch.setattr(reading, "TIMEOUT", 0.2)
    assert reading._answer_of([sys.executable, "-c", "import time; time.sleep(60)"], b"") == b""


def test_the_process_that_reads_imports_next_to_nothing() -> None:
    ask = f"{command()[4]}; print(); print(*sys.modules)"
    content = excel_of(["Nom"], [12.5])
    told = subprocess.run(
        [*command()[:4], ask, *command()[5:]], input=content, capture_output=True, check=True
    )
    modules = set(told.stdout.decode().splitlines()[-1].split())
    assert "cqp.sheets.formulas" in modules
    assert not modules & {"django", "json", "re", "typing", "dataclasses", "zipfile", "site"}


def test_the_process_may_be_started_by_hand() -> None:
    content = excel_of(["Nom"], [12.5])
    told = subprocess.run(
        [sys.executable, "-m", "cqp.sheets.workbook"], input=content, capture_output=True, check=True
    )
    assert json.loads(told.stdout)["rows"] == [[1, ["Nom"]], [2, ["12.5"]]]


@given(
    st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_what_the_process_writes_is_json(value: object) -> None:
    assert json.loads(as_json(value)) == value


# --- Numbers ---


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_neither_rounded_nor_written_with_an_exponent(number: float) -> None:
    text = number_text(number)
    assert Decimal(text) == Decimal(repr(number))
    assert "e" not in text
    assert not text.endswith(".0")


def test_numbers_come_as_they_are_typed() -> None:
    numbers = [12.5, 12.0, 0.1 + 0.2, 9.999, 0.00001, 1e22, -0.0, 123456789.25]
    rows = read_sheet(excel_of(["a"] * len(numbers), numbers)).rows
    # The library that writes keeps 16 digits, as Excel does.
    expected = ["12.5", "12", "0.3", "9.999", "0.00001", "10000000000000000000000", "0", "123456789.25"]
    assert rows[1][1] == expected


def test_a_day_is_read_in_iso_and_an_hour_is_not_lost() -> None:
    le = 'office:value-type="date" office:date-value="2026-11-22"'
    at = 'office:value-type="time" office:time-value="PT13H04M00S"'
    content = open_document({"Notes": row(cell("Le"), cell("À")) + row(cell("", le), cell("", at))})
    day, hour = read_sheet(content).rows[1][1]
    assert day == "2026-11-22"
    assert hour.startswith("13:04")


# --- What a workbook hides ---


def test_a_hidden_sheet_is_named_and_never_read() -> None:
    def build(book: Any) -> None:
        for name in ("Cachée", "Très cachée", "Notes"):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, [name, "Lambert"])
        book.get_worksheet_by_name("Notes").activate()
        book.get_worksheet_by_name("Notes").set_first_sheet()
        book.get_worksheet_by_name("Cachée").hide()
        book.get_worksheet_by_name("Très cachée").very_hidden()

    sheet = read_sheet(excel(build))
    assert (sheet.name, sheet.rows) == ("Notes", [(1, ["Notes"]), (2, ["Lambert"])])
    assert "« Cachée », « Très cachée »" in said(sheet, "masquée").sentence
    assert blocked(sheet) == []


def test_a_hidden_sheet_of_an_open_document_is_named_and_never_read() -> None:
    rows = row(cell("Nom")) + row(cell("Lambert"))
    sheet = read_sheet(open_document({"Listes": rows, "Notes": rows}, hidden=("Listes",)))
    assert sheet.name == "Notes"
    assert "la feuille « Listes » est masquée" in said(sheet, "masquée").sentence


def test_a_workbook_whose_lines_are_all_hidden_says_so() -> None:
    rows = row(cell("Nom")) + row(cell("Lambert"))
    content = open_document({"Listes": rows, "Vide": row(cell(""))}, hidden=("Listes",))
    with pytest.raises(
        Refusal, match="Rien à lire sur les feuilles visibles ; la feuille « Listes » est masquée"
    ):
        read_sheet(content)


def test_the_first_visible_sheet_with_lines_is_read_and_the_others_named() -> None:
    def build(book: Any) -> None:
        book.add_worksheet("Vide")
        book.add_worksheet("Notes").write_column(0, 0, ["Nom", "Lambert"])
        book.add_worksheet("Vide aussi").write(0, 0, " ")
        book.add_worksheet("Anciennes").write_column(0, 0, ["Nom", "Durand"])
        curve = book.add_chart({"type": "line"})
        curve.add_series({"values": "=Notes!$A$1:$A$2"})
        book.add_chartsheet("Courbe").set_chart(curve)

    sheet = read_sheet(excel(build))
    assert sheet.rows[1] == (2, ["Lambert"])
    sentence = said(sheet, "remplie").sentence
    assert sentence == "Seule la feuille « Notes » est lue ; la feuille « Anciennes » est remplie aussi."


def test_one_sheet_and_nothing_odd_deserves_no_word() -> None:
    assert read_sheet(excel_of(*TABLE)) == Sheet(READ, name="Notes")


def test_a_crowd_of_sheets_is_refused() -> None:
    rows = row(cell("Nom")) + row(cell("Lambert"))
    content = open_document({f"F{number}": rows for number in range(61)})
    with pytest.raises(Refusal, match="plus de 60 feuilles"):
        read_sheet(content)


def test_merged_cells_are_named_by_their_lines() -> None:
    def build(book: Any) -> None:
        sheet = book.add_worksheet("Notes")
        sheet.write_column(0, 0, ["Nom", "Lambert", "Durand", "Zoé"])
        sheet.merge_range("B2:B3", 12)

    assert said(read_sheet(excel(build)), "fusionnées").rows == (2, 3)


def test_cells_merged_down_to_the_last_line_cost_nothing() -> None:
    rows = "".join(f'<row><c t="inlineStr"><is><t>{name}</t></is></c></row>' for name in ("Nom", "Zoé"))
    merged = '<mergeCells count="1"><mergeCell ref="B2:XFD1048576"/></mergeCells>'
    assert said(read_sheet(to_declare_by_hand(rows, merged)), "fusionnées").rows == (2,)


def test_merged_cells_of_an_open_document_are_named_by_their_lines() -> None:
    empty = row("<table:table-cell/>", about='table:number-rows-repeated="3"')
    merged = row(cell("Lambert", 'office:value-type="string" table:number-columns-spanned="2"'))
    sheet = read_sheet(open_document({"Notes": empty + row(cell("Nom")) + merged + row(cell("Zoé"))}))
    assert [number for number, _ in sheet.rows] == [4, 5, 6]
    assert said(sheet, "fusionnées").rows == (5,)


def test_a_formula_is_read_by_its_value_and_named_by_its_line() -> None:
    def build(book: Any) -> None:
        sheet = book.add_worksheet("Notes")
        sheet.write_row(0, 0, ["Nom", "Note"])
        sheet.write(1, 0, "Lambert")
        sheet.write_formula(1, 1, "=5*2.5", None, 12.5)
        sheet.write_formula(2, 0, '="Zo"&"é"', None, "Zoé")

    sheet = read_sheet(excel(build))
    assert sheet.rows[1:] == [(2, ["Lambert", "12.5"]), (3, ["Zoé"])]
    assert said(sheet, "formule").rows == (2, 3)
    assert blocked(sheet) == []


def test_an_error_or_a_formula_nobody_computed_blocks_its_line() -> None:
    def build(book: Any) -> None:
        sheet = book.add_worksheet("Notes")
        sheet.write_column(0, 0, ["Nom", "Lambert", "Durand", "Zoé"])
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, "=A1", None, "")  # no value at all, as openpyxl leaves it
        sheet.write_formula(3, 1, "=5*2", None, 10)

    sheet = read_sheet(excel(build))
    assert blocked(sheet) == [(2, 3)]
    assert said(sheet, "c’est leur valeur qui est lue").rows == (4,)


@pytest.mark.parametrize(
    ("about", "line"),
    [
        ("<f>1/0</f><v/>", 2),
        ("<f>1/0</f>", 2),
        ('<f t="shared" si="0"/><v> </v>', 2),
    ],
)
def test_a_formula_without_a_value_however_written(about: str, line: int) -> None:
    rows = '<row><c t="inlineStr"><is><t>Nom</t></is></c></row>'
    rows += f'<row><c t="inlineStr"><is><t>Zoé</t></is></c><c>{about}</c></row>'
    assert blocked(read_sheet(to_declare_by_hand(rows))) == [(line,)]


def test_an_empty_text_is_a_value_and_an_error_typed_by_hand_is_not() -> None:
    rows = '<row r="3"><c r="A3" t="inlineStr"><is><t>Nom</t></is></c></row>'
    rows += '<row r="7"><c r="A7" t="inlineStr"><is><t>Zoé</t></is></c><c t="str"><f>""</f><v></v></c></row>'
    rows += '<row r="9"><c r="A9" t="inlineStr"><is><t>Léa</t></is></c><c t="e"><v>#N/A</v></c></row>'
    sheet = read_sheet(to_declare_by_hand(rows))
    assert [number for number, _ in sheet.rows] == [3, 7, 9]
    assert blocked(sheet) == [(9,)]
    assert said(sheet, "valeur qui est lue").rows == (7,)


WRONG = 'table:formula="of:=1/0" office:value-type'


@pytest.mark.parametrize(
    "cell_of_an_error",
    [
        cell("#DIV/0 !", f'{WRONG}="string" office:string-value="" calcext:value-type="error"'),
        cell("Err:502", f'{WRONG}="float" office:value="0" calcext:value-type="error"'),
        cell("#DIV/0!", f'{WRONG}="string" office:string-value=""'),
        '<table:table-cell table:formula="of:=5*2"/>',
    ],
    ids=["libreoffice", "libreoffice-number", "excel", "never-computed"],
)
def test_an_error_of_an_open_document_blocks_its_lines(cell_of_an_error: str) -> None:
    good = cell("12,5", 'table:formula="of:=5*2.5" office:value-type="float" office:value="12.5"')
    wrong = row(cell("Zoé"), cell_of_an_error, about='table:number-rows-repeated="2"')
    sheet = read_sheet(open_document({"Notes": row(cell("Nom")) + wrong + row(cell("Léa"), good)}))
    assert blocked(sheet) == [(2, 3)]
    assert said(sheet, "valeur qui est lue").rows == (4,)
    assert sheet.rows[3] == (4, ["Léa", "12.5"])


def test_an_empty_text_of_an_open_document_is_a_value() -> None:
    empty = cell("", 'table:formula="of:=&quot;&quot;"')  # as LibreOffice 7.4 writes it
    sheet = read_sheet(open_document({"Notes": row(cell("Nom")) + row(cell("Zoé"), empty)}))
    assert blocked(sheet) == []
    assert said(sheet, "valeur qui est lue").rows == (2,)


def test_the_formulas_are_those_of_the_sheet_that_is_read() -> None:
    plain = row(cell("Nom")) + row(cell("Lambert"))
    wrong = row(cell("Nom")) + row(cell("#DIV/0!", WRONG + '="string"'))
    assert read_sheet(open_document({"Notes": plain, "Autre": wrong})).notices[0].rows == ()
    assert blocked(read_sheet(open_document({"Autre": wrong, "Notes": plain}))) == [(2,)]


def test_a_workbook_nobody_ever_opened_says_what_to_do() -> None:
    def build(book: Any) -> None:
        sheet = book.add_worksheet("Notes")
        sheet.write(0, 0, "Nom")
        sheet.write_formula(1, 0, "=B1", None, "")

    with pytest.raises(Refusal, match="ouvrez-le dans un tableur, enregistrez-le"):
        read_sheet(excel(build))


# --- Workbooks nobody made with a spreadsheet ---


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_a_part_that_declares_entities_is_refused(part: str) -> None:
    evil = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"?>", b"?>" + evil, 1) if name == part else content

    good = excel_of(*TABLE)
    assert read_sheet(repacked(good, lambda _, content: content)).rows == READ
    with pytest.raises(Refusal, match=UNREADABLE):
        read_sheet(repacked(good, change))


def test_an_open_document_that_declares_entities_is_refused() -> None:
    rows = row(cell("Nom")) + row(cell("Lambert"))
    assert len(read_sheet(open_document({"Notes": rows})).rows) == 2
    with pytest.raises(Refusal, match=UNREADABLE):
        read_sheet(open_document({"Notes": rows}, before='<!DOCTYPE x [<!ENTITY a "aaaa">]>'))


def test_an_archive_that_packs_nothing_is_read() -> None:
    content = repacked(excel_of(*TABLE), lambda _, part: part, zipfile.ZIP_STORED)
    assert read_sheet(content).rows == READ


def test_an_archive_that_lies_about_its_sizes_stays_small() -> None:
    def change(name: str, content: bytes) -> bytes:
        heavy = b"<!--" + b" " * (reading.MAX_UNPACKED + 1) + b"-->"
        return content + heavy if name.endswith("sheet1.xml") else content

    content = bytearray(repacked(excel_of(*TABLE), change))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    truth, lie = size.to_bytes(4, "little"), (1_000).to_bytes(4, "little")
    content = content.replace(truth, lie)
    with pytest.raises(Refusal, match=UNREADABLE):
        read_sheet(bytes(content))
    with pytest.raises(ValueError, match="too big"):
        formulas.marks_of(bytes(content), 0, 10)
