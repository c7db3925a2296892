"""A real Chromium against a real server: people signed in, and no script or policy error let through."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response
from pytest_django.live_server_helper import LiveServer

# Playwright's sync interface runs an event loop in this very thread, so Django believes itself asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",  # continuous integration runs as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

SignedIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Drive the system's Chromium: nothing is downloaded."""
    return {"executable_path": CHROMIUM, "headless": True, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    """A French desk."""
    return {
        "locale": "fr-FR",
        "timezone_id": "Europe/Paris",
        "viewport": {"width": 1280, "height": 900},
        "reduced_motion": "reduce",
    }


def _watch(page: Page, complaints: list[str]) -> None:
    """Note every script error, everything the content security policy refused, and every failure of ours."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(f"{page.url}: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 500:
            complaints.append(f"{response.url}: {response.status}")

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))


@pytest.fixture
def signed_in(
    browser: Browser, browser_context_args: dict[str, Any], live_server: LiveServer
) -> Iterator[SignedIn]:
    """Give `signed_in(email)`: a page of their own, at home. Fails if a script or the CSP complained.

    Another `url` than the live server's is that of a real server over the same database.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(email: str, url: str = live_server.url) -> Page:
        client = Client()
        client.force_login(get_user_model().objects.get(email=email))
        context = browser.new_context(base_url=url, **browser_context_args)
        context.set_default_timeout(10_000)
        contexts.append(context)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
        page = context.new_page()
        _watch(page, complaints)
        page.goto("/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def visitor(
    browser: Browser, browser_context_args: dict[str, Any], live_server: LiveServer
) -> Iterator[Page]:
    """A page where nobody is signed in, at the door."""
    context = browser.new_context(base_url=live_server.url, **browser_context_args)
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints: list[str] = []
    _watch(page, complaints)
    page.goto("/")
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)
