"""The screens of seats, substitutes, recusals, the deliberation and the reopening."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from evaluations.models import Mark
from juries.models import Hearing, JurySeat, LocalJury, LocalMinutes, Opinion, Recusal
from juries.services import local
from juries.services.recusals import recuse
from juries.states import JuryState
from tests.cast import Cast
from tests.juries.scenes import closed_jury, composed_jury, hear, seat_rules

pytestmark = pytest.mark.django_db
SignIn = Callable[[Actor], Client]


def url(name: str, *args: object) -> str:
    return reverse(f"juries:{name}", args=args)


def step_aside(enrolment: Enrolment, by: Actor) -> None:
    recuse(hearing=Hearing.objects.get(enrolment=enrolment), motive="Voisin", by=by, at=timezone.now())


def queries_of(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(where).status_code == 200
    return len(queries)


# --- Seats and substitutes ---


def test_the_crfp_names_calls_and_removes_substitutes(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments)
    rule, client = seat_rules(jury)[0], sign_in(cast.clerk)
    taken = jury.seats.get(rule=rule)
    new = {"email": "neuf@exemple.fr", "last_name": "Neuf", "first_name": "Nils", "quality": "MCR"}
    sent = {f"suppleant-{rule.code}-{name}": value for name, value in new.items()}

    page = client.post(url("substitute_name", jury.pk, rule.code), sent, follow=True).content.decode()
    assert "NEUF Nils est suppléant" in page
    substitute = jury.substitutes.get()
    refused = client.post(url("substitute_call", substitute.pk), follow=True).content.decode()
    assert "notez d’abord son absence" in refused
    empty = client.post(url("seat_absent", taken.pk), {f"absence-{taken.pk}-motive": ""})
    assert "Ce champ est obligatoire" in empty.content.decode()
    page = client.post(
        url("seat_absent", taken.pk), {f"absence-{taken.pk}-motive": "Grève"}, follow=True
    ).content.decode()
    assert "Grève" in page
    assert "Composition incomplète" in page
    client.post(url("seat_present", taken.pk))
    assert JurySeat.objects.get(pk=taken.pk).is_present
    client.post(url("seat_absent", taken.pk), {f"absence-{taken.pk}-motive": "Grève"})

    page = client.post(url("substitute_call", substitute.pk), follow=True).content.decode()

    assert "Suppléant appelé" in page
    assert "présidence.</div>" in page
    client.post(url("substitute_remove", substitute.pk))
    assert not jury.substitutes.exists()
    assert jury.seats.get(rule=rule).user.last_name == "Neuf"


def test_a_quality_that_is_not_admissible_is_said_beside_the_field(
    cast: Cast, dam_part: SessionPart, sign_in: SignIn
) -> None:
    jury = composed_jury(cast, dam_part, [])
    rule = seat_rules(jury)[0]
    sent = {"juror": cast.jury_president.user.pk, "quality": "Voisin", "letter": "LR-9"}
    data = {f"siege-{rule.code}-{name}": value for name, value in sent.items()}

    client = sign_in(cast.clerk)
    page = client.post(url("seat_fill", jury.pk, rule.code), data).content.decode()

    assert "Voisin" in page
    assert 'value="LR-9"' in page
    assert jury.seats.get(rule=rule).quality is None
    client.post(url("seat_fill", jury.pk, rule.code), data | {f"siege-{rule.code}-quality": "CNAMTS"})
    kept = jury.seats.get(rule=rule)
    assert (kept.quality, kept.letter, kept.is_president) == ("CNAMTS", "LR-9", True)


def test_a_clerk_of_another_crfp_touches_no_seat(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    jury = composed_jury(cast, gc_part, [])
    taken = jury.seats.all()[0]
    sent = {f"absence-{taken.pk}-motive": "Grève"}

    assert sign_in(cast.outsider).post(url("seat_absent", taken.pk), sent).status_code == 404
    assert sign_in(cast.juror).post(url("seat_absent", taken.pk), sent).status_code == 403
    assert JurySeat.objects.get(pk=taken.pk).is_present


# --- Recusal ---


def test_a_juror_steps_aside_from_the_page_and_then_sees_a_number_only(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments)
    hearing, candidate = dam_enrolments[0].hearing, dam_enrolments[0].candidate
    client = sign_in(cast.juror)
    assert url("hearing_recuse", hearing.pk) in client.get(url("hearing", hearing.pk)).content.decode()

    empty = client.post(url("hearing_recuse", hearing.pk), {"motive": ""}).content.decode()
    assert "Ce champ est obligatoire" in empty
    assert not Recusal.objects.exists()
    page = client.post(url("hearing_recuse", hearing.pk), {"motive": "Voisin"}, follow=True).content.decode()
    again = client.post(url("hearing_recuse", hearing.pk), {"motive": "Voisin"})

    assert again.status_code == 302
    assert Recusal.objects.count() == 1
    assert "vous êtes récusé" in page
    assert dam_enrolments[0].number[:5] in page
    for where in (url("jury_detail", jury.pk), url("jury_close", jury.pk), url("jury_list")):
        assert candidate.full_name not in client.get(where).content.decode()
    for where in (
        url("jury_detail", jury.pk) + "?format=csv",
        url("hearing", dam_enrolments[1].hearing.pk),
    ):
        assert candidate.full_name not in client.get(where).content.decode()


def test_a_recused_juror_posts_neither_mark_nor_opinion(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    step_aside(gc_enrolments[0], cast.juror)
    sheet = {"note-ORAL": "14", "version-ORAL": "0", "opinion": "attribution", "opinion_version": "0"}

    answer = sign_in(cast.juror).post(url("hearing", gc_enrolments[0].hearing.pk), sheet)

    assert answer.status_code == 404
    assert not Mark.objects.exists()
    assert not Opinion.objects.exists()


def test_a_juror_of_another_jury_neither_steps_aside_nor_closes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.second_juror)  # sits in no jury of two seats

    assert (
        client.post(url("hearing_recuse", gc_enrolments[0].hearing.pk), {"motive": "Non"}).status_code == 404
    )
    assert client.post(url("jury_close", jury.pk), {"incidents": ""}).status_code == 404
    assert not Recusal.objects.exists()


# --- Deliberation and closing ---


def test_the_deliberation_points_out_what_the_jury_itself_noted(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    hear(cast, gc_enrolments[0], "4")
    hear(cast, gc_enrolments[1], favourable=False, argument="Trop fragile à l’oral.")
    hear(cast, gc_enrolments[2])

    page = sign_in(cast.jury_president).get(url("jury_close", jury.pk)).content.decode()

    assert "note éliminatoire" in page
    assert "Avis défavorable sans note éliminatoire du jury" in page
    assert "ils ne sont pas comparés" in page


def test_the_incidents_typed_there_are_in_the_minutes(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    client = sign_in(cast.jury_president)

    hostile = client.post(url("jury_close", jury.pk), {"incidents": "Panne \u202e"}).content.decode()
    assert "ne peut pas être imprimé" in hostile
    assert "Panne" in hostile
    page = client.post(url("jury_close", jury.pk), {"incidents": "Panne"}, follow=True).content.decode()
    client.post(url("jury_close", jury.pk), {"incidents": "Panne"})

    assert "Panne" in LocalMinutes.objects.get().content
    assert url("jury_minutes", jury.pk, 1) in page


def test_an_empty_jury_is_not_closed_by_a_direct_post(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, [])

    page = sign_in(cast.jury_president).post(url("jury_close", jury.pk), {"incidents": ""})

    assert "Aucun candidat n’est affecté" in page.content.decode()
    assert LocalJury.objects.get().state == JuryState.OPEN
    assert not LocalMinutes.objects.exists()


# --- Minutes and reopening ---


def test_the_minutes_are_read_by_the_jury_its_crfp_and_ucanss(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], sign_in: SignIn, now: datetime
) -> None:
    jury = composed_jury(cast, dam_part, dam_enrolments)
    step_aside(dam_enrolments[0], cast.juror)
    for enrolment in dam_enrolments:
        if enrolment != dam_enrolments[0]:
            hear(cast, enrolment)
    local.record_hearing(
        hearing=dam_enrolments[0].hearing,
        marks=[
            local.MarkEntry(block, "20", 0)
            for block in dam_part.session.adoption.regulation.blocks.filter(recorder="JURY")
        ],
        opinion=local.OpinionEntry(True, "", 0),
        by=cast.jury_president,
        at=now,
    )
    local.close_jury(jury=jury, by=cast.jury_president, at=now)

    whole = {
        sign_in(actor).get(url(name, jury.pk, 1)).content
        for actor, name in (
            (cast.ucanss, "part_minutes"),
            (cast.clerk, "part_minutes"),
            (cast.jury_president, "jury_minutes"),
        )
    }
    extract = sign_in(cast.juror).get(url("jury_minutes", jury.pk, 1))

    assert len(whole) == 1
    assert extract["Content-Type"] == "application/pdf"
    assert extract.content not in whole
    assert sign_in(cast.outsider).get(url("part_minutes", jury.pk, 1)).status_code == 404
    assert sign_in(cast.ucanss).get(url("part_minutes", jury.pk, 2)).status_code == 404


def test_ucanss_opens_a_jury_again_from_the_list_of_the_session(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    client, listed = sign_in(cast.ucanss), url("session_juries", gc_part.session.code)
    assert url("jury_reopen", jury.pk) in client.get(listed).content.decode()

    empty = client.post(url("jury_reopen", jury.pk), {}).content.decode()
    assert "Ce champ est obligatoire" in empty
    page = client.post(url("jury_reopen", jury.pk), {"motive": "Avis inversé"}, follow=True).content.decode()
    client.post(url("jury_reopen", jury.pk), {"motive": "Avis inversé"})

    assert "Rouvert" in page
    assert "Avis inversé" in page
    assert jury.reopenings.count() == 1
    assert "Avis inversé" in sign_in(cast.juror).get(url("jury_detail", jury.pk)).content.decode()
    assert "Avis inversé" in sign_in(cast.clerk).get(url("jury_edit", jury.pk)).content.decode()


def test_a_crfp_does_not_open_a_jury_again(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = closed_jury(cast, gc_part, gc_enrolments)
    client = sign_in(cast.clerk)

    assert client.post(url("jury_reopen", jury.pk), {"motive": "Erreur"}).status_code == 403
    listed = client.get(url("session_juries", gc_part.session.code)).content.decode()
    assert url("jury_reopen", jury.pk) not in listed
    assert LocalJury.objects.get().state == JuryState.CLOSED


def test_the_juries_of_a_session_take_as_many_queries_whatever_their_number(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], sign_in: SignIn
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments[:1], "Jury 1")
    pages = [
        (cast.ucanss, url("session_juries", gc_part.session.code)),
        (cast.juror, url("jury_close", jury.pk)),
    ]
    few = [queries_of(sign_in(actor), where) for actor, where in pages]

    composed_jury(cast, gc_part, gc_enrolments[1:2], "Jury 2")
    composed_jury(cast, gc_part, gc_enrolments[2:], "Jury 3")
    many = [queries_of(sign_in(actor), where) for actor, where in pages]

    assert many == few
