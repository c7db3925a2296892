"""`manage.py import_file`: the same imports without a screen, and a report a script can read."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from candidates.models import Candidate, Enrolment, ListImport
from candidates.services.sessions import close_part
from cqp.accounts.models import User
from cqp.journal.models import Entry
from evaluations.models import Mark, Operation
from tests.candidates.pages import close_enrolments, listed, xlsx_of
from tests.candidates.pages import csv_of as list_of
from tests.cast import email_of, enrol_some
from tests.evaluations.mark_files import csv_of, fill, template

THREE = [listed(number) for number in range(3)]
HEADINGS = ["Numéro", "Nom", "Prénom", "ECRIT", "CC_TC"]
REPORT = {"new", "changed", "unchanged", "refused", "errors"}


@pytest.fixture
def run(tmp_path: Path, gc_part):
    """`run("marks", content, "--apply")`: the exit code, the JSON and what was said beside it."""

    def command(kind: str, content: bytes | Path, *options: str, **changes: str) -> tuple[int, Any, str]:
        path = content if isinstance(content, Path) else tmp_path / "fichier.csv"
        if isinstance(content, bytes):
            path.write_bytes(content)
        place = {"session": gc_part.session.code, "crfp": gc_part.crfp.code} | changes
        out, err, code = StringIO(), StringIO(), 0
        where = ("--session", place["session"], "--crfp", place["crfp"])
        try:
            call_command("import_file", kind, *where, str(path), *options, stdout=out, stderr=err)
        except SystemExit as end:
            code = int(end.code or 0)
        report = json.loads(out.getvalue())
        assert set(report) == REPORT
        assert all(set(error) == {"message", "lines", "blocking"} for error in report["errors"])
        return code, report, err.getvalue()

    return command


def counts(report: Any) -> tuple[int, int, int, int]:
    return report["new"], report["changed"], report["unchanged"], report["refused"]


def everything() -> list[Any]:
    """All that an import might write."""
    tables = (Candidate, Enrolment, ListImport, User, Mark, Operation, Entry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def line_of(enrolment: Enrolment, *entries: str) -> list[str]:
    person = enrolment.candidate
    return [enrolment.number, person.birth_name, person.first_names, *entries]


def test_without_apply_nothing_is_written(run, gc_enrolments):
    before = everything()
    assert counts(run("candidates", list_of(THREE))[1]) == (3, 0, 0, 0)
    marks = csv_of([HEADINGS, line_of(gc_enrolments[0], "12", "13")])
    assert counts(run("marks", marks)[1]) == (2, 0, 0, 0)
    assert everything() == before


def test_candidates_go_in_and_the_same_file_again_changes_nothing(run, gc_part):
    code, report, _ = run("candidates", list_of(THREE), "--apply")
    assert (code, counts(report), report["errors"]) == (0, (3, 0, 0, 0), [])
    assert gc_part.enrolments.count() == 3
    before = everything()
    code, report, _ = run("candidates", list_of(THREE), "--apply")
    assert (code, counts(report)) == (0, (0, 0, 3, 0))
    assert everything() == before


def test_refused_lines_are_told_and_the_others_go_in(run, gc_part):
    lines = [*THREE, listed(7, option="Aucune"), listed(8, option="Aucune")]
    for options in ([], ["--apply"]):
        code, report, _ = run("candidates", list_of(lines), *options)
        assert (code, counts(report)) == (1, (3, 0, 0, 2))
        message = "Option : « Aucune » n’est pas une valeur connue."
        assert report["errors"] == [{"message": message, "lines": [5, 6], "blocking": True}]
    assert gc_part.enrolments.count() == 3


def test_who_is_enrolled_otherwise_is_refused_with_what_differs(run, gc_part):
    run("candidates", list_of(THREE), "--apply")
    changed = [THREE[0] | {"organisme": "CAF-LYO"}, THREE[1] | {"pass_followed": ""}, THREE[2]]
    code, report, _ = run("candidates", list_of(changed), "--apply")
    assert (code, counts(report)) == (1, (0, 0, 2, 1))
    assert report["errors"][0]["message"].endswith("se corrige sur sa fiche : Organisme.")
    assert report["errors"][0]["lines"] == [2]


def test_marks_go_in_as_one_operation_and_the_same_file_again_changes_nothing(run, gc_enrolments):
    content = csv_of([HEADINGS, *(line_of(enrolment, "12,5", "ABS") for enrolment in gc_enrolments)])
    code, report, _ = run("marks", content, "--apply")
    assert (code, counts(report), report["errors"]) == (0, (6, 0, 0, 0), [])
    assert Operation.objects.get().label == "fichier.csv"
    before = everything()
    code, report, _ = run("marks", content, "--apply")
    assert (code, counts(report)) == (0, (0, 0, 6, 0))
    assert everything() == before


def test_one_block_only(run, gc_enrolments):
    content = csv_of([HEADINGS, line_of(gc_enrolments[0], "12", "13")])
    code, report, _ = run("marks", content, "--block", "ecrit", "--apply")
    assert (code, counts(report)) == (0, (1, 0, 0, 0))
    assert [mark.block.code for mark in Mark.objects.all()] == ["ECRIT"]
    assert report["errors"] == [{"message": "Colonnes non reprises : CC_TC.", "lines": [], "blocking": False}]


def test_changed_marks_unusual_ones_and_conflicts(run, cast, gc_part, now):
    people = enrol_some(cast, gc_part, 8)
    marks = ["12", "13", "12,5", "13,5", "12", "13", "12", "2"]
    rows = [HEADINGS, *(line_of(e, entry) for e, entry in zip(people, marks, strict=True))]
    code, report, _ = run("marks", csv_of(rows), "--apply")
    assert (code, counts(report)) == (0, (8, 0, 0, 0))
    assert [(error["lines"], error["blocking"]) for error in report["errors"]] == [([9], False)]
    sheet = template(gc_part, now)
    fill(sheet, people[0], "Épreuve écrite", "14")
    fill(sheet, people[1], "Épreuve écrite", "14")
    run("marks", csv_of([HEADINGS, line_of(people[1], "11")]), "--apply")
    code, report, _ = run("marks", csv_of(sheet), "--apply")
    assert (code, counts(report)) == (1, (0, 1, 6, 1))
    (conflict,) = (error for error in report["errors"] if error["blocking"])
    assert conflict["message"].startswith("Conflit : ")
    assert Mark.objects.get(enrolment=people[1]).entry == "11"


def test_it_is_signed_by_a_technical_account_or_by_whom_is_named(run, gc_enrolments, cast):
    run("marks", csv_of([HEADINGS, line_of(gc_enrolments[0], "12")]), "--apply")
    author = Mark.objects.get().recorded_by
    assert (author.email, author.full_name) == ("reprise.crfp-lyo@technique.invalid", "REPRISE de données")
    assert not author.has_usable_password()
    run("marks", csv_of([HEADINGS, line_of(gc_enrolments[1], "12")]), "--apply", "--by", email_of("clerk"))
    assert Mark.objects.get(enrolment=gc_enrolments[1]).recorded_by == cast.clerk.user
    users = User.objects.count()
    run("candidates", list_of([listed(1)]), "--apply", "--by", email_of("clerk"))
    assert not User.objects.filter(email__startswith="reprise.crfp-lyo").exclude(pk=author.pk).exists()
    assert User.objects.count() == users + 1


@pytest.mark.parametrize(
    ("kind", "content", "options", "changes", "sentence"),
    [
        ("marks", b"", [], {}, "Le fichier est vide."),
        ("candidates", b"%PDF-1.7", [], {}, "Ce fichier n’est pas un tableau lisible"),
        ("candidates", b"Ville;Pays\nLyon;France\n", [], {}, "La première ligne ne porte pas les titres"),
        ("marks", b"Ville;Pays\nLyon;France\n", [], {}, "Aucune colonne ne porte le nom d’une épreuve"),
        ("marks", Path("/nulle/part.csv"), [], {}, "Le fichier « part.csv » ne peut pas être lu."),
        ("marks", Path("/"), [], {}, "ne peut pas être lu."),
        ("marks", b"x", [], {"session": "GC-1900"}, "La session « GC-1900 » n’existe pas."),
        ("marks", b"x", [], {"crfp": "CRFP-MARS"}, "Le CRFP « CRFP-MARS »"),
        ("marks", b"x", ["--block", "MAGIE"], {}, "Cette épreuve n’est pas au règlement de la session."),
        ("candidates", b"x", ["--block", "ECRIT"], {}, "ne se choisit que pour des notes"),
        ("marks", b"x", ["--by", "vasseur@exemple.fr"], {}, "n’est pas le compte d’une personne de ce CRFP"),
        ("marks", b"x", ["--by", email_of("outsider")], {}, "n’est pas le compte d’une personne de ce CRFP"),
    ],
)
@pytest.mark.parametrize("apply", [[], ["--apply"]], ids=["dry", "apply"])
def test_what_cannot_be_read_is_said_and_nothing_is_written(
    apply, kind, content, options, changes, sentence, run, cast
):
    before = everything()
    code, report, said = run(kind, content, *options, *apply, **changes)
    assert (code, counts(report)) == (2, (0, 0, 0, 0))
    (error,) = report["errors"]
    assert sentence in error["message"]
    assert (error["lines"], error["blocking"]) == ([], True)
    assert said.strip() == error["message"]
    assert everything() == before


def test_a_closed_part_takes_nothing(run, gc_enrolments, gc_part, cast, now):
    marks = csv_of([HEADINGS, line_of(gc_enrolments[0], "12", "13")])
    close_part(part=gc_part, by=cast.clerk, at=now)
    before = everything()
    code, report, _ = run("marks", marks, "--apply")
    assert (code, counts(report)) == (1, (0, 0, 0, 2))
    assert all("transmis" in error["message"] for error in report["errors"])
    code, report, _ = run("candidates", list_of(THREE), "--apply")
    assert (code, counts(report)) == (1, (0, 0, 0, 3))
    assert report["errors"][0]["lines"] == [2, 3, 4]
    assert everything() == before


def test_after_the_deadline_a_list_is_refused_line_by_line(run, gc_part):
    close_enrolments(gc_part.session)
    code, report, _ = run("candidates", list_of([*THREE, listed(7, option="Aucune")]), "--apply")
    assert (code, counts(report)) == (1, (0, 0, 0, 4))
    assert "Les inscriptions sont closes" in report["errors"][0]["message"]
    assert sorted(line for error in report["errors"] for line in error["lines"]) == [2, 3, 4, 5]
    assert not Enrolment.objects.exists()


def test_a_workbook_and_codes_in_any_case(run, gc_part, tmp_path):
    path = tmp_path / "liste.xlsx"
    path.write_bytes(xlsx_of(THREE))
    code, report, _ = run("candidates", path, session=gc_part.session.code.lower(), crfp="crfp-lyo")
    assert (code, counts(report)) == (0, (3, 0, 0, 0))


def test_arguments_that_mean_nothing_are_refused(gc_part):
    with pytest.raises(CommandError):
        call_command("import_file", "jurors", "x", session="x", crfp="y")


def test_a_list_longer_than_a_chunk_goes_in_whole(run, gc_part):
    lines = [
        listed(number, birth_date=f"{1 + number % 28:02}/{1 + number % 12:02}/1990") for number in range(230)
    ]
    code, report, _ = run("candidates", list_of(lines), "--apply")
    assert (code, counts(report)) == (0, (230, 0, 0, 0))
    assert gc_part.enrolments.count() == 230
