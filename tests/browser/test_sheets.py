"""A block from its second entry to its correction, as two clerks and a juror live it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import Enrolment, SessionPart
from evaluations.models import Block, Mark
from evaluations.services.marks import record_mark
from juries.services.composition import assign_candidates
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person
from tests.cast import Cast, email_of
from tests.journey import compose_jury, hear

pytestmark = pytest.mark.django_db(transaction=True)
ECRIT = "Épreuve écrite"


@pytest.fixture
def marked(cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]) -> list[Enrolment]:
    """Three written marks typed by the clerk, the second one wrongly; in the order of the lists."""
    written = Block.objects.get(code="ECRIT", regulation__code="GC_2013", regulation__version=1)
    enrolments = list(gc_part.enrolments.select_related("candidate"))
    for enrolment, entry in zip(enrolments, ("12", "3", "14"), strict=True):
        record_mark(
            enrolment=enrolment,
            block=written,
            attempt=1,
            entry=entry,
            version=0,
            by=cast.clerk,
            at=timezone.now(),
        )
    return enrolments


def to_blocks(person: Person, part: SessionPart) -> None:
    person.page.goto(f"/evaluations/{part.session.code}/crfp/{part.crfp.code}/epreuves/")
    person.look()


def test_two_entries_a_difference_a_transmission_and_a_correction(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, marked: list[Enrolment]
) -> None:
    clerk = Person(signed_in(email_of("clerk")), "feuille-1-crfp")
    to_blocks(clerk, gc_part)
    clerk.follow(re.compile(f"Régler.*{ECRIT}"))
    clerk.field("Responsable de l’épreuve").select_option(label="MARCHAND Claire")
    clerk.page.get_by_label("Toutes les notes").check()
    clerk.press("Enregistrer")
    clerk.reads(re.compile("À ressaisir par une seconde personne"))

    second = Person(signed_in(email_of("second_clerk")), "feuille-2-seconde")
    second.follow(re.compile("Ressaisir.*3 notes à ressaisir à l’aveugle"))
    first = second.page.get_by_role("textbox").first
    first.focus()
    for entry in ("12", "13", "14"):
        second.page.keyboard.type(entry)
        second.page.keyboard.press("Enter")
    expect(second.page.get_by_role("button", name="Enregistrer la seconde saisie")).to_be_focused()
    second.press("Enregistrer la seconde saisie")
    second.reads("3 notes ressaisies.")

    clerk.home()
    clerk.follow(re.compile("Trancher.*1 écart de saisie"))
    clerk.reads("MARCHAND Claire", "MOREL Denis")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.page.set_viewport_size({"width": 1280, "height": 900})
    clerk.press(re.compile("Garder 13 pour .*"))
    clerk.reads("Aucun écart à trancher")

    clerk.home()
    clerk.follow(re.compile("Transmettre.*3 notes saisies, non transmises"))
    clerk.press("Transmettre ces notes")
    clerk.reads(re.compile("Transmise le"))
    assert [mark.entry for mark in Mark.objects.order_by("enrolment__candidate__sort_key")] == [
        "12",
        "13",
        "14",
    ]
    a_correction_overtakes_the_opinion(signed_in, clerk, cast, gc_part, marked[1])


def a_correction_overtakes_the_opinion(
    signed_in: SignedIn, clerk: Person, cast: Cast, part: SessionPart, enrolment: Enrolment
) -> None:
    """The jury spoke; the mark is corrected with its motive; the juror confirms."""
    jury = compose_jury(cast, part)
    (hearing,) = assign_candidates(jury=jury, enrolments=[enrolment], by=cast.clerk, at=timezone.now())
    hear(cast, hearing)
    clerk.page.goto(f"/evaluations/inscriptions/{enrolment.pk}/resultat/")
    clerk.look()
    clerk.follow(ECRIT)
    clerk.fill({"Note corrigée, sur 20": "11"})
    clerk.press("Corriger la note")
    clerk.reads("Indiquez le motif de la correction.")
    clerk.fill({"Motif de la correction": "Point oublié à la question 3"})
    clerk.press("Corriger la note")
    clerk.reads("la note est corrigée")
    president = Person(signed_in(email_of("jury_president")), "feuille-3-jury")
    president.follow(re.compile("Relire.*Confirmer ou revoir votre avis"))
    president.reads(re.compile("Une note de ce candidat a été corrigée"))
    president.press("Enregistrer")
    president.home()
    expect(president.page.get_by_text("Confirmer ou revoir")).to_have_count(0)


def test_several_tests_make_the_mark(
    signed_in: SignedIn, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    clerk = Person(signed_in(email_of("clerk")), "controles-1-crfp")
    to_blocks(clerk, gc_part)
    clerk.follow(re.compile("Détailler en contrôles.*tronc commun"))
    clerk.fill({"Les contrôles de cette épreuve, un par ligne": "Mars\nAvril"})
    clerk.press("Enregistrer la liste")
    row = clerk.page.get_by_role("row").nth(1)
    row.get_by_role("textbox").nth(0).fill("10")
    row.get_by_role("textbox").nth(1).fill("21")
    clerk.press("Enregistrer les notes")
    clerk.reads(re.compile("hors barème"))
    expect(clerk.page.get_by_role("row").nth(1).get_by_role("textbox").nth(1)).to_have_value("21")
    clerk.page.get_by_role("row").nth(1).get_by_role("textbox").nth(1).fill("10,01")
    clerk.press("Enregistrer les notes")
    expect(clerk.page.get_by_role("row").nth(1).locator("strong")).to_have_text("10,01")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
