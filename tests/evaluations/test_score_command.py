"""`manage.py score`, as a person with a spreadsheet meets it."""

import io
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from candidates.models import Certification
from evaluations.models import Regulation
from evaluations.scoring.sheet import Sheet
from evaluations.states import RegulationState
from tests.evaluations.scoring.schemes import points_scheme

pytestmark = pytest.mark.django_db

GC_HEADER = "numero;CC_TC;CC_OPT;ECRIT;ORAL;APT;pass_suivi;premier_jour;dernier_jour;derogation\n"
DAM_HEADER = "numero;CARNET;CC;CC_RATTRAPAGE;MEMOIRE;ORAL\n"
ANSWER_HEADER = "numero;total_200;moyenne_20;eliminatoires;resultat;motifs"


@dataclass
class Answer:
    status: int
    out: list[str]
    err: str

    @property
    def short(self) -> list[str]:
        """The answers without their sentences."""
        return [";".join(line.split(";")[:5]) for line in self.out[1:]]


@pytest.fixture
def ask(tmp_path: Path) -> Any:
    """Ask for the answers to a file of this text or these bytes."""

    def _ask(regulation: str, content: str | bytes, *options: str) -> Answer:
        path = tmp_path / "notes.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run(regulation, str(path), *options)

    return _ask


def run(*arguments: str) -> Answer:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("score", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        status = int(str(stop.code))
    return Answer(status, out.getvalue().splitlines(), err.getvalue())


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1;12;12;12;12;12;oui;;;", "1;120;12;;CERTIFIABLE"),
        ("2;9,99;10;10;10;10;oui;;;", "2;99,99;9,999;;NON_CERTIFIABLE"),
        ("3; 12.5 ;12;6;6,00;12;OUI;;;", "3;84,5;8,45;ECRIT ORAL;NON_CERTIFIABLE"),
        ("4;12;12;12;abs;12;oui;;;", "4;84;8,4;ORAL;NON_CERTIFIABLE"),
        ("5;12;12;12;Abj;12;oui;;;", "5;;;;REPORTE"),
        ("6;12;12;5;;12;oui;;;", "6;;;ECRIT;INCOMPLET"),
        ("7;15;15;15;15;15;;;;", "7;150;15;;INCOMPLET"),
        ("8;15;15;15;15;15;non;;;", "8;150;15;;NON_CERTIFIABLE"),
        ("9;15;15;15;15;15;peut-être;;;", "9;150;15;;INVALIDE"),
        ("10;1e1;12;12;12;12;oui;;;", "10;;;;INVALIDE"),
        ("11;NaN;12;12;12;12;oui;;;", "11;;;;INVALIDE"),
        ("12;12,345;12;12;12;12;oui;;;", "12;;;;INVALIDE"),
        ("13;20,01;12;12;12;12;oui;;;", "13;;;;INVALIDE"),
        ("14;12;12;12;12;12;oui;2013-03-04;2015-03-04;", "14;120;12;;CERTIFIABLE"),
        ("15;12;12;12;12;12;oui;04/03/2013;05/03/2015;", "15;120;12;;NON_CERTIFIABLE"),
        ("16;12;12;12;12;12;oui;2013-03-04;05/03/2015;Oui", "16;120;12;;CERTIFIABLE"),
        ("17;12;12;12;12;12;oui;2013-02-30;2015-03-04;", "17;120;12;;INVALIDE"),
        ("18;12;12;12;12;12;oui;2015-03-04;2013-03-04;", "18;120;12;;INVALIDE"),
        ("19;12;12;12;12;12;oui;;;bof", "19;120;12;;INVALIDE"),
        ("20;12;12;12;12;12;oui;2013-03-04;;", "20;120;12;;CERTIFIABLE"),
        ("21;12;12", "21;;;;INCOMPLET"),
        ("22;12;12;12;12;12;oui;;;;surplus", "22;120;12;;INVALIDE"),
        ("23;12;12;12;12;12;oui;;;;;;", "23;120;12;;CERTIFIABLE"),
        (";12;12;12;12;12;oui;;;", ";120;12;;INVALIDE"),
        (" =1+1 ;12;12;12;12;12;oui;;;", "=1+1;120;12;;CERTIFIABLE"),
        ('"25";"12,5";12;12;12;12;oui;;;', "25;120,5;12,05;;CERTIFIABLE"),
    ],
)
def test_a_row_is_answered(ask: Any, row: str, expected: str) -> None:
    answer = ask("GC_2013", GC_HEADER + row + "\n")
    assert (answer.status, answer.err, answer.out[0]) == (0, "", ANSWER_HEADER)
    assert answer.short == [expected]


