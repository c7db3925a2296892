"""A decision rectified: proposed by one, approved by another, decided; it supersedes and never edits."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.reading import results_of
from juries.certificate_status import status_of, with_status
from juries.certificates import certificate_content
from juries.minutes import content_of, sha256, verify_proclamation
from juries.models import Certificate, ProclaimedFile, Proclamation, Rectification
from juries.rectification import Corrections, standing_of
from juries.rules import Refusals
from juries.services.rectifications import approve, decide, dismiss, propose
from juries.services.sittings import give_points, step_aside
from juries.states import Outcome, RectificationState
from tests.cast import Cast, open_session_of, part_of
from tests.juries.national_scenes import CLEAR, FAILED, play, proclaim_all, sit
from tests.juries.rectification_scenes import (
    MOTIVE,
    REPAIRED,
    SPOILT,
    approved,
    decided,
    proclaimed_three,
    proposed,
    rectified,
)
from tests.sittings import with_points

pytestmark = pytest.mark.django_db

Three = tuple[Enrolment, Enrolment, Enrolment]


@pytest.fixture
def three(cast: Cast, gc_part: SessionPart) -> Three:
    return proclaimed_three(cast, gc_part)


def file_of(enrolment: Enrolment) -> ProclaimedFile:
    return ProclaimedFile.objects.select_related("proclamation").get(enrolment=enrolment)


def refused(act: Any, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        act()


def test_a_corrected_mark_is_worked_out_again_and_certifies(cast: Cast, three: Three) -> None:
    before = file_of(three[1])

    done = rectified(cast, three[1])

    standing = standing_of(file_of(three[1]))
    assert [step.outcome for step in standing.steps] == [Outcome.NOT_CERTIFIED, Outcome.CERTIFIED]
    content = json.loads(done.content)
    was = content_of(before)
    assert standing.current.content == content
    assert content["result"]["verdict"] == "CERTIFIABLE"
    # 12 in every block is 12/20: the written mark alone moved, by 7 points times its coefficient.
    weights = {one["code"]: one for one in content["result"]["blocks"]}
    assert weights["ECRIT"]["mark"] == "13"
    assert content["decision"]["motive"] == MOTIVE
    assert content["rectifies"]["digest"] == before.digest
    assert content["rectifies"]["corrections"]["marks"] == {"ECRIT": {"1": {"before": "6", "after": "13"}}}
    untouched = ("enrolment", "number", "option", "organisme", "crfp", "opinion", "pass", "holder")
    assert {name: content[name] for name in untouched} == {name: was[name] for name in untouched}
    assert sha256(done.content) == done.digest


def test_what_was_proclaimed_stays_as_it_was(cast: Cast, three: Three) -> None:
    before = ProclaimedFile.objects.filter(enrolment=three[1]).values().get()
    rectified(cast, three[1])
    assert ProclaimedFile.objects.filter(enrolment=three[1]).values().get() == before
    assert three[1].decision.outcome == Outcome.NOT_CERTIFIED


def test_whoever_becomes_certified_gets_a_certificate_that_replaces_none(cast: Cast, three: Three) -> None:
    done = rectified(cast, three[1])
    certificate = Certificate.objects.get(rectification=done)
    assert certificate.number == f"{three[1].session.code}-00002-R1"
    content = certificate_content(certificate)
    assert content["replaces"] is None
    assert content["digest"] == done.digest[:16]


def test_an_identity_corrected_replaces_the_certificate(cast: Cast, three: Three) -> None:
    first = Certificate.objects.get()
    identity = Corrections(identity={"birth_name": "L’Hôte", "birth_date": "1990-02-03"})

    done = rectified(cast, three[0], corrections=identity)

    second = Certificate.objects.get(rectification=done)
    content = certificate_content(second)
    assert content["holder"]["birth_name"] == "L’Hôte"
    assert content["holder"]["birth_date"] == "3 février 1990"
    assert content["verify_url"].endswith(f"/v/{content['code']}")
    assert content["replaces"] == {
        "number": first.number,
        "date": certificate_content(first)["decision_date"],
    }
    assert list(Certificate.objects.in_force()) == [second]
    statuses = {one.number: status_of(one) for one in with_status(Certificate.objects.all())}
    assert statuses[first.number].by == second.number
    assert statuses[second.number].is_valid


def test_whoever_is_no_longer_certified_has_the_certificate_withdrawn(cast: Cast, three: Three) -> None:
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    (certificate,) = with_status(Certificate.objects.all())
    assert status_of(certificate).is_withdrawn
    assert not Certificate.objects.in_force().exists()


def test_a_certificate_replaced_by_one_then_withdrawn_is_withdrawn(cast: Cast, three: Three) -> None:
    rectified(cast, three[0], corrections=Corrections(identity={"birth_place": "Vienne"}))
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert all(status_of(one).is_withdrawn for one in with_status(Certificate.objects.all()))
    rectified(cast, three[0], corrections=REPAIRED)
    statuses = {one.number: status_of(one) for one in with_status(Certificate.objects.all())}
    assert sum(one.is_valid for one in statuses.values()) == 1
    steps = standing_of(file_of(three[0])).steps
    assert [step.rank for step in steps] == [0, 1, 2, 3]
    assert [json.loads(one.content)["rectifies"]["digest"] for one in Rectification.objects.all()] == [
        step.digest for step in steps[:-1]
    ]


def test_a_mark_that_becomes_a_justified_absence_can_only_defer(cast: Cast, three: Three) -> None:
    absent = Corrections(marks={("ECRIT", 1): "ABJ"})
    refused(lambda: proposed(cast, three[1], corrections=absent), "ne peut qu’être reporté")
    assert rectified(cast, three[1], corrections=absent, outcome=Outcome.DEFERRED).outcome == "REPORTE"


def test_a_mark_taken_away_leaves_a_file_nobody_can_judge(cast: Cast, three: Three) -> None:
    refused(lambda: proposed(cast, three[1], corrections=Corrections(marks={("ECRIT", 1): ""})), "incomplet")


def test_a_mark_that_cannot_be_read_is_told_beside_its_field(cast: Cast, three: Three) -> None:
    wrong = Corrections(marks={("ECRIT", 1): "21", ("ORAL", 1): "dix"}, identity={"first_names": ""})
    with pytest.raises(Refusals) as found:
        proposed(cast, three[1], corrections=wrong)
    assert set(found.value.sentences) == {"mark-ECRIT-1", "mark-ORAL-1", "first_names"}


def test_nothing_changed_is_nothing_to_propose(cast: Cast, three: Three) -> None:
    same = Corrections(marks={("ECRIT", 1): "6,00"}, identity={"birth_place": "Lyon"})
    refused(
        lambda: proposed(cast, three[1], corrections=same, outcome=Outcome.NOT_CERTIFIED), "Rien ne change"
    )


def test_a_motive_is_needed_even_to_follow_the_calculation(cast: Cast, three: Three) -> None:
    refused(lambda: proposed(cast, three[1], motive="erreur"), "15 caractères")


def test_a_crfp_proposes_for_its_own_candidates_only(cast: Cast, three: Three) -> None:
    refused(
        lambda: propose(
            enrolment=three[1],
            corrections=REPAIRED,
            outcome=Outcome.CERTIFIED,
            motive=MOTIVE,
            by=cast.outsider,
            at=timezone.now(),
        ),
        "pas celle de votre CRFP",
    )


def test_a_session_not_proclaimed_has_nothing_to_rectify(cast: Cast, gc_enrolments: list[Enrolment]) -> None:
    refused(lambda: proposed(cast, gc_enrolments[0]), "n’est pas proclamée")


def test_proposing_the_same_again_is_one_proposal(cast: Cast, three: Three) -> None:
    first = proposed(cast, three[1])
    assert proposed(cast, three[1]) == first
    refused(lambda: proposed(cast, three[1], motive="Une tout autre explication"), "déjà en cours")
    assert Entry.objects.filter(act=Act.PROPOSE_RECTIFICATION).count() == 1


def test_nobody_approves_a_proposal_of_theirs(cast: Cast, three: Three) -> None:
    own = propose(
        enrolment=three[1],
        corrections=REPAIRED,
        outcome=Outcome.CERTIFIED,
        motive=MOTIVE,
        by=cast.ucanss,
        at=timezone.now(),
    )
    refused(lambda: approve(rectification=own, by=cast.ucanss, at=timezone.now()), "une autre personne doit")
    with pytest.raises(IntegrityError), transaction.atomic():
        Rectification.objects.filter(pk=own.pk).update(
            state=RectificationState.APPROVED, approved_by=cast.ucanss.user, approved_at=timezone.now()
        )


@pytest.mark.parametrize(("who", "did"), [("clerk", "proposé"), ("ucanss", "approuvé")])
def test_who_proposed_or_approved_does_not_decide(cast: Cast, three: Three, who: str, did: str) -> None:
    pending = approved(cast, three[1])
    by = replace(cast.cpnefp_president, user=getattr(cast, who).user)
    today = timezone.localdate()
    refused(
        lambda: decide(rectification=pending, held_on=today, place="Paris", by=by, at=timezone.now()),
        f"Vous avez {did}",
    )


def test_a_party_to_the_file_does_not_decide(cast: Cast, three: Three) -> None:
    pending = approved(cast, three[1])
    by = replace(cast.cpnefp_president, user=cast.tutor.user)
    today = timezone.localdate()
    refused(
        lambda: decide(rectification=pending, held_on=today, place="Paris", by=by, at=timezone.now()),
        "juge et partie",
    )


def test_it_is_decided_neither_tomorrow_nor_before_the_proclamation(cast: Cast, three: Three) -> None:
    pending = approved(cast, three[1])
    for days, field in ((1, "held_on"), (-1, "held_on")):
        with pytest.raises(Refusals) as found:
            decide(
                rectification=pending,
                held_on=timezone.localdate() + timedelta(days=days),
                place="Paris",
                by=cast.cpnefp_president,
                at=timezone.now(),
            )
        assert field in found.value.sentences
    with pytest.raises(Refusals) as found:
        decide(
            rectification=pending,
            held_on=timezone.localdate(),
            place=" ",
            by=cast.cpnefp_president,
            at=timezone.now(),
        )
    assert "place" in found.value.sentences


def test_it_is_not_decided_before_it_was_approved(cast: Cast, three: Three) -> None:
    today, later = timezone.localdate(), timezone.now() + timedelta(days=30)
    pending = propose(
        enrolment=three[1],
        corrections=REPAIRED,
        outcome=Outcome.CERTIFIED,
        motive=MOTIVE,
        by=cast.clerk,
        at=later,
    )
    approve(rectification=pending, by=cast.ucanss, at=later)
    ordered: dict[str, Any] = {"rectification": pending, "place": "Paris", "by": cast.cpnefp_president}
    with pytest.raises(Refusals) as found:
        decide(**ordered, held_on=today + timedelta(days=29), at=later)
    assert "précéder l’approbation" in found.value.sentences["held_on"]

    done = decide(**ordered, held_on=today + timedelta(days=30), at=later)

    assert done.state == RectificationState.DECIDED


def test_an_unapproved_proposal_is_not_decided(cast: Cast, three: Three) -> None:
    refused(lambda: decided(cast, proposed(cast, three[1])), "n’est pas possible")


def test_deciding_twice_decides_once(cast: Cast, three: Three) -> None:
    pending = approved(cast, three[1])
    assert decided(cast, pending) == decided(cast, pending)
    assert Certificate.objects.filter(decision__enrolment=three[1]).count() == 1
    assert Entry.objects.filter(act=Act.DECIDE_RECTIFICATION).count() == 1
    assert first_break(Chain.objects.get(key=three[1].session.code)) is None


def test_a_dismissed_proposal_leaves_everything_and_lets_another_come(cast: Cast, three: Three) -> None:
    pending = proposed(cast, three[1])
    refused(
        lambda: dismiss(rectification=pending, reason="non", by=cast.ucanss, at=timezone.now()),
        "15 caractères",
    )
    for _ in range(2):
        gone = dismiss(
            rectification=pending, reason="La copie a bien été notée.", by=cast.ucanss, at=timezone.now()
        )
    assert gone.state == RectificationState.DISMISSED
    assert Entry.objects.filter(act=Act.DISMISS_RECTIFICATION).count() == 1
    assert not standing_of(file_of(three[1])).is_rectified
    assert proposed(cast, three[1]).rank == 2


def test_once_approved_only_the_presidency_dismisses(cast: Cast, three: Three) -> None:
    pending = approved(cast, three[1])
    reason = "La copie a bien été notée."
    refused(
        lambda: dismiss(rectification=pending, reason=reason, by=cast.ucanss, at=timezone.now()),
        "seule la présidence",
    )
    assert dismiss(rectification=pending, reason=reason, by=cast.cpnefp_president, at=timezone.now())


def test_the_journal_keeps_the_marks_and_never_the_names(cast: Cast, three: Three) -> None:
    corrections = Corrections(marks={("ECRIT", 1): "13"}, identity={"birth_name": "Zébulon"})
    rectified(cast, three[1], corrections=corrections)
    told = " ".join(Entry.objects.values_list("after", flat=True))
    assert "Zébulon" not in told
    assert '"notes":{"ECRIT":"13"}' in told
    assert '"identite":["birth_name"]' in told


def test_in_blocs_the_outcome_and_the_identity_are_all_that_changes(
    cast: Cast, blocs_part: SessionPart, blocs_enrolments: list[Enrolment]
) -> None:
    from tests.journey import to_proclamation

    to_proclamation(cast, blocs_part, blocs_enrolments)
    enrolment = Enrolment.objects.get(pk=blocs_enrolments[0].pk)
    was = content_of(file_of(enrolment))["result"]
    done = rectified(cast, enrolment, outcome=Outcome.NOT_CERTIFIED)
    content = json.loads(done.content)
    assert content["result"] == was
    assert content["rectifies"]["corrections"]["marks"] == {}


def test_the_points_of_the_jury_stay_when_a_mark_is_corrected(cast: Cast) -> None:
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast).version)
    (failed,) = play(cast, part_of(session), [FAILED])
    sit(cast, session)
    oral = session.adoption.regulation.blocks.get(code="ORAL")
    give_points(
        enrolment=failed,
        block=oral,
        points=Decimal("0.5"),
        motive="Un oral remarquable, de l’avis de tous.",
        by=cast.cpnefp,
        at=timezone.now(),
    )
    proclaim_all(cast, session, {failed: Outcome.NOT_CERTIFIED})

    done = rectified(cast, Enrolment.objects.get(pk=failed.pk))

    before, after = content_of(file_of(failed))["result"], json.loads(done.content)["result"]
    lines = [{one["code"]: one for one in result["blocks"]} for result in (before, after)]
    assert lines[0]["ORAL"] == lines[1]["ORAL"]
    assert lines[1]["ORAL"]["jury_points"] == "0.5"
    # From 6 to 13 in the written examination, which counts three times.
    assert Decimal(after["total"]) - Decimal(before["total"]) == 7 * 3


def test_the_points_of_the_jury_come_back_with_a_mark_after_an_absence(cast: Cast) -> None:
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast, points_max="2").version)
    (enrolment,) = play(cast, part_of(session), [FAILED])
    sit(cast, session)
    written = session.adoption.regulation.blocks.get(code="ECRIT")
    given: dict[str, Any] = {"points": Decimal(1), "motive": "Sujet mal imprimé.", "by": cast.cpnefp}
    give_points(enrolment=enrolment, block=written, **given, at=timezone.now())
    live: dict[str, Any] = results_of(session, Enrolment.objects.filter(pk=enrolment.pk))[
        enrolment.pk
    ].to_data()
    proclaim_all(cast, session, {enrolment: Outcome.CERTIFIED})
    enrolment = Enrolment.objects.get(pk=enrolment.pk)

    absent = Corrections({("ECRIT", 1): "ABS"}, {})
    gone = rectified(cast, enrolment, corrections=absent, outcome=Outcome.NOT_CERTIFIED)
    again = Corrections({("ECRIT", 1): "6"}, {})
    back = rectified(cast, enrolment, corrections=again, outcome=Outcome.CERTIFIED)

    lines = {one["code"]: one for one in json.loads(gone.content)["result"]["blocks"]}
    assert "jury_points" not in lines["ECRIT"]
    assert json.loads(back.content)["result"] == live
    lines = {one["code"]: one for one in live["blocks"]}
    assert (lines["ECRIT"]["mark"], lines["ECRIT"]["counted"]) == ("6", "7")


def test_who_stepped_aside_from_the_file_does_not_decide(cast: Cast, gc_part: SessionPart) -> None:
    failed, _ = play(cast, gc_part, [FAILED, CLEAR])
    sit(cast, gc_part.session)
    step_aside(enrolment=failed, motive="Un proche", by=cast.cpnefp_president, at=timezone.now())
    proclaim_all(cast, gc_part.session, {failed: Outcome.NOT_CERTIFIED})
    pending = approved(cast, Enrolment.objects.get(pk=failed.pk))
    refused(lambda: decided(cast, pending), "récusé")


# --- What the database refuses, and what the digests see ---


def proclamation_of(enrolment: Enrolment) -> Proclamation:
    return Proclamation.objects.get(session=enrolment.session)


def test_a_rectified_session_verifies(cast: Cast, three: Three) -> None:
    rectified(cast, three[1])
    rectified(cast, three[1], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert verify_proclamation(proclamation_of(three[1])) is None


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE juries_rectification SET outcome = 'REPORTE' WHERE id = %s",
        "UPDATE juries_rectification SET content = '{}', digest = 'x' WHERE id = %s",
        "UPDATE juries_rectification SET state = 'APPROUVEE' WHERE id = %s",
        "DELETE FROM juries_rectification WHERE id = %s",
    ],
)
def test_the_database_refuses_to_touch_what_is_decided(cast: Cast, three: Three, sql: str) -> None:
    done = rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [done.pk])


def test_the_database_refuses_to_write_over_what_is_decided(cast: Cast, three: Three) -> None:
    done = rectified(cast, three[1])
    row = Rectification.objects.filter(pk=done.pk).values().get()
    over = "INSERT INTO juries_rectification SELECT * FROM juries_rectification WHERE id = %s"
    sqlite = over.replace("INSERT", "INSERT OR REPLACE", 1)
    other = f"{over} ON CONFLICT (id) DO UPDATE SET outcome = 'REPORTE'"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sqlite if connection.vendor == "sqlite" else other, [done.pk])
    assert Rectification.objects.filter(pk=done.pk).values().get() == row


TRIGGERS = ("update", "delete")


def unguarded(sql: str, args: list[str]) -> None:
    """The hand of somebody who owns the database: the refusals dropped, the rows changed."""
    with connection.cursor() as cursor:
        for event in TRIGGERS:
            name = f"juries_rectification_no_{event}"
            on = "" if connection.vendor == "sqlite" else " ON juries_rectification"
            cursor.execute(f"DROP TRIGGER {name}{on}")
        cursor.execute(sql, args)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE juries_rectification SET content = replace(content, 'marks', 'notes')", "a été modifiée"),
        ("UPDATE juries_rectification SET outcome = 'REPORTE'", "a été modifiée"),
        ("UPDATE juries_rectification SET rank = rank + 7", "a été modifiée"),
    ],
)
def test_a_rectification_tampered_with_is_seen(cast: Cast, three: Three, sql: str, said: str) -> None:
    rectified(cast, three[1])
    unguarded(sql, [])
    fault = verify_proclamation(proclamation_of(three[1]))
    assert fault is not None
    assert said in fault


def test_a_rectification_whose_content_and_digest_were_both_written_again_is_seen(
    cast: Cast, three: Three
) -> None:
    done = rectified(cast, three[1])
    text = done.content.replace('"13"', '"15"')
    unguarded("UPDATE juries_rectification SET content = %s, digest = %s", [text, sha256(text)])
    fault = verify_proclamation(proclamation_of(three[1]))
    assert fault is not None
    assert "que le journal annonce" in fault


def test_a_rectification_that_disappeared_is_seen(cast: Cast, three: Three) -> None:
    rectified(cast, three[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    unguarded("DELETE FROM juries_rectification", [])
    fault = verify_proclamation(proclamation_of(three[1]))
    assert fault is not None
    assert "que le journal annonce" in fault
