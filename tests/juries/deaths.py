"""A process that dies: before its n-th statement, in this process; by SIGKILL, in one of its own.

`python -m tests.juries.deaths DATABASE` is a nursery: told `atomic` or `bare` and a session, it forks a child
that proclaims it, and says when the child is ready, each statement it sends, and how it ended.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.db import connection
from django.utils import timezone

READY, SENT, DONE, GONE = "ready", "sent", "done", "gone"
LATCH = 20_260_000  # an advisory lock held by a child: free again once the server has buried it


class Killed(BaseException):
    """What no code can catch and go on from."""


class Death:
    """Stands before the door of the database: the n-th statement finds the process dead. COMMIT is one."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.last = ""

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        self.strike(sql, context["cursor"])
        return execute(sql, params, many, context)

    def strike(self, sql: str, cursor: Any = None) -> None:
        """One statement more; the last one loses the connection first, as a dying process does."""
        self.left -= 1
        if self.left == 0:
            self.last = sql
            if cursor is not None:
                cursor.close()  # else the garbage collector finds it open, and complains
            connection.connection.close()
            connection.close()
            raise Killed(sql)


@contextmanager
def dying_at(number: int) -> Iterator[Death]:
    """This process dies as it sends its n-th statement, its COMMIT included; Killed is swallowed here."""
    death = Death(number)
    wrapper: Any = connection
    commit = wrapper._commit

    def committing() -> None:
        death.strike("COMMIT")
        commit()

    wrapper._commit = committing
    try:
        with connection.execute_wrapper(death):
            yield death
    except Killed:
        pass
    finally:
        wrapper._commit = commit


@contextmanager
def without_transaction() -> Iterator[Callable[..., object]]:
    """`proclaim` as it would be had nobody written `@transaction.atomic`: each statement for itself."""
    from django.db.models import QuerySet

    from juries.services.national import proclaim

    held = QuerySet.select_for_update
    QuerySet.select_for_update = lambda rows, *args, **kwargs: rows.all()  # type: ignore[method-assign]
    try:
        yield proclaim.__wrapped__  # type: ignore[attr-defined]
    finally:
        QuerySet.select_for_update = held  # type: ignore[method-assign]


def say(*words: object) -> None:
    """One line to whoever watches, whole and at once: a killed process leaves no half of it."""
    os.write(1, f"{' '.join(map(str, words))}\n".encode())


def _counted(execute: Callable[..., Any], *rest: Any) -> Any:
    say(SENT)
    return execute(*rest)


def _live(how: str, code: str, president: int) -> None:
    """The life of a child: connect, be ready, proclaim."""
    from candidates.models import Session
    from cqp.accounts.actor import Actor
    from cqp.accounts.models import Membership
    from cqp.roles import Role
    from juries.services.national import proclaim

    session = Session.objects.get(code=code)
    held = Membership.objects.get(user=president, role=Role.CPNEFP_PRESIDENT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LATCH])
    say(READY, os.getpid())
    with connection.execute_wrapper(_counted):
        if how == "bare":
            with without_transaction() as verb:
                verb(session=session, by=Actor.of(held), at=timezone.now())
        else:
            proclaim(session=session, by=Actor.of(held), at=timezone.now())
    say(DONE)
    signal.pause()  # death comes for everybody: the number of a process that ended could be another's by now


def main() -> None:
    """Fork a child for each line read, and say when it is gone: `HOW SESSION PRESIDENT`."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "cqp.settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = sys.argv[1]
    del settings.DATABASES["default"]["OPTIONS"]["pool"]  # a child has one connection, which dies with it
    django.setup()
    import juries.services.national  # noqa: F401 - read once, not by each child

    for line in sys.stdin:
        how, code, president = line.split()
        child = os.fork()
        if child == 0:
            _live(how, code, int(president))
        os.waitpid(child, 0)
        say(GONE)


if __name__ == "__main__":
    main()
