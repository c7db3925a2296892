"""A proclamation that dies on the way, wherever that is: all of it, or nothing at all."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from candidates.models import Session, SessionPart
from candidates.states import SessionState
from cqp.journal.chain import first_break
from cqp.journal.models import Chain, Entry
from cqp.roles import Act
from evaluations.models import AcquiredBloc
from juries.minutes import verify_proclamation
from juries.models import BlocCertificate, Certificate, ProclaimedFile, Proclamation
from juries.services.national import decide, proclaim
from juries.states import Outcome
from tests.cast import Cast, enrol_some
from tests.journey import to_deliberation
from tests.juries.deaths import DONE, GONE, LATCH, SENT, Killed, dying_at, without_transaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def decided(cast: Cast, blocs_part: SessionPart) -> Session:
    """A session in blocs ready to be proclaimed: one certified, one refused who acquires two blocs."""
    certified, refused = enrol_some(cast, blocs_part, 2)
    session = to_deliberation(cast, blocs_part, [certified, refused], refused={refused.pk: {"B3C1"}})
    for enrolment, outcome in ((certified, Outcome.CERTIFIED), (refused, Outcome.NOT_CERTIFIED)):
        decide(
            enrolment=enrolment,
            outcome=outcome,
            motive="Délibéré",
            by=cast.cpnefp_salaries,
            at=timezone.now(),
        )
    return session


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the application."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
    }


WHOLE = {
    "state": SessionState.PROCLAIMED,
    "announced": 2,
    "files": 2,
    "certificates": 1,
    "blocs": 5,
    "bloc certificates": 2,
    # Three documents delivered; the proclamation, and the step of the session.
    "entries": {Act.ISSUE_CERTIFICATE: 3, Act.PROCLAIM: 2},
    "false": [],
}
"""What a proclamation of `decided` leaves when all of it is there."""

NOTHING = dict.fromkeys(WHOLE, 0) | {"state": SessionState.DELIBERATION, "entries": {}, "false": []}
"""What is there of it before, and after a death."""


def left_by(code: str) -> dict[str, object]:
    """What is there of the proclamation of a session, and what of it does not hold."""
    session = Session.objects.get(code=code)
    proclamations = list(Proclamation.objects.filter(session=session))
    entries = Entry.objects.filter(chain__key=code, act__in=[Act.ISSUE_CERTIFICATE, Act.PROCLAIM])
    return {
        "state": session.state,
        "announced": sum(len(json.loads(one.payload)["files"]) for one in proclamations),
        "files": ProclaimedFile.objects.count(),
        "certificates": Certificate.objects.count(),
        "blocs": AcquiredBloc.objects.count(),
        "bloc certificates": BlocCertificate.objects.count(),
        "entries": dict(Counter(entries.values_list("act", flat=True))),
        "false": [
            *filter(
                None, [first_break(Chain.objects.get(key=code)), *map(verify_proclamation, proclamations)]
            )
        ],
    }


# --- Before every statement in turn ---


def test_wherever_it_dies_nothing_is_left_and_the_next_try_starts_clean(cast: Cast, decided: Session) -> None:
    before = everything()
    deaths: list[str] = []
    while Proclamation.objects.count() == 0:
        with dying_at(len(deaths) + 1) as death:
            proclaim(session=decided, by=cast.cpnefp_president, at=timezone.now())
        if death.last:
            assert everything() == before, death.last
            deaths.append(death.last)

    assert deaths[-1] == "COMMIT"
    written = {table for sql in deaths if sql.startswith("INSERT") for table in [sql.split('"')[1]]}
    assert written == {
        "juries_proclamation",
        "juries_proclaimedfile",
        "juries_certificate",
        "juries_bloccertificate",
        "evaluations_acquiredbloc",
        "journal_entry",
    }
    assert left_by(decided.code) == WHOLE


def test_without_its_transaction_halves_are_seen(cast: Cast, decided: Session) -> None:
    """The positive control: dying in the same way, the same verb leaves a proclamation without its state."""
    before, halves, number = everything(), 0, 0
    while Session.objects.get(pk=decided.pk).state != SessionState.PROCLAIMED and not halves:
        number += 1
        with without_transaction() as verb, dying_at(number):
            verb(session=decided, by=cast.cpnefp_president, at=timezone.now())
        halves += everything() != before and left_by(decided.code) != WHOLE

    assert halves
    assert Proclamation.objects.count() == 1
    assert Session.objects.get(pk=decided.pk).state == SessionState.DELIBERATION


def test_a_death_is_not_an_error_that_code_may_handle() -> None:
    assert not issubclass(Killed, Exception)


# --- At any instant, from outside ---

KILLS = 200
SEED = 20_261_126


@contextmanager
def a_copy_of_the_database() -> Iterator["Copy"]:
    """Django looks at a copy of the test database, which can be put back as it was."""
    settings = connection.settings_dict
    source = settings["NAME"]
    copy = Copy(source, f"{source}_killed", {**connection.get_connection_params(), "dbname": "postgres"})
    try:
        copy.restore()
        settings["NAME"] = copy.name
        yield copy
    finally:
        copy.forget()
        settings["NAME"] = source


@dataclass(frozen=True)
class Copy:
    """A database made from another, on the same server."""

    source: str
    name: str
    server: dict[str, Any]

    def restore(self) -> None:
        """As the source is now, whatever was done to it."""
        self.forget()
        self._run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.source}"')

    def forget(self) -> None:
        wrapper: Any = connection  # of PostgreSQL, here
        wrapper.close()
        wrapper.close_pool()
        self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _run(self, sql: str) -> None:
        server = {name: value for name, value in self.server.items() if name != "cursor_factory"}
        with psycopg.connect(**server, autocommit=True) as link:
            link.execute(sql)


@dataclass(frozen=True)
class End:
    """When a child is killed: so many statements sent, or all of them and done; and a moment later."""

    sent: int
    later: float


@dataclass
class Life:
    """What was seen of one child: how many statements it sent, whether it said it had done."""

    sent: int = 0
    done: bool = False
    lasted: float = 0.0


@dataclass
class Nursery:
    """A process that forks children who proclaim; they are killed from here."""

    process: subprocess.Popen[str]

    def raise_child(self, how: str, session: Session, president: int, end: End | None = None) -> Life:
        """One child until its end (None: once it has done), buried by the server too."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{how} {session.code} {president}\n")
        self.process.stdin.flush()
        _ready, pid = self.process.stdout.readline().split()
        life, begun, killed = Life(), time.monotonic(), False
        while True:
            if not killed and (life.done or (end and life.sent == end.sent)):
                time.sleep(end.later if end else 0)
                os.kill(int(pid), signal.SIGKILL)
                killed = True
            word = self.process.stdout.readline().strip()
            life.sent += word == SENT
            if word == DONE:
                life.done, life.lasted = True, time.monotonic() - begun
            if word == GONE:
                break
        # The server may still be at the last statement of the dead: its latch is free once it is not.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [LATCH, LATCH])
        return life


