"""Those who may sit again: the list, the planner, the enrolment, the next steps a candidate reads."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import grant_derogation
from cqp.accounts.actor import Actor
from evaluations.models import Mark
from juries.services.composition import assign_candidates
from juries.services.retakes import re_enrol
from tests.cast import Cast, actor_of_candidate, enrol_some, open_session_of, part_of
from tests.evaluations.retake_scenes import cc_of
from tests.journey import GOOD, compose_jury
from tests.juries.again_scenes import EXCUSED, FAILED, regulation_keeping, to_end

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]
LIST = "/jurys/a-representer/"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split()).replace("\u00a0", " ").replace("&nbsp;", " ")


def plan_url(enrolment: Enrolment) -> str:
    return reverse("juries:retake_plan", args=[enrolment.pk])


@pytest.fixture
def three(cast: Cast, dam_part: SessionPart) -> list[Enrolment]:
    """One certified, one not, one deferred."""
    enrolments = enrol_some(cast, dam_part, 3)
    to_end(cast, dam_part, dict(zip(enrolments, (GOOD, FAILED, EXCUSED), strict=True)))
    return enrolments


def test_the_list_has_those_who_may_sit_again_and_no_other(
    cast: Cast, three: list[Enrolment], sign_in: SignIn
) -> None:
    certified, failed, deferred = three
    page = sign_in(cast.clerk).get(LIST)
    assert {row.enrolment.pk for row in page.context["rows"]} == {failed.pk, deferred.pk}
    assert certified.candidate.full_name not in text_of(page)
    assert sign_in(cast.outsider).get(LIST).context["rows"] == []


def test_the_list_filters_and_sorts(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    client = sign_in(cast.clerk)

    def shown(**query: str) -> list[int]:
        return [row.enrolment.pk for row in client.get(LIST, query).context["rows"]]

    _, failed, deferred = three
    assert shown(resultat="REPORTE") == [deferred.pk]
    assert shown(certification="GC") == []
    assert shown(sort="-nom") == list(reversed(shown(sort="nom")))
    assert shown(q=failed.candidate.birth_name) == [failed.pk]


@pytest.mark.parametrize("name", ["ucanss", "cpnefp", "cpnefp_president"])
def test_ucanss_and_the_cpnefp_read_the_planner_and_do_nothing(
    cast: Cast, three: list[Enrolment], sign_in: SignIn, name: str
) -> None:
    part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=2))
    client = sign_in(getattr(cast, name))
    assert three[2].candidate.full_name in text_of(client.get(LIST))
    page = text_of(client.get(plan_url(three[2])))
    assert "Ce qui est conservé" in page
    assert "Réinscrire" not in page


@pytest.mark.parametrize("name", ["organisme", "tutor", "manager", "juror"])
def test_nobody_else_reads_it(cast: Cast, three: list[Enrolment], sign_in: SignIn, name: str) -> None:
    client = sign_in(getattr(cast, name))
    assert client.get(LIST).status_code == 403
    assert client.get(plan_url(three[2])).status_code == 403


def test_the_planner_says_what_why_and_where(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    client = sign_in(cast.clerk)
    page = text_of(client.get(plan_url(three[2])))
    assert "Tout ce qui a été noté est conservé, sauf les absences justifiées." in page
    assert "Contrôle continu : 28/40" in page
    assert "Aucune session n’est ouverte" in page
    session = open_session_of("DAM_2006", cast.ucanss, months_ahead=2)
    page = text_of(client.get(plan_url(three[2])))
    assert f'id="s-{session.code}"' in page
    assert "Réinscrire à cette session" in page
    assert client.get(plan_url(three[0])).status_code == 404
    failed = text_of(client.get(plan_url(three[1])))
    assert "Le règlement ne conserve rien après un échec." in failed


def test_enrolling_again_leads_to_the_enrolment(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    session = open_session_of("DAM_2006", cast.ucanss, months_ahead=2)
    client, deferred = sign_in(cast.clerk), three[2]
    button = reverse("juries:re_enrolment", args=[deferred.pk, session.code])
    page = text_of(client.post(button, follow=True))
    made = Enrolment.objects.get(session=session)
    assert f"{deferred.candidate.full_name} est réinscrit" in page
    assert made.candidate == deferred.candidate
    assert client.post(button)["Location"] == reverse("candidates:enrolment_detail", args=[made.pk])
    assert Enrolment.objects.filter(session=session).count() == 1
    assert [row.enrolment.pk for row in client.get(LIST).context["rows"]] == [three[1].pk]
    assert "Déjà réinscrit" in text_of(client.get(plan_url(deferred)))


def test_a_refusal_is_said_on_the_planner(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    session = open_session_of("GC_2013", cast.ucanss, months_ahead=2)
    button = reverse("juries:re_enrolment", args=[three[2].pk, session.code])
    page = text_of(sign_in(cast.clerk).post(button, follow=True))
    assert "L’inscription n’est pas faite." in page
    assert "un autre CQP" in page


def test_a_course_too_long_is_said_to_need_a_derogation(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    session = open_session_of("GC_2013", cast.ucanss, months_ahead=2)
    start = session.exam_last_day - relativedelta(months=24) - timedelta(days=1)
    (enrolment,) = enrol_some(cast, gc_part, 1, premss_start=start)
    grant_derogation(enrolment=enrolment, motive="Maternité", by=cast.ucanss, at=timezone.now())
    to_end(cast, gc_part, {enrolment: FAILED})
    page = text_of(sign_in(cast.clerk).get(plan_url(enrolment)))
    assert "une dérogation de l’Ucanss sera nécessaire" in page
    assert "24 mois à compter du premier jour de Prem’ss" in page
    assert "Maternité" in page


def test_home_counts_them(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    page = text_of(sign_in(cast.clerk).get(reverse("home")))
    assert "2 candidats peuvent se représenter" in page
    assert "2 candidats peuvent se représenter" in text_of(sign_in(cast.cpnefp).get(reverse("home")))
    for nobody in (cast.outsider, cast.organisme, cast.tutor):
        assert "se représenter" not in text_of(sign_in(nobody).get(reverse("home")))


def test_the_candidate_reads_what_comes_next_once_unlocked(
    cast: Cast, three: list[Enrolment], sign_in: SignIn
) -> None:
    session = open_session_of("DAM_2006", cast.ucanss, months_ahead=2)
    deferred, here = three[2], reverse("juries:own_results")
    client = sign_in(actor_of_candidate(deferred))
    assert "Et ensuite" not in text_of(client.get(here))
    page = text_of(client.post(here, {"number": deferred.number}, follow=True))
    assert "Et ensuite" in page
    assert "Contrôle continu : 28/40" in page
    assert "inscriptions jusqu’au" in page
    assert "Votre CRFP vous réinscrit : adressez-vous au CRFP de Lyon." in page
    re_enrol(enrolment=deferred, part=part_of(session), by=cast.clerk, at=session.opened_at)
    assert "Vous êtes réinscrit(e)" in text_of(client.get(here))


def test_a_certified_candidate_has_no_next_step(cast: Cast, three: list[Enrolment], sign_in: SignIn) -> None:
    client, here = sign_in(actor_of_candidate(three[0])), reverse("juries:own_results")
    assert "Et ensuite" not in text_of(client.post(here, {"number": three[0].number}, follow=True))


def test_a_kept_mark_is_locked_in_the_grid_and_told_everywhere(
    cast: Cast, three: list[Enrolment], sign_in: SignIn
) -> None:
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=2))
    made = re_enrol(enrolment=three[2], part=part, by=cast.clerk, at=part.session.opened_at)
    client, told = sign_in(cast.clerk), "Note conservée de la session"
    grid = client.get(reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code]))
    assert "cell-kept" in text_of(grid)
    assert told in text_of(grid)
    assert f'name="n-{made.pk}-{cc_of(made).pk}-1"' not in text_of(grid)
    assert told in text_of(client.get(reverse("evaluations:tally_detail", args=[made.pk])))
    assert told in text_of(client.get(reverse("candidates:enrolment_detail", args=[made.pk])))
    history = client.get(reverse("evaluations:mark_history", args=[made.pk, cc_of(made).pk, 1]))
    assert told in text_of(history)
    assert "MARCHAND Claire" in text_of(history)
    assert "Remettre" not in text_of(history)
    cell = f"{made.pk}-{cc_of(made).pk}-1"
    client.post(grid.request["PATH_INFO"], {f"n-{cell}": "35", f"v-{cell}": "1:28"})
    assert Mark.objects.get(enrolment=made, block=cc_of(made)).entry == "28"


def test_a_jury_reads_the_mark_that_was_kept_and_does_not_type_it(
    cast: Cast, dam_part: SessionPart, sign_in: SignIn
) -> None:
    version = regulation_keeping(cast, "DAM_2006", deferred=None, failed=True).version
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=1, version=version))
    (enrolment,) = enrol_some(cast, part, 1)
    to_end(cast, part, {enrolment: FAILED})
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=3, version=version))
    made = re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=part.session.opened_at)
    jury = compose_jury(cast, part)
    (hearing,) = assign_candidates(jury=jury, enrolments=[made], by=cast.clerk, at=timezone.now())
    client, here = sign_in(cast.jury_president), reverse("juries:hearing", args=[hearing.pk])
    page = text_of(client.get(here))
    assert page.count("Note conservée de la session") == 2
    assert page.count("readonly") == 2
    sheet = {"note-MEMOIRE": "29", "version-MEMOIRE": "1", "note-ORAL": "15", "version-ORAL": "1"}
    refused = client.post(here, sheet | {"opinion_version": "0"})
    assert "elle ne se change pas" in text_of(refused)
    kept = sheet | {"note-MEMOIRE": "20", "opinion": "attribution", "opinion_version": "0"}
    assert client.post(here, kept).status_code == 302


def test_the_list_costs_the_same_for_one_and_three(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.clerk)

    def cost(count: int, months: int) -> int:
        part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=months))
        to_end(cast, part, dict.fromkeys(enrol_some(cast, part, count), EXCUSED))
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        return len(queries)

    assert cost(1, 0) == cost(3, 1)


def test_the_grid_asks_once_where_marks_were_kept(cast: Cast, dam_part: SessionPart, sign_in: SignIn) -> None:
    enrolments = enrol_some(cast, dam_part, 4)
    to_end(cast, dam_part, dict.fromkeys(enrolments, EXCUSED))
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=2))
    client, here = (
        sign_in(cast.clerk),
        reverse("evaluations:mark_sheet", args=[part.session.code, "CRFP-LYO"]),
    )

    def cost(again: list[Enrolment]) -> int:
        for enrolment in again:
            re_enrol(enrolment=enrolment, part=part, by=cast.clerk, at=part.session.opened_at)
        with CaptureQueriesContext(connection) as queries:
            client.get(here)
        return len(queries)

    assert cost(enrolments[:1]) == cost(enrolments[1:])
