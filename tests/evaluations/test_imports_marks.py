"""A sheet of marks that comes back: whose line it is, what changed on each side, what may go in."""

import pytest

from candidates.imports.files import keep_sheet, read_file
from candidates.models import ListImport
from evaluations.imports.marks import preview_of_marks
from evaluations.imports.running import import_marks
from evaluations.imports.template import blocks_to_type, template_of_marks
from evaluations.models import Mark, Operation
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def read(content, part, cast, now, only=None):
    sheet = read_file(content)
    return preview_of_marks(sheet.rows, sheet.notices, part, by=cast.clerk, now=now, only=only)


def test_the_template_changes_nothing_when_it_comes_back_as_it_left(gc_part, gc_enrolments, cast: Cast, now):
    content = template_of_marks(gc_part, blocks_to_type(gc_part), now)
    preview = read(content, gc_part, cast, now)
    assert preview.report.as_json() == {"new": 0, "changed": 0, "unchanged": 0, "refused": 0, "errors": []}


def test_end_to_end(gc_part, gc_enrolments, cast, now):
    e = gc_enrolments[0]
    content = f"Numéro;Nom;Épreuve écrite /20\n{e.number};{e.candidate.birth_name};12,5\n".encode()
    preview = read(content, gc_part, cast, now)
    assert preview.report.new == 1
    file = keep_sheet(
        read_file(content), content, "x.csv", part=gc_part, kind=ListImport.Kind.MARKS, by=cast.clerk, now=now
    )
    done = import_marks(file=file, unusual=True, seen=preview.fingerprint, by=cast.clerk, at=now)
    assert Mark.objects.get().entry == "12,5"
    assert done.state == "FAIT"
    assert Operation.objects.get().label == "x.csv"
