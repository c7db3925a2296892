"""The mark grid of 200 × 6 in a real Chromium, served by gunicorn: first paint, keys, saving, a great paste.

.venv/bin/python -m tests.bench.bench_grid [candidates]      (200 by default)
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.crowd import make_crowd, open_place

PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
FIRST_BYTE = "performance.getEntriesByType('navigation')[0].responseStart"
SIZE = "performance.getEntriesByType('navigation')[0].decodedBodySize"
BEGINNING = """performance.measure("begin", "grid-begins", "grid-ready").duration"""
# How long from a key to the focus in the next cell, and to the next frame shown; and each request of saving.
LISTEN = """() => {
  window.measured = { focus: [], frame: [], saving: [], long: 0 };
  let pressed = 0;
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") pressed = performance.now();
  }, true);
  document.addEventListener("focusin", () => {
    if (!pressed) return;
    const from = pressed;
    pressed = 0;
    measured.focus.push(performance.now() - from);
    requestAnimationFrame(() => setTimeout(() => measured.frame.push(performance.now() - from)));
  }, true);
  const asked = window.fetch;
  window.fetch = async (...request) => {
    const from = performance.now();
    const response = await asked(...request);
    measured.saving.push(performance.now() - from);
    return response;
  };
  const watch = new PerformanceObserver((list) => { measured.long += list.getEntries().length; });
  watch.observe({ type: "longtask" });
}"""
PASTE = """([input, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  return performance.now();
}"""
EMPTY = "document.querySelectorAll('.is-changed, .is-saving').length === 0"


def spread(name: str, values: list[float]) -> None:
    ranked = sorted(values)
    p50, p99 = ranked[len(ranked) // 2], ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)]
    print(f"{name} : p50 {p50:.1f} ms, p99 {p99:.1f} ms, pire {ranked[-1]:.1f} ms ({len(ranked)} mesures)")


def measure(count: int) -> None:
    from django.conf import settings
    from django.urls import reverse
    from playwright.sync_api import sync_playwright

    from cqp.accounts.actor import Actor
    from cqp.accounts.models import User
    from cqp.roles import Role
    from tests.bench.bench_pages import _client
    from tests.browser.conftest import CHROMIUM, FLAGS
    from tests.browser.server import RealServer
    from tests.wide import wide_regulation

    client = _client(Role.CRFP, "CRFP-LYO")
    author = Actor(User.objects.get(email="crfp@exemple.fr"), Role.UCANSS)
    version = wide_regulation(author).version
    session = make_crowd("GC_2013", count, version=version, is_blank=True)
    server = RealServer(Path(tempfile.mkdtemp(prefix="cqp-bench-")), workers=2)
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
            sheet = server.url + reverse("evaluations:mark_sheet", args=[session.code, "CRFP-LYO"])
            _drive(context.new_page(), sheet, count)
            browser.close()
    finally:
        server.kill()


def _drive(page: Any, sheet: str, count: int) -> None:
    page.set_default_timeout(60_000)
    page.goto(sheet)  # once for the caches: what is measured is the morning after
    firsts: dict[str, list[float]] = {"premier octet": [], "premier affichage": [], "démarrage du script": []}
    for _ in range(7):
        page.goto(sheet)
        page.wait_for_function("performance.getEntriesByName('grid-ready').length")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        for name, what in zip(firsts, (FIRST_BYTE, PAINT, BEGINNING), strict=True):
            firsts[name].append(page.evaluate(what))
    print(f"grille de {count} × 6 : {page.evaluate(SIZE) / 1024:.0f} Kio de HTML")
    for name, values in firsts.items():
        spread(name, values)
    inputs = page.locator(".mark-grid tbody input[type=text]")
    inputs.first.focus()
    page.evaluate(LISTEN)
    for n in range(count):
        page.keyboard.type(str(9 + n % 7))
        page.keyboard.press("Enter")
    page.wait_for_function(EMPTY)
    measured = page.evaluate("measured")
    spread("d’Entrée à la case suivante", measured["focus"])
    spread("d’Entrée à l’image suivante", measured["frame"])
    spread("aller-retour en tapant au plus vite", measured["saving"])
    requests, long = len(measured["saving"]), measured["long"]
    print(f"{count} notes tapées : {requests} requêtes, {long} tâches de plus de 50 ms")
    page.evaluate("measured.saving = []")
    for n in range(100):
        page.keyboard.type(str(9 + n % 7))
        page.keyboard.press("Enter")
        page.wait_for_function(EMPTY, polling=5)
    spread("aller-retour d’une case", page.evaluate("measured.saving"))
    _paste(page, inputs, count)


def _paste(page: Any, inputs: Any, count: int) -> None:
    """The three columns left, at once."""
    text = "\n".join("\t".join(str(9 + (n + place) % 7) for place in range(3)) for n in range(count))
    start = page.evaluate(PASTE, [inputs.nth(2).element_handle(), text])
    page.wait_for_function("document.getElementById('etat').textContent.includes('enregistrées')", polling=20)
    spent = page.evaluate("performance.now()") - start
    print(f"collage de {count} × 3 : {spent:.0f} ms jusqu’à « enregistrées »")


if __name__ == "__main__":
    open_place()
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
