"""Who sees what and when: the vectors P01–P15 of the dossier, and that what is unwritten is unseen."""

import pytest

from cqp.roles import Role
from evaluations.visibility import AUDIENCE_OF, TABLE, Audience, Datum, Phase, may_see

BEFORE = (Phase.COURSE, Phase.SESSION, Phase.NATIONAL_JURY)
SHUT = (*BEFORE, Phase.PROCLAIMED)
ANY = tuple(Phase)
AFTER = (Phase.PUBLISHED,)

VECTORS = [
    ("P01", Audience.CANDIDATE, Datum.MARKS, SHUT, {}, False),
    ("P02", Audience.CANDIDATE, Datum.MARKS, AFTER, {}, True),
    ("P03", Audience.CANDIDATE, Datum.JURY_COMMENTS, AFTER, {}, True),
    ("P04", Audience.CANDIDATE, Datum.MARKS, ANY, {"own": False}, False),
    ("P05", Audience.ORGANISME, Datum.OPTION_CC, (Phase.COURSE,), {}, True),
    ("P06", Audience.ORGANISME, Datum.COMMON_CC, ANY, {}, False),
    ("P07", Audience.ORGANISME, Datum.EXAMS, ANY, {}, False),
    ("P08", Audience.ORGANISME, Datum.JURY_COMMENTS, ANY, {}, False),
    ("P09", Audience.ORGANISME, Datum.OUTCOME, SHUT, {}, False),
    ("P10", Audience.ORGANISME, Datum.OUTCOME, AFTER, {}, True),
    ("P11", Audience.ORGANISME, Datum.OUTCOME, AFTER, {"own": False}, False),
    ("P12", Audience.LOCAL_JURY, Datum.ORAL_SHEET, (Phase.SESSION,), {}, True),
    ("P13", Audience.LOCAL_JURY, Datum.ORAL_SHEET, ANY, {"recused": True}, False),
    ("P14", Audience.NATIONAL_JURY, Datum.ARGUED_OPINION, (Phase.NATIONAL_JURY,), {}, True),
    ("P15", Audience.MANAGER, Datum.CARNET, (Phase.COURSE,), {}, True),
]


@pytest.mark.parametrize(
    ("audience", "datum", "phases", "scope", "visible"),
    [vector[1:] for vector in VECTORS],
    ids=[vector[0] for vector in VECTORS],
)
def test_the_vectors_of_the_dossier_hold(audience, datum, phases, scope, visible):
    assert {may_see(audience, datum, phase, **scope) for phase in phases} == {visible}


def test_nobody_sees_outside_their_scope_nor_after_a_recusal():
    everything = [(a, d, p) for a in Audience for d in Datum for p in Phase]
    assert not any(may_see(*seen, own=False) or may_see(*seen, recused=True) for seen in everything)


def test_nobody_but_the_national_jury_sees_the_outcome_before_the_proclamation():
    seers = {a for a in Audience for phase in BEFORE if may_see(a, Datum.OUTCOME, phase)}
    assert seers == {Audience.NATIONAL_JURY}


def test_what_is_proclaimed_reaches_nobody_else_before_its_results_are_open():
    seers = {a for a in Audience if may_see(a, Datum.OUTCOME, Phase.PROCLAIMED)}
    assert seers == {Audience.NATIONAL_JURY, Audience.UCANSS}
    assert not any(may_see(Audience.CANDIDATE, datum, Phase.PROCLAIMED) for datum in Datum)


def test_tutor_and_manager_see_the_mark_they_give_and_the_carnet_they_sign_nothing_else():
    assert set(TABLE[Audience.TUTOR]) == {Datum.TUTORED, Datum.FOLLOW_UP}
    assert set(TABLE[Audience.MANAGER]) == {Datum.CARNET, Datum.FOLLOW_UP}


def test_the_carnet_belongs_to_its_signatories_then_to_the_national_jury_then_to_the_candidate():
    seen = {a: {p for p in Phase if may_see(a, Datum.FOLLOW_UP, p)} for a in Audience}
    always: set[Phase] = set(Phase)
    never: set[Phase] = set()
    assert seen == {
        Audience.TUTOR: always,
        Audience.MANAGER: always,
        Audience.CRFP: always,
        Audience.UCANSS: always,
        Audience.NATIONAL_JURY: {Phase.NATIONAL_JURY, Phase.PROCLAIMED, Phase.PUBLISHED},
        Audience.CANDIDATE: {Phase.PUBLISHED},
        Audience.ORGANISME: never,
        Audience.LOCAL_JURY: never,
    }


def test_every_role_is_an_audience():
    assert set(AUDIENCE_OF) == set(Role)
    assert set(TABLE) == set(Audience)
