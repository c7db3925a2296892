"""What axe-core says of a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
OPTIONS = {"resultTypes": ["violations"], "preload": False}
"""Only what is wrong; no rule of ours reads the style sheets a second time."""


def assert_accessible(page: Page) -> None:
    """Fail with the rule, the elements and the advice for everything axe-core finds on this page."""
    found = []
    for violation in AXE.run(page, options=OPTIONS).response["violations"]:
        elements = "".join(f"\n    {node['html']}" for node in violation["nodes"])
        found.append(f"{violation['id']}: {violation['help']} ({violation['helpUrl']}){elements}")
    assert not found, f"{page.url}\n" + "\n".join(found)
