"""The home page: what I must do now, in whichever role I act."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import ResolverMatch, get_resolver, reverse
from django.utils import timezone

from candidates.models import SessionPart
from candidates.services.people import ensure_person
from cqp.accounts.actor import Actor
from cqp.accounts.context import ROOMS, navigation
from cqp.accounts.models import Membership, User
from cqp.roles import Role
from tests.cast import Cast, enrol_some

SignIn = Callable[[Actor], Client]


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_stranger_is_sent_to_the_door(client: Client) -> None:
    assert client.get(reverse("home"))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", list(Cast.__dataclass_fields__))
def test_every_role_has_a_home(name: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    enrol_some(cast, gc_part, 1)
    page = sign_in(getattr(cast, name)).get(reverse("home"))
    assert page.status_code == 200
    assert "Ce que vous avez à faire" in text_of(page)


def test_nothing_to_do_is_said_plainly(cast: Cast, sign_in: SignIn) -> None:
    assert "Vous n’avez rien à faire pour le moment" in text_of(sign_in(cast.stranger).get(reverse("home")))


def test_a_task_says_what_until_when_and_where(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    page = sign_in(cast.clerk).get(reverse("home"))
    (task,) = page.context["tasks"]
    assert task.due == gc_part.session.enrolment_deadline
    assert task.url in text_of(page)


def test_an_account_without_a_role_is_told_so(client: Client, db: None) -> None:
    user = User.objects.create_user("seul@exemple.fr", last_name="Seul", first_name="Sam")
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    assert "Votre compte n’a pas encore de rôle" in text_of(client.get(reverse("home")))


def _second_role(actor: Actor) -> Membership:
    ensure_person(
        email=actor.user.email,
        last_name="",
        first_name="",
        role=Role.JUROR,
        organisme=actor.organisme,
        by=None,
        at=timezone.now(),
    )
    return Membership.objects.get(user=actor.user, role=Role.JUROR)


def test_a_person_chooses_among_own_roles(cast: Cast, sign_in: SignIn) -> None:
    client, juror = sign_in(cast.clerk), _second_role(cast.clerk)
    answer = client.post(reverse("accounts:choose_role"), {"membership": juror.pk}, follow=True)
    assert answer.context["actor"].role == Role.JUROR


@pytest.mark.parametrize("asked", ["", "0", "abc"])
def test_a_role_that_is_not_one_s_own_changes_nothing(asked: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.clerk)
    theirs = str(Membership.objects.get(user=cast.ucanss.user).pk)
    for membership in (asked, theirs):
        answer = client.post(reverse("accounts:choose_role"), {"membership": membership}, follow=True)
        assert answer.context["actor"].role == Role.CRFP


def test_choosing_a_role_is_a_post(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.clerk).get(reverse("accounts:choose_role")).status_code == 405


def test_only_one_room_of_the_navigation_is_the_current_one(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.ucanss).get(reverse("candidates:chain_list"))
    assert [item.label for item in page.context["nav_items"] if item.current] == ["Journal"]


@pytest.mark.parametrize("name", ["evaluations:mark_sheet", "juries:jury_compose", "juries:part_transmit"])
def test_what_a_crfp_does_in_a_session_is_in_the_room_of_the_sessions(
    name: str, cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    page = sign_in(cast.clerk).get(reverse(name, args=[gc_part.session.code, gc_part.crfp.code]))
    assert [item.label for item in page.context["nav_items"] if item.current] == ["Sessions"]
    assert f'href="{reverse("candidates:session_list")}" aria-current="true"' in text_of(page)


def test_a_room_of_one_s_own_comes_before_the_session(cast: Cast, sign_in: SignIn) -> None:
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(lambda: None, (), {}, "national_table", ["juries"], ["juries"])
    rooms = {}
    for who, actor in (("ucanss", cast.ucanss), ("cpnefp", cast.cpnefp), ("clerk", cast.clerk)):
        request.user, request.actor = actor.user, actor  # type: ignore[attr-defined]
        rooms[who] = [item.label for item in navigation(request)["nav_items"] if item.current]
    assert rooms == {"ucanss": ["Jury national"], "cpnefp": ["Jury national"], "clerk": ["Sessions"]}


def test_every_page_of_the_rooms_lights_an_item_of_the_navigation() -> None:
    no_page = {  # public, files, and the answer of one cell
        "evaluations:mark_save", "juries:verify_moved", "juries:certificate_pdf", "juries:transcript_pdf",
        "juries:bloc_certificate_pdf", "juries:preparation_paper", "juries:preparation_sheet",
        "juries:hearing_save", "juries:jury_minutes", "juries:part_minutes", "juries:kit_file",
        "juries:proclamation_pdf", "juries:rectification_pdf", "juries:sitting_live_file",
        "juries:day_attendance", "juries:summons_book", "juries:summons_one", "juries:own_summons",
        "candidates:import_template", "candidates:import_workbook", "candidates:import_dropped",
        "evaluations:marks_template", "evaluations:marks_import_dropped", "evaluations:operation_undo",
        "evaluations:carnet_save", "evaluations:carnet_withdraw", "evaluations:carnet_file",
        "evaluations:carnet_pdf", "awards:verify", "awards:verify_code", "awards:seal_certificate",
        "awards:message_html", "awards:message_letters", "awards:outbox_html",
        "awards:commune_options", "awards:flux_file",
        "awards:run_archive", "awards:run_book",
        "awards:letter_pdf", "awards:attestation_pdf", "awards:duplicate_pdf",
        "awards:provisional_transcript", "awards:stationery_preview",
    }  # fmt: skip
    names = {
        f"{namespace}:{name}"
        for namespace, (_, resolver) in get_resolver().namespace_dict.items()
        for name in resolver.reverse_dict
        if isinstance(name, str) and namespace != "accounts"
    }
    known = {name for room in ROOMS for name in room.pages}
    assert names - known == no_page
    assert known <= names
    assert all(room.door in room.pages for room in ROOMS)


def test_the_doors_ask_for_the_address_in_the_same_words(client: Client, db: None) -> None:
    for name in ("account_login", "account_reset_password"):
        text = text_of(client.get(reverse(name)))
        assert "Adresse électronique" in text
        assert "Courriel" not in text


def test_the_accessibility_statement_is_public_and_honest(client: Client, db: None) -> None:
    text = text_of(client.get(reverse("accessibility")))
    assert "partiellement conforme" in text
    assert "Aucun audit" in text