@pytest.mark.parametrize(
    ("row", "expected", "says"),
    [
        ("a;70;8;14;15;15", "a;114;11,4;;CERTIFIABLE", "remplace"),
        ("b;70;12;30;9;9", "b;100;10;;CERTIFIABLE", "ne compte pas"),
        ("c;69.99;12;;9;9", "c;99,99;9,999;;NON_CERTIFIABLE", "0,01 point"),
        ("d;100;5;;3;2", "d;110;11;CC MEMOIRE ORAL;NON_CERTIFIABLE", "strictement inférieure"),
        ("e;70;12;x;9;9", "e;;;;INVALIDE", "rattrapage"),
    ],
)
def test_the_retake_column_is_read_for_the_dam(ask: Any, row: str, expected: str, says: str) -> None:
    answer = ask("DAM_2006", DAM_HEADER + row)
    assert answer.short == [expected]
    assert says in answer.out[1]


def test_columns_come_in_any_order_with_bom_crlf_and_blank_lines(ask: Any) -> None:
    content = "\ufeffORAL;numero;CARNET;MEMOIRE;CC\r\n9;k;70;9;12\r\n\r\n;;;;\r\n"
    answer = ask("DAM_2006", content)
    assert (answer.status, answer.short) == (0, ["k;100;10;;CERTIFIABLE"])


def test_optional_columns_may_be_absent(ask: Any) -> None:
    answer = ask("GC_2013", "numero;CC_TC;CC_OPT;ECRIT;ORAL;APT\nz;12;12;12;12;12\n")
    assert answer.short == ["z;120;12;;INCOMPLET"]


def test_a_column_nobody_reads_is_named(ask: Any) -> None:
    answer = ask("DAM_2006", "numero;CARNET;CC;MEMOIRE;ORAL;CC_RATRAPAGE\nz;70;8;15;15;14\n")
    assert (answer.status, answer.short) == (0, ["z;108;10,8;CC;NON_CERTIFIABLE"])
    assert answer.err == "Colonnes ignorées\u00a0: CC_RATRAPAGE.\n"


@pytest.mark.parametrize(
    ("regulation", "content", "says"),
    [
        ("NOPE", GC_HEADER, "Règlement inconnu"),
        ("../GC_2013", GC_HEADER, "Règlement inconnu"),
        ("DAM_BLOCS", GC_HEADER, "Colonne manquante : competence, tuteur, manager, jury"),
        ("GC_2013", "", "vide"),
        ("GC_2013", "\n\n;;\n", "vide"),
        ("GC_2013", "numero;CC_TC\n1;12\n", "Colonne manquante\u00a0: CC_OPT, ECRIT, ORAL, APT"),
        ("GC_2013", GC_HEADER.replace(";", ","), "Colonne manquante"),
        ("GC_2013", "1;12;12;12;12;12\n", "Colonne manquante\u00a0: numero"),
        ("GC_2013", "ORAL;" + GC_HEADER, "Colonne répétée\u00a0: ORAL"),
        ("GC_2013", GC_HEADER.encode() + "é;12".encode("latin-1"), "UTF-8"),
        ("GC_2013", GC_HEADER.encode("utf-16"), "UTF-8"),
        ("GC_2013", GC_HEADER + "1;1\0;12", "texte"),
        ("GC_2013", GC_HEADER + '1;"12;12\n2;12', "guillemet"),
    ],
)
def test_what_cannot_be_answered_is_one_french_line(
    ask: Any, regulation: str, content: str | bytes, says: str
) -> None:
    answer = ask(regulation, content)
    assert answer.status == 2
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_a_missing_file_and_a_directory_are_one_french_line(tmp_path: Path) -> None:
    for path, says in ((tmp_path / "rien.csv", "n’existe pas"), (tmp_path, "ne peut pas être lu")):
        answer = run("GC_2013", str(path))
        assert (answer.status, answer.err.count("\n")) == (2, 1)
        assert says in answer.err


