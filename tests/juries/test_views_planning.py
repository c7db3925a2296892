"""The screens of the planning and of the convocations: what they show, what they refuse, wrong clicks."""

from collections.abc import Callable
from datetime import time

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Candidate, Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry
from juries.models import Hearing, HearingDay, HearingSlot, LocalJury, Summons, Unavailability
from juries.services.composition import assign_candidates
from juries.services.planning import propose_plan
from juries.services.summons import summon
from juries.summons import sent_pdf
from tests.cast import Cast, actor_of_candidate, enrol_some
from tests.juries.planning_scenes import away, in_days, move, new_day, planned_jury, unsent
from tests.juries.scenes import closed_jury, composed_jury

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]


@pytest.fixture
def gc_enrolments(gc_enrolments: list[Enrolment]) -> list[Enrolment]:
    """By name, as a proposal takes people of one organisme."""
    return sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)


def url(name: str, pk: int) -> str:
    return reverse(f"juries:{name}", args=[pk])


def hearing_of(enrolment: Enrolment) -> Hearing:
    return Hearing.objects.get(enrolment=enrolment)


def day_data(**changes: str) -> dict[str, str]:
    data = {"day": in_days(25).isoformat(), "place": "Lyon", "room": "Salle A", "starts": "09:00"}
    return data | {"ends": "17:00", "break_starts": "12:00", "break_ends": "13:00"} | changes


def plain(text: str) -> str:
    return text.replace("&nbsp;", " ").replace("\u00a0", " ")


# --- The plan ---


