"""The strict harness: what every test runs under. The cast of people is in tests/cast.py."""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.template.base import Node, Origin

from tests.guards import let_tests_empty_the_tables

if find_spec("tests.cast"):
    pytest_plugins = ["tests.cast"]

PLACE = Path(tempfile.mkdtemp(prefix="cqp-tests-"))
OUR_TEMPLATES = str(settings.BASE_DIR / "templates")


class UndefinedVariable(AssertionError):
    """A template of ours printed a variable that nobody gave it."""


class Undefined(str):
    """What Django prints for an undefined variable: here, an error naming the variable and the template.

    Templates of packages are spared: crispy and allauth count on an undefined variable being empty.
    """

    def __mod__(self, variable: object) -> str:
        origin = _template_being_rendered(sys._getframe(1))
        if origin and origin.startswith(OUR_TEMPLATES):
            raise UndefinedVariable(f"{{{{ {variable} }}}} is undefined in {origin}")
        return ""


def _template_being_rendered(frame: FrameType | None) -> str:
    """Return the file of the nearest template node on the stack."""
    while frame is not None:
        node = frame.f_locals.get("self")
        origin = getattr(node, "origin", None)
        if isinstance(node, Node) and isinstance(origin, Origin):
            return str(origin.name)
        frame = frame.f_back
    return ""


def pytest_configure() -> None:
    """Change the settings before the first connection or template engine reads them."""
    let_tests_empty_the_tables()
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined("%s")
    # Argon2 is slow on purpose; tests sign in hundreds of times.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Static files come from their sources: nothing needs to be collected first.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.WHITENOISE_USE_FINDERS = True
    # Long work is done at once; the tests of the worker itself ask for the database by name.
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    settings.OUTBOX_DIR = PLACE / "outbox"
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.DOCUMENTS_DIR = PLACE / "documents"
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # A file, as in the real application: threads and browsers get their own connections and real locks.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(PLACE / "test.sqlite3")


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(PLACE, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the other database has: row locks and TRUNCATE, or REPLACE; bin/test runs both."""
    engine = settings.DATABASES["default"]["ENGINE"]
    other = "sqlite" if engine.endswith("postgresql") else "postgres"
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture
def tasks_kept(settings: Any) -> None:
    """Long work is kept in the database, as it is served: `tests.workers.work` does it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture(autouse=True)
def _limits_start_anew() -> None:
    """The limits on sign-ins are counted in the cache: one test must not exhaust those of the next."""
    cache.clear()
