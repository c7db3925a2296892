"""A long list done by a worker: followed, found again, and whatever is killed, each line once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from candidates.imports import running
from candidates.imports.files import keep_sheet, read_file
from candidates.imports.running import advance, import_candidates
from candidates.models import Enrolment, ListImport, SessionPart
from candidates.services.enrolments import enrol
from candidates.services.imports import forget_old_files
from candidates.services.people import remove_membership
from candidates.services.sessions import close_part
from candidates.states import ImportState
from cqp import reaper
from cqp.accounts.actor import Actor
from cqp.accounts.models import Membership
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from tests.candidates.pages import csv_of, listed
from tests.candidates.test_views_lists import confirm, sent, text_of, url_of
from tests.cast import Cast, make_line
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[Actor], Client]
THREE = [listed(number) for number in range(3)]


@pytest.fixture(autouse=True)
def _short_is_long(tasks_kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of three is long, and goes in two by two."""
    monkeypatch.setattr(running, "AT_ONCE", 2)
    monkeypatch.setattr(running, "CHUNK", 2)


def kept(cast: Cast, part: SessionPart, lines: list[dict[str, str]]) -> ListImport:
    content = csv_of(lines)
    kind, now = ListImport.Kind.CANDIDATES, timezone.now()
    return keep_sheet(read_file(content), content, "l.csv", part=part, kind=kind, by=cast.clerk, now=now)


def started(cast: Cast, part: SessionPart, lines: list[dict[str, str]]) -> ListImport:
    return import_candidates(file=kept(cast, part, lines), by=cast.clerk, at=timezone.now())


def test_a_long_list_is_followed_and_found_again(cast: Cast, sign_in: SignIn, gc_part: SessionPart) -> None:
    client = sign_in(cast.clerk)
    page = confirm(client, sent(client, gc_part, csv_of(THREE)))
    url = page.request["PATH_INFO"]
    assert 'hx-trigger="every 1s"' in text_of(page)
    assert "<noscript><meta http-equiv" in text_of(page)
    assert "0 sur 3 lignes" in text_of(page)
    assert f'href="{url}"' in text_of(client.get("/")), "the home page leads back to it"
    assert "en cours, 0 ligne sur 3" in text_of(client.get(url_of(gc_part))).replace("\xa0", " ")
    moving = client.get(url, headers={"HX-Request": "true"})
    assert text_of(moving).startswith('<div id="avancement"')
    assert "HX-Refresh" not in moving
    work()
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "3 candidats inscrits." in text_of(client.get(url))


