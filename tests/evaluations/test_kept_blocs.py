"""What a candidate in blocs keeps: blocs acquired or recognised, the signed carnet of one who is deferred."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.services.enrolments import Identity, enrol, withdraw
from candidates.services.sessions import advance_session
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.kept import keeping_of
from evaluations.models import (
    AcquiredBloc,
    AttestationFile,
    BlocCompetence,
    BlocJudgement,
    Competence,
    KeptBloc,
    MasteryAttestation,
)
from evaluations.reading import result_of
from evaluations.services.kept import keep_blocs, recognise_bloc, withdraw_recognition
from evaluations.states import AttestationState
from tests.cast import Cast, enrol_some, make_line, open_session_of, part_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


def bloc(code: str) -> BlocCompetence:
    return BlocCompetence.objects.get(regulation__code="DAM_BLOCS", regulation__version=1, code=code)


def proclaimed(cast: Cast, session: Session) -> None:
    """The session over; what its national jury said is written beside."""
    by, at = cast.cpnefp_president, timezone.now()
    for act in (Act.OPEN_SITTING, Act.PROCLAIM):
        advance_session(session=Session.objects.get(pk=session.pk), act=act, by=by, at=at)


def lines_of(enrolment: Enrolment) -> Any:
    """How each bloc stands."""
    result: Any = result_of(enrolment)
    return result.lines


def read(enrolment: Enrolment) -> Enrolment:
    rows = Enrolment.objects.select_related("candidate", "session__adoption__regulation", "part")
    return rows.get(pk=enrolment.pk)


def back(cast: Cast, source: Enrolment, months: int = 2) -> Enrolment:
    """The same person in the next session in blocs, enrolled by hand."""
    part = part_of(open_session_of("DAM_BLOCS", cast.ucanss, months_ahead=months))
    who = source.candidate
    identity = Identity(**{name: getattr(who, name) for name in Identity.__dataclass_fields__})
    line = replace(make_line(cast, part.session.certification), identity=identity)
    return enrol(part=part, line=line, by=cast.clerk, at=timezone.now())


def keep(cast: Cast, enrolment: Enrolment, source: Enrolment, *, deferred: bool) -> list[KeptBloc]:
    return keep_blocs(
        enrolment=enrolment, source=read(source), deferred=deferred, by=cast.clerk, at=timezone.now()
    )


@pytest.fixture
def source(cast: Cast, blocs_part: SessionPart) -> Enrolment:
    """Somebody with the first bloc acquired, the carnet of the second signed, of the third half signed."""
    (enrolment,) = enrol_some(cast, blocs_part, 1)
    for competence in Competence.objects.filter(bloc__in=[bloc("B2"), bloc("B3")]):
        signed = competence.bloc.code == "B2"
        row = MasteryAttestation.objects.create(
            enrolment=enrolment,
            competence=competence,
            state=AttestationState.SIGNED if signed else AttestationState.ATTESTED,
            mastered=True,
            observed_on=DAY,
            situation="Visite d’un cabinet",
            attested_at=timezone.now(),
            attested_by=cast.tutor.user,
            confirmed=True if signed else None,
            signed_at=timezone.now() if signed else None,
            signed_by=cast.manager.user if signed else None,
        )
        row.met.set(competence.criteria.all()[:2])
    first = MasteryAttestation.objects.filter(competence__bloc__code="B2")[0]
    AttestationFile.objects.create(
        attestation=first, name="grille.pdf", kind="application/pdf", content=b"%PDF-1.7", size=8,
        sha256="0" * 64, at=timezone.now(), by=cast.tutor.user,
    )  # fmt: skip
    AcquiredBloc.objects.create(enrolment=enrolment, bloc=bloc("B1"), acquired_on=DAY)
    proclaimed(cast, blocs_part.session)
    return enrolment


def test_an_acquired_bloc_is_kept_and_counts(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    (kept,) = keep(cast, made, source, deferred=False)
    assert (kept.bloc.code, kept.acquired_on, kept.motive) == ("B1", DAY, "")
    assert kept.acquired is not None
    assert kept.acquired.enrolment == source
    first, second, _ = lines_of(made)
    assert (first.acquired, second.acquired) == (True, False)
    entry = Entry.objects.get(act=Act.RE_ENROL)
    assert (entry.enrolment_ref, "B1" in entry.after) == (made.pk, True)


def test_kept_twice_is_kept_once(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    keep(cast, made, source, deferred=True)
    entries = Entry.objects.count()
    assert keep(cast, made, source, deferred=True) == []
    assert Entry.objects.count() == entries
    assert KeptBloc.objects.filter(enrolment=made).count() == 1


def test_a_deferred_candidate_keeps_the_carnet_both_sides_signed(cast: Cast, source: Enrolment) -> None:
    """Names, hours, criteria and file come along; what only the tutor attested does not."""
    made = back(cast, source)
    keep(cast, made, source, deferred=True)
    copied = MasteryAttestation.objects.filter(enrolment=made)
    assert {row.competence.bloc.code for row in copied} == {"B2"}
    old = MasteryAttestation.objects.get(enrolment=source, competence=copied[0].competence)
    for name in ("signed_at", "signed_by", "attested_at", "attested_by", "situation", "confirmed"):
        assert getattr(copied[0], name) == getattr(old, name)
    assert set(copied[0].met.all()) == set(old.met.all())
    assert copied.filter(file__name="grille.pdf").count() == 1


def test_one_who_failed_starts_a_new_carnet(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    keep(cast, made, source, deferred=False)
    assert not MasteryAttestation.objects.filter(enrolment=made).exists()


def test_a_bloc_is_kept_whatever_the_regulation_and_the_carnet_by_it(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    old = read(source)
    regulation = old.session.adoption.regulation
    regulation.kept_when_failed = regulation.kept_when_deferred = False
    by, at = cast.clerk, timezone.now()
    assert len(keep_blocs(enrolment=made, source=old, deferred=True, by=by, at=at)) == 1
    assert not MasteryAttestation.objects.filter(enrolment=made).exists()


def test_what_a_jury_has_concluded_is_not_replaced_by_what_was_kept(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    BlocJudgement.objects.create(
        enrolment=made, bloc=bloc("B1"), outcome="NON_ACQUIS", argument="À reprendre",
        recorded_at=timezone.now(), recorded_by=cast.juror.user,
    )  # fmt: skip
    assert keep(cast, made, source, deferred=False) == []


def test_a_refused_mastery_is_not_carried(cast: Cast, blocs_enrolments: list[Enrolment]) -> None:
    """Both signed that it is not mastered: the next carnet asks again."""
    enrolment = blocs_enrolments[0]
    for code, mastered in (("B2C1", True), ("B2C2", False)):
        MasteryAttestation.objects.create(
            enrolment=enrolment, competence=Competence.objects.get(bloc=bloc("B2"), code=code),
            state=AttestationState.SIGNED, mastered=mastered, observed_on=DAY, situation="Visite",
            attested_at=timezone.now(), attested_by=cast.tutor.user, confirmed=mastered,
            signed_at=timezone.now(), signed_by=cast.manager.user,
        )  # fmt: skip
    regulation = bloc("B2").regulation
    found = keeping_of(read(enrolment), regulation, deferred=True, corrected={}).attestations
    assert [row.competence.code for row, _ in found] == ["B2C1"]


def test_a_bloc_acquired_two_sessions_ago_is_still_kept(cast: Cast, source: Enrolment) -> None:
    second = back(cast, source, months=1)
    keep(cast, second, source, deferred=False)
    AcquiredBloc.objects.create(enrolment=second, bloc=bloc("B2"), acquired_on=DAY + timedelta(days=90))
    proclaimed(cast, second.session)
    third = back(cast, source, months=3)
    assert [one.bloc.code for one in keep(cast, third, second, deferred=False)] == ["B1", "B2"]


# --- Recognition by Ucanss ---


def recognise(cast: Cast, enrolment: Enrolment, code: str = "B2", **changes: Any) -> KeptBloc:
    values: dict[str, Any] = {
        "enrolment": enrolment,
        "bloc": bloc(code),
        "acquired_on": DAY,
        "motive": "Jury de VAE du 30 juin, décision n° 12",
        "by": cast.ucanss,
        "at": timezone.now(),
    }
    return recognise_bloc(**(values | changes))


def test_ucanss_recognises_a_bloc_with_its_piece(cast: Cast, blocs_enrolments: list[Enrolment]) -> None:
    kept = recognise(cast, blocs_enrolments[0])
    assert recognise(cast, blocs_enrolments[0]) == kept
    entry = Entry.objects.get(act=Act.RECOGNISE_BLOC)
    assert entry.reason == "Jury de VAE du 30 juin, décision n° 12"
    assert lines_of(blocs_enrolments[0])[1].acquired


def test_a_recognised_bloc_follows_the_person(cast: Cast, source: Enrolment) -> None:
    second = back(cast, source, months=1)
    recognise(cast, second, "B3")
    proclaimed(cast, second.session)
    third = back(cast, source, months=3)
    keep(cast, third, second, deferred=False)
    kept = KeptBloc.objects.get(enrolment=third, bloc=bloc("B3"))
    assert (kept.acquired, kept.motive) == (None, "Jury de VAE du 30 juin, décision n° 12")


def test_the_refusals_of_a_recognition(cast: Cast, blocs_enrolments: list[Enrolment], now: datetime) -> None:
    first, second, third = blocs_enrolments
    for actor in (cast.clerk, cast.cpnefp_president):
        with pytest.raises(Refusal, match="Votre rôle"):
            recognise(cast, first, by=actor)
    with pytest.raises(Refusal, match="Indiquez la pièce"):
        recognise(cast, first, motive=" ")
    with pytest.raises(Refusal, match="à venir"):
        recognise(cast, first, acquired_on=timezone.localdate() + timedelta(days=1))
    recognise(cast, first)
    with pytest.raises(Refusal, match="déjà conservé"):
        recognise(cast, first, motive="Une autre pièce")
    BlocJudgement.objects.create(
        enrolment=second, bloc=bloc("B2"), outcome="ACQUIS", recorded_at=now, recorded_by=cast.juror.user
    )
    with pytest.raises(Refusal, match="déjà jugé"):
        recognise(cast, second)
    withdraw(enrolment=third, motive="Mutation", by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="désisté"):
        recognise(cast, third)


def test_a_bloc_of_another_regulation_is_refused(cast: Cast, dam_enrolments: list[Enrolment]) -> None:
    with pytest.raises(Refusal, match="n’appartient pas au règlement"):
        recognise(cast, dam_enrolments[0])


def test_the_page_of_a_recognition(
    cast: Cast, blocs_enrolments: list[Enrolment], sign_in: Any, client: Client
) -> None:
    enrolment = blocs_enrolments[0]
    here, page = reverse("evaluations:bloc_recognise", args=[enrolment.pk]), sign_in(cast.ucanss)
    detail = page.get(reverse("candidates:enrolment_detail", args=[enrolment.pk])).content.decode()
    assert here in detail
    refused = page.post(here, {"bloc": bloc("B1").pk, "acquired_on": DAY.isoformat(), "motive": ""})
    assert refused.status_code == 422
    assert 'value="2026-06-30"' in refused.content.decode()
    done = page.post(
        here, {"bloc": bloc("B1").pk, "acquired_on": DAY.isoformat(), "motive": "VAE"}, follow=True
    )
    text = done.content.decode()
    assert "Bloc reconnu le 30 juin 2026" in text
    assert "DELMAS Irène" in text
    told = page.get(reverse("evaluations:tally_detail", args=[enrolment.pk])).content.decode()
    assert "Bloc reconnu le 30 juin 2026" in told


def test_there_is_nothing_to_recognise_in_points(
    cast: Cast, dam_enrolments: list[Enrolment], sign_in: Any
) -> None:
    here = reverse("evaluations:bloc_recognise", args=[dam_enrolments[0].pk])
    assert sign_in(cast.ucanss).get(here).status_code == 404


def test_a_recognition_made_by_mistake_is_taken_back_with_its_motive(
    cast: Cast, blocs_enrolments: list[Enrolment], sign_in: Any
) -> None:
    enrolment = blocs_enrolments[0]
    recognise(cast, enrolment)
    here, page = reverse("evaluations:bloc_recognise", args=[enrolment.pk]), sign_in(cast.ucanss)
    asked = {"withdraw": str(bloc("B2").pk)}
    assert "pourquoi" in page.post(here, asked, follow=True).content.decode()
    assert KeptBloc.objects.filter(enrolment=enrolment).exists()
    told = page.post(here, asked | {"withdrawal_motive": "Pièce d’un autre candidat"}, follow=True)
    assert "Reconnaissance retirée" in told.content.decode()
    assert not KeptBloc.objects.filter(enrolment=enrolment).exists()
    entry = Entry.objects.filter(act="bloc.reconnaitre").latest("pk")
    assert ("Jury de VAE" in entry.before, entry.reason) == (True, "Pièce d’un autre candidat")
    page.post(here, asked | {"withdrawal_motive": "Encore"})
    assert Entry.objects.filter(act="bloc.reconnaitre").count() == 2
    assert recognise(cast, enrolment).motive


def test_a_bloc_acquired_in_a_session_is_not_taken_back(cast: Cast, source: Enrolment) -> None:
    made = back(cast, source)
    keep(cast, made, source, deferred=False)
    withdraw_recognition(enrolment=made, bloc=bloc("B1"), motive="Erreur", by=cast.ucanss, at=timezone.now())
    assert KeptBloc.objects.filter(enrolment=made, bloc=bloc("B1")).exists()
