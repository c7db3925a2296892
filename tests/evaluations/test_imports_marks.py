"""A sheet of marks that comes back: whose line it is, what changed on each side, what may go in."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.models import ListImport
from candidates.services.enrolments import withdraw
from cqp.journal.models import Entry as JournalEntry
from cqp.workflow import Refusal
from evaluations.imports.identity import _SIGNER, identity_of
from evaluations.imports.marks import EMPTIED
from evaluations.imports.running import CHANGED_SINCE, import_marks
from evaluations.models import Block, BlockSheet, DetailLine, Mark, Operation
from evaluations.services.marks import record_mark, undo_operation
from evaluations.states import SheetState
from tests.cast import enrol_some, make_line, open_session_of, part_of
from tests.evaluations.mark_files import (
    bring_in,
    counts,
    csv_of,
    fill,
    preview,
    template,
    told,
    warned,
    xlsx_of,
)

HEADINGS = ["Numéro", "Nom", "Prénom", "Épreuve écrite"]


@pytest.fixture
def people(gc_enrolments):
    return sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)


@pytest.fixture
def mark(cast, now):
    """`mark(enrolment, "ECRIT", "12,5")`: somebody types it in the application."""

    def record(enrolment, code: str, entry: str, attempt: int = 1) -> Mark:
        block = Block.objects.get(regulation=enrolment.session.adoption.regulation_id, code=code)
        stored = Mark.objects.filter(enrolment=enrolment, block=block, attempt=attempt).first()
        version = stored.version if stored else 0
        values = {"attempt": attempt, "entry": entry, "version": version, "by": cast.clerk, "at": now}
        return record_mark(enrolment=enrolment, block=block, **values)

    return record


@pytest.fixture
def look(gc_part, cast, now):
    """`look(rows)`: what a file of these rows would do."""

    def read(rows, part=gc_part, code: str = ""):
        content = rows if isinstance(rows, bytes) else csv_of(rows)
        return preview(content, part, cast.clerk, now, code)

    return read


def line_of(enrolment, *entries: str) -> list[str]:
    person = enrolment.candidate
    return [enrolment.number, person.birth_name, person.first_names, *entries]


def entry_of(enrolment, code: str) -> str:
    return Mark.objects.get(enrolment=enrolment, block__code=code).entry


# --- Whose line ---


def test_a_line_is_known_by_its_number_and_its_name(look, people):
    found = look([HEADINGS, *(line_of(enrolment, "12,5") for enrolment in people)])
    assert counts(found) == {"new": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert [change.entry.enrolment for change in found.changes] == people


@pytest.mark.parametrize(
    "headings",
    [
        ["NUMERO", "nom", "PRÉNOMS", "epreuve ECRITE"],
        ["N°", "Nom de naissance", "Prénom", "ECRIT"],
        ["Numéro d’identification", "Nom", "Prénom", "Épreuve écrite /20"],
        ["Numéro", "Nom", "Prénom", "ecrit sur 20"],
        ["Numéro", "Nom", "Prénom", "Épreuve  écrite (/20)"],
    ],
)
def test_headings_are_matched_without_case_accents_nor_scale(headings, look, people):
    assert counts(look([headings, line_of(people[0], "12,5")]))["new"] == 1


def test_the_number_and_the_name_must_say_the_same_person(look, people):
    wrong = [people[0].number, *line_of(people[1], "12")[1:]]
    found = look([HEADINGS, wrong, line_of(people[2], "13")])
    assert told(found) == {
        "Le numéro et le nom de cette ligne ne vont pas ensemble : l’un des deux est faux.": (2,)
    }
    assert counts(found) == {"new": 1, "changed": 0, "unchanged": 0, "refused": 1}
    assert people[0].candidate.full_name not in str(found.report), "nobody else is named"


def test_a_number_alone_or_a_name_alone_is_enough_when_it_means_one(look, people):
    first, second = people[:2]
    found = look(
        [
            HEADINGS,
            [first.number.lower().replace("-", " "), "", "", "12"],
            ["", second.candidate.birth_name.upper(), second.candidate.first_names, "13"],
        ]
    )
    assert [change.entry.enrolment for change in found.changes] == [first, second]


def test_who_is_nobody_is_said(look, people):
    found = look(
        [
            HEADINGS,
            ["", "Inconnu", "Jean", "12"],
            ["00000-00000-0", "", "", "12"],
            ["7K2QM-93XTA-5", "", "", "12"],
            ["", "", "", "12"],
        ]
    )
    assert told(found) == {
        "Inconnu Jean n’est pas inscrit dans votre CRFP à cette session.": (2,),
        "Ce numéro n’est celui d’aucun candidat de votre CRFP dans cette session.": (3,),
        "Le numéro d’identification est mal recopié.": (4,),
        "Cette ligne ne dit ni le numéro ni le nom d’un candidat.": (5,),
    }


def test_homonyms_are_told_apart_by_their_number(look, people, cast, gc_part, now):
    twin = people[0].candidate
    identity = make_line(cast, gc_part.session.certification).identity
    identity = replace(identity, birth_name=twin.birth_name, first_names=twin.first_names)
    (other,) = enrol_some(cast, gc_part, 1, identity=identity)
    named = ["", twin.birth_name, twin.first_names, "12"]
    found = look([HEADINGS, named])
    name = f"{twin.birth_name} {twin.first_names}"
    sentence = f"Plusieurs candidats portent le nom {name} : indiquez le numéro d’identification."
    assert told(found) == {sentence: (2,)}
    found = look([HEADINGS, [other.number, *named[1:]]])
    assert [change.entry.enrolment for change in found.changes] == [other]


def test_a_name_of_use_and_a_first_name_alone_are_names(look, cast, gc_part):
    identity = make_line(cast, gc_part.session.certification).identity
    identity = replace(
        identity, birth_name="Lefèvre", used_name="D’Aubigné-Roux", first_names="Zoé, Anne-Lise"
    )
    (enrolment,) = enrol_some(cast, gc_part, 1, identity=identity)
    names = [
        ("d'aubigne roux", "ZOE"),
        ("Lefèvre", "Zoé, Anne-Lise"),
        ("LEFEVRE", "Zoé Anne Lise"),
        ("LEFEVRE", ""),
        ("LEFEVRE Zoé", ""),
    ]
    for last_name, first_name in names:
        found = look([HEADINGS, [enrolment.number, last_name, first_name, "12"]])
        assert counts(found)["new"] == 1, (last_name, first_name)
        assert counts(look([HEADINGS, ["", last_name, first_name, "12"]]))["new"] == 1


def test_somebody_twice_in_the_file_is_left_out_both_times(look, people):
    found = look([HEADINGS, line_of(people[0], "12"), line_of(people[1], "13"), line_of(people[0], "14")])
    name = people[0].candidate.full_name
    assert told(found) == {f"{name} figure 2 fois dans le fichier : gardez une seule ligne.": (2, 4)}
    assert [change.entry.enrolment for change in found.changes] == [people[1]]
    assert counts(found)["refused"] == 2


def test_the_candidates_of_another_crfp_are_nobody_here(look, people, cast, gc_session):
    (theirs,) = enrol_some(cast, part_of(gc_session, "CRFP-LIL"), 1)
    found = look([HEADINGS, line_of(theirs, "12")])
    assert found.report.refused == 1
    assert not found.changes


# --- What the cells say ---


def test_what_is_no_mark_is_said_with_its_lines_and_the_rest_goes_in(look, people):
    headings = [*HEADINGS, "CC_TC"]
    found = look(
        [headings, line_of(people[0], "21", "12"), line_of(people[1], "21", "abs"), line_of(people[2], "-1")]
    )
    assert told(found) == {
        "Épreuve écrite : La note 21 est hors barème, on attend un nombre de 0 à 20.": (2, 3),
        "Épreuve écrite : La note -1 est négative, on attend un nombre de 0 à 20.": (4,),
    }
    assert [change.after for change in found.changes] == ["12", "ABS"]
    assert found.report.dropped.keys() == {2, 3, 4}


def test_a_mark_taken_for_a_day_says_what_happened(look, people):
    found = look([HEADINGS, line_of(people[0], "2026-05-12")])
    (sentence,) = told(found)
    assert "a pris une note pour une date (ici le 12/05/2026)" in sentence


def test_a_number_of_a_workbook_is_the_mark_it_shows(look, people):
    values: tuple[list[Any], ...] = ([12.5, 0.1], [20, 1 / 3])
    lines: list[list[Any]] = [[*line_of(e), *numbers] for e, numbers in zip(people, values, strict=False)]
    rows: list[list[Any]] = [[*HEADINGS, "CC_TC"], *lines]
    found = look(xlsx_of(rows))
    assert [change.after for change in found.changes] == ["12,5", "0,1", "20"]
    assert "plus de deux décimales" in str(told(found))


def test_an_empty_cell_says_nothing_and_erases_nothing(look, people, mark, gc_part, now):
    mark(people[0], "ECRIT", "12")
    assert counts(look([HEADINGS, line_of(people[0])])) == dict.fromkeys(
        ("new", "changed", "unchanged", "refused"), 0
    )
    rows = template(gc_part, now)
    fill(rows, people[0], "Épreuve écrite", "")
    assert warned(look(rows)) == {EMPTIED: (2,)}


def test_columns_of_nothing_known_are_named_and_left(look, people):
    found = look([[*HEADINGS, "Observations", "Motif"], [*line_of(people[0], "12"), "RAS", "?"]])
    assert found.report.ignored == ("Observations",)


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (["Numéro", "Nom", "Ville"], "Aucune colonne ne porte le nom d’une épreuve attendue"),
        (["Option", "Épreuve écrite"], "Il manque la colonne « Numéro » ou la colonne « Nom »"),
        (["Numéro", "Épreuve écrite", "ECRIT"], "Deux colonnes veulent dire « ECRIT »"),
        (["Numéro", "Nom", "Nom de famille", "ECRIT"], "Deux colonnes veulent dire « Nom de famille »"),
        (["Numéro", "Épreuve écrite /40"], "n’a pas le barème de l’épreuve : Épreuve écrite se note sur 20"),
    ],
)
def test_headings_that_do_not_make_a_sheet_of_marks(headings, sentence, look, people):
    with pytest.raises(Refusal, match=sentence):
        look([headings, ["1"] * len(headings)])


# --- The identity of the sheet ---


def test_the_template_changes_nothing_when_it_comes_back_as_it_left(look, people, mark, gc_part, now):
    mark(people[0], "ECRIT", "12,5")
    mark(people[1], "ECRIT", "ABJ")
    found = look(template(gc_part, now))
    assert counts(found) == {"new": 0, "changed": 0, "unchanged": 2, "refused": 0}
    assert (told(found), warned(found), found.report.ignored) == ({}, {}, ())


def test_a_sheet_of_another_session_is_refused(look, people, cast, now):
    later = part_of(open_session_of("GC_2013", cast.ucanss, months_ahead=2))
    enrol_some(cast, later, 1)
    with pytest.raises(Refusal, match=f"celle de la session {later.session.code}, et non de GC"):
        look(template(later, now))


def test_a_sheet_of_another_crfp_is_refused(look, people, cast, gc_session, now):
    lille = part_of(gc_session, "CRFP-LIL")
    enrol_some(cast, lille, 1)
    with pytest.raises(Refusal, match="celle d’un autre CRFP"):
        look(template(lille, now))


def test_a_sheet_of_another_block_is_refused(look, people, gc_part, now):
    with pytest.raises(Refusal, match="Aucune colonne ne porte le nom d’une épreuve attendue"):
        look(template(gc_part, now, "CC_TC"), code="ECRIT")
    rows = template(gc_part, now, "CC_TC")
    rows[0][3] = "Épreuve écrite"
    with pytest.raises(Refusal, match=r"celle d’une autre épreuve .*tronc commun.*, et non de « Épreuve"):
        look(rows, code="ECRIT")


def test_of_a_sheet_of_every_block_the_one_asked_for_is_taken(look, people, gc_part, now):
    rows = template(gc_part, now)
    fill(rows, people[0], "Épreuve écrite", "12")
    fill(rows, people[0], "Contrôle continu du tronc commun", "15")
    assert [change.after for change in look(rows, code="ECRIT").changes] == ["12"]


@pytest.mark.parametrize("change", [lambda text: text[:-1] + "x", lambda text: text.replace("GC", "XX")])
def test_an_identity_somebody_changed_is_refused(change, look, people, gc_part, now):
    rows = template(gc_part, now)
    rows[2][-1] = change(rows[2][-1])
    with pytest.raises(Refusal, match=r"L’identité de la feuille .* a été modifiée"):
        look(rows)


def test_two_sheets_mixed_are_refused(look, people, gc_part, now):
    rows = template(gc_part, now)
    rows[2][-1] = identity_of(gc_part, list(Block.objects.filter(code="ECRIT")[:1]), now)
    with pytest.raises(Refusal, match="mélange les lignes de plusieurs feuilles"):
        look(rows)


@pytest.mark.parametrize(
    ("identity", "sentence"),
    [
        ("0:GC:CRFP-LYO:ECRIT:1", "Ce modèle est d’une version ancienne"),
        ("1:{session}:CRFP-LYO:ECRIT+DISPARUE:1", r"une épreuve que le règlement n’a plus \(DISPARUE\)"),
        ("1:trop:court", "a été modifiée"),
    ],
)
def test_a_stale_sheet_is_refused(identity, sentence, look, people, gc_part, now):
    rows = template(gc_part, now)
    for line in rows[1:]:
        line[-1] = _SIGNER.sign(identity.format(session=gc_part.session.code))
    with pytest.raises(Refusal, match=sentence):
        look(rows)


# --- Three ways ---


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "outcome"),
    [
        ("", "12", "", "12"),
        ("10", "12", "10", "12"),
        ("10", "10", "14", "unchanged"),
        ("10", "10.00", "10", "unchanged"),
        ("10", "14", "14", "unchanged"),
        ("", "", "14", "silent"),
        ("10", "12", "14", "conflict"),
        ("", "12", "14", "conflict"),
        ("10", "12", "", "conflict"),
        ("ABS", "12", "ABS", "12"),
        ("ABS", "12", "ABJ", "conflict"),
    ],
)
def test_a_cell_is_merged_three_ways(base, theirs, ours, outcome, look, people, mark, gc_part, now):
    enrolment = people[0]
    if base:
        mark(enrolment, "ECRIT", base)
    rows = template(gc_part, now)
    fill(rows, enrolment, "Épreuve écrite", theirs)
    if ours != base:
        mark(enrolment, "ECRIT", ours)
    found = look(rows)
    assert [change.after for change in found.changes] == ([outcome] if outcome == "12" else [])
    assert len(found.conflicts) == (outcome == "conflict")
    assert found.report.unchanged == (outcome == "unchanged")


def test_a_conflict_is_told_with_both_values_the_author_and_the_hour(look, people, mark, gc_part, cast, now):
    rows = template(gc_part, now)
    for enrolment, entry in zip(people, ("12", "13", "14"), strict=True):
        fill(rows, enrolment, "Épreuve écrite", entry)
    mark(people[1], "ECRIT", "9")
    found = look(rows)
    (sentence,) = told(found)
    assert sentence.startswith(
        f"Conflit : {people[1].candidate.full_name}, Épreuve écrite, le fichier dit 13."
    )
    assert "MARCHAND Claire a saisi 9 le" in sentence
    bring_in(csv_of(rows), gc_part, cast.clerk, now)
    assert [entry_of(enrolment, "ECRIT") for enrolment in people] == ["12", "9", "14"]


def test_without_its_base_a_file_is_compared_with_what_stands(look, people, mark):
    mark(people[0], "ECRIT", "10")
    mark(people[1], "ECRIT", "11")
    found = look([HEADINGS, line_of(people[0], "12"), line_of(people[1], "11"), line_of(people[2], "13")])
    assert counts(found) == {"new": 1, "changed": 1, "unchanged": 1, "refused": 0}
    assert [(change.before, change.after) for change in found.changes] == [("10", "12"), ("", "13")]


def test_a_line_added_by_hand_to_a_template_has_no_base(look, people, mark, gc_part, cast, now):
    rows = template(gc_part, now)
    mark(people[0], "ECRIT", "10")
    fill(rows, people[0], "Épreuve écrite", "12")
    rows[1][-1] = ""
    found = look(rows)
    assert [(change.before, change.after) for change in found.changes] == [("10", "12")]


def test_sorted_and_cut_a_template_is_still_merged(look, people, mark, gc_part, now):
    mark(people[0], "ECRIT", "10")
    rows = template(gc_part, now)
    fill(rows, people[2], "Épreuve écrite", "15")
    fill(rows, people[0], "Épreuve écrite", "12")
    mark(people[0], "ECRIT", "14")
    found = look([rows[0], rows[3], rows[1]])
    assert [change.after for change in found.changes] == ["15"]
    assert [conflict.row for conflict in found.conflicts] == [3]


# --- The rules ---


def test_the_rules_of_the_grid_hold_in_their_own_words(look, people, mark, cast, gc_part, now):
    withdraw(enrolment=people[2], motive="Mutation", by=cast.clerk, at=now)
    blocks = {
        block.code: block for block in Block.objects.filter(regulation__adoptions__session=gc_part.session)
    }
    mark(people[0], "CC_TC", "10")
    BlockSheet.objects.create(
        part=gc_part,
        block=blocks["CC_TC"],
        state=SheetState.SUBMITTED,
        submitted_at=now,
        submitted_by=cast.clerk.user,
    )
    tests = BlockSheet.objects.create(part=gc_part, block=blocks["CC_OPT"])
    DetailLine.objects.create(sheet=tests, position=1, label="Contrôle 1")
    headings = ["Numéro", "Nom", "Prénom", "ECRIT", "ORAL", "CC_TC", "CC_OPT"]
    found = look(
        [
            headings,
            line_of(people[0], "12", "13", "14", "15"),
            line_of(people[1], "12", "", "10"),
            line_of(people[2], "12"),
        ]
    )
    said = told(found)
    assert said["Épreuve orale : Cette note est saisie par le jury local."] == (2,)
    assert said["Épreuve écrite : Ce candidat s’est désisté : ses notes ne changent plus."] == (4,)
    assert any(
        m.startswith("Contrôle continu du tronc commun : Les notes de cette épreuve sont transm")
        for m in said
    )
    assert any("la moyenne de 1 contrôle :" in message for message in said)
    assert [(change.row, change.title) for change in found.changes] == [
        (2, "Épreuve écrite"),
        (3, "Épreuve écrite"),
        (3, "Contrôle continu du tronc commun"),
    ]


def test_a_retake_is_judged_after_the_first_mark_of_the_same_file(look, dam_enrolments, dam_part):
    enrolment = dam_enrolments[0]
    headings = ["Numéro", "CC (rattrapage)", "CC"]
    found = look([headings, [enrolment.number, "15", "8"]], dam_part)
    assert [change.title.endswith("(rattrapage)") for change in found.changes] == [False, True]
    found = look([headings, [enrolment.number, "15", "30"]], dam_part)
    assert any("La première note n’est pas éliminatoire." in message for message in told(found))


def test_unusual_marks_are_asked_about_and_go_in_only_if_somebody_looked(cast, gc_part, now):
    people = enrol_some(cast, gc_part, 8)
    marks = ["12", "13", "12,5", "13,5", "12", "13", "12", "2"]
    rows = [HEADINGS, *(line_of(e, entry) for e, entry in zip(people, marks, strict=True))]
    found = preview(csv_of(rows), gc_part, cast.clerk, now)
    assert [change.after for change in found.unusual] == ["2"]
    (sentence,) = warned(found)
    assert sentence.startswith("Épreuve écrite, note inhabituelle : 2 est très loin des autres notes")
    done = bring_in(csv_of(rows), gc_part, cast.clerk, now, unusual=False)
    assert Mark.objects.count() == 7
    assert (done.report["new"], done.report["refused"]) == (7, 1)
    assert [error["lines"] for error in done.report["errors"] if error["blocking"]] == [[9]]
    bring_in(csv_of(rows), gc_part, cast.clerk, now, unusual=True)
    assert Mark.objects.get(value=2).unusual


# --- Doing it ---


def test_an_import_is_one_operation_that_one_gesture_undoes(people, mark, gc_part, cast, now):
    mark(people[0], "ECRIT", "10")
    rows = [HEADINGS, *(line_of(enrolment, entry) for enrolment, entry in zip(people, "789", strict=True))]
    done = bring_in(csv_of(rows), gc_part, cast.clerk, now)
    (operation,) = Operation.objects.all()
    assert (operation.kind, operation.label) == (Operation.Kind.IMPORT, "notes.csv")
    assert (done.state, done.done, done.report["operation"]) == ("FAIT", 3, operation.pk)
    mark(people[2], "ECRIT", "15")
    undone = undo_operation(operation=operation, by=cast.clerk, at=now)
    assert len(undone.left) == 1
    assert [entry_of(enrolment, "ECRIT") for enrolment in people] == ["10", "", "15"]


def test_the_same_file_twice_changes_nothing_the_second_time(people, gc_part, cast, now):
    content = csv_of([HEADINGS, *(line_of(enrolment, "12,5") for enrolment in people)])
    bring_in(content, gc_part, cast.clerk, now)
    marks = list(Mark.objects.order_by("pk").values())
    again = bring_in(content, gc_part, cast.clerk, now)
    assert list(Mark.objects.order_by("pk").values()) == marks
    assert (again.report["new"], again.report["unchanged"], again.report["operation"]) == (0, 3, None)
    assert Operation.objects.count() == 1
    assert JournalEntry.objects.filter(act="note.saisir").count() == 3


def test_what_moved_since_the_preview_is_shown_again(look, people, mark, gc_part, cast, now):
    content = csv_of([HEADINGS, line_of(people[0], "12")])
    seen = look(content).fingerprint
    done = bring_in(b"Num\xc3\xa9ro;ECRIT\n" + f"{people[1].number};9".encode(), gc_part, cast.clerk, now)
    assert done.report["new"] == 1
    file = ListImport.objects.create(
        part=gc_part,
        kind=ListImport.Kind.MARKS,
        file_name="n.csv",
        sha256="",
        rows=[[1, HEADINGS], [2, line_of(people[0], "12")]],
        by=cast.clerk.user,
        at=now,
    )
    mark(people[0], "ECRIT", "9")
    with pytest.raises(Refusal, match=CHANGED_SINCE):
        import_marks(file=file, unusual=True, seen=seen, by=cast.clerk, at=now)
    assert entry_of(people[0], "ECRIT") == "9"


def test_a_preview_costs_the_same_for_one_and_three_lines(look, people):
    look([HEADINGS, line_of(people[0], "12")])  # the regulation of the session is read once for all
    numbers = []
    for some in (people[:1], people):
        content = csv_of([HEADINGS, *(line_of(enrolment, "12") for enrolment in some)])
        with CaptureQueriesContext(connection) as queries:
            look(content)
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
