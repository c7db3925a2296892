"""One trace, three wordings: their figures are those of the trace; the organisme's never has any."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluations.reference import regulation_data
from evaluations.scoring import Course, Dossier, Scheme, Verdict, parse_mark, score
from evaluations.scoring.bloc_verdict import judge_all
from evaluations.scoring.blocs import BlocScheme, Conclusion, Heard, Words
from evaluations.scoring.explained import PROPOSED, Decided, for_candidate, for_jury, for_organisme
from tests.evaluations.scoring.schemes import points_scheme

GC, DAM = points_scheme("GC_2013"), points_scheme("DAM_2006")
BLOCS = BlocScheme.from_data(regulation_data("DAM_BLOCS"))
_NUMBER = re.compile(r"\d+(?:,\d+)?")


def plain(sentences: tuple[str, ...]) -> str:
    return " ".join(sentences).replace("\u00a0", " ")


def numbers_in(text: str) -> set[Decimal]:
    """The figures of a text, without the rules it cites, the names of blocks nor the days."""
    bare = re.sub(r"\[[^]]*\]|\d\d/\d\d/\d{4}", "", text)
    return {Decimal(found.replace(",", ".")) for found in _NUMBER.findall(bare)}


def numbers_of(data: Any) -> set[Decimal]:
    """Every figure of the trace, in its values and in its sentences."""
    text = json.dumps(data, ensure_ascii=False)
    dots = {Decimal(found) for found in re.findall(r"\d+(?:\.\d+)?", text)}
    return dots | {Decimal(found.replace(",", ".")) for found in _NUMBER.findall(text)} | {Decimal(0)}


def marks(scheme: Scheme) -> st.SearchStrategy[Dossier]:
    """Any file of a regulation: marks, absences, silences, retakes, points of the jury, the course."""

    def mark(scale: Decimal) -> st.SearchStrategy[str]:
        number = st.decimals(0, scale, places=2).map(lambda found: str(found).replace(".", ","))
        bounds = st.sampled_from(["6", "6,01", "9", "12", "ABS", "ABJ", "", "x<b>"])
        return st.one_of(number, bounds)

    parsed = {
        block.code: mark(block.mark_max).map(lambda text, scale=block.mark_max: parse_mark(text, scale))  # type: ignore[misc]
        for block in scheme.blocks
    }
    retakes = {
        code: found
        for code, found in parsed.items()
        if any(b.retake for b in scheme.blocks if b.code == code)
    }
    points = st.decimals(0, 2, places=1)
    course = st.builds(
        Course,
        st.sampled_from([True, False, None]),
        first_day=st.just(date(2024, 1, 5)),
        last_day=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    )
    return st.builds(
        Dossier,
        st.fixed_dictionaries(parsed),
        st.fixed_dictionaries({}, optional=retakes),
        course,
        st.fixed_dictionaries({}, optional=dict.fromkeys(parsed, points)),
    )


@pytest.mark.parametrize("scheme", [GC, DAM], ids=["GC", "DAM"])
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_the_figures_are_those_of_the_trace(scheme: Scheme, data: st.DataObject) -> None:
    result = score(scheme, data.draw(marks(scheme)))
    decided = data.draw(st.sampled_from(Decided))
    trace = json.loads(json.dumps(result.to_data()))
    known = numbers_of(trace)
    if result.total is not None:
        known.add(abs(result.total - scheme.pass_total))
    for said in (for_candidate(trace, decided), for_jury(trace, decided)):
        assert numbers_in(plain(said)) <= known, said
        assert all(sentence and sentence[-1] == "." for sentence in said)
        assert "  " not in plain(said)


@pytest.mark.parametrize("scheme", [GC, DAM], ids=["GC", "DAM"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_figure_that_matters_is_told(scheme: Scheme, data: st.DataObject) -> None:
    result = score(scheme, data.draw(marks(scheme)))
    trace = result.to_data()
    for said in (for_candidate(trace, Decided.NOT_CERTIFIED), for_jury(trace, None)):
        text = plain(said)
        if result.total is not None:
            assert result.total in numbers_in(text)
        for line in result.lines:
            if line.eliminatory:
                assert any(line.block.label in one and "éliminatoire" in one for one in said), said
            if line.retake_used:
                assert f"{line.block.label} : " in text
                assert "rattrapage" in text
            if line.added:
                assert line.counted in numbers_in(text)


@given(decided=st.sampled_from(Decided))
def test_the_organisme_reads_one_word_and_no_figure(decided: Decided) -> None:
    said = for_organisme(decided)
    assert len(said) == 1
    assert not numbers_in(plain(said))


def words() -> st.SearchStrategy[Words]:
    voice = st.sampled_from([True, True, False, None])
    return st.builds(Words, voice, voice, voice)


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_blocs_are_counted_and_each_is_told(data: st.DataObject) -> None:
    heard = {
        bloc.code: data.draw(
            st.builds(
                Heard,
                st.fixed_dictionaries({one.code: words() for one in bloc.competences}),
                st.sampled_from([None, *Conclusion]),
                kept=st.sampled_from([None, None, date(2025, 6, 30)]),
            )
        )
        for bloc in BLOCS.blocs
    }
    result = judge_all(BLOCS, heard, Course(True))
    trace = json.loads(json.dumps(result.to_data()))
    decided = data.draw(st.sampled_from(Decided))
    told = plain(for_candidate(trace, decided))
    assert f"acquis {len(result.acquired)} bloc" in told
    assert f"il en faut {BLOCS.blocs_needed}" in told
    for line in result.lines:
        assert f"{line.bloc.code} {line.bloc.label} : " in told
    jury = plain(for_jury(trace, decided))
    for reason in result.reasons:
        assert (
            reason.code.value == "BLOCS_TOO_FEW" or reason.sentence.replace("\u00a0", " ").rstrip(".") in jury
        )
    departs = result.verdict in PROPOSED and PROPOSED[result.verdict.value] != decided
    assert ("A23" in jury) == departs


def dossier(scheme: Scheme, **given_marks: str) -> Dossier:
    texts = {block.code: given_marks.get(block.code, "12") for block in scheme.blocks}
    scale = {block.code: block.mark_max for block in scheme.blocks}
    return Dossier({code: parse_mark(text, scale[code]) for code, text in texts.items()}, {}, Course(True))


def test_the_words_a_candidate_reads() -> None:
    trace = score(GC, dossier(GC, ECRIT="3")).to_data()
    said = [sentence.replace("\u00a0", " ") for sentence in for_candidate(trace, Decided.NOT_CERTIFIED)]
    written = next(block.label for block in GC.blocks if block.code == "ECRIT")
    assert said == [
        "Vous avez obtenu 93 points sur 200 ; il en faut 100, il manque 7 points.",
        f"{written} : votre note, 3 sur 20, est inférieure ou égale à 6 : elle est éliminatoire.",
        "Le jury national ne vous a pas délivré la certification à cette session.",
    ]


def test_a_decision_that_departs_is_said_to_the_candidate_and_cites_its_rule_to_the_jury() -> None:
    trace = score(GC, dossier(GC, ECRIT="3")).to_data()
    assert trace["verdict"] == Verdict.NON_CERTIFIABLE
    assert "le jury national en a décidé autrement" in plain(for_candidate(trace, Decided.CERTIFIED))
    jury = plain(for_jury(trace, Decided.CERTIFIED))
    assert "3/20, éliminatoire (≤ 6/20, écart −3) [R26]" in jury
    assert "Décision : certifié, contre la proposition, par décision motivée [A23]." in jury
    assert "Décision" not in plain(for_jury(trace, None))
    assert "[A23]" not in plain(for_jury(trace, Decided.NOT_CERTIFIED))
