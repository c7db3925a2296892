"""Files as people send them: what can be read, and all that is wrong, with the file's line numbers."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidates.forms.choices import Choices
from candidates.imports.candidates import Preview, preview_of
from candidates.imports.columns import template_of
from candidates.models import Enrolment, SessionPart
from cqp.sheets.reading import read_sheet
from cqp.workflow import Refusal
from tests.candidates.pages import HEADINGS, csv_of, listed, ods_of, xlsx_of
from tests.cast import Cast, enrol_some

THREE = [listed(number) for number in range(3)]


def read(content: bytes, part: SessionPart) -> Preview:
    return preview_of(read_sheet(content).rows, part)


def told(preview: Preview) -> dict[str, tuple[int, ...]]:
    return {problem.message: problem.rows for problem in preview.problems}


# --- Reading ---


@pytest.mark.parametrize(
    "content",
    [
        csv_of(THREE),
        csv_of(THREE, encoding="utf-8"),
        csv_of(THREE, encoding="cp1252"),
        csv_of(THREE, delimiter=","),
        csv_of(THREE, delimiter="\t"),
        xlsx_of(THREE),
        ods_of(THREE),
        csv_of(THREE, headings={f: h.upper().replace("É", "E") for f, h in reversed(HEADINGS.items())}),
        csv_of(THREE, headings=HEADINGS | {"email": "E-mail", "birth_date": "Né(e) le"}),
        b"\r\n\r\n" + csv_of(THREE, encoding="utf-8"),
    ],
    ids=["bom", "utf-8", "cp1252", "comma", "tab", "xlsx", "ods", "order", "other-headings", "blank-lines"],
)
def test_every_form_of_the_same_list_is_read_the_same(content: bytes, gc_part: SessionPart) -> None:
    preview = read(content, gc_part)
    assert told(preview) == {}
    names = [line.identity.first_names for _, line in preview.lines]
    assert names == ["Noé 0", "Noé 1", "Noé 2"]
    line = preview.lines[0][1]
    assert (line.option and line.option.code, line.organisme.code) == ("MALADIE", "CPAM-LYO")
    assert (line.contract, line.pass_followed) == (Enrolment.Contract.CDI, Enrolment.Pass.YES)
    assert line.identity.birth_date == date(1991, 4, 1)


def test_a_real_date_of_a_workbook_is_a_date(gc_part: SessionPart) -> None:
    preview = read(xlsx_of([{**listed(1), "birth_date": date(1991, 4, 2)}]), gc_part)
    assert [line.identity.birth_date for _, line in preview.lines] == [date(1991, 4, 2)]


# --- Meaning ---


def test_all_errors_come_at_once_with_their_lines(gc_part: SessionPart) -> None:
    lines = [
        listed(1),
        listed(2, option="Technicien des nuages"),
        listed(3, option="Technicien des nuages", birth_date="31/02/1991"),
        listed(4, organisme="CPAM de l’Atlantide"),
        listed(5, email="noe"),
        listed(6, tutor_email=""),
        listed(7, contract="Stage"),
        listed(8, pass_followed="peut-être"),
    ]
    preview = read(csv_of(lines), gc_part)
    assert [number for number, _ in preview.lines] == [2]
    assert preview.refused == [3, 4, 5, 6, 7, 8, 9]
    assert preview.total == 8
    assert told(preview) == {
        "Option : « Technicien des nuages » n’est pas une valeur connue.": (3, 4),
        "Date de naissance : Cette date n’existe pas : écrivez-la jj/mm/aaaa.": (4,),
        "Organisme : « CPAM de l’Atlantide » n’est pas une valeur connue.": (5,),
        "Adresse électronique : Cette adresse est incomplète : écrivez-la nom@domaine.fr.": (6,),
        "Adresse électronique du tuteur : Ce champ est obligatoire.": (7,),
        "Type de contrat : « Stage » n’est pas une valeur connue.": (8,),
        "Pass suivi : « peut-être » n’est pas une valeur connue.": (9,),
    }


def test_nobody_goes_in_twice(cast: Cast, gc_part: SessionPart) -> None:
    known = enrol_some(cast, gc_part, 1)[0].candidate
    already = {
        "birth_name": known.birth_name.upper(),
        "first_names": known.first_names,
        "birth_date": f"{known.birth_date:%d/%m/%Y}",
        "birth_place": known.birth_place,
    }
    lines = [
        listed(1),
        listed(2, **already),
        listed(1, email="autre@exemple.fr"),
        listed(4, email=known.email),
    ]
    preview = read(csv_of(lines), gc_part)
    assert [number for number, _ in preview.lines] == [2]
    messages = told(preview)
    already_in = f"{known.full_name} est déjà inscrit à cette session ; ce que la ligne change "
    (said,) = (message for message in messages if message.startswith(already_in))
    assert "Adresse électronique" in said
    assert messages[said] == (3,)
    assert messages["LAMBERT Noé 1 figure déjà à la ligne 2 du fichier."] == (4,)
    assert messages[f"L’adresse {known.email} est déjà celle d’un autre candidat."] == (5,)


def test_two_candidates_of_the_file_do_not_share_an_address(gc_part: SessionPart) -> None:
    preview = read(csv_of([listed(1), listed(2, email="NOE1@exemple.fr")]), gc_part)
    assert told(preview) == {"L’adresse noe1@exemple.fr est déjà celle d’un autre candidat.": (3,)}


def test_homonyms_are_named_and_may_go_in(gc_part: SessionPart) -> None:
    lines = [listed(1, first_names="Noé"), listed(2, first_names="NOE")]
    preview = read(csv_of(lines), gc_part)
    assert len(preview.lines) == 2
    assert [(w.message, w.rows) for w in preview.warnings] == [
        (
            "Homonymes : LAMBERT NOE (né(e) le 02/04/1991 à Grenoble, né(e) le 03/04/1991 à Grenoble).",
            (2, 3),
        )
    ]


def test_a_line_of_another_session_is_refused(gc_part: SessionPart) -> None:
    headings = HEADINGS | {"session": "Session"}
    code = gc_part.session.code
    lines = [listed(1, session=code.lower()), listed(2, session="DAM-2013-06")]
    preview = read(csv_of(lines, headings=headings), gc_part)
    assert [number for number, _ in preview.lines] == [2]
    assert told(preview) == {f"Cette ligne est pour la session « DAM-2013-06 », pas pour {code}.": (3,)}


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        ({f: h for f, h in HEADINGS.items() if f != "email"}, "Colonne absente : « Adresse électronique »."),
        (
            {f: h for f, h in HEADINGS.items() if f not in ("option", "organisme")},
            "Colonnes absentes : « Option », « Organisme ».",
        ),
        (HEADINGS | {"used_name": "NOM DE NAISSANCE"}, "Deux colonnes veulent dire « Nom de naissance »"),
        (
            {"birth_place": "Ville", "email": "Code postal"},
            "La première ligne ne porte pas les titres attendus",
        ),
    ],
)
def test_headings_that_do_not_make_a_list(
    headings: dict[str, str], sentence: str, gc_part: SessionPart
) -> None:
    with pytest.raises(Refusal, match=sentence.replace("(", r"\(")):
        read(csv_of(THREE, headings=headings), gc_part)


def test_foreign_columns_are_named_and_left(gc_part: SessionPart) -> None:
    preview = read(csv_of(THREE, headings=HEADINGS | {"x": "Matricule"}), gc_part)
    assert preview.ignored == ("Matricule",)
    assert len(preview.lines) == 3


def test_headings_alone_are_no_list(gc_part: SessionPart) -> None:
    with pytest.raises(Refusal, match="ne contient que ses titres"):
        read(csv_of([]), gc_part)


def test_a_session_without_options_needs_no_option_column(dam_part: SessionPart) -> None:
    headings = {field: heading for field, heading in HEADINGS.items() if field != "option"}
    preview = read(csv_of(THREE, headings=headings), dam_part)
    assert [line.option for _, line in preview.lines] == [None, None, None]


def test_the_template_passes_its_own_import_once_filled(gc_part: SessionPart) -> None:
    template = template_of(gc_part.session, Choices.of(gc_part.session))
    headings = template.splitlines()[0].split(";")
    cells = {heading: listed(1).get(field, "") for field, heading in HEADINGS.items()}
    filled = template + ";".join(cells.get(heading, "") for heading in headings) + "\r\n"
    preview = read(filled.encode("utf-8-sig"), gc_part)
    assert told(preview) == {}
    assert len(preview.lines) == 1
    with pytest.raises(Refusal, match="aucun candidat"):
        read(template.encode(), gc_part)


def test_a_preview_costs_the_same_for_one_and_three_lines(
    gc_part: SessionPart,
) -> None:
    counts = []
    for lines in (THREE[:1], THREE):
        rows = read_sheet(csv_of(lines)).rows
        with CaptureQueriesContext(connection) as queries:
            preview_of(rows, gc_part)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_option_is_never_dropped_silently(dam_part: SessionPart) -> None:
    with pytest.raises(Refusal, match="Cette session n’a pas d’option"):
        read(csv_of(THREE), dam_part)
    empty = read(csv_of([line | {"option": ""} for line in THREE]), dam_part)
    assert (len(empty.lines), empty.problems) == (3, ())


def test_a_course_does_not_begin_after_the_exams(gc_part: SessionPart) -> None:
    late = gc_part.session.exam_last_day + timedelta(days=1)
    preview = read(csv_of([listed(1, premss_start=f"{late:%d/%m/%Y}")]), gc_part)
    assert "ne peut pas suivre le dernier jour des épreuves" in preview.problems[0].message
