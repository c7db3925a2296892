"""Files made by LibreOffice and Windows, and our own templates saved by LibreOffice: all read the same."""

import zipfile
from html import escape
from pathlib import Path

import pytest

from candidates.forms.choices import Choices
from candidates.imports.candidates import preview_of
from candidates.imports.files import read_file
from candidates.imports.template import workbook_of
from candidates.models import Enrolment
from candidates.services.enrolments import enrol_many
from evaluations.imports.template import blocks_to_type, template_of_marks
from tests.candidates.pages import HEADINGS, listed
from tests.cqp.workbooks import repacked
from tests.evaluations.mark_files import bring_in, counts, preview
from tests.journey import enter_marks
from tests.samples.make import CANDIDATES, PLACE, convert

FORMS = ("xlsx", "ods", "xls", "windows-1252.csv", "utf-16.csv")


def sample(name: str, form: str) -> bytes:
    joined = f"{name}-{form}" if form.endswith("csv") else f"{name}.{form}"
    return (PLACE / joined).read_bytes()


@pytest.mark.parametrize("form", FORMS)
def test_candidates_and_their_marks_are_read_from_every_form(form, cast, gc_part, now):
    sheet = read_file(sample("candidates", form))
    found = preview_of(sheet.rows, gc_part, sheet.notices)
    assert (found.problems, found.warnings) == ((), ())
    expected = [row[2] for row in CANDIDATES[1:] if form != "windows-1252.csv" or row[0] != "Nguyễn"]
    assert [line.identity.first_names for _, line in found.lines] == expected
    assert found.lines[0][1].identity.birth_date == CANDIDATES[1][3]
    enrol_many(part=gc_part, lines=[line for _, line in found.lines], by=cast.clerk, at=now)
    content = sample("marks", form)
    marks = preview(content, gc_part, cast.clerk, now)
    assert marks.report.problems == ()
    assert [warning for warning in marks.report.warnings if "inhabituelle" not in warning.message] == []
    assert counts(marks)["new"] == 4 * len(expected) - (len(expected) == 6)
    bring_in(content, gc_part, cast.clerk, now)
    first = Enrolment.objects.get(candidate__birth_name="Béranger")
    assert {mark.block.code: mark.entry for mark in first.marks.all()} == {
        "ECRIT": "12,5",
        "CC_TC": "14",
        "CC_OPT": "13,25",
        "APT": "ABJ",
    }
    again = preview(content, gc_part, cast.clerk, now)
    assert (again.report.accepted, again.report.refused) == (0, 0)


def typed_in(workbook: bytes, line: dict[str, str]) -> bytes:
    """The template of candidates with one line filled, as Excel would save it."""
    cells = "".join(
        f'<c r="{chr(ord("A") + place)}2" t="inlineStr"><is><t>{escape(line.get(field, ""))}</t></is></c>'
        for place, field in enumerate(HEADINGS)
        if line.get(field)
    )

    def change(name: str, part: bytes) -> bytes:
        row = f'<row r="2">{cells}</row></sheetData>'.encode()
        return part.replace(b"</sheetData>", row) if name == "xl/worksheets/sheet1.xml" else part

    return repacked(workbook, change)


def test_our_templates_pass_their_own_import_once_libreoffice_has_saved_them(
    tmp_path: Path, cast, gc_part, gc_enrolments, now
):
    enter_marks(cast, gc_enrolments)
    marks = template_of_marks(gc_part, blocks_to_type(gc_part), now)
    candidates = typed_in(workbook_of(gc_part.session, Choices.of(gc_part.session)), listed(1))
    sources = [tmp_path / "notes.xlsx", tmp_path / "candidats.xlsx"]
    for path, content in zip(sources, (marks, candidates), strict=True):
        path.write_bytes(content)
    saved = [(marks, candidates)]
    for form in ("ods", "xlsx", "csv"):
        place = tmp_path / form
        convert(sources, form, place, tmp_path / "profile")
        saved.append(((place / f"notes.{form}").read_bytes(), (place / f"candidats.{form}").read_bytes()))
    for marks, candidates in saved:
        found = preview(marks, gc_part, cast.clerk, now)
        assert counts(found) == {"new": 0, "changed": 0, "unchanged": 12, "refused": 0}
        assert (found.report.problems, found.report.warnings, found.report.ignored) == ((), (), ())
        sheet = read_file(candidates)
        people = preview_of(sheet.rows, gc_part, sheet.notices)
        assert (people.problems, people.warnings, people.ignored) == ((), (), ())
        assert [line.identity.first_names for _, line in people.lines] == ["Noé 1"]
    with zipfile.ZipFile(tmp_path / "ods" / "notes.ods") as archive:
        assert archive.read("content.xml").count(b"<table:content-validation ") == 4, "LibreOffice knows them"
    with zipfile.ZipFile(tmp_path / "ods" / "candidats.ods") as archive:
        assert archive.read("content.xml").count(b"cell-content-is-in-list") == 4
