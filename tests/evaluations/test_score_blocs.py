"""`manage.py score DAM_BLOCS`: signatures and jury's words, one line a competence."""

import csv
import io
import itertools
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.reference import regulation_data
from evaluations.scoring import BlocScheme, Heard, Words, judge_all
from evaluations.scoring.bloc_sheet import BlocSheet

pytestmark = pytest.mark.django_db

HEADER = ["numero", "competence", "tuteur", "manager", "jury"]
ANSWERS = "numero;blocs_acquis;resultat;motifs"
SCHEME = BlocScheme.from_data(regulation_data("DAM_BLOCS"))
COMPETENCES = [(bloc.code, one) for bloc in SCHEME.blocs for one in bloc.competences]


def lines_of(number: str, **changes: str | None) -> list[str]:
    """Everything said for one candidate, but these competences: another ending, or no line at all."""
    found = []
    for _, one in COMPETENCES:
        said = changes.get(one.code, f"oui;oui;{'acquis' if one.is_key else ''}")
        if said is not None:
            found.append(f"{number};{one.code};{said}")
    return found


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """The answers to these lines, and what the command said beside and how it ended."""

    def _ask(lines: list[str], header: str = ";".join(HEADER)) -> tuple[list[str], str, int]:
        path, out, err, status = tmp_path / "carnets.csv", io.StringIO(), io.StringIO(), 0
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        try:
            call_command("score", "DAM_BLOCS", str(path), stdout=out, stderr=err)
        except SystemExit as stop:
            status = int(str(stop.code))
        return out.getvalue().splitlines(), err.getvalue(), status

    return _ask


@pytest.mark.parametrize(
    ("changes", "acquired", "verdict", "says"),
    [
        ({}, "B1 B2 B3", "CERTIFIABLE", ""),
        ({"B1C1": "oui;oui;acquis"}, "B1 B2 B3", "CERTIFIABLE", ""),
        ({"B1C1": None}, "B2 B3", "INCOMPLET", "B1C1"),
        ({"B1C1": ";;"}, "B2 B3", "INCOMPLET", "attestation du tuteur manquante"),
        ({"B1C1": "oui;;"}, "B2 B3", "INCOMPLET", "signature du manager manquante"),
        ({"B1C2": "oui;oui;"}, "B2 B3", "INCOMPLET", "le jury ne s’est pas encore prononcé"),
        ({"B1C2": "oui;oui;non acquis"}, "B2 B3", "NON_CERTIFIABLE", "selon le jury"),
        ({"B1C1": "oui;oui;non acquis"}, "B2 B3", "NON_CERTIFIABLE", "selon le jury"),
        ({"B2C5": "non;oui;"}, "B1 B3", "NON_CERTIFIABLE", "tuteur"),
        ({"B2C5": "oui;NON;"}, "B1 B3", "NON_CERTIFIABLE", "manager"),
        ({"B2C5": " Oui ; oui ;  "}, "B1 B2 B3", "CERTIFIABLE", ""),
        ({"B1C2": "oui;oui;Non  Acquis"}, "B2 B3", "NON_CERTIFIABLE", "selon le jury"),
        ({"B2C5": "oui;peut-être;"}, "B1 B3", "INVALIDE", "oui ou non"),
        ({"B2C5": "oui;oui;reçu"}, "B1 B3", "INVALIDE", "acquis ou non acquis"),
        ({"B2C5": "oui;oui;;surplus"}, "B1 B3", "INVALIDE", "plus de valeurs que de colonnes"),
    ],
)
def test_a_candidate_is_answered(ask: Any, changes: Any, acquired: str, verdict: str, says: str) -> None:
    out, err, status = ask(lines_of("7", **changes))
    assert (status, err, out[0]) == (0, "", ANSWERS)
    (row,) = csv.reader(out[1:], delimiter=";")
    assert row[:3] == ["7", acquired, verdict]
    assert says in row[3]


def test_lines_come_in_any_order_and_candidates_keep_theirs(ask: Any) -> None:
    mixed = [
        line for pair in itertools.zip_longest(lines_of("b"), lines_of("a", B3C4="non;oui;")) for line in pair
    ]
    out, _, _ = ask(["", *reversed(mixed), ";;;;"])
    assert [line.split(";")[:3] for line in out[1:]] == [
        ["a", "B1 B2", "NON_CERTIFIABLE"],
        ["b", "B1 B2 B3", "CERTIFIABLE"],
    ]


def test_two_lines_for_one_competence_an_unknown_one_and_no_number_are_said(ask: Any) -> None:
    out, _, _ = ask(
        [*lines_of("1"), "1;B1C1;oui;oui;", *lines_of("2"), "2;B9C9;oui;oui;", *[";B1C1;oui;oui;"] * 2]
    )
    rows = list(csv.reader(out[1:], delimiter=";"))
    assert [row[:3] for row in rows] == [
        ["1", "B2 B3", "INVALIDE"],
        ["2", "B1 B2 B3", "INVALIDE"],
        ["", "", "INVALIDE"],
        ["", "", "INVALIDE"],
    ]
    assert "deux lignes" in rows[0][3]
    assert "B9C9" in rows[1][3]
    assert "numéro du candidat manque" in rows[2][3]
    assert "deux lignes" not in rows[3][3]


def test_a_candidate_of_whom_nothing_is_said_is_incomplete(ask: Any) -> None:
    out, _, _ = ask(["6;;;;", "7;;oui;;"])
    rows = list(csv.reader(out[1:], delimiter=";"))
    assert [row[:3] for row in rows] == [["6", "", "INCOMPLET"], ["7", "", "INVALIDE"]]
    assert "La compétence manque" in rows[1][3] or "la compétence manque" in rows[1][3]


def test_columns_in_any_order_a_foreign_one_is_named(ask: Any) -> None:
    out, err, _ = ask(["oui;B1C1;1;acquis;x;oui"], "tuteur;competence;numero;jury;note;manager")
    assert out[1].startswith("1;;INCOMPLET;")
    assert err == "Colonnes ignorées\u00a0: note.\n"


def test_a_table_without_its_columns_is_refused(ask: Any) -> None:
    _, err, status = ask(["1;12"], "numero;CC")
    assert status == 2
    assert err.startswith("Colonne manquante\u00a0: competence, tuteur, manager, jury (")


SAID = {True: "oui", False: "non", None: ""}
JUDGED = {True: "acquis", False: "non acquis", None: ""}


@settings(deadline=None)
@given(words=st.lists(st.tuples(*[st.sampled_from([True, True, False, None])] * 3), min_size=15, max_size=15))
def test_the_file_is_answered_as_the_candidate_is_judged(words: Any) -> None:
    rows = [
        ["1", one.code, SAID[tutor], SAID[manager], JUDGED[jury]]
        for (_, one), (tutor, manager, jury) in zip(COMPETENCES, words, strict=True)
    ]
    said = {one.code: Words(*word) for (_, one), word in zip(COMPETENCES, words, strict=True)}
    heard = {
        bloc.code: Heard({one.code: said[one.code] for one in bloc.competences}) for bloc in SCHEME.blocs
    }
    result = judge_all(SCHEME, heard)
    _, answer = BlocSheet(SCHEME, [HEADER, *rows]).answers()
    assert list(answer[:3]) == ["1", " ".join(result.acquired), result.verdict.value]
