"""The journal on screen: in words, with names, and to each reader his or her part."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, Session, SessionPart
from candidates.services.enrolments import grant_derogation, update_enrolment, withdraw
from candidates.services.people import ensure_person
from candidates.states import SessionState
from cqp.accounts.actor import Actor
from cqp.accounts.models import Organisme
from cqp.journal.chain import Fact, record
from cqp.journal.models import Chain, Entry
from cqp.roles import ACT_LABELS, Act, Role
from evaluations.models import Block
from juries.services import sittings
from juries.services.national import adopt_clear_files, decide, proclaim
from juries.states import Outcome
from tests.cast import Cast, enrol_some, make_line, open_session_of, part_of
from tests.journey import enter_marks, hold_jury, to_deliberation, to_transmission
from tests.juries.national_scenes import FAILED, play, sit
from tests.sittings import with_points

SignIn = Callable[[Actor], Client]
CSV = {"format": "csv"}
AFTER = (
    *(Act.FINISH_DOCUMENTS, Act.FAIL_DOCUMENTS, Act.FORGET_DOCUMENTS, Act.ISSUE_DUPLICATE),
    *(Act.WRITE_MESSAGE, Act.SEND_MESSAGE, Act.FAIL_MESSAGE, Act.RESEND_MESSAGE),
    *(Act.TRANSMIT_HOLDERS, Act.READ_REPORT, Act.ACCEPT_PASSAGE, Act.REJECT_PASSAGE),
)
"""What follows a proclamation: each tells who was certified."""


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def session_url(session: Session) -> str:
    return reverse("candidates:session_story", args=[session.code])


def enrolment_url(enrolment: Enrolment) -> str:
    return reverse("candidates:enrolment_story", args=[enrolment.pk])


def test_each_reader_finds_the_journals_he_follows(
    cast: Cast, sign_in: SignIn, gc_session: Session, dam_session: Session
) -> None:
    url = reverse("candidates:chain_list")

    def keys(actor: Actor) -> set[str]:
        return {chain.key for chain, _title, _shut in sign_in(actor).get(url).context["rows"]}

    both = {gc_session.code, dam_session.code}
    assert keys(cast.ucanss) == both | {"referentiel"}
    assert keys(cast.clerk) == both
    assert keys(cast.cpnefp) == set()
    Session.objects.filter(pk=gc_session.pk).update(state=SessionState.DELIBERATION)
    assert keys(cast.cpnefp) == {gc_session.code}
    assert sign_in(cast.tutor).get(url).status_code == 403


def test_the_reference_is_read_by_the_ucanss_only(cast: Cast, sign_in: SignIn) -> None:
    url = reverse("candidates:session_story", args=["referentiel"])
    assert "Référentiel et comptes" in text_of(sign_in(cast.ucanss).get(url))
    assert sign_in(cast.clerk).get(url).status_code == 404
    assert sign_in(cast.cpnefp).get(url).status_code == 404


def test_a_session_is_told_with_names(cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]) -> None:
    enrolment = gc_enrolments[0]
    text = text_of(sign_in(cast.ucanss).get(session_url(enrolment.session)))
    assert "Session ouverte" in text
    assert enrolment.candidate.full_name in text
    assert "MARCHAND Claire, CRFP (CRFP de Lyon)" in text
    assert "TISSOT Thomas" in text
    assert "Technicien conseil allocataires" in text
    assert "{" not in text.split("<main", 1)[1]


def test_a_clerk_reads_own_candidates_and_own_people_only(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    outside = Cast(**{**cast.all(), "clerk": cast.outsider})
    theirs = enrol_some(outside, part_of(gc_part.session, "CRFP-LIL"), 1)[0]
    page = sign_in(cast.outsider).get(session_url(gc_part.session))
    assert {chapter.subject for chapter in page.context["chapters"]} == {theirs.candidate.full_name}
    assert gc_enrolments[0].candidate.full_name not in text_of(page)


def test_the_story_is_filtered_by_act(cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]) -> None:
    url = session_url(gc_enrolments[0].session)
    page = sign_in(cast.ucanss).get(url, {"acte": Act.OPEN_SESSION})
    assert [chapter.what for chapter in page.context["chapters"]] == ["Session ouverte"]
    nothing = sign_in(cast.ucanss).get(url, {"acte": Act.PROCLAIM})
    assert "Aucun acte à montrer" in text_of(nothing)


def test_a_candidate_s_story_tells_what_changed_and_why(
    cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    enrolment, at = gc_enrolments[0], timezone.now()
    other = make_line(cast, enrolment.session.certification).identity
    identity = replace(other, email=enrolment.candidate.email)
    line = make_line(
        cast, enrolment.session.certification, identity=identity, pass_followed=Enrolment.Pass.NO
    )
    update_enrolment(enrolment=enrolment, line=line, by=cast.clerk, at=at)
    grant_derogation(enrolment=enrolment, motive="Congé maternité", by=cast.ucanss, at=at)
    withdraw(enrolment=enrolment, motive="Mutation à Brest", by=cast.clerk, at=at)
    page = sign_in(cast.clerk).get(enrolment_url(enrolment))
    chapters = page.context["chapters"]
    assert [chapter.what for chapter in chapters] == [
        "Candidat inscrit",
        "Inscription modifiée",
        "Dérogation accordée",
        "Désistement enregistré",
    ]
    changes = {change.label: (change.before, change.after) for change in chapters[1].changes}
    assert changes == {"Identité ou adresse corrigée": ("", ""), "Pass suivi": ("Oui", "Non")}
    assert [chapter.reason for chapter in chapters[2:]] == ["Congé maternité", "Mutation à Brest"]
    assert "État" in text_of(page)
    assert "Désisté" in text_of(page)


@pytest.mark.parametrize(
    ("name", "status"), [("outsider", 404), ("cpnefp", 404), ("tutor", 403), ("ucanss", 200)]
)
def test_a_candidate_s_story_is_closed_to_others(
    name: str, status: int, cast: Cast, sign_in: SignIn, gc_enrolments: list[Enrolment]
) -> None:
    assert sign_in(getattr(cast, name)).get(enrolment_url(gc_enrolments[0])).status_code == status


def test_a_story_costs_the_same_however_long(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client, counts = sign_in(cast.ucanss), []
    for more in (1, 2):
        enrol_some(cast, gc_part, more)
        with CaptureQueriesContext(connection) as queries:
            client.get(session_url(gc_part.session))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_the_national_jury_decides_waits_for_the_proclamation(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    to_deliberation(cast, gc_part, gc_enrolments)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())

    def acts(actor: Actor, url: str) -> set[str]:
        return {chapter.what for chapter in sign_in(actor).get(url).context["chapters"]}

    own, whole = enrolment_url(gc_enrolments[0]), session_url(gc_part.session)
    decided = "Décision du jury national"
    assert decided in acts(cast.cpnefp, own) & acts(cast.cpnefp, whole)
    for actor in (cast.clerk, cast.ucanss):
        assert decided not in acts(actor, own) | acts(actor, whole)
    proclaim(session=gc_part.session, by=cast.cpnefp_president, at=timezone.now())
    assert decided in acts(cast.clerk, own)


def test_the_deliberation_itself_waits_too(cast: Cast, sign_in: SignIn) -> None:
    session = open_session_of("GC_2013", cast.ucanss, version=with_points(cast).version)
    (enrolment,) = play(cast, part_of(session), [FAILED])
    sit(cast, session)
    at = timezone.now()
    sittings.call_file(session=session, enrolment=enrolment, by=cast.cpnefp_president, at=at)
    sittings.extract_file(enrolment=enrolment, by=cast.cpnefp, at=at)
    block = Block.objects.get(regulation__adoptions__session=session, code="ECRIT")
    motive = "MOTIF-DES-POINTS"
    sittings.give_points(
        enrolment=enrolment, block=block, points=Decimal(1), motive=motive, by=cast.cpnefp, at=at
    )
    sittings.step_aside(enrolment=enrolment, motive="MOTIF-DU-RETRAIT", by=cast.cpnefp, at=at)
    decide(enrolment=enrolment, outcome=Outcome.CERTIFIED, motive="", by=cast.cpnefp_salaries, at=at)
    heard = {ACT_LABELS[act] for act in (Act.CALL_FILE, Act.EXTRACT_FILE, Act.GIVE_POINTS, Act.STEP_ASIDE)}

    def told(actor: Actor) -> tuple[set[str], str]:
        pages = [sign_in(actor).get(url) for url in (enrolment_url(enrolment), session_url(session))]
        sheet = sign_in(actor).get(session_url(session), {"format": "csv"})
        acts = {chapter.what for page in pages for chapter in page.context["chapters"]}
        return acts, "".join(answer.content.decode() for answer in (*pages, sheet))

    assert told(cast.cpnefp_salaries)[0] >= heard
    for actor in (cast.clerk, cast.ucanss):
        acts, text = told(actor)
        assert not acts & heard
        assert "MOTIF-D" not in text
    proclaim(session=session, by=cast.cpnefp_president, at=at)
    assert told(cast.ucanss)[0] >= heard


@pytest.mark.parametrize("why", ["recused", "tutor"])
def test_a_member_reads_nothing_of_a_candidate_he_may_not_judge(
    why: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    mine, other = play(cast, gc_part, [FAILED, FAILED])
    sit(cast, gc_part.session)
    if why == "tutor":
        Enrolment.objects.filter(pk=mine.pk).update(tutor=cast.cpnefp.user)
    else:
        sittings.step_aside(enrolment=mine, motive="Un proche", by=cast.cpnefp, at=timezone.now())
    client, whole = sign_in(cast.cpnefp), session_url(gc_part.session)
    assert client.get(enrolment_url(mine)).status_code == 404
    assert client.get(enrolment_url(mine), {"format": "csv"}).status_code == 404
    assert client.get(enrolment_url(other)).status_code == 200
    for page in (client.get(whole), client.get(whole, {"format": "csv"})):
        text = page.content.decode()
        assert other.candidate.full_name in text
        assert mine.candidate.full_name not in text
        assert f"inscription {mine.pk}" not in text
    assert sign_in(cast.cpnefp_salaries).get(enrolment_url(mine)).status_code == 200


def test_the_cpnefp_reads_no_candidate_before_the_session_is_brought_before_it(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    to_transmission(cast, gc_part, gc_enrolments)
    page = sign_in(cast.cpnefp).get(session_url(gc_part.session))
    told = {chapter.what for chapter in page.context["chapters"]}
    assert "Dossiers transmis au jury national" in told
    assert "Note saisie" not in told
    assert "Candidat inscrit" not in told
    assert "CRFP de Lyon" in text_of(page)


def test_a_juror_s_own_crfp_reads_nothing_of_another_crfp_s_candidates(
    cast: Cast, sign_in: SignIn, gc_session: Session
) -> None:
    lille = part_of(gc_session, "CRFP-LIL")
    lyon = Organisme.objects.get(code="CRFP-LYO")
    user = ensure_person(
        email="jure.lyon@exemple.fr",
        last_name="Lenoir",
        first_name="Luc",
        role=Role.JUROR,
        organisme=lyon,
        by=cast.clerk,
        at=timezone.now(),
    )
    juror = Actor(user, Role.JUROR, lyon)
    theirs = enrol_some(cast, lille, 1)
    enter_marks(cast, theirs)
    hold_jury(cast, lille, theirs, jurors=[juror, cast.juror, cast.second_juror])
    given = Entry.objects.filter(organisme="CRFP-LYO", enrolment_ref=theirs[0].pk)
    assert {entry.act for entry in given} >= {Act.RECORD_MARK, Act.GIVE_OPINION}
    page = sign_in(cast.clerk).get(session_url(gc_session))
    told = {chapter.what for chapter in page.context["chapters"]}
    assert not told & {"Note saisie", "Avis du jury local", "Candidat inscrit"}


def test_nothing_tells_a_clerk_who_was_certified_before_the_results_open(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    """Neither an act of what follows, nor a number, a length or a seal it could be counted from."""
    to_deliberation(cast, gc_part, gc_enrolments)
    at = timezone.now()
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp_president, at=at)
    opens_at = at + timedelta(days=3)
    proclaim(session=gc_part.session, by=cast.cpnefp_president, at=at, opens_at=opens_at)
    chain = gc_part.session.code
    who = gc_enrolments[0].pk
    for act in AFTER:  # by the product itself, and by the clerk's own people
        record(chain=chain, by=None, at=at, facts=[Fact(act, "après", who)])
        record(chain=chain, by=cast.clerk, at=at, facts=[Fact(act, "après")])
    record(chain=chain, by=cast.clerk, at=at, facts=[Fact(Act.EDIT_ENROLMENT, "après", who)])
    head, count = Chain.objects.values_list("head", "count").get(key=chain)

    def read(actor: Actor) -> tuple[set[str], list[int | None], str]:
        lists = [sign_in(actor).get(reverse("candidates:chain_list"), query) for query in ({}, CSV)]
        urls = (enrolment_url(gc_enrolments[0]), session_url(gc_part.session))
        pages = [sign_in(actor).get(url) for url in urls]
        sheets = [sign_in(actor).get(url, CSV) for url in urls]
        chapters = [chapter for page in pages for chapter in page.context["chapters"]]
        said = "".join(answer.content.decode() for answer in (*lists, *pages, *sheets))
        return {chapter.what for chapter in chapters}, [chapter.seq for chapter in chapters], said

    acts, numbers, said = read(cast.clerk)
    hidden = {ACT_LABELS[act] for act in (*AFTER, Act.DECIDE, Act.PROCLAIM, Act.ISSUE_CERTIFICATE)}
    assert not acts & hidden
    assert ACT_LABELS[Act.EDIT_ENROLMENT] in acts
    first = Entry.objects.filter(chain__key=chain, act=Act.DECIDE).order_by("seq")[0].seq
    assert {number for number in numbers if number is not None and number > first} == set()
    assert None in numbers
    for token in (head[:12], f">{count}<", f";{count};", f"{count} entrées"):
        assert token not in said
    assert hidden <= read(cast.ucanss)[0]
    assert head[:12] in read(cast.ucanss)[2]

    Session.objects.filter(code=chain).update(results_open_at=at)
    acts, numbers, said = read(cast.clerk)
    assert acts >= hidden - {ACT_LABELS[Act.PROCLAIM]}  # the national jury's, of no candidate
    assert None not in numbers
    assert head[:12] in said
