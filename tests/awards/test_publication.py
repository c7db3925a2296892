"""When the results of a session open: chosen at its proclamation, moved until then, never after."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from candidates.models import Session, SessionPart
from cqp.awards.services.publication import set_opening
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Refusal
from juries.publication import hour_refusal, said
from juries.services.national import adopt_clear_files, proclaim
from tests.awards.publication_scenes import AWHILE, let_open, proclaimed_later
from tests.cast import PASSWORD, Cast
from tests.juries.national_scenes import CLEAR, play, sit

pytestmark = pytest.mark.django_db


def moves(session: Session) -> int:
    return Entry.objects.filter(chain__key=session.code, act=Act.PUBLISH).count()


def ready(cast: Cast, part: SessionPart) -> dict[str, str]:
    """A session decided, and what the page of its proclamation posts."""
    play(cast, part, [CLEAR])
    sit(cast, part.session)
    adopt_clear_files(session=part.session, by=cast.cpnefp, at=timezone.now())
    return {"check": "on", "password": PASSWORD}


def seen_on(client: Any, url: str) -> str:
    return str(client.get(url).context["form"]["seen"].value())


def test_results_open_at_once_unless_told_otherwise(cast: Cast, gc_part: SessionPart) -> None:
    ready(cast, gc_part)
    at = timezone.now()
    proclaim(session=gc_part.session, by=cast.cpnefp_president, at=at)
    session = Session.objects.get(pk=gc_part.session_id)
    assert session.results_open_at == at
    assert session.is_published(at)


def test_the_president_chooses_a_day_and_an_hour(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    posted, url = ready(cast, gc_part), reverse("juries:proclaim", args=[gc_part.session.code])
    client, day = sign_in(cast.cpnefp_president), timezone.localdate() + timedelta(days=5)
    choice = {"when": "plus-tard", "opens_on": day.isoformat(), "opens_hour": "09:00"}
    client.post(url, posted | choice | {"seen": seen_on(client, url)})
    session = Session.objects.get(pk=gc_part.session_id)
    assert session.results_open_at is not None
    local = timezone.localtime(session.results_open_at)
    assert (local.date(), local.hour, local.minute) == (day, 9, 0)
    page = client.get(reverse("juries:proclamation_detail", args=[gc_part.session.code])).content.decode()
    assert said(session.results_open_at) in page


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ({}, "Dites quand les résultats s’ouvrent."),
        ({"when": "plus-tard"}, "Indiquez le jour de l’ouverture"),
        ({"when": "plus-tard", "opens_on": "demain", "opens_hour": "9h"}, "Cette date n’existe pas"),
        ({"when": "plus-tard", "opens_on": "2026-02-30", "opens_hour": "9h"}, "Cette date n’existe pas"),
        ({"when": "plus-tard", "opens_on": "2024-01-05", "opens_hour": "9h"}, "Cette heure est déjà passée"),
        ({"when": "plus-tard", "opens_on": "2099-01-05", "opens_hour": "9h"}, "dans les trois mois"),
        ({"when": "plus-tard", "opens_on": "2099-01-05", "opens_hour": "25h"}, "Cette heure n’existe pas"),
        ({"when": "plus-tard", "opens_on": "2099-01-05"}, "Indiquez l’heure de l’ouverture"),
    ],
)
def test_an_opening_that_cannot_be_is_refused_where_it_was_typed(
    cast: Cast, gc_part: SessionPart, sign_in: Any, choice: dict[str, str], sentence: str
) -> None:
    posted, url = ready(cast, gc_part), reverse("juries:proclaim", args=[gc_part.session.code])
    client = sign_in(cast.cpnefp_president)
    answer = client.post(url, posted | choice | {"seen": seen_on(client, url)})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert Session.objects.get(pk=gc_part.session_id).results_open_at is None


def test_three_months_are_counted_to_the_minute() -> None:
    now = timezone.now()
    assert hour_refusal(now, proclaimed_at=now, now=now)
    assert hour_refusal(now + timedelta(days=89), proclaimed_at=now, now=now) is None
    assert hour_refusal(now + timedelta(days=93), proclaimed_at=now, now=now)


def test_a_service_refuses_what_the_form_would(cast: Cast, gc_part: SessionPart) -> None:
    ready(cast, gc_part)
    at = timezone.now()
    with pytest.raises(Refusal, match="déjà passée"):
        proclaim(session=gc_part.session, by=cast.cpnefp_president, at=at, opens_at=at - AWHILE)


def test_an_opening_is_moved_until_the_hour_comes(cast: Cast, gc_part: SessionPart) -> None:
    proclaimed_later(cast, gc_part)
    at, session = timezone.now(), gc_part.session
    sooner = set_opening(session=session, opens_at=at + timedelta(hours=1), by=cast.ucanss, at=at)
    assert sooner.results_open_at == at + timedelta(hours=1)
    later = set_opening(session=session, opens_at=at + AWHILE * 2, by=cast.cpnefp_president, at=at)
    assert later.results_open_at == at + AWHILE * 2
    assert moves(session) == 2
    entry = Entry.objects.filter(chain__key=session.code, act=Act.PUBLISH).latest("seq")
    assert (at + AWHILE * 2).isoformat() in entry.after


def test_the_same_again_does_nothing(cast: Cast, gc_part: SessionPart) -> None:
    proclaimed_later(cast, gc_part)
    at = timezone.now()
    for _ in range(2):
        set_opening(session=gc_part.session, opens_at=at + timedelta(hours=2), by=cast.ucanss, at=at)
    assert moves(gc_part.session) == 1
    for later in (0, 5):
        moment = at + timedelta(seconds=later)
        set_opening(session=gc_part.session, opens_at=None, by=cast.ucanss, at=moment)
    assert moves(gc_part.session) == 2
    assert Session.objects.get(pk=gc_part.session_id).results_open_at == at


def test_once_open_it_never_moves(cast: Cast, gc_part: SessionPart) -> None:
    proclaimed_later(cast, gc_part)
    opened, at = let_open(gc_part.session), timezone.now()
    with pytest.raises(Refusal, match="ne change plus"):
        set_opening(session=gc_part.session, opens_at=at + AWHILE, by=cast.ucanss, at=at)
    assert Session.objects.get(pk=gc_part.session_id).results_open_at == opened


def test_who_waited_for_the_lock_does_not_close_what_opened_meanwhile(
    cast: Cast, gc_part: SessionPart
) -> None:
    proclaimed_later(cast, gc_part)
    session, before = gc_part.session, timezone.now()
    let_open(session)
    with pytest.raises(Refusal, match="ne change plus"):
        set_opening(session=session, opens_at=before + timedelta(days=2), by=cast.ucanss, at=before - AWHILE)
    assert Session.objects.get(pk=session.pk).is_published(timezone.now())


@pytest.mark.parametrize("days", [-1, 120])
def test_a_new_hour_is_refused_like_the_first(cast: Cast, gc_part: SessionPart, days: int) -> None:
    proclaimed_later(cast, gc_part)
    at = timezone.now()
    with pytest.raises(Refusal):
        set_opening(session=gc_part.session, opens_at=at + timedelta(days=days), by=cast.ucanss, at=at)
    assert moves(gc_part.session) == 0


def test_a_session_not_proclaimed_has_no_opening_to_move(cast: Cast, gc_part: SessionPart) -> None:
    at = timezone.now()
    with pytest.raises(Refusal, match="n’est pas proclamée"):
        set_opening(session=gc_part.session, opens_at=at + AWHILE, by=cast.ucanss, at=at)


def test_the_database_lets_nothing_else_of_a_proclaimed_session_move(
    cast: Cast, gc_part: SessionPart
) -> None:
    proclaimed_later(cast, gc_part)
    with pytest.raises(DatabaseError):
        Session.objects.filter(pk=gc_part.session_id).update(state="OUVERTE")


# --- The page of a proclaimed session ---


def test_the_page_of_a_proclaimed_session_says_when_its_results_open(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    proclaimed_later(cast, gc_part)
    session = Session.objects.get(pk=gc_part.session_id)
    assert session.results_open_at is not None
    client, hour = sign_in(cast.ucanss), said(session.results_open_at)
    url = f"/delivrance/{session.code}/"
    page = client.get(url).content.decode()
    assert f"s’ouvrent {hour}" in page
    assert f"{url}ouverture/" in page
    assert f"Les résultats s’ouvrent {hour}" in client.get("/").content.decode()
    let_open(session)
    after = client.get(url).content.decode()
    assert "sont ouverts depuis" in after
    assert f"{url}ouverture/" not in after
    assert "Les résultats s’ouvrent" not in client.get("/").content.decode()


def test_ucanss_brings_the_opening_forward(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    proclaimed_later(cast, gc_part)
    client, url = sign_in(cast.ucanss), f"/delivrance/{gc_part.session.code}/ouverture/"
    assert client.get(url).context["form"]["when"].value() == "plus-tard"
    wrong = client.post(url, {"when": "plus-tard", "opens_on": "2020-01-01", "opens_hour": "9h"})
    assert "Cette heure est déjà passée" in wrong.content.decode()
    for _ in range(2):  # a double click
        answer = client.post(url, {"when": "immediate"})
        assert answer.status_code == 302
    assert Session.objects.get(pk=gc_part.session_id).is_published(timezone.now())
    assert moves(gc_part.session) == 1
    late = client.post(url, {"when": "plus-tard", "opens_on": "2099-01-01", "opens_hour": "9h"})
    assert late.status_code == 200


def test_a_session_not_proclaimed_has_no_such_page(cast: Cast, gc_part: SessionPart, sign_in: Any) -> None:
    client = sign_in(cast.ucanss)
    assert client.get(f"/delivrance/{gc_part.session.code}/").status_code == 404
    assert client.get(f"/delivrance/{gc_part.session.code}/ouverture/").status_code == 404


def test_the_page_of_a_session_offers_nobody_a_door_that_is_shut_to_him(
    cast: Cast, gc_part: SessionPart, sign_in: Any
) -> None:
    proclaimed_later(cast, gc_part)
    url = reverse("awards:session_awards", args=[gc_part.session.code])
    titles = {}
    for who in (cast.ucanss, cast.cpnefp_president):
        client = sign_in(who)
        panels = client.get(url).context["panels"]
        titles[who.role] = [panel.title for panel in panels]
        for link in (link for panel in panels for link in panel.links):
            assert client.get(link.url).status_code == 200, (who.role, link.url)
    assert titles[cast.ucanss.role][1:3] == ["Messages", "Documents en nombre"]
    assert not {"Messages", "Documents en nombre"} & set(titles[cast.cpnefp_president.role])
