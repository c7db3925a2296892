"""Generated from the URLconf: every URL × every person × every method; a URL without a policy fails."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from evaluations.models import Operation
from tests.access.policies import POLICIES, READ, Policy
from tests.access.world import DELIBERATION, OPEN, PROCLAIMED, World, build
from tests.cast import Cast
from tests.cqp.seals import configured

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REFUSED = {403, 404}
OPENED = {200, 301, 302, 400, 409, 422}


@pytest.fixture(autouse=True)
def _sealed(settings: Any, tmp_path: Path) -> None:
    """The certifier has a seal: its public certificate may be taken away."""
    configured(settings, tmp_path)


def routes(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """The name of every URL, with its namespace."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"


def status_of(client: Client, method: str, url: str) -> tuple[int, str]:
    """What this person gets; whatever the request wrote, in the database or in the cookies, is undone."""
    cache.clear()
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        response = client.generic(method, url)
        # A file on its way; closing the answer itself would close the database.
        for close in getattr(response, "_resource_closers", ()):
            close()
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(cookies)
    return response.status_code, response.headers.get("Location", "")


def gap_of(policy: Policy, name: str, method: str, status: int, location: str) -> str | None:
    """What is wrong with this answer, or None."""
    if name == "anonymous" and not policy.public:
        return None if status == 302 and "/connexion/" in location else "not sent to the sign-in page"
    if method not in policy.methods:
        return None if status in {405, *REFUSED} else "answers a method it should not"
    if name in policy.who or (name in policy.readers and method in READ):
        return None if status in OPENED else "refused to somebody who may"
    return None if status in REFUSED else "open to somebody who may not"


def walk(world: World, stage: str) -> Iterator[tuple[str | None, str]]:
    for route, policy in POLICIES.items():
        if policy.stage != stage:
            continue
        url = reverse(route, args=policy.args(world))
        for name, client in world.clients.items():
            for method in METHODS:
                status, location = status_of(client, method, url)
                yield gap_of(policy, name, method, status, location), f"{route} {method} {name}: {status}"


def test_every_url_has_a_policy_and_every_policy_a_url() -> None:
    assert set(routes()) == set(POLICIES)


@pytest.mark.parametrize("stage", [OPEN, DELIBERATION, PROCLAIMED])
def test_each_door_opens_to_those_it_should(cast: Cast, stage: str) -> None:
    world = build(stage, cast)
    answers = list(walk(world, stage))
    gaps = [f"{where} ({gap})" for gap, where in answers if gap]
    print(f"{stage}: {len(answers)} checks")  # noqa: T201 - the figure of the README
    assert not gaps, "\n".join(gaps)


@pytest.mark.parametrize("stage", [OPEN, DELIBERATION, PROCLAIMED])
def test_no_page_breaks_in_a_session_in_blocs(cast: Cast, stage: str) -> None:
    world = build(stage, cast, "DAM_BLOCS")
    found = {
        f"{route} {name}": status_of(client, "GET", url)[0]
        for route, policy in POLICIES.items()
        if policy.stage == stage and (url := _url_in_blocs(world, route, policy))
        for name, client in world.clients.items()
    }
    assert len(found) > 100
    assert not [where for where, status in found.items() if status >= 500]


def _url_in_blocs(world: World, route: str, policy: Policy) -> str:
    """Its address there; empty for a gesture on marks or a file of them, which such a session has not."""
    if "import" in route:
        return ""
    try:
        return reverse(route, args=policy.args(world))
    except Operation.DoesNotExist:
        return ""


def test_a_door_left_open_would_be_seen() -> None:
    """The positive control: answers that must be reported are."""
    policy = POLICIES["juries:proclaim"]
    assert gap_of(policy, "clerk", "POST", 200, "")
    assert gap_of(policy, "cpnefp_president", "POST", 404, "")
    assert gap_of(policy, "cpnefp_president", "DELETE", 200, "")
    assert gap_of(policy, "anonymous", "GET", 200, "")
    assert gap_of(policy, "clerk", "GET", 500, "")


@pytest.mark.parametrize("stage", [OPEN, DELIBERATION, PROCLAIMED])
def test_a_post_without_its_token_is_refused(cast: Cast, stage: str) -> None:
    world = build(stage, cast)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.ucanss.user, backend="django.contrib.auth.backends.ModelBackend")
    for route, policy in POLICIES.items():
        if "POST" in policy.methods and policy.stage == stage:
            url = reverse(route, args=policy.args(world))
            assert client.post(url).status_code == 403, route


@pytest.mark.parametrize(
    "route", ["juries:national_table", "juries:proclaim", "juries:decide", "candidates:session_story"]
)
def test_a_session_not_yet_before_the_cpnefp_is_unknown_to_it(cast: Cast, route: str) -> None:
    world = build(OPEN, cast)
    url = reverse(route, args=POLICIES[route].args(world))
    assert world.clients["cpnefp_president"].get(url).status_code == 404
