"""Somebody at their screen: they follow links, press buttons, fill fields; every page reached is checked."""

import os
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from django.utils import timezone
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.browser.accessibility import assert_accessible
from tests.cast import PASSWORD

PICTURES = os.environ.get("CQP_PICTURES", "")
"""A directory: when given, a picture of every page reached is kept there."""


PHONE: ViewportSize = {"width": 320, "height": 640}


def today(days: int = 0) -> date:
    """Today, or so many days later."""
    return timezone.localdate() + timedelta(days=days)


def named(label: str) -> re.Pattern[str]:
    """This label and no longer one; the star of a compulsory field does not count."""
    return re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")


def spoken(sentence: str | re.Pattern[str]) -> re.Pattern[str]:
    """These words, whichever spaces French typography puts between them."""
    if isinstance(sentence, str):
        words = [re.escape(word) for word in sentence.split(" ")]
    else:
        words = sentence.pattern.split(" ")
    return re.compile(r"\s+".join(words), re.IGNORECASE)


class Person:
    """One page of a browser, walked through as its owner would."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.seen = page, name, 0
        self.look()

    def look(self) -> None:
        """Check the page as it stands."""
        assert_accessible(self.page)
        self.seen += 1
        if PICTURES:
            title = re.sub(r"\W+", "-", self.page.title().removesuffix(" – CQP"))[:60]
            place = Path(PICTURES) / f"{self.name}-{self.seen:02}-{title}.png"
            self.page.screenshot(path=place, full_page=True)

    def follow(self, link: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Click a link and arrive."""
        self._leave(self._called("link", link, within))

    def press(self, button: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press a button that sends a form, and arrive."""
        self._leave(self._called("button", button, within))

    def _called(
        self, role: Literal["link", "button"], name: str | re.Pattern[str], within: Locator | None
    ) -> Locator:
        place = within or self.page.locator("body")
        wanted = name if isinstance(name, str) else spoken(name)
        return place.get_by_role(role, name=wanted, exact=True).first

    def _leave(self, target: Locator) -> None:
        with self.page.expect_navigation():
            target.click()
        self.look()

    def home(self) -> None:
        """Back to what there is to do."""
        self.follow(re.compile("^CQP"), self.page.get_by_role("banner"))

    def everybody_sits(self, vice_president: str) -> None:
        """On the roll of a sitting that opens: all present, somebody of the other college beside."""
        for presence in self.page.get_by_label(re.compile("^Présence de")).all():
            presence.select_option(label="Présent")
        self.page.get_by_label(re.compile("^Vice-préside")).select_option(label=vice_president)
        self.press("Enregistrer les présences")
        self.reads(re.compile("La séance est complète"))
        self.follow("Délibérer")

    def proclaims(self) -> None:
        """The last page of a sitting, agreed to, with the password again."""
        self.page.get_by_label(re.compile("La CPNEFP a délibéré")).check()
        self.page.get_by_label(re.compile("Votre mot de passe")).fill(PASSWORD)
        self.press("Proclamer les résultats")

    def transmit_blocks(self, *labels: str) -> None:
        """From the page of the blocks, transmit the marks of these; then back to the part."""
        for label in labels:
            self.follow(re.compile(f"Transmettre : {label}"))
            self.press("Transmettre ces notes")
            self.reads(f"{label} : les notes sont transmises.")
        self.follow("CRFP de Lyon", self.page.get_by_role("main"))

    def field(self, label: str, within: Locator | None = None) -> Locator:
        return (within or self.page.get_by_role("main")).get_by_label(named(label))

    def fill(self, fields: dict[str, str], within: Locator | None = None) -> None:
        """Type in each field by its label; a list is chosen in by the words it shows."""
        for label, value in fields.items():
            field = self.field(label, within)
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def reads(self, *sentences: str | re.Pattern[str]) -> None:
        """The page says so."""
        for sentence in sentences:
            expect(self.page.get_by_role("main").get_by_text(spoken(sentence)).first).to_be_visible()

    def does_not_read(self, *sentences: str | re.Pattern[str]) -> None:
        for sentence in sentences:
            expect(self.page.get_by_role("main").get_by_text(spoken(sentence))).to_have_count(0)

    def row(self, name: str) -> Locator:
        """The row of a table whose heading has this name."""
        heading = self.page.get_by_role("rowheader").filter(has_text=name)
        return self.page.get_by_role("row").filter(has=heading)

    def section(self, title: str) -> Locator:
        """The part of the page under this title."""
        return self.page.get_by_role("region", name=title)


class Grid:
    """The grid of marks, used from the keyboard."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def cell(self, candidate: str, column: str) -> Locator:
        return self.person.row(candidate).get_by_role("textbox", name=re.compile(f"^{re.escape(column)}"))

    def type(self, entry: str) -> None:
        """Type over the cell one is in, and go down."""
        self.page.keyboard.type(entry)
        self.page.keyboard.press("Enter")

    def type_column(self, column: str, entries: dict[str, str]) -> None:
        """From the first candidate down, one mark a row."""
        first = next(iter(entries))
        self.cell(first, column).focus()
        self.cell(first, column).select_text()
        for entry in entries.values():
            self.type(entry)
        for candidate, entry in entries.items():
            self.is_saved(candidate, column, entry)

    def is_saved(self, candidate: str, column: str, entry: str) -> None:
        cell = self.cell(candidate, column)
        expect(cell).to_have_value(entry)
        expect(cell.locator("..")).to_have_class(re.compile(r"\bis-saved\b"))

    def is_refused(self, candidate: str, column: str, reason: str | re.Pattern[str]) -> None:
        cell = self.cell(candidate, column)
        expect(cell.locator("..")).to_have_class(re.compile(r"\bis-refused\b"))
        expect(cell).to_have_accessible_description(reason)
