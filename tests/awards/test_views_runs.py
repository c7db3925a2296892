"""The page of a session's documents: asked for, followed, taken away, by Ucanss alone."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.models import Session, SessionPart
from cqp.accounts.actor import Actor
from cqp.awards import run_panel
from cqp.awards.models import DocumentRun
from cqp.awards.run_files import folder_of
from cqp.awards.run_rules import LOST
from cqp.awards.services.runs import fail_run, forget_old_runs
from cqp.awards.states import RunState
from cqp.journal.models import Entry
from cqp.roles import Act
from juries.models import Certificate
from juries.states import Outcome
from tests.awards.scenes import shown
from tests.cast import Cast
from tests.juries.rectification_scenes import SPOILT, proclaimed_three, rectified
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Actor], Client]
CERTIFICATES = DocumentRun.Kind.CERTIFICATES


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, tasks_kept: None) -> None:
    settings.DOCUMENTS_DIR = tmp_path / "documents"


@pytest.fixture
def session(cast: Cast, gc_part: SessionPart) -> Session:
    return Session.objects.get(pk=proclaimed_three(cast, gc_part)[0].session_id)


def url_of(session: Session) -> str:
    return reverse("awards:run_list", args=[session.code])


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text.replace("\xa0", " ").replace("&nbsp;", " ")


def content_of(response: Any) -> bytes:
    """What was sent piece by piece."""
    return b"".join(response.streaming_content)


def ask(client: Client, session: Session, kind: str = CERTIFICATES) -> DocumentRun:
    answer = client.post(url_of(session), {"kind": kind})
    assert (answer.status_code, answer["Location"]) == (302, url_of(session))
    return DocumentRun.objects.filter(kind=kind)[0]


def test_documents_are_asked_for_followed_and_taken_away(
    cast: Cast, sign_in: SignIn, session: Session
) -> None:
    client = sign_in(cast.ucanss)
    page = text_of(client.get(url_of(session)))
    assert "Rien n’a encore été produit" in page
    assert "Aucun cachet n’est configuré" in page
    run = ask(client, session)
    assert ask(client, session) == run, "the second click of a double click"
    assert Entry.objects.filter(act=Act.MAKE_DOCUMENTS).count() == 1
    page = text_of(client.get(url_of(session)))
    assert 'hx-trigger="every 1s"' in page
    assert "<noscript><meta http-equiv" in page
    assert "0 sur 1 documents" in page
    moving = client.get(f"{url_of(session)}?moving=1", headers={"HX-Request": "true"})
    assert text_of(moving).lstrip().startswith('<div id="avancement"')
    assert "HX-Refresh" not in moving
    work()
    over = client.get(f"{url_of(session)}?moving=1", headers={"HX-Request": "true"})
    assert over["HX-Refresh"] == "true"
    page = text_of(client.get(url_of(session)))
    assert "Produire à nouveau" in page
    assert 'hx-trigger="every 1s"' not in page
    taken = client.get(reverse("awards:run_archive", args=[session.code, run.pk]))
    assert taken["Content-Type"] == "application/zip"
    assert taken["Cache-Control"] == "no-store"
    assert taken["Content-Disposition"] == f'attachment; filename="certificats-{session.code}.zip"'
    with zipfile.ZipFile(io.BytesIO(content_of(taken))) as archive:
        number = Certificate.objects.get().number
        assert archive.namelist() == [f"certificat-{number}.pdf"]
        assert archive.testzip() is None
    book = client.get(reverse("awards:run_book", args=[session.code, run.pk]))
    with pikepdf.open(io.BytesIO(content_of(book))) as pdf:
        assert len(pdf.pages) == 1


@pytest.mark.parametrize(
    ("kind", "count"), [(DocumentRun.Kind.TRANSCRIPTS, 3), (DocumentRun.Kind.LETTERS, 3)]
)
def test_each_kind_is_made(cast: Cast, sign_in: SignIn, session: Session, kind: str, count: int) -> None:
    run = ask(sign_in(cast.ucanss), session, kind)
    work()
    run.refresh_from_db()
    assert (run.state, run.done, run.failure) == (RunState.DONE, count, "")
    (archive,) = folder_of(run).glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        assert len(opened.namelist()) == count


def test_an_interrupted_production_says_why_and_is_taken_up_again(
    cast: Cast, sign_in: SignIn, session: Session
) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    fail_run(run=run, failure="Il n’y a plus de place sur le disque.", at=timezone.now())
    page = text_of(client.get(url_of(session)))
    assert "Il n’y a plus de place sur le disque." in page
    assert "Reprendre" in page
    panel = shown(run_panel.panel(session, cast.ucanss, timezone.now()))
    assert panel.is_late
    assert ("Certificats", "interrompus à 0 sur 1") in panel.facts
    assert ask(client, session).pk == run.pk
    work()
    run.refresh_from_db()
    assert (run.state, run.done, run.failure) == (RunState.DONE, 1, "")
    panel = shown(run_panel.panel(session, cast.ucanss, timezone.now()))
    assert not panel.is_late
    assert panel.links[0].url == url_of(session)


def test_a_production_that_lost_its_task_is_given_one_and_no_more(
    cast: Cast, sign_in: SignIn, session: Session
) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    assert "Relancer" not in text_of(client.get(url_of(session)))
    DocumentRun.objects.update(asked_at=timezone.now() - 2 * LOST)
    for _click in range(3):
        assert ask(client, session) == run
    assert DBTaskResult.objects.count() == 1, "it waits for its turn"
    DBTaskResult.objects.all().delete()
    assert "Relancer" in text_of(client.get(url_of(session)))
    for _click in range(3):
        assert ask(client, session) == run
    assert DBTaskResult.objects.count() == 1
    work()
    run.refresh_from_db()
    assert run.state == RunState.DONE


def test_forgotten_files_are_told_as_such(cast: Cast, sign_in: SignIn, session: Session) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    work()
    assert forget_old_runs(now=timezone.now() + timedelta(days=31)) == 1
    assert "Effacés : demandez-les de nouveau." in text_of(client.get(url_of(session)))
    for name in ("awards:run_archive", "awards:run_book"):
        answer = client.get(reverse(name, args=[session.code, run.pk]))
        assert answer.status_code == 409
        assert "ne sont plus là" in text_of(answer)


def test_a_file_lost_by_the_disk_is_no_error_page(cast: Cast, sign_in: SignIn, session: Session) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    waiting = client.get(reverse("awards:run_archive", args=[session.code, run.pk]))
    assert waiting.status_code == 409
    work()
    for path in folder_of(run).glob("*.zip"):
        path.unlink()
    assert client.get(reverse("awards:run_archive", args=[session.code, run.pk])).status_code == 409


def test_files_made_before_a_rectification_are_not_handed_out(
    cast: Cast, sign_in: SignIn, session: Session
) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    work()
    archive = reverse("awards:run_archive", args=[session.code, run.pk])
    assert content_of(client.get(archive))
    certified = Certificate.objects.get().decision.enrolment
    rectified(cast, certified, corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    answer = client.get(archive)
    assert answer.status_code == 409
    assert "rectifiée depuis" in answer.content.decode()
    assert client.get(reverse("awards:run_book", args=[session.code, run.pk])).status_code == 409
    page = client.get(url_of(session))
    assert "ne sont plus à jour" in text_of(page)
    assert archive not in page.content.decode()


def test_a_run_is_reached_through_its_own_session_only(cast: Cast, sign_in: SignIn, session: Session) -> None:
    client = sign_in(cast.ucanss)
    run = ask(client, session)
    assert client.get(reverse("awards:run_archive", args=["AUTRE", run.pk])).status_code == 404


def test_what_cannot_be_asked_is_said(
    cast: Cast, sign_in: SignIn, session: Session, blocs_part: SessionPart
) -> None:
    client = sign_in(cast.ucanss)
    answer = client.post(url_of(session), {"kind": "../../etc"})
    assert answer.status_code == 200
    assert "Choisissez les documents" in text_of(answer)
    other = client.get(url_of(blocs_part.session))
    assert "n’est pas encore proclamée" in text_of(other)
    refused = client.post(url_of(blocs_part.session), {"kind": CERTIFICATES})
    assert "n’est pas encore proclamée" in text_of(refused)
    assert DocumentRun.objects.count() == 0


def test_nobody_else_comes_in(cast: Cast, sign_in: SignIn, session: Session) -> None:
    for actor in (cast.clerk, cast.cpnefp_president, cast.organisme, cast.juror):
        client = sign_in(actor)
        assert client.get(url_of(session)).status_code in (403, 404)
        assert client.post(url_of(session), {"kind": CERTIFICATES}).status_code in (403, 404)
        assert (
            b"Tous les certificats en fichiers"
            not in client.get(reverse("juries:certificate_list", args=[session.code])).content
        )
    page = sign_in(cast.ucanss).get(reverse("juries:certificate_list", args=[session.code]))
    assert url_of(session) in text_of(page)


def test_the_page_costs_the_same_with_one_run_and_with_three(
    cast: Cast, sign_in: SignIn, session: Session
) -> None:
    client = sign_in(cast.ucanss)

    def cost() -> int:
        DocumentRun.objects.create(
            session=session,
            kind=CERTIFICATES,
            state=RunState.DONE,
            total=1,
            done=1,
            files=[{"name": "a.zip", "size": 1, "sha256": "0"}, {"name": "a.pdf", "size": 1, "sha256": "0"}],
            asked_at=timezone.now(),
            asked_by=cast.ucanss.user,
            finished_at=timezone.now(),
        )
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url_of(session)).status_code == 200
        return len(queries)

    first = cost()
    cost()
    assert cost() == first