@contextmanager
def a_nursery(copy: Copy) -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.juries.deaths", copy.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield Nursery(process)
        assert process.stdin
        process.stdin.close()


def killed_again_and_again(decided: Session, president: int, how: str, kills: int) -> Counter[str]:
    """Children killed at random over the time a proclamation takes: what each left, and where it was."""
    chance, seen = random.Random(SEED), Counter[str]()
    with a_copy_of_the_database() as copy, a_nursery(copy) as nursery:
        lives = [nursery.raise_child(how, decided, president)]
        copy.restore()
        lives.append(nursery.raise_child(how, decided, president))
        copy.restore()
        (statements,) = {life.sent for life in lives}
        pause = lives[-1].lasted / statements
        for _ in range(kills):
            end = End(chance.randint(0, statements * 10 // 9), chance.uniform(0, 3 * pause))
            life = nursery.raise_child(how, decided, president, end)
            seen["inside"] += life.sent > 0 and not life.done
            left = left_by(decided.code)
            kind = "all" if left == WHOLE else "nothing" if left == NOTHING else "half"
            assert kind == "all" or not life.done
            seen[kind] += 1
            if kind != "nothing":
                copy.restore()
    print(f"{how}: {dict(seen)} of {kills}, seed {SEED}, {statements} statements in {lives[-1].lasted:.3f} s")  # noqa: T201
    return seen


@pytest.mark.postgres
def test_whenever_it_is_killed_it_is_all_or_nothing(cast: Cast, decided: Session) -> None:
    seen = killed_again_and_again(decided, cast.cpnefp_president.user.pk, "atomic", KILLS)

    assert seen["half"] == 0
    assert seen["nothing"] + seen["all"] == KILLS
    assert seen["nothing"] > KILLS / 10
    assert seen["all"] > KILLS / 20
    assert seen["inside"] > KILLS / 2


@pytest.mark.postgres
def test_without_its_transaction_the_killed_leave_halves(cast: Cast, decided: Session) -> None:
    """The positive control: the same children, the same kills, the transaction taken away."""
    seen = killed_again_and_again(decided, cast.cpnefp_president.user.pk, "bare", 20)

    assert seen["half"] > 0