def test_confirmed_before_the_deadline_is_in_time_whenever_the_worker_comes(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    client = sign_in(cast.clerk)
    confirm(client, sent(client, gc_part, csv_of(THREE)))
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        work()
    assert ListImport.objects.get().state == ImportState.DONE
    assert Enrolment.objects.count() == 3


def test_a_chunk_and_the_count_of_what_is_done_go_together(cast: Cast, gc_part: SessionPart) -> None:
    file = started(cast, gc_part, [listed(number) for number in range(5)])
    seen = []
    while advance(file.pk):
        file.refresh_from_db()
        seen.append((file.done, Enrolment.objects.count()))
    assert seen == [(2, 2), (4, 4)]
    file.refresh_from_db()
    assert (file.state, file.done, file.report["new"]) == (ImportState.DONE, 5, 5)
    assert not advance(file.pk)


def test_a_line_that_cannot_go_in_any_more_keeps_nobody_else_out(cast: Cast, gc_part: SessionPart) -> None:
    file = started(cast, gc_part, [listed(number) for number in range(5)])
    identity = make_line(cast, gc_part.session.certification).identity
    taken = replace(identity, email="noe3@exemple.fr")
    line = make_line(cast, gc_part.session.certification, identity=taken)
    enrol(part=gc_part, line=line, by=cast.clerk, at=timezone.now())
    work()
    file.refresh_from_db()
    assert (file.state, file.report["new"], file.report["refused"]) == (ImportState.DONE, 4, 1)
    (error,) = file.report["errors"]
    assert error["lines"] == [5]
    assert error["blocking"]
    assert Enrolment.objects.count() == 5


def test_a_part_that_closes_meanwhile_stops_the_list_where_it_is(cast: Cast, gc_part: SessionPart) -> None:
    file = started(cast, gc_part, [listed(number) for number in range(5)])
    assert advance(file.pk)
    close_part(part=gc_part, by=cast.clerk, at=timezone.now())
    work()
    file.refresh_from_db()
    assert (file.state, file.done) == (ImportState.FAILED, 2)
    assert (file.report["new"], file.report["refused"]) == (2, 3)
    assert file.report["errors"][0]["lines"] == [4, 5, 6]
    assert "transmis" in file.report["errors"][0]["message"]


def test_who_lost_the_role_enrols_nobody_more(cast: Cast, gc_part: SessionPart) -> None:
    file = started(cast, gc_part, THREE)
    membership = Membership.objects.get(user=cast.clerk.user)
    remove_membership(membership=membership, by=cast.ucanss, at=timezone.now())
    work()
    file.refresh_from_db()
    assert (file.state, Enrolment.objects.count()) == (ImportState.FAILED, 0)
    assert "n’a plus ce rôle" in file.report["errors"][0]["message"]


def test_an_unexpected_error_does_not_leave_the_import_hanging(
    cast: Cast, gc_part: SessionPart, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = started(cast, gc_part, [listed(number) for number in range(5)])
    assert advance(file.pk)
    monkeypatch.setattr(running, "enrol_many", None)  # as a defect of ours would: a TypeError
    work()
    file.refresh_from_db()
    assert (file.state, file.done, Enrolment.objects.count()) == (ImportState.FAILED, 2, 2)
    assert DBTaskResult.objects.get().status == "FAILED"


# --- Killed ---


def spawn() -> subprocess.Popen[bytes]:
    """A worker of its own on the database of this test, at two lines a chunk."""
    command = [sys.executable, "-m", "tests.workers", str(connection.settings_dict["NAME"]), "2"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, stderr=subprocess.DEVNULL)


def test_killed_again_and_again_each_line_goes_in_exactly_once(cast: Cast, gc_part: SessionPart) -> None:
    file = started(cast, gc_part, [listed(number) for number in range(40)])
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    kills = 0
    for _ in range(30):
        before = ListImport.objects.get(pk=file.pk).done
        with spawn() as worker:
            deadline = time.monotonic() + 60
            while worker.poll() is None and ListImport.objects.get(pk=file.pk).done < before + 8:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            time.sleep(draw.uniform(0, 0.1))
            if worker.poll() is None:
                os.kill(worker.pid, signal.SIGKILL)
                kills += 1
        if ListImport.objects.get(pk=file.pk).finished_at:
            break
        assert DBTaskResult.objects.get().status == "RUNNING", "killed, and forgotten there"
        assert reaper.reap(timezone.now()) == 1
    file.refresh_from_db()
    told = f"seed {seed}, {kills} kills"
    assert kills >= 2, told
    assert (file.state, file.done, file.report["new"]) == (ImportState.DONE, 40, 40), told
    assert Enrolment.objects.count() == 40, told
    assert Entry.objects.filter(act=Act.ENROL).count() == 40, told
    assert Entry.objects.filter(act=Act.FINISH_IMPORT).count() == 1, told
    assert [first_break(chain) for chain in Chain.objects.all()] == [None] * Chain.objects.count()


def test_a_worker_is_told_dead_by_its_name(cast: Cast) -> None:
    now = timezone.now()
    assert not reaper.is_gone(reaper.worker_name(), now - timedelta(days=1), now)
    machine, pid, born = reaper.worker_name().split(":")
    assert reaper.is_gone(f"{machine}:{pid}:{int(born) + 1}", now, now), "another process took its number"
    assert reaper.is_gone(f"{machine}:999999999:1", now, now)
    assert not reaper.is_gone("elsewhere:12:1", now - timedelta(minutes=59), now)
    assert reaper.is_gone("elsewhere:12:1", now - timedelta(minutes=61), now)
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert reaper.is_gone(f"{machine}:{child.pid}:{born}", now, now), "a zombie works no more"


def test_a_living_worker_keeps_its_task(cast: Cast, gc_part: SessionPart) -> None:
    started(cast, gc_part, THREE)
    task = DBTaskResult.objects.get()
    task.claim(reaper.worker_name())
    assert reaper.reap(timezone.now()) == 0
    assert DBTaskResult.objects.get().status == "RUNNING"


def test_the_worker_stops_with_who_started_it() -> None:
    """As in bin/demo: whatever ends the server ends its worker."""
    child = (
        "import os, django; django.setup(); from cqp.management.commands import worker; "
        "print(os.getpid(), flush=True); worker._follow(os.getppid())"
    )
    script = (
        f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(600)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "cqp.settings"}
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        born = reaper._born(pid)
        assert born
        time.sleep(0.6)
        assert reaper._born(pid) == born, "it works as long as its parent lives"
        parent.kill()
    deadline = time.monotonic() + 30
    while reaper._born(pid) == born:
        assert time.monotonic() < deadline
        time.sleep(0.05)


# --- Forgotten ---


def test_old_previews_and_old_lines_are_forgotten(cast: Cast, gc_part: SessionPart) -> None:
    now = timezone.now()
    stale, fresh = kept(cast, gc_part, THREE), kept(cast, gc_part, THREE)
    done = started(cast, gc_part, THREE)
    work()
    ListImport.objects.filter(pk=stale.pk).update(at=now - timedelta(hours=3))
    ListImport.objects.filter(pk=done.pk).update(finished_at=now - timedelta(days=31))
    assert forget_old_files(now=now) == 2
    assert set(ListImport.objects.values_list("pk", flat=True)) == {fresh.pk, done.pk}
    done.refresh_from_db()
    assert (done.rows, done.report["new"], done.total) == ([], 3, 3)
    assert forget_old_files(now=now) == 0


def test_a_done_list_whose_lines_are_forgotten_is_still_shown(
    cast: Cast, sign_in: SignIn, gc_part: SessionPart
) -> None:
    done = started(cast, gc_part, [*THREE, listed(7, option="Aucune")])
    work()
    ListImport.objects.update(finished_at=timezone.now() - timedelta(days=31))
    forget_old_files(now=timezone.now())
    url = reverse("candidates:import_detail", args=[gc_part.session.code, gc_part.crfp.code, done.pk])
    page = text_of(sign_in(cast.clerk).get(url))
    assert "3 candidats inscrits." in page
    assert "ecartees" not in page
    assert sign_in(cast.clerk).get(f"{url}ecartees/").status_code == 200
