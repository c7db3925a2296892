"""Two people sign a carnet, never the candidate; what is done twice is done once; so says the database."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from candidates.services.sessions import close_part
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Role
from cqp.workflow import Refusal
from evaluations.attachments import Attachment
from evaluations.carnet import CarnetState, carnet_of, carnets_of, enrolments_of
from evaluations.models import AttestationFile, Competence, KeptBloc, MasteryAttestation
from evaluations.observed import AttestationConflict
from evaluations.services.carnet import (
    Signing,
    countersign,
    reopen_carnet,
    return_attestation,
    withdraw_attestation,
)
from evaluations.states import AttestationState
from tests.cast import actor_of_candidate
from tests.evaluations.carnets import (
    attest_one,
    competence_of,
    competences_of,
    complete,
    observed,
    past_deadline,
    picture,
    sign,
)

TODAY = timezone.localdate


@pytest.fixture
def enrolment(blocs_enrolments):
    return blocs_enrolments[0]


def carnet(enrolment, today=None):
    row = enrolments_of_all().get(pk=enrolment.pk)
    return carnet_of(row, today or TODAY())


def enrolments_of_all():
    from cqp.accounts.models import Membership

    return enrolments_of(Actor.of(Membership.objects.filter(role=Role.UCANSS)[0]))


def send_back(cast, row, **changes):
    values = {"version": row.version, "reason": "Revoyez l’objection.", "review_on": TODAY()}
    return return_attestation(attestation=row, by=cast.manager, at=timezone.now(), **(values | changes))


# --- The tutor ---


def test_a_tutor_attests_and_the_journal_says_what(cast, enrolment):
    met = list(competence_of(enrolment).criteria.all()[:2])
    row = attest_one(cast, enrolment, met=frozenset(c.pk for c in met))
    assert (row.state, row.attested_by, row.version) == (AttestationState.ATTESTED, cast.tutor.user, 1)
    assert set(row.met.all()) == set(met)
    entry = Entry.objects.latest("pk")
    assert (entry.act, entry.enrolment_ref) == ("competence.attester", enrolment.pk)
    assert "Visite chez un médecin" in entry.after


def test_the_same_words_sent_twice_are_written_once(cast, enrolment):
    first = attest_one(cast, enrolment)
    count = Entry.objects.count()
    again = attest_one(cast, enrolment)
    assert (again.pk, again.version, Entry.objects.count()) == (first.pk, 1, count)


def test_an_attestation_is_rewritten_over_its_version_only(cast, enrolment):
    attest_one(cast, enrolment)
    with pytest.raises(AttestationConflict, match="TISSOT Thomas a attesté cette compétence le"):
        attest_one(cast, enrolment, situation="Autre visite.")
    assert attest_one(cast, enrolment, version=1, situation="Autre visite.").version == 2
    with pytest.raises(Refusal, match="périmée"):
        attest_one(cast, enrolment, "B1C2", version=3)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"observed_on": TODAY() + timedelta(days=1)}, "à venir"),
        ({"situation": "  "}, "Décrivez la situation"),
        ({"met": frozenset({999_999})}, "n’appartient pas à cette compétence"),
    ],
)
def test_what_does_not_say_what_was_seen_is_refused(cast, enrolment, changes, sentence):
    with pytest.raises(Refusal, match=sentence):
        attest_one(cast, enrolment, **changes)
    assert not MasteryAttestation.objects.exists()


def test_a_competence_of_another_regulation_is_refused(cast, enrolment, gc_enrolments):
    from evaluations.services.carnet import attest

    with pytest.raises(Refusal, match="n’appartient pas au référentiel"):
        attest(
            enrolment=gc_enrolments[0],
            competence=competence_of(enrolment),
            version=0,
            observed=observed(),
            by=cast.tutor,
            at=timezone.now(),
        )


def test_a_bloc_kept_has_nothing_to_sign(cast, enrolment):
    bloc = competence_of(enrolment).bloc
    KeptBloc.objects.create(
        enrolment=enrolment,
        bloc=bloc,
        acquired_on=TODAY(),
        motive="VAE",
        at=timezone.now(),
        by=cast.ucanss.user,
    )
    with pytest.raises(Refusal, match="conservé"):
        attest_one(cast, enrolment)
    read = carnet(enrolment)
    assert read.progress.total == len(competences_of(enrolment)) - bloc.competences.count()
    assert read.blocs[0].progress.total == 0


def test_another_tutor_and_a_manager_attest_nothing(cast, enrolment):
    other = Actor(cast.outsider.user, Role.TUTOR, cast.tutor.organisme)
    with pytest.raises(Refusal, match="autre tuteur"):
        attest_one(cast, enrolment, by=other)
    with pytest.raises(Refusal, match="Votre rôle"):
        attest_one(cast, enrolment, by=cast.manager)


def test_a_tutor_takes_back_what_is_not_signed_with_its_file(cast, enrolment):
    row = attest_one(cast, enrolment, file=Attachment("photo.jpg", "image/jpeg", picture()))
    assert AttestationFile.objects.get().attestation == row
    withdraw_attestation(attestation=row, by=cast.tutor, at=timezone.now())
    count = Entry.objects.count()
    withdraw_attestation(attestation=row, by=cast.tutor, at=timezone.now())
    assert not MasteryAttestation.objects.exists()
    assert not AttestationFile.objects.exists()
    assert Entry.objects.count() == count
    signed = attest_one(cast, enrolment)
    sign(cast, signed)
    with pytest.raises(Refusal, match="MERCIER Maud a signé"):
        withdraw_attestation(attestation=signed, by=cast.tutor, at=timezone.now())


# --- The manager ---


def test_a_manager_signs_several_at_once_and_each_refusal_is_told(cast, blocs_enrolments):
    rows = [attest_one(cast, enrolment) for enrolment in blocs_enrolments]
    sign(cast, rows[1], by=cast.manager, confirmed=False, reason="Pas vu.")
    answers = sign(cast, *rows)
    assert [bool(answer.refusal) for answer in answers] == [False, True, False]
    assert "déjà signé" in answers[1].refusal
    states = MasteryAttestation.objects.values_list("confirmed", flat=True).order_by("pk")
    assert list(states) == [True, False, True]


def test_a_signature_sent_twice_is_one(cast, enrolment):
    row = attest_one(cast, enrolment)
    sign(cast, row)
    count = Entry.objects.count()
    assert sign(cast, row)[0].refusal == ""
    assert Entry.objects.count() == count
    assert MasteryAttestation.objects.get().version == 2


def test_what_changed_since_it_was_read_is_not_signed(cast, enrolment):
    row = attest_one(cast, enrolment)
    stale = Signing(row, row.version, True)
    attest_one(cast, enrolment, version=1, situation="Autre visite.")
    (answer,) = countersign(signings=[stale], by=cast.manager, at=timezone.now())
    assert "Relisez avant de signer" in answer.refusal


def test_a_disagreement_needs_its_reason(cast, enrolment):
    row = attest_one(cast, enrolment)
    assert "dites pourquoi" in sign(cast, row, confirmed=False)[0].refusal
    assert sign(cast, row, confirmed=False, reason="Pas devant un confrère.")[0].refusal == ""
    line = carnet(enrolment).blocs[0].lines[0]
    assert (line.words, line.is_mastered) == ("Non maîtrisée, signée par le manager", False)


def test_a_competence_sent_back_waits_for_the_tutor_again(cast, enrolment):
    row = attest_one(cast, enrolment)
    back = send_back(cast, row)
    count = Entry.objects.count()
    send_back(cast, row)
    assert Entry.objects.count() == count
    assert back.state == AttestationState.RETURNED
    assert "attend une nouvelle attestation" in sign(cast, back)[0].refusal
    assert carnet(enrolment).due_to_tutor[0].competence.code == "B1C1"
    again = attest_one(cast, enrolment, version=2)
    assert (again.state, again.reason, again.review_on) == (AttestationState.ATTESTED, "", None)


def test_what_is_signed_may_be_sent_back_by_its_manager_only(cast, enrolment):
    row = attest_one(cast, enrolment)
    sign(cast, row)
    row.refresh_from_db()
    other = Actor(cast.outsider.user, Role.MANAGER, cast.manager.organisme)
    with pytest.raises(Refusal, match="autre manager"):
        return_attestation(
            attestation=row, version=2, reason="Non", review_on=TODAY(), by=other, at=timezone.now()
        )
    with pytest.raises(AttestationConflict):
        send_back(cast, row, version=1)
    with pytest.raises(Refusal, match="pourquoi"):
        send_back(cast, row, reason=" ")
    with pytest.raises(Refusal, match="est passé"):
        send_back(cast, row, review_on=TODAY() - timedelta(days=1))
    assert send_back(cast, row).confirmed is None


# --- Two people, never the candidate ---


def test_nobody_signs_both_sides(cast, enrolment):
    enrolment.manager = cast.tutor.user
    enrolment.save()
    row = attest_one(cast, enrolment)
    both = Actor(cast.tutor.user, Role.MANAGER, cast.tutor.organisme)
    assert "revient à quelqu’un d’autre" in sign(cast, row, by=both)[0].refusal
    with pytest.raises(Refusal, match="revient à quelqu’un d’autre"):
        return_attestation(
            attestation=row, version=1, reason="Non", review_on=TODAY(), by=both, at=timezone.now()
        )


def test_nobody_signs_their_own_carnet(cast, enrolment):
    own = actor_of_candidate(enrolment).user
    row = attest_one(cast, enrolment)
    enrolment.tutor = enrolment.manager = own
    enrolment.save()
    with pytest.raises(Refusal, match="son propre carnet"):
        attest_one(cast, enrolment, "B1C2", by=Actor(own, Role.TUTOR))
    assert "son propre carnet" in sign(cast, row, by=Actor(own, Role.MANAGER))[0].refusal


@pytest.mark.parametrize("who", ["tutor", "candidate"])
def test_the_database_itself_refuses_a_second_signature_of_the_same_side(cast, enrolment, who):
    row = attest_one(cast, enrolment)
    user = cast.tutor.user if who == "tutor" else actor_of_candidate(enrolment).user
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE evaluations_masteryattestation SET state = 'VALIDEE', confirmed = mastered,"
            " signed_at = attested_at, signed_by_id = %s WHERE id = %s",
            [user.pk, row.pk],
        )
    row.refresh_from_db()
    assert row.signed_by is None


# --- Open, complete, closed ---


def test_a_carnet_is_complete_when_everything_is_signed_twice(cast, enrolment):
    assert carnet(enrolment).state == CarnetState.OPEN
    complete(cast, enrolment)
    read = carnet(enrolment)
    assert (read.state, read.progress.signed, read.missing) == (CarnetState.COMPLETE, read.progress.total, [])


def test_past_its_deadline_a_carnet_is_closed_until_it_is_reopened_with_a_motive(cast, enrolment):
    row = attest_one(cast, enrolment)
    past_deadline(enrolment)
    assert carnet(enrolment).state == CarnetState.CLOSED
    with pytest.raises(Refusal, match="Le carnet est clos depuis le"):
        attest_one(cast, enrolment, "B1C2")
    assert "clos depuis" in sign(cast, row)[0].refusal
    opening = {"enrolment": enrolment, "until": TODAY(), "by": cast.clerk, "at": timezone.now()}
    with pytest.raises(Refusal, match="motif"):
        reopen_carnet(motive=" ", **opening)
    reopen_carnet(motive="Congé de maternité du tuteur", **opening)
    count = Entry.objects.count()
    reopen_carnet(motive="Congé de maternité du tuteur", **opening)
    assert Entry.objects.count() == count
    assert carnet(enrolment).state == CarnetState.OPEN
    assert attest_one(cast, enrolment, "B1C2").version == 1
    assert carnet(enrolment, TODAY() + timedelta(days=1)).state == CarnetState.CLOSED


def test_a_carnet_is_reopened_by_its_crfp_or_ucanss_for_a_later_day(cast, enrolment):
    at = timezone.now()
    opening = {"enrolment": enrolment, "motive": "Retard", "at": at}
    later = enrolment.session.entry_deadline + timedelta(days=5)
    with pytest.raises(Refusal, match="celle de votre CRFP"):
        reopen_carnet(until=later, by=cast.outsider, **opening)
    with pytest.raises(Refusal, match="déjà ouvert jusqu’au"):
        reopen_carnet(until=TODAY(), by=cast.clerk, **opening)
    with pytest.raises(Refusal, match="Votre rôle"):
        reopen_carnet(until=later, by=cast.tutor, **opening)
    assert reopen_carnet(until=later, by=cast.ucanss, **opening).until == later
    assert carnet(enrolment).last_day == later


def test_a_transmitted_carnet_is_closed_for_good(cast, enrolment, blocs_part):
    row = attest_one(cast, enrolment)
    close_part(part=blocs_part, by=cast.clerk, at=timezone.now())
    assert carnet(enrolment).state == CarnetState.CLOSED
    assert "transmis" in sign(cast, row)[0].refusal
    with pytest.raises(Refusal, match="transmis"):
        reopen_carnet(
            enrolment=enrolment,
            until=TODAY() + timedelta(days=90),
            motive="Retard",
            by=cast.ucanss,
            at=timezone.now(),
        )


@pytest.mark.parametrize("count", [1, 3])
def test_many_carnets_are_read_in_as_many_queries_as_one(
    cast, blocs_enrolments, count, django_assert_num_queries
):
    for enrolment in blocs_enrolments:
        sign(cast, attest_one(cast, enrolment))
    rows = list(enrolments_of_all().filter(pk__in=[e.pk for e in blocs_enrolments[:count]]))
    with django_assert_num_queries(8):
        read = carnets_of(rows, TODAY())
        assert [one.progress.signed for one in read] == [1] * count
        assert [line.criteria for one in read for line in one.lines]
    assert Competence.objects.count()