def test_a_jury_without_a_day_says_so_and_asks_for_one(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    assert url("jury_plan", jury.pk) in client.get(url("jury_edit", jury.pk)).content.decode()
    page = client.get(url("jury_plan", jury.pk)).content.decode()
    assert "Aucune journée d’audition" in page
    assert "Proposer un horaire" not in page
    assert page.count("n’a aucune journée d’audition à venir") == 3
    answer = client.post(url("day_add", jury.pk), day_data())
    assert answer.headers["Location"] == url("jury_plan", jury.pk)
    assert "Proposer un horaire" in client.get(url("jury_plan", jury.pk)).content.decode()


def test_hours_are_proposed_in_one_click_and_a_second_changes_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    new_day(cast, jury)
    client = sign_in(cast.clerk)
    page = client.post(url("plan_propose", jury.pk), follow=True).content.decode()
    assert "3 auditions planifiées" in page
    assert plain(page).index("9 h 45") < plain(page).index("10 h 30")
    before = Entry.objects.count()
    client.post(url("plan_propose", jury.pk))
    assert Entry.objects.count() == before


def test_who_cannot_be_placed_is_told_on_the_page(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    day = new_day(cast, jury)
    away(cast, gc_enrolments[0], day.day)
    client = sign_in(cast.clerk)
    page = client.post(url("plan_propose", jury.pk), follow=True).content.decode()
    assert "1 sans horaire, la raison est dite sur sa ligne" in page
    assert "n’est disponible à aucune des heures libres" in page
    assert "Aucune heure libre ne convient" in page


def test_an_hour_that_no_longer_holds_is_flagged(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    away(cast, gc_enrolments[0], in_days(25), time(8), time(18))
    page = plain(sign_in(cast.clerk).get(url("jury_plan", jury.pk)).content.decode())
    assert page.count("is-attention") == 1
    assert f"{gc_enrolments[0].candidate.full_name} est indisponible de 8 h à 18 h." in page


def test_everything_is_planned_anew_when_asked(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    move(cast, gc_enrolments[0], jury.days.get(), time(15))
    client = sign_in(cast.clerk)
    assert "Tout replanifier" in client.get(url("jury_plan", jury.pk)).content.decode()
    client.post(url("plan_propose", jury.pk), {"anew": "1"})
    hours = HearingSlot.objects.order_by("starts").values_list("starts", flat=True)
    assert list(hours) == [time(9), time(9, 45), time(10, 30)]


def test_a_juror_expected_by_two_juries_the_same_day_is_said(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    other = composed_jury(cast, gc_part, gc_enrolments[1:], "Jury 2")
    client = sign_in(cast.clerk)
    new_day(cast, other, 26)
    assert "siège aussi" not in client.get(url("jury_plan", jury.pk)).content.decode()
    new_day(cast, other, room="Salle B")
    page = client.get(url("jury_plan", jury.pk)).content.decode()
    name = cast.juror.user.full_name
    assert page.count(f"{name} siège aussi dans Jury 2 (CRFP de Lyon) ce jour-là.") == 1


def test_a_closed_jury_shows_its_plan_and_changes_nothing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    for name in ("jury_plan", "summons_list", "day_add"):
        assert "est clos" in client.get(url(name, jury.pk)).content.decode()
    assert "est clos" in client.get(url("hearing_hour", hearing_of(gc_enrolments[0]).pk)).content.decode()
    answer = client.post(url("day_add", jury.pk), day_data())
    assert answer.status_code == 422
    page = client.post(url("plan_propose", jury.pk), follow=True).content.decode()
    assert "est clos" in page
    assert not HearingDay.objects.exists()


@pytest.mark.parametrize("name", ["jury_plan", "summons_list"])
def test_a_list_costs_the_same_for_one_and_for_three(
    name: str, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    away(cast, gc_enrolments[0], in_days(25))
    client = sign_in(cast.clerk)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(name, jury.pk)).status_code == 200
        return len(queries)

    first = cost()
    assign_candidates(jury=jury, enrolments=gc_enrolments[1:], by=cast.clerk, at=timezone.now())
    new_day(cast, jury, 26)
    move(cast, gc_enrolments[1], jury.days.get(day=in_days(26)), time(9))
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    away(cast, gc_enrolments[1], in_days(3))
    assert cost() == first


# --- A day ---


def test_a_refused_day_keeps_what_was_typed_beside_the_reason(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    answer = client.post(url("day_add", jury.pk), day_data(break_ends="18:00", room="Salle Bleue"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "La pause doit être comprise dans la journée." in answer.context["form"].errors["break_ends"]
    assert "Salle Bleue" in page
    for wrong in ({"starts": "25:00"}, {"day": "31/02/2027"}, {"place": ""}, {"place": "\u202elyon"}):
        assert client.post(url("day_add", jury.pk), day_data(**wrong)).status_code == 422
    assert not HearingDay.objects.exists()
    client.post(url("day_add", jury.pk), day_data(starts="9 h 05"))
    assert HearingDay.objects.get().starts == time(9, 5)


def test_a_day_with_hearings_says_why_it_stays(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    day = jury.days.get()
    client = sign_in(cast.clerk)
    page = client.post(url("day_remove", day.pk), follow=True).content.decode()
    assert "Cette journée entend" in page
    assert gc_enrolments[0].candidate.full_name in page
    answer = client.post(url("day_edit", day.pk), day_data(ends="10:00", break_starts="", break_ends=""))
    assert answer.status_code == 422
    assert "sortirait de la journée" in plain(answer.content.decode())
    client.post(url("day_edit", day.pk), day_data(room="Salle B"))
    assert HearingDay.objects.get().room == "Salle B"


def test_a_day_removed_twice_is_not_an_error(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    day = new_day(cast, jury)
    client = sign_in(cast.clerk)
    assert client.post(url("day_remove", day.pk)).status_code == 302
    assert client.post(url("day_remove", day.pk)).status_code == 404
    assert client.get(url("day_attendance", day.pk)).status_code == 404


# --- By hand ---


def test_a_hand_refused_is_told_beside_the_hour(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    day, hearing = jury.days.get(), hearing_of(gc_enrolments[2])
    client, where = sign_in(cast.clerk), url("hearing_hour", hearing.pk)
    assert gc_enrolments[2].candidate.full_name in client.get(where).content.decode()
    answer = client.post(where, {"day": day.pk, "starts": "09:20"})
    assert answer.status_code == 422
    (said,) = answer.context["form"].errors["starts"]
    assert f"chevaucherait celle de {gc_enrolments[0].candidate.full_name}" in said
    assert 'value="09:20"' in answer.content.decode()
    for wrong in ("", "midi", "9:61"):
        assert client.post(where, {"day": day.pk, "starts": wrong}).status_code == 422
    assert client.post(where, {"day": 999_999, "starts": "14:00"}).status_code == 422
    for _ in range(2):
        answer = client.post(where, {"day": day.pk, "starts": "14:00"})
        assert answer.headers["Location"] == url("jury_plan", jury.pk)
    assert HearingSlot.objects.get(hearing=hearing).starts == time(14)


def test_a_day_of_another_jury_is_not_offered(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    planned_jury(cast, gc_part, gc_enrolments[:1])
    other = planned_jury(cast, gc_part, gc_enrolments[1:], "Jury 2", room="Salle B")
    where = url("hearing_hour", hearing_of(gc_enrolments[0]).pk)
    answer = sign_in(cast.clerk).post(where, {"day": other.days.get().pk, "starts": "15:00"})
    assert answer.status_code == 422


def test_an_hour_is_taken_back_and_somebody_withdrawn_has_no_page(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    planned_jury(cast, gc_part, gc_enrolments)
    client, hearing = sign_in(cast.clerk), hearing_of(gc_enrolments[0])
    for _ in range(2):
        assert client.post(url("hearing_clear", hearing.pk)).status_code == 302
    assert not HearingSlot.objects.filter(hearing=hearing).exists()
    withdraw(enrolment=gc_enrolments[0], motive="Mutation", by=cast.clerk, at=timezone.now())
    assert client.get(url("hearing_hour", hearing.pk)).status_code == 404
    assert client.post(url("away_add", hearing.pk)).status_code == 404


def test_absences_are_noted_and_removed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    client, hearing = sign_in(cast.clerk), hearing_of(gc_enrolments[0])
    where = url("away_add", hearing.pk)
    typed = {"away-day": in_days(25).isoformat(), "away-starts": "09:00", "away-reason": "Congrès <b>"}
    answer = client.post(where, typed)
    assert answer.status_code == 422
    assert "Indiquez les deux heures" in answer.content.decode()
    assert "Congrès &lt;b&gt;" in answer.content.decode()
    for _ in range(2):
        client.post(where, typed | {"away-ends": "10:00"})
    row = Unavailability.objects.get()
    page = client.get(url("hearing_hour", hearing.pk)).content.decode()
    assert "de 9 h à 10 h" in plain(page)
    assert "<b>" not in page
    assert client.post(url("away_remove", row.pk)).status_code == 302
    assert client.post(url("away_remove", row.pk)).status_code == 404


# --- Convocations ---


def summoned(cast: Cast, part: SessionPart, enrolments: list[Enrolment]) -> LocalJury:
    jury = planned_jury(cast, part, enrolments)
    summon(jury=jury, by=cast.clerk, at=timezone.now())
    return jury


def test_everybody_is_told_from_the_page_and_a_double_click_tells_nobody_twice(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    page = client.get(url("summons_list", jury.pk)).content.decode()
    assert page.count("À prévenir</span>") == 3
    assert "Convoquer ces candidats" in page
    page = client.post(url("summons_send", jury.pk), follow=True).content.decode()
    assert "3 convocations faites." in page
    assert page.count("Prévenu</span>") == 3
    assert "Convoquer ces" not in page
    page = client.post(url("summons_send", jury.pk), follow=True).content.decode()
    assert "Chacun est déjà prévenu" in page
    assert len(mail.outbox) == 3


def test_every_rank_is_told_with_who_has_to_be_told_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = summoned(cast, gc_part, gc_enrolments)
    move(cast, gc_enrolments[0], jury.days.get(), time(15))
    client = sign_in(cast.clerk)
    page = plain(client.get(url("summons_list", jury.pk)).content.decode())
    assert page.count("À prévenir de nouveau</span>") == 1
    assert "annule et remplace la convocation n° 1" in page
    client.post(url("summons_send", jury.pk))
    page = plain(client.get(url("summons_list", jury.pk)).content.decode())
    assert page.count("n° 2</a>") == 1
    assert page.count("n° 1</a>") == 3
    assert page.count(": envoyée (candidat") == 4
    for row in Summons.objects.all():
        answer = client.get(url("summons_one", row.pk))
        assert answer["Content-Type"] == "application/pdf"
    answer = client.get(url("summons_book", jury.pk))
    assert answer["Content-Disposition"] == f'inline; filename="convocations-{jury.pk}.pdf"'
    assert answer["Cache-Control"] == "no-store"


def test_a_message_that_failed_is_sent_again_from_the_page(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments[:1])
    row = unsent(cast, jury)
    client = sign_in(cast.clerk)
    page = client.get(url("summons_list", jury.pk)).content.decode()
    assert "message non parti" in page
    assert "Renvoyer" in page
    for _ in range(2):
        page = client.post(url("summons_again", row.pk), follow=True).content.decode()
    assert "Renvoyer" not in page
    assert len(mail.outbox) == 1


def test_the_story_of_a_candidate_tells_the_plan_and_the_message_in_french(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    summoned(cast, gc_part, gc_enrolments[:1])
    away(cast, gc_enrolments[0], in_days(3))
    where = reverse("candidates:enrolment_story", args=[gc_enrolments[0].pk])
    page = plain(sign_in(cast.clerk).get(where).content.decode())
    for told in ("Heure : ", "09:00", "Convocation n° : ", "Message : ", "envoyé<", "Indisponible le : "):
        assert told in page, told
    assert "ENVOYEE" not in page


def test_a_paper_letter_is_listed_and_printed(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    Candidate.objects.filter(pk=gc_enrolments[0].candidate_id).update(email="")
    jury = planned_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    assert "à remettre sur papier" in client.get(url("summons_list", jury.pk)).content.decode()
    page = client.post(url("summons_send", jury.pk), follow=True).content.decode()
    assert f"À remettre sur papier : {gc_enrolments[0].candidate.full_name}." in plain(page)


def test_without_any_convocation_there_is_nothing_to_print(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = planned_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)
    assert "Toutes les convocations" not in client.get(url("summons_list", jury.pk)).content.decode()
    assert client.get(url("summons_book", jury.pk)).status_code == 302


def test_a_candidate_reads_only_his_or_her_own(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    summoned(cast, gc_part, gc_enrolments)
    mine, other = (Summons.objects.get(enrolment=enrolment) for enrolment in gc_enrolments[:2])
    client = sign_in(actor_of_candidate(gc_enrolments[0]))
    assert client.get(url("own_summons", mine.pk)).content == sent_pdf(mine)  # without the number (R37)
    assert client.get(url("own_summons", other.pk)).status_code == 404
    assert client.get(url("summons_one", mine.pk)).status_code == 403


def test_an_empty_jury_has_its_pages(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    jury = composed_jury(cast, gc_part, [])
    client = sign_in(cast.clerk)
    assert "Aucun candidat dans ce jury" in client.get(url("summons_list", jury.pk)).content.decode()
    assert client.get(url("jury_plan", jury.pk)).status_code == 200
    day = new_day(cast, jury)
    assert client.get(url("day_attendance", day.pk)).content.startswith(b"%PDF")


# --- The jurors ---


def test_a_juror_reads_the_hours_and_follows_them(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.juror)
    assert "Heure</th>" not in client.get(url("jury_detail", jury.pk)).content.decode()
    day = new_day(cast, jury)
    for enrolment, hour in zip(gc_enrolments, (time(15), time(9)), strict=False):
        move(cast, enrolment, day, hour)
    answer = client.get(url("jury_detail", jury.pk))
    order = [line.enrolment for line in answer.context["lines"]]
    assert order == [gc_enrolments[1], gc_enrolments[0], gc_enrolments[2]]
    assert "Non fixée" in answer.content.decode()
    answer = client.get(url("hearing", hearing_of(gc_enrolments[0]).pk))
    assert answer.context["previous"].enrolment == gc_enrolments[1]
    assert "Salle A" in client.get(reverse("juries:jury_list")).content.decode()


def test_the_hours_cost_a_juror_no_query_more(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1])
    new_day(cast, jury)
    client = sign_in(cast.juror)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(url("jury_detail", jury.pk))
        return len(queries)

    before = cost()
    more = enrol_some(cast, gc_part, 2)
    assign_candidates(jury=jury, enrolments=more, by=cast.clerk, at=timezone.now())
    propose_plan(jury=jury, anew=False, by=cast.clerk, at=timezone.now())
    assert cost() == before
