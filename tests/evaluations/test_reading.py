"""From rows to results: the same verdicts as the arithmetic alone, in a constant number of queries."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from candidates.models import Enrolment
from candidates.services.enrolments import grant_derogation, withdraw
from evaluations.models import Block, Mark, Regulation
from evaluations.reading import iter_results, result_of, results_of, scheme_of
from evaluations.reference import scheme_from_fixture
from evaluations.scoring import Course, Dossier, PointsResult, Verdict, parse_mark, score
from evaluations.services.marks import write_mark
from tests.cast import Cast, enrol_some
from tests.evaluations.scoring.schemes import points_scheme

GC = ("CC_TC", "CC_OPT", "ECRIT", "ORAL", "APT")
DAM = ("CARNET", "CC", "MEMOIRE", "ORAL")


@pytest.fixture
def marks(cast: Cast, now):
    """`marks(enrolment, "15 15 6,25 6,25 16,25")` records a whole sheet; - is missing."""

    def record(enrolment: Enrolment, line: str, retake: str = "") -> None:
        regulation = enrolment.session.adoption.regulation
        blocks = list(Block.objects.filter(regulation=regulation))
        typed = zip(blocks, line.split(), strict=True)
        cells = [(block, 1, text) for block, text in typed if text != "-"]
        if retake:
            cells += [(block, 2, retake) for block in blocks if block.retake]
        for block, attempt, text in cells:
            by = cast.juror if block.recorder == Block.Recorder.JURY else cast.clerk
            write_mark(
                enrolment=enrolment, block=block, attempt=attempt, entry=text, version=0, by=by, at=now
            )

    return record


def points_of(enrolment: Enrolment) -> PointsResult:
    """Its result, read with those of the whole session."""
    result = results_of(enrolment.session)[enrolment.pk]
    assert isinstance(result, PointsResult)
    return result


@pytest.mark.parametrize("code", ["GC_2013", "DAM_2006", "DAM_BLOCS"])
def test_the_scheme_of_the_database_is_the_scheme_of_the_file(reference, code):
    assert scheme_of(Regulation.objects.get(code=code)) == scheme_from_fixture(code)


@pytest.mark.parametrize(
    ("line", "total", "verdict", "eliminatory"),
    [
        ("15 15 6,25 6,25 16,25", "100", Verdict.CERTIFIABLE, ()),
        ("14,99 15 6,25 6,25 16,25", "99.99", Verdict.NON_CERTIFIABLE, ()),
        ("20 20 6 20 20", "158", Verdict.NON_CERTIFIABLE, ("ECRIT",)),
        ("20 20 20 ABS 20", "140", Verdict.NON_CERTIFIABLE, ("ORAL",)),
        ("12 12 12 ABJ 12", None, Verdict.REPORTE, ()),
        ("12 12 5 - 12", None, Verdict.INCOMPLET, ("ECRIT",)),
        ("0 0 14 13 12", "105", Verdict.CERTIFIABLE, ()),
    ],
    ids=["G09", "G10", "G04", "G26", "G27", "G25", "G13"],
)
def test_the_vectors_come_out_of_the_database(gc_enrolments, marks, line, total, verdict, eliminatory):
    marks(gc_enrolments[0], line)
    result = points_of(gc_enrolments[0])
    assert result.total == (None if total is None else Decimal(total))
    assert (result.verdict, result.eliminatory) == (verdict, eliminatory)


def test_the_retake_replaces_an_eliminatory_first_mark(dam_enrolments, marks):
    marks(dam_enrolments[0], "70 8 15 15", retake="14")
    assert points_of(dam_enrolments[0]).total == Decimal(114)


def test_the_result_of_a_row_is_the_result_of_the_arithmetic(gc_enrolments, marks, gc_session):
    scheme, line = points_scheme("GC_2013"), ("10,5", "ABS", "6,01", "12", "19,75")
    marks(gc_enrolments[0], " ".join(line))
    typed = {code: parse_mark(text, Decimal(20)) for code, text in zip(GC, line, strict=True)}
    course = Course(True, gc_enrolments[0].premss_start, gc_session.exam_last_day, derogation=False)
    expected = score(scheme, Dossier(typed, course=course))
    assert result_of(gc_enrolments[0]).to_data() == expected.to_data()


def test_two_years_are_counted_to_the_last_exam_day_unless_derogated(gc_enrolments, marks, cast, now):
    enrolment = gc_enrolments[0]
    marks(enrolment, "12 12 12 12 12")
    Enrolment.objects.filter(pk=enrolment.pk).update(premss_start=timezone.localdate() - timedelta(days=800))
    enrolment.refresh_from_db()
    assert result_of(enrolment).verdict == Verdict.NON_CERTIFIABLE
    grant_derogation(enrolment=enrolment, motive="Congé maternité", by=cast.ucanss, at=now)
    assert result_of(enrolment).verdict == Verdict.CERTIFIABLE


@pytest.mark.parametrize("count", [1, 3])
def test_results_take_four_queries_whatever_the_number(
    cast, gc_session, gc_part, marks, count, django_assert_num_queries
):
    for enrolment in enrol_some(cast, gc_part, count):
        marks(enrolment, "12 12 12 12 12")
    with django_assert_num_queries(4):
        results = results_of(gc_session)
    assert [result.verdict for result in results.values()] == [Verdict.CERTIFIABLE] * count


def test_each_candidate_gets_their_own_marks_even_when_others_have_none(gc_enrolments, gc_session, marks):
    first, second, third = gc_enrolments
    marks(first, "20 20 20 20 20")
    marks(third, "- - 5 - -")
    assert list(dict(iter_results(gc_session))) == [first.pk, second.pk, third.pk]
    assert points_of(first).total == Decimal(200)
    assert points_of(second).missing == GC
    assert points_of(third).eliminatory == ("ECRIT",)


def test_an_erased_mark_is_missing(gc_enrolments, marks):
    marks(gc_enrolments[0], "12 12 12 12 12")
    Mark.objects.filter(block__code="ECRIT").update(outcome="VIDE", value=None)
    assert points_of(gc_enrolments[0]).missing == ("ECRIT",)


def test_those_who_withdrew_have_no_result_unless_asked_for(gc_enrolments, gc_session, cast, now):
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=now)
    assert gc_enrolments[0].pk not in results_of(gc_session)
    assert gc_enrolments[0].pk in results_of(gc_session, gc_session.enrolments.all())


def test_what_is_missing_is_named_in_french(cast, gc_part, marks):
    (enrolment,) = enrol_some(cast, gc_part, 1, pass_followed=Enrolment.Pass.UNKNOWN, premss_start=None)
    marks(enrolment, "12 12 - 12 12")
    assert [owed.label for owed in result_of(enrolment).owed] == [
        "Épreuve écrite",
        "Pass suivi ou non",
        "Premier jour de Prem’ss",
    ]


def test_nothing_is_missing_of_a_whole_file_nor_of_a_deferred_candidate(gc_enrolments, marks):
    whole, deferred, _ = gc_enrolments
    marks(whole, "12 12 12 12 12")
    marks(deferred, "12 - ABJ - -")
    assert result_of(whole).owed == result_of(deferred).owed == []
