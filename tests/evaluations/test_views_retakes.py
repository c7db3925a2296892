"""The pages of the retakes: what is shown, what is refused where it happened, nothing typed is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Mark, RetakeCall
from juries.services.transmission import transmit_part
from tests.cast import Cast, enrol_some
from tests.evaluations.retake_scenes import cc_of, fail_cc, retake
from tests.evaluations.test_retakes import call
from tests.journey import hold_jury, submit_sheets

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]


def url(part: SessionPart, page: str = "retake_list", *more: Any) -> str:
    return reverse(f"evaluations:{page}", args=[part.session.code, part.crfp.code, *more])


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def key_of(enrolment: Enrolment) -> str:
    return f"{enrolment.pk}-{cc_of(enrolment).pk}"


@pytest.fixture
def failed(cast: Cast, dam_enrolments: list[Enrolment]) -> list[Enrolment]:
    fail_cc(cast, dam_enrolments)
    return dam_enrolments


def test_the_list_says_the_mark_the_threshold_and_the_distance(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    page = text_of(sign_in(cast.clerk).get(url(dam_part)))
    assert "8/40" in page
    assert "(−4)" in page
    assert page.count("À convoquer") == 3


def test_calling_then_marking(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    client, today = sign_in(cast.clerk), timezone.localdate()
    ticked = {f"c-{key_of(enrolment)}": "1" for enrolment in failed[:2]}
    form = {"convoquer": "1", "held_on": today.isoformat(), "place": "Lyon, salle 4"}
    done = client.post(url(dam_part), ticked | form, follow=True)
    assert "2 candidats convoqués le" in text_of(done)
    assert RetakeCall.objects.count() == 2
    saved, lost = failed[:2]
    typed = {f"n-{key_of(saved)}": "14", f"n-{key_of(lost)}": "6"}
    versions = {f"v-{key_of(enrolment)}": "0" for enrolment in failed[:2]}
    done = client.post(url(dam_part), typed | versions | {"noter": "1"}, follow=True)
    page = text_of(done).replace("\u00a0", " ")
    assert "2 notes de rattrapage enregistrées" in page
    assert "14/40 remplace 8/40 : n’est plus éliminatoire" in page
    assert "6/40 remplace 8/40 : reste éliminatoire" in page


def test_a_call_refused_keeps_what_was_ticked_and_typed(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    late = timezone.localdate() + timedelta(days=30)
    form = {"convoquer": "1", "held_on": late.isoformat(), "place": "Lyon", f"c-{key_of(failed[0])}": "1"}
    refused = sign_in(cast.clerk).post(url(dam_part), form)
    page = text_of(refused)
    assert refused.status_code == 422
    assert "le rattrapage ne peut pas se tenir après" in page
    assert f'name="c-{key_of(failed[0])}" value="1" checked' in page
    assert 'value="Lyon"' in page
    assert not RetakeCall.objects.exists()


def test_a_mark_refused_stays_typed_and_the_others_go_in(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    call(cast, *failed)
    typed = {f"n-{key_of(failed[0])}": "41", f"n-{key_of(failed[1])}": "14", "noter": "1"}
    refused = sign_in(cast.clerk).post(url(dam_part), typed)
    assert refused.status_code == 422
    assert 'value="41"' in text_of(refused)
    assert Mark.objects.filter(attempt=Mark.Attempt.RETAKE).values_list("value", flat=True)[0] == 14


def test_nothing_typed_changes_nothing(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    call(cast, *failed)
    assert "Aucune note n’a été tapée" in text_of(sign_in(cast.clerk).post(url(dam_part), {"noter": "1"}))


def test_somebody_else_marked_it_meanwhile(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    """Both values are seen; typed again then confirmed, since it would eliminate again, one's own stands."""
    call(cast, failed[0])
    key, stored = key_of(failed[0]), retake(cast, failed[0], "14")
    client, form = sign_in(cast.clerk), {f"n-{key}": "9", f"v-{key}": "0", "noter": "1"}
    refused = client.post(url(dam_part), form)
    assert refused.status_code == 422
    assert "MARCHAND Claire a saisi 14" in text_of(refused)
    assert 'value="9"' in text_of(refused)
    asked = client.post(url(dam_part), form | {f"v-{key}": str(stored.version)})
    assert "deviendrait éliminatoire" in text_of(asked)
    assert f'name="q-{key}" value="9"' in text_of(asked)
    client.post(url(dam_part), form | {f"v-{key}": str(stored.version), f"q-{key}": "9"})
    assert Mark.objects.get(attempt=Mark.Attempt.RETAKE).entry == "9"


