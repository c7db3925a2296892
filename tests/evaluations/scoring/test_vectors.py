"""The sixty agreed vectors of the regulations in points: D for the DAM, G for the gestionnaire conseil."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evaluations.scoring import Course, Dossier, PointsResult, parse_mark, plain_number, score
from tests.evaluations.scoring.schemes import points_scheme

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)


def result_of(vector: dict[str, Any]) -> PointsResult:
    scheme = points_scheme(vector["regulation"])
    texts = vector["marks"].split(";")
    marks = {b.code: parse_mark(text, b.mark_max) for b, text in zip(scheme.blocks, texts, strict=True)}
    retakes = {b.code: parse_mark(vector.get("retake", ""), b.mark_max) for b in scheme.blocks if b.retake}
    first_day, last_day = (date.fromisoformat(day) for day in vector.get("course", ["0001-01-01"] * 2))
    return score(
        scheme,
        Dossier(
            marks,
            retakes,
            Course(vector.get("pass_followed"), first_day, last_day, vector.get("derogation", False)),
        ),
    )


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v['id']} {v['about']}" for v in VECTORS])
def test_the_vector_is_scored_exactly(vector: dict[str, Any]) -> None:
    result = result_of(vector)
    data = result.to_data()
    assert (result.verdict, data["total"], data["mean"]) == (
        vector["verdict"],
        vector["total"],
        vector["mean"],
    )
    weighted = ["" if line.weighted is None else plain_number(line.weighted) for line in result.lines]
    assert ";".join(weighted) == vector["weighted"]
    for key in ("eliminatory", "missing", "invalid", "deferred"):
        assert data[key] == vector.get(key, []), key
    assert [note.key for note in result.notes] == vector.get("notes", [])


@pytest.mark.parametrize("vector", VECTORS, ids=[v["id"] for v in VECTORS])
def test_the_vector_gives_its_reasons(vector: dict[str, Any]) -> None:
    """A failure has exactly the expected reasons, a success none; otherwise what stops it comes first."""
    result = result_of(vector)
    keys = [reason.key for reason in result.reasons]
    if result.verdict in ("CERTIFIABLE", "NON_CERTIFIABLE"):
        assert keys == vector.get("reasons", [])
    else:
        stops = {"INVALIDE": ["INVALID"], "REPORTE": ["DEFERRED"], "INCOMPLET": ["MISSING", "PASS_UNKNOWN"]}
        assert result.reasons[0].code in stops[result.verdict]


def test_there_are_sixty_vectors() -> None:
    assert len({vector["id"] for vector in VECTORS}) == 60
