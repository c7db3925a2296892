"""A sitting of the CPNEFP in Chromium: two hundred candidates from agenda to minutes, and the live view."""

import re
import time

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from candidates.models import Enrolment, Session, SessionPart
from juries.models import Decision, Proclamation, SittingMember
from juries.services.sittings import step_aside
from tests.bench.crowd import make_crowd
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import Cast, email_of
from tests.journey import to_deliberation

pytestmark = pytest.mark.django_db(transaction=True)

CANDIDATES, SURE = 200, 60
PACE = 4.0  # seconds a person takes for one gesture: to read, to aim, to click
TEN_MINUTES = 600


class Hurried(Person):
    """Pages of two hundred rows take axe-core a minute each; they are checked elsewhere, shorter."""

    def look(self) -> None:
        """Go on."""


class Hand:
    """Counts what a person does on a page."""

    def __init__(self, page: Page) -> None:
        self.page, self.gestures = page, 0

    def click(self, role: str, name: str | re.Pattern[str]) -> None:
        self.gestures += 1
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # a word of ours

    def choose(self, label: str) -> None:
        self.gestures += 1
        self.page.get_by_label(label, exact=True).check()


def test_two_hundred_candidates_from_agenda_to_minutes(signed_in: SignedIn, cast: Cast) -> None:
    session = make_crowd("GC_2013", CANDIDATES, before_jury=True, sure=SURE)
    president = Hurried(signed_in(email_of("cpnefp_president")), "seance-1-presidente")
    started, hand = time.monotonic(), Hand(president.page)
    president.follow(re.compile("Ouvrir la séance"))
    president.fill({"Date de la séance": today().isoformat(), "Lieu": "Paris"})
    president.press("Ouvrir la séance")
    president.reads(re.compile("La séance est incomplète"))
    president.everybody_sits("CARON Cyril (Salariés)")
    hand.gestures += 12  # opening: three; the roll: one choice a member, the vice-presidency, two buttons

    extract(hand, f"NOM{session.pk}-000007 Prénom")
    adopted = adopt(hand)
    assert adopted >= SURE - 1
    assert decide_the_others(hand, CANDIDATES - adopted) == CANDIDATES - adopted
    president.page.goto(reverse("juries:national_table", args=[session.code]))
    president.follow("Proclamer la session")
    president.reads(re.compile(f"{certified(session)} candidats certifiés"))
    president.proclaims()
    president.reads(re.compile("La session est proclamée"))
    hand.gestures += 5  # the page, the box, the password, the button, the minutes

    link = president.page.get_by_role("link", name="Procès-verbal").get_attribute("href")
    minutes = president.page.request.get(str(link)).body()
    seconds = time.monotonic() - started
    print(  # noqa: T201 - the figure of the closing note
        f"{CANDIDATES} candidats : {hand.gestures} gestes, {hand.gestures * PACE / 60:.1f} min à {PACE} s"
        f" le geste ; {seconds:.0f} s dans Chromium"
    )
    assert minutes.startswith(b"%PDF")
    assert Proclamation.objects.get(session=session).files.count() == CANDIDATES
    assert hand.gestures * PACE < TEN_MINUTES


def extract(hand: Hand, name: str) -> None:
    """One click takes a file out of those adopted together."""
    hand.click("button", re.compile(rf"Extraire.*{re.escape(name)}"))
    expect(hand.page.get_by_role("status")).to_contain_text("sera examiné à part")


def adopt(hand: Hand) -> int:
    """The clear files together; how many."""
    hand.gestures += 2
    button = hand.page.locator("summary").filter(has_text=re.compile(r"Adopter les \d+ dossiers"))
    count = int(re.sub(r"\D", "", button.inner_text()))
    button.click()
    hand.page.locator(".confirm-panel").get_by_role("button").click()
    expect(hand.page.get_by_role("status")).to_contain_text(f"{count} dossiers favorables adoptés")
    return count


def decide_the_others(hand: Hand, left: int) -> int:
    """File after file, as the calculation proposes, « Enregistrer et suivant »; how many."""
    hand.gestures += 1
    hand.page.get_by_role("rowheader").get_by_role("link").first.click()
    hand.page.wait_for_url("**/dossiers/**")
    count = 0
    while "/dossiers/" in hand.page.url:
        assert Decision.objects.count() == CANDIDATES - left + count, "a decision was refused"
        count += 1
        proposal = hand.page.locator(".file-decision").get_by_text(re.compile("Proposition calculée"))
        hand.choose("Non certifié" if "non certifié" in proposal.inner_text() else "Certifié")
        with hand.page.expect_navigation():
            hand.click("button", "Enregistrer et suivant")
    return count


def certified(session: Session) -> int:
    return Decision.objects.filter(enrolment__session=session, outcome="CERTIFIE").count()


def test_two_browsers_follow_the_file_the_president_calls(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    session = to_deliberation(cast, gc_part, gc_enrolments)
    one, two = gc_enrolments[:2]
    step_aside(enrolment=two, motive="Ancien collègue", by=cast.cpnefp, at=timezone.now())
    president = Person(signed_in(email_of("cpnefp_president")), "direct-1-presidente")
    member = Person(signed_in(email_of("cpnefp")), "direct-2-membre")
    live = reverse("juries:sitting_live", args=[session.code])
    member.page.set_viewport_size(PHONE)
    member.page.goto(live)
    member.reads(re.compile("Aucun dossier n’est en discussion"))

    call(president, session, one)
    expect(member.page.locator("#en-direct")).to_contain_text(one.candidate.full_name, timeout=8_000)
    member.look()
    width = member.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]

    call(president, session, two)
    expect(member.page.locator("#en-direct")).to_contain_text("Vous êtes récusé", timeout=8_000)
    assert two.candidate.full_name not in member.page.content()
    expect(president.page.locator("#en-direct")).to_contain_text(two.candidate.full_name)
    member.look()

    president.press("Clore la discussion")
    expect(member.page.locator("#en-direct")).to_contain_text("Aucun dossier", timeout=8_000)
    assert SittingMember.objects.filter(recusals__enrolment=two).count() == 1


def call(president: Person, session: Session, enrolment: Enrolment) -> None:
    president.page.goto(reverse("juries:decide", args=[session.code, enrolment.pk]))
    president.press("Appeler en séance")
    president.reads(enrolment.candidate.full_name)