def test_giving_up_has_its_page(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    client, here = sign_in(cast.clerk), url(dam_part, "retake_waive", failed[0].pk, "CC")
    assert "reste éliminatoire" in text_of(client.get(here))
    assert client.post(here, {"motive": " "}).status_code == 422
    page = text_of(client.post(here, {"motive": "Quitte l’organisme"}, follow=True))
    assert "renonce au rattrapage" in page
    assert "Quitte l’organisme" in page
    retake(cast, failed[0], "14")
    assert "déjà noté" in text_of(client.get(here))
    assert client.get(url(dam_part, "retake_waive", failed[0].pk, "CARNET")).status_code == 404


def test_the_convocations_are_printed_until_the_mark(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    call(cast, *failed[:2], place="Lyon, salle 4")
    retake(cast, failed[1], "14")
    page = text_of(sign_in(cast.clerk).get(url(dam_part, "retake_slips")))
    assert page.count("Vous êtes convoqué(e)") == 1
    assert failed[0].candidate.full_name in page
    assert "Lyon, salle 4" in page


def test_a_part_that_left_is_read_only(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    fail_cc(cast, dam_enrolments)
    submit_sheets(cast, dam_part)
    hold_jury(cast, dam_part, dam_enrolments)
    transmit_part(part=dam_part, by=cast.clerk, at=timezone.now())
    page = text_of(sign_in(cast.clerk).get(url(dam_part)))
    assert "verrouillés" in page
    assert "Convoquer les candidats" not in page


def test_another_crfp_finds_nothing(cast: Cast, dam_part: SessionPart, sign_in: SignIn) -> None:
    assert sign_in(cast.outsider).get(url(dam_part)).status_code == 404


def test_nobody_to_call_is_said_plainly(cast: Cast, dam_part: SessionPart, sign_in: SignIn) -> None:
    assert "Aucun rattrapage" in text_of(sign_in(cast.clerk).get(url(dam_part)))


def test_the_list_leaves_as_a_table(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn
) -> None:
    retake(cast, failed[0], "14")
    sent = sign_in(cast.clerk).get(url(dam_part), {"format": "csv"}).content.decode("utf-8-sig")
    assert "8;40;12;-4;Noté" in sent
    assert "14/40 remplace 8/40 : n’est plus éliminatoire" in sent.replace("\u00a0", " ")


def test_the_home_page_asks_for_the_calls_then_for_the_marks(
    cast: Cast, dam_part: SessionPart, failed: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    client = sign_in(cast.clerk)
    assert "3 rattrapages à organiser" in text_of(client.get(reverse("home")))
    call(cast, failed[0], days=0)
    call(cast, failed[1], days=2)
    page = text_of(client.get(reverse("home")))
    assert "1 rattrapage à organiser" in page
    assert "1 note de rattrapage à saisir" in page
    assert "rattrapage" not in text_of(sign_in(cast.outsider).get(reverse("home")))


def test_the_page_costs_the_same_for_one_and_three(
    cast: Cast, dam_part: SessionPart, sign_in: SignIn
) -> None:
    client = sign_in(cast.clerk)

    def cost(count: int) -> int:
        enrolments = enrol_some(cast, dam_part, count)
        fail_cc(cast, enrolments)
        call(cast, *enrolments)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(dam_part))
        return len(queries)

    assert cost(1) == cost(3)
