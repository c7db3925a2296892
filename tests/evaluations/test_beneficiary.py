"""Nobody decides of what they benefit from: people of Ucanss or of a CRFP who are candidates too (R56)."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session
from candidates.rules import beneficiary_refusal
from candidates.services.enrolments import Identity, grant_derogation, withdraw
from candidates.services.sessions import advance_session
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from evaluations.models import BlocCompetence, Block, KeptBloc, Mark, Regulation
from evaluations.services.kept import recognise_bloc, withdraw_recognition
from evaluations.services.marks import record_mark
from evaluations.services.regulations import copy_regulation
from tests.cast import Cast, enrol_some, open_session_of, part_of
from tests.journey import to_transmission

pytestmark = pytest.mark.django_db
SENTENCE = "Vous êtes candidat à ce CQP\u00a0: nul ne décide de ce dont il bénéficie."


def enrol_oneself(cast: Cast, session: Session, actor: Actor) -> Enrolment:
    """This actor as a candidate of Lyon: the same account."""
    user = actor.user
    identity = Identity(user.last_name, user.first_name, date(1980, 2, 3), "Lyon", user.email)
    (enrolment,) = enrol_some(cast, part_of(session), 1, identity=identity)
    assert enrolment.candidate.user == user
    return enrolment


def read(enrolment: Enrolment) -> Enrolment:
    return Enrolment.objects.select_related("candidate", "session__adoption", "part").get(pk=enrolment.pk)


@pytest.fixture
def own(cast: Cast, gc_session: Session) -> Enrolment:
    return enrol_oneself(cast, gc_session, cast.ucanss)


@pytest.fixture
def draft(reference: None, cast: Cast, now: Any) -> Regulation:
    """The draft of a regulation of the same CQP, begun before."""
    source = Regulation.objects.get(code="GC_2013", version=1)
    return copy_regulation(regulation=source, by=cast.ucanss, at=now)


@pytest.mark.parametrize("page", ["edit", "publish", "delete", "copy"])
def test_a_candidate_neither_edits_nor_publishes_a_regulation_of_the_same_cqp(
    cast: Cast, sign_in: Any, draft: Regulation, own: Enrolment, page: str
) -> None:
    client = sign_in(cast.ucanss)
    count = Entry.objects.count()
    url = reverse(f"evaluations:regulation_{page}", args=[draft.code, draft.version])
    assert SENTENCE in client.post(url, {"h-title": "À mon avantage"}, follow=True).content.decode()
    now = Regulation.objects.get(pk=draft.pk)
    assert (now.state, now.title) == ("PROJET", draft.title)
    assert Entry.objects.count() == count


def test_the_page_of_the_regulation_says_why_its_buttons_are_shut(
    cast: Cast, sign_in: Any, draft: Regulation, own: Enrolment
) -> None:
    url = reverse("evaluations:regulation_detail", args=[draft.code, draft.version])
    page = sign_in(cast.ucanss).get(url).content.decode()
    assert SENTENCE in page
    assert reverse("evaluations:regulation_edit", args=[draft.code, draft.version]) not in page
    assert "Supprimer ce projet" not in page


def test_another_cqp_and_a_candidate_gone_are_no_obstacle(
    cast: Cast, draft: Regulation, own: Enrolment, now: Any
) -> None:
    dam = Regulation.objects.get(code="DAM_2006", version=1)
    assert copy_regulation(regulation=dam, by=cast.ucanss, at=now).version == 2
    with pytest.raises(Refusal, match="dont il bénéficie"):
        copy_regulation(regulation=draft, by=cast.ucanss, at=now)
    withdraw(enrolment=own, motive="Renonce", by=cast.clerk, at=now)
    assert copy_regulation(regulation=draft, by=cast.ucanss, at=now) == draft


def test_once_proclaimed_the_session_is_no_obstacle_any_more(
    cast: Cast, draft: Regulation, own: Enrolment, now: Any
) -> None:
    for act in (Act.OPEN_SITTING, Act.PROCLAIM):
        session = Session.objects.get(pk=own.session_id)
        advance_session(session=session, act=act, by=cast.cpnefp_president, at=now)
    assert copy_regulation(regulation=draft, by=cast.ucanss, at=now) == draft


def test_nobody_grants_a_derogation_to_oneself(
    cast: Cast, sign_in: Any, gc_session: Session, own: Enrolment, now: Any
) -> None:
    client = sign_in(cast.ucanss)
    url = reverse("candidates:derogation_grant", args=[own.pk])
    assert SENTENCE in client.post(url, {"motive": "Longue absence"}).content.decode()
    assert SENTENCE in client.get(reverse("candidates:enrolment_detail", args=[own.pk])).content.decode()
    assert read(own).derogation_motive == ""
    (other,) = enrol_some(cast, part_of(gc_session), 1)
    grant_derogation(enrolment=other, motive="Longue absence", by=cast.ucanss, at=now)
    assert read(other).has_derogation


def test_nobody_recognises_a_bloc_to_oneself(cast: Cast, sign_in: Any, blocs_session: Session) -> None:
    own = enrol_oneself(cast, blocs_session, cast.ucanss)
    bloc = BlocCompetence.objects.filter(regulation__code="DAM_BLOCS")[0]
    url = reverse("evaluations:bloc_recognise", args=[own.pk])
    said = {"bloc": bloc.pk, "acquired_on": "2026-01-05", "motive": "VAE, livret 2"}
    page = sign_in(cast.ucanss).post(url, said)
    assert SENTENCE in page.content.decode()
    assert not KeptBloc.objects.exists()
    at, day = blocs_session.opened_at, date(2026, 1, 5)
    with pytest.raises(Refusal, match="dont il bénéficie"):
        recognise_bloc(enrolment=own, bloc=bloc, acquired_on=day, motive="VAE", by=cast.ucanss, at=at)
    with pytest.raises(Refusal, match="dont il bénéficie"):
        withdraw_recognition(enrolment=own, bloc=bloc, motive="Erreur", by=cast.ucanss, at=at)


def test_nobody_corrects_their_own_mark(
    cast: Cast, sign_in: Any, gc_session: Session, own: Enrolment
) -> None:
    (other,) = enrol_some(cast, part_of(gc_session), 1)
    to_transmission(cast, part_of(gc_session), [own, other])
    client = sign_in(cast.ucanss)
    said = {"entry": "19", "reason": "Erreur de report", "version": "1"}
    url = reverse("evaluations:mark_correct", args=[own.pk, "ECRIT", 1])
    assert SENTENCE in client.post(url, said).content.decode()
    assert Mark.objects.get(enrolment=own, block__code="ECRIT").entry == "12,5"
    assert SENTENCE in client.get(url).content.decode()
    client.post(reverse("evaluations:mark_correct", args=[other.pk, "ECRIT", 1]), said)
    assert Mark.objects.get(enrolment=other, block__code="ECRIT").entry == "19"


def test_a_clerk_neither_marks_nor_edits_their_own_file(
    cast: Cast, sign_in: Any, gc_session: Session
) -> None:
    own = enrol_oneself(cast, gc_session, cast.second_clerk)
    block = Block.objects.get(regulation__code="GC_2013", regulation__version=1, code="ECRIT")
    with pytest.raises(Refusal, match="dont il bénéficie"):
        record_mark(
            enrolment=read(own), block=block, attempt=Mark.Attempt.FIRST, entry="18", version=0,
            by=cast.second_clerk, at=timezone.now(),
        )  # fmt: skip
    client = sign_in(cast.second_clerk)
    page = client.get(reverse("candidates:enrolment_edit", args=[own.pk])).content.decode()
    assert SENTENCE in page


@pytest.mark.parametrize("code", ["GC_2013", "DAM_2006"])
def test_the_rule_reads_once_whatever_the_number_of_sessions(
    cast: Cast, reference: None, django_assert_num_queries: Any, code: str
) -> None:
    session = open_session_of(code, cast.ucanss)
    enrol_oneself(cast, session, cast.ucanss)
    enrol_some(cast, part_of(session), 2)
    with django_assert_num_queries(1):
        assert beneficiary_refusal(session.certification, cast.ucanss) == SENTENCE
    with django_assert_num_queries(1):
        assert beneficiary_refusal(session.certification, cast.clerk) is None
