"""The grid as the browser tests use it: its cells, their state, what the clipboard puts in them."""

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from candidates.models import Enrolment, SessionPart
from cqp.journal.models import Entry as JournalEntry
from evaluations.models import Block, Mark

PASTE = """(element, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
KEPT = "() => Object.keys(localStorage).filter((name) => name.startsWith('cqp-notes:'))"


def sheet_of(part: SessionPart) -> str:
    return reverse("evaluations:mark_sheet", args=[part.session.code, part.crfp.code])


def in_order(enrolments: list[Enrolment]) -> list[Enrolment]:
    """As the page lists them."""
    return sorted(enrolments, key=lambda enrolment: (enrolment.candidate.sort_key, enrolment.pk))


def block_of(enrolment: Enrolment, code: str) -> Block:
    return Block.objects.get(regulation__adoptions__session=enrolment.session_id, code=code)


def cell(page: Page, enrolment: Enrolment, code: str, attempt: int = 1) -> Locator:
    return page.locator(f"#n-{enrolment.pk}-{block_of(enrolment, code).pk}-{attempt}")


def state(locator: Locator) -> Locator:
    return locator.locator("xpath=..")


def type_in(locator: Locator, entry: str) -> None:
    """Type a value over what is there, and leave the cell."""
    locator.fill(entry)
    locator.press("Enter")


def paste(locator: Locator, text: str) -> None:
    """What Ctrl+V does with a text a spreadsheet put in the clipboard."""
    locator.focus()
    locator.evaluate(PASTE, text)


def kept(page: Page) -> list[str]:
    """What this browser keeps for later."""
    names: list[str] = page.evaluate(KEPT)
    return names


def expect_saved(locator: Locator, entry: str) -> None:
    expect(state(locator)).to_have_class("cell is-saved")
    expect(locator).to_have_value(entry)


def expect_nothing_waits(page: Page) -> None:
    """Everything was answered for, and the browser keeps nothing any more."""
    expect(page.locator(".cell:is(.is-changed, .is-saving)")).to_have_count(0)
    for _ in range(100):  # the policy of the page forbids what `wait_for_function` does
        if not kept(page):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"still kept: {kept(page)}")


def stored(enrolment: Enrolment, code: str) -> str:
    return Mark.objects.get(enrolment=enrolment, block__code=code, attempt=1).entry


def assert_written_once(count: int) -> None:
    """So many marks, each at its first version, with one entry of the journal."""
    assert list(Mark.objects.values_list("version", flat=True)) == [1] * count
    assert JournalEntry.objects.filter(act="note.saisir").count() == count