def test_an_output_file_appears_whole_or_not_at_all(ask: Any, tmp_path: Path) -> None:
    target = tmp_path / "resultats.csv"
    assert ask("DAM_2006", DAM_HEADER + "é;70;12;;9;9\n", "-o", str(target)).out == []
    before = target.read_text(encoding="utf-8")
    assert before == f"{ANSWER_HEADER}\né;100;10;;CERTIFIABLE;\n"
    bad = (DAM_HEADER + "k;70;12;;9;9\n").encode() + b"\xff"
    assert ask("DAM_2006", bad, "-o", str(target)).status == 2
    assert target.read_text(encoding="utf-8") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.csv", "resultats.csv"]


def test_an_output_that_cannot_be_written_is_one_french_line(ask: Any, tmp_path: Path) -> None:
    answer = ask("DAM_2006", DAM_HEADER, "-o", str(tmp_path / "nulle" / "part.csv"))
    assert answer.status == 2
    assert "ne peut pas être écrit" in answer.err


def publish(version: int, pass_total: int, publish: bool = True) -> None:
    """Store a version of the DAM regulation that asks another total."""
    scheme = points_scheme("DAM_2006")
    certification, _ = Certification.objects.get_or_create(code="DAM", defaults={"title": "DAM"})
    regulation = Regulation.objects.create(
        code="DAM_2006",
        version=version,
        certification=certification,
        title=scheme.title,
        valid_from=date(2006, 1, 1),
        source="essai",
        pass_total=pass_total,
    )
    for position, block in enumerate(scheme.blocks):
        threshold = block.threshold
        regulation.blocks.create(
            position=position,
            code=block.code,
            label=block.label,
            mark_max=block.mark_max,
            threshold=threshold.value if threshold else None,
            threshold_operator=threshold.operator.value if threshold else "",
            retake=block.retake,
        )
    if publish:
        regulation.state, regulation.published_at = (
            RegulationState.PUBLISHED,
            datetime(2026, 1, 1, tzinfo=UTC),
        )
        regulation.save()


def test_the_latest_published_version_of_the_database_is_preferred_to_the_shipped_one(ask: Any) -> None:
    row = DAM_HEADER + "k;100;12;;9;9\n"
    publish(101, 131)
    assert ask("DAM_2006", row).short == ["k;130;13;;NON_CERTIFIABLE"]
    publish(102, 130)
    publish(103, 200, publish=False)
    assert ask("DAM_2006", row).short == ["k;130;13;;CERTIFIABLE"]


@pytest.mark.parametrize("file", [["-"], []])
def test_a_real_process_reads_standard_input_without_any_database(file: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "score", "DAM_2006", *file],
        input=(DAM_HEADER + "é;70;12;;9;9\n").encode(),
        capture_output=True,
        check=True,
        env={"CQP_VAR": str(tmp_path), "LC_ALL": "C", "PATH": ""},
    )
    assert done.stdout.decode() == f"{ANSWER_HEADER}\né;100;10;;CERTIFIABLE;\n"
    assert done.stderr == b""
    assert not list(tmp_path.glob("*.sqlite3"))


def many_rows(count: int) -> Iterator[list[str]]:
    yield ["numero", "CC_TC", "CC_OPT", "ECRIT", "ORAL", "APT", "pass_suivi"]
    for row in range(count):
        hostile = f"x{row}" if row % 7 else "6"
        yield [str(row), f"{row % 20},{row % 100:02d}", f"{row}", "12", hostile, "12", "oui"]


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in Sheet(points_scheme("GC_2013"), many_rows(count)).answers():
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak(30_000) < peak(20_000) * 1.2
