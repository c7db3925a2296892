"""The screens of the messages: what Ucanss follows, presses and reads, and what the home page says of it."""

import io
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from candidates.models import SessionPart
from cqp import outbox
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.awards.delivery import claim
from cqp.awards.message_panel import panel
from cqp.awards.message_tasks import tasks_of
from cqp.awards.models import Message
from cqp.awards.services.deliveries import mark_failed
from cqp.awards.states import MessageState
from cqp.roles import Role
from juries.states import Outcome
from tests.awards.mail_scenes import (
    at_address,
    later,
    people,
    proclaimed,
    proclaimed_for,
    to_candidates,
    write,
)
from tests.awards.scenes import shown
from tests.cast import Cast, open_session_of, part_of
from tests.juries.rectification_scenes import SPOILT, rectified

SignIn = Callable[[Actor], Client]


def text(response: object) -> str:
    content: bytes = response.content  # type: ignore[attr-defined]
    return " ".join(content.decode().split())


def test_prepared_from_the_page_after_a_look_and_pressed_twice(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    session = proclaimed(cast, gc_part)
    client = sign_in(cast.ucanss)
    page = reverse("awards:message_list", args=[session.code])
    assert "Personne n’est encore prévenu" in text(client.get(page))
    url = reverse("awards:messages_write", args=[session.code])
    preview = text(client.get(url))
    assert "Un exemple de chacun" in preview
    assert "Préparer 4 messages" in preview
    assert not Message.objects.exists()
    for said in ("4 messages préparés.", "Rien de nouveau à dire."):
        assert said in text(client.post(url, follow=True))
    assert len(mail.outbox) == 4
    assert "Chacun est déjà prévenu" in text(client.get(url))
    assert "Tous les messages sont partis." in text(client.get(page))


def test_before_the_proclamation_the_page_says_so(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    client = sign_in(cast.ucanss)
    page = client.get(reverse("awards:message_list", args=[gc_part.session.code]))
    assert "après la proclamation" in text(page)
    url = reverse("awards:messages_write", args=[gc_part.session.code])
    assert client.get(url).status_code == 302
    assert "après la proclamation" in text(client.post(url, follow=True))
    letters = reverse("awards:message_letters", args=[gc_part.session.code])
    assert client.get(letters).status_code == 302


@pytest.mark.parametrize("name", ["clerk", "cpnefp_president", "organisme", "tutor"])
def test_nobody_else_follows_the_messages(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn, name: str
) -> None:
    session = proclaimed_for(cast, gc_part, later(days=1), 1)
    write(cast, session)
    message, enrolment = to_candidates(session)[0], people(session)[0]
    client = sign_in(getattr(cast, name))
    pages = [reverse(f"awards:{page}", args=[session.code]) for page in ("message_list", "messages_write")]
    pages += [reverse(f"awards:{page}", args=[message.pk]) for page in ("message_detail", "message_html")]
    pages += [reverse("awards:message_address", args=[enrolment.pk]), reverse("awards:outbox")]
    assert {client.get(page).status_code for page in pages} == {403}
    buttons = [
        reverse("awards:messages_resend", args=[session.code]),
        reverse("awards:message_resend", args=[message.pk]),
    ]
    assert {client.post(page).status_code for page in buttons} == {403}


def test_failed_messages_are_found_read_and_sent_again(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    first, second, _ = to_candidates(session)
    for row in (first, second):
        mark_failed(message=row, sentence="<b>Inconnue</b>", is_bounced=row == first, at=timezone.now())
    client, url = sign_in(cast.ucanss), reverse("awards:message_list", args=[session.code])
    page = client.get(url, {"etat": "EN_ECHEC"})
    # In the order they were written, which is that of the names.
    assert [line["message"] for line in page.context["lines"]] == sorted([first, second], key=lambda m: m.pk)
    assert [line["message"] for line in client.get(url, {"etat": "REFUSEE"}).context["lines"]] == [first]
    assert "Adresses refusées" in text(page)
    assert "&lt;b&gt;Inconnue" in text(page)
    found = client.get(url, {"q": f"{first.enrolment.candidate.first_names} zz"})  # type: ignore[union-attr]
    assert "Aucun message ne répond" in text(found)
    found = client.get(url, {"q": first.email})
    assert [line["message"] for line in found.context["lines"]] == [first]
    name = first.enrolment.candidate.first_names.lower()  # type: ignore[union-attr]
    assert first in [line["message"] for line in client.get(url, {"q": name}).context["lines"]]
    mail.outbox.clear()
    detail = reverse("awards:message_detail", args=[first.pk])
    assert "Renvoyer" in text(client.get(detail))
    for _ in range(2):
        client.post(reverse("awards:message_resend", args=[first.pk]))
    assert len(mail.outbox) == 1
    assert "Renvoyer" not in text(client.get(detail))
    client.post(reverse("awards:messages_resend", args=[session.code]))
    assert len(mail.outbox) == 2


def test_an_address_is_corrected_or_refused_beside_its_field(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    one, other, _ = people(session)
    mark_failed(message=to_candidates(session)[0], sentence="Refus.", is_bounced=True, at=timezone.now())
    client, url = sign_in(cast.ucanss), reverse("awards:message_address", args=[one.pk])
    for wrong in ("", "pas une adresse", "a@b.fr\r\nBcc: c@d.fr", other.candidate.email):
        answer = client.post(url, {"email": wrong})
        assert answer.status_code == 200
        assert answer.context["form"].errors["email"]
    assert "1 message y part" in text(client.post(url, {"email": "Juste@exemple.fr"}, follow=True))
    assert mail.outbox[-1].to == ["juste@exemple.fr"]
    listed = client.get(reverse("awards:message_list", args=[session.code]))
    assert "Remplacé" in text(listed)
    assert listed.context["counts"].failed == 0


def test_the_html_of_a_message_may_do_nothing(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    session = proclaimed(cast, gc_part, 1)
    write(cast, session)
    page = sign_in(cast.ucanss).get(reverse("awards:message_html", args=[to_candidates(session)[0].pk]))
    assert page["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in page["Content-Security-Policy"]
    assert page["X-Frame-Options"] == "DENY"


def test_letters_are_one_file_a_page_each(cast: Cast, gc_part: SessionPart, sign_in: SignIn) -> None:
    session = proclaimed(cast, gc_part)
    for one in people(session)[:2]:
        at_address(one, "")
    client = sign_in(cast.ucanss)
    page = client.get(reverse("awards:message_list", args=[session.code]))
    assert "2 courriers de notification (PDF)" in text(page)
    assert "avis aux organismes" not in text(page)
    url = reverse("awards:message_letters", args=[session.code])
    answer = client.get(url)
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == client.get(url).content
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert len(pages) == 2
    by_name = session.enrolments.filter(candidate__email="").select_related("candidate")  # as the list sorts
    for words, one in zip(pages, by_name, strict=True):
        assert one.candidate.birth_name.upper() in words.upper(), "the letter itself, not a notice of it"
    assert client.get(f"{url}?pour=organismes").status_code == 302


def test_the_list_costs_the_same_for_one_and_for_three(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    small = proclaimed(cast, gc_part, 1)
    large = proclaimed(cast, part_of(open_session_of("DAM_2006", cast.ucanss)), 3)
    client, costs = sign_in(cast.ucanss), []
    for session in (small, large):
        write(cast, session)
        url = reverse("awards:message_list", args=[session.code])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        costs.append(len(queries))
    assert costs[0] == costs[1] < 30


# --- What is said elsewhere ---


def test_the_home_page_asks_to_prepare_then_to_look(cast: Cast, gc_part: SessionPart) -> None:
    assert not list(tasks_of(cast.ucanss))
    session = proclaimed(cast, gc_part)
    (task,) = tasks_of(cast.ucanss)
    assert task.title == "Prévenir de l’ouverture des résultats"
    assert not list(tasks_of(cast.clerk))
    write(cast, session)
    assert not list(tasks_of(cast.ucanss))
    rectified(cast, people(session)[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    (task,) = tasks_of(cast.ucanss)
    assert task.title == "Prévenir d’une décision rectificative"
    write(cast, session)
    for row in to_candidates(session):
        mark_failed(message=row, sentence="Refus.", is_bounced=False, at=timezone.now())
    (task,) = tasks_of(cast.ucanss)
    assert (task.title, task.count) == ("3 messages en échec", 3)


def test_a_session_whose_people_are_all_on_paper_has_no_message_to_prepare(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn
) -> None:
    session = proclaimed(cast, gc_part)
    for one in people(session):
        at_address(one, "")
    assert [task.title for task in tasks_of(cast.ucanss)] == ["Prévenir de l’ouverture des résultats"]
    Membership.objects.filter(role=Role.ORGANISME).delete()
    assert not list(tasks_of(cast.ucanss))
    client = sign_in(cast.ucanss)
    page = text(client.get(reverse("awards:message_list", args=[session.code])))
    assert "Aucun message à préparer" in page
    assert "3 courriers de notification (PDF)" in page
    assert "1 avis aux organismes (PDF)" in page
    assert "Préparer" not in page
    url = reverse("awards:messages_write", args=[session.code])
    assert "Aucun message à préparer" in text(client.get(url))
    assert "Rien de nouveau à dire. 4 courriers à imprimer." in text(client.post(url, follow=True))
    notices = client.get(reverse("awards:message_letters", args=[session.code]), {"pour": "organismes"})
    (notice,) = PdfReader(io.BytesIO(notices.content)).pages
    assert "Les décisions sont consultables" in notice.extract_text()
    rectified(cast, people(session)[0], corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert not list(tasks_of(cast.ucanss))


def test_a_rectification_told_on_paper_to_the_candidate_still_awaits_its_organisme(
    cast: Cast, gc_part: SessionPart
) -> None:
    session = proclaimed(cast, gc_part)
    write(cast, session)
    one = people(session)[0]
    at_address(one, "")
    rectified(cast, one, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    assert [task.title for task in tasks_of(cast.ucanss)] == ["Prévenir d’une décision rectificative"]
    assert write(cast, session).count == 1
    assert not list(tasks_of(cast.ucanss))


def test_the_list_says_what_is_leaving_and_what_is_no_use_any_more(
    cast: Cast, gc_part: SessionPart, sign_in: SignIn, tasks_kept: None
) -> None:
    session = proclaimed(cast, gc_part, 2)
    write(cast, session)
    claim(to_candidates(session)[0], timezone.now())
    Membership.objects.filter(role=Role.ORGANISME).delete()
    client, url = sign_in(cast.ucanss), reverse("awards:message_list", args=[session.code])
    page = text(client.get(url))
    assert "En cours d’envoi" in page
    assert "essai n°&nbsp;1" in page
    assert "Sans objet" in page
    assert "jamais essayé" in page
    said = client.get(url, {"format": "csv"}).content.decode("utf-8-sig")
    assert said.count("En cours d’envoi") == said.count("Sans objet") == said.count("À envoyer") == 1
    for row in session.messages.all():
        assert client.get(reverse("awards:message_detail", args=[row.pk])).status_code == 200


def test_the_panel_says_where_the_messages_stand(cast: Cast, gc_part: SessionPart, tasks_kept: None) -> None:
    opens = later(days=1)
    session = proclaimed_for(cast, gc_part, opens, 2)
    assert "Aucun message" in shown(panel(session, cast.ucanss, timezone.now())).sentence
    write(cast, session)
    now = shown(panel(session, cast.ucanss, timezone.now()))
    assert "partent à l’ouverture" in now.sentence
    assert ("À envoyer", "3") in now.facts
    assert not now.is_late
    late = shown(panel(session, cast.ucanss, later(days=1, minutes=20)))
    assert late.is_late
    assert "ne répond pas" in late.sentence
    assert panel(session, cast.cpnefp, timezone.now()) is None
    Message.objects.update(state=MessageState.SENT, sent_at=timezone.now())
    assert shown(panel(session, cast.ucanss, later(days=2))).sentence == "Tous les messages sont partis."


# --- The outbox of development ---


@pytest.fixture
def left() -> str:
    message = EmailMultiAlternatives("Réinitialisation", "Lien\n<script>", None, ["a@exemple.fr"])
    message.attach_alternative("<p>Lien</p><script>alert(1)</script>", "text/html")
    message.attach("x.pdf", b"%PDF", "application/pdf")
    outbox.OutboxBackend().send_messages([message])
    return outbox.names()[0]


@pytest.mark.sqlite
def test_what_left_is_read_on_a_page_in_development(cast: Cast, sign_in: SignIn, left: str) -> None:
    client = sign_in(cast.ucanss)
    assert "Réinitialisation" in text(client.get(reverse("awards:outbox")))
    page = text(client.get(reverse("awards:outbox_message", args=[left])))
    assert "&lt;script&gt;" in page
    assert "x.pdf" in page
    html = client.get(reverse("awards:outbox_html", args=[left]))
    assert "sandbox" in html["Content-Security-Policy"]
    for wrong in ("absent", "0" * 19 + "-00000000"):
        assert client.get(reverse("awards:outbox_message", args=[wrong])).status_code == 404


def test_production_has_no_outbox(cast: Cast, sign_in: SignIn, left: str, settings: object) -> None:
    settings.IN_PRODUCTION = True  # type: ignore[attr-defined]
    client = sign_in(cast.ucanss)
    pages = [reverse("awards:outbox")]
    pages += [reverse(f"awards:{name}", args=[left]) for name in ("outbox_message", "outbox_html")]
    assert {client.get(page).status_code for page in pages} == {404}


def test_the_oldest_of_the_outbox_are_forgotten(monkeypatch: pytest.MonkeyPatch, left: str) -> None:
    monkeypatch.setattr(outbox, "KEPT", 2)
    for number in range(4):
        outbox.OutboxBackend().send_messages([EmailMultiAlternatives(f"n° {number}", "", None, ["a@b.fr"])])
    assert [one.subject for one in outbox.read_all(outbox.names())] == ["n° 3", "n° 2"]
    assert outbox.read("../secret_key") is None
