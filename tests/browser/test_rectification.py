"""A proclaimed decision rectified, from the clerk who proposes it to the candidate and whoever checks it."""

import re

import pytest
from playwright.sync_api import Page

from candidates.models import Enrolment, SessionPart
from juries.models import Certificate
from juries.states import Outcome
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import Cast, email_of
from tests.juries.rectification_scenes import MOTIVE, SPOILT, proclaimed_three, rectified

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_decision_rectified_by_three_people_reaches_the_candidate_and_the_verification(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, visitor: Page
) -> None:
    certified, failed, _ = proclaimed_three(cast, gc_part)
    name = failed.candidate.full_name

    clerk = Person(signed_in(email_of("clerk")), "rectification-1-crfp")
    clerk.page.goto(f"/jurys/{failed.session.code}/proclamation/")
    clerk.look()
    clerk.follow(re.compile(f"Rectifier.*{name}"))
    clerk.page.get_by_label(re.compile("Épreuve écrite")).fill("21")
    clerk.page.get_by_role("radio", name="Certifié", exact=True).check()
    clerk.fill({"Motif": MOTIVE})
    clerk.press("Voir ce que cela change")
    clerk.reads("hors barème", "rien de ce que vous avez tapé n’est perdu")
    clerk.page.get_by_label(re.compile("Épreuve écrite")).fill("13")
    clerk.press("Voir ce que cela change")
    clerk.reads("6 devient 13", "La décision devient : certifié", "n’est plus à représenter")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.press("Envoyer la proposition")
    clerk.reads("Elle attend d’être approuvée")
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    ucanss = Person(signed_in(email_of("ucanss")), "rectification-2-ucanss")
    ucanss.follow(re.compile(f"Relire.*{name}"))
    ucanss.follow("Approuver")
    ucanss.reads(MOTIVE, "Ce qui va se passer")
    ucanss.press("Approuver")
    ucanss.reads("Approuvée")

    president = Person(signed_in(email_of("cpnefp_president")), "rectification-3-presidence")
    president.follow(re.compile(f"Relire.*{name}"))
    president.follow("Décider")
    president.fill({"Date de la décision": today(1).isoformat(), "Lieu": "Paris"})
    president.press("Décider")
    president.reads("ne peut pas être à venir")
    president.fill({"Date de la décision": today().isoformat()})
    president.press("Décider")
    president.reads("La décision rectificative est prise", "Procès-verbal rectificatif")
    president.page.goto("/jurys/rectifications/")
    president.look()

    user = failed.candidate.user
    assert user is not None
    candidate = Person(signed_in(user.email), "rectification-4-candidat")
    candidate.page.set_viewport_size(PHONE)
    candidate.page.goto("/jurys/mes-resultats/")
    candidate.fill({"Numéro d’identification": failed.number})
    candidate.press("Voir mes résultats")
    candidate.reads("Vous êtes certifié(e)", MOTIVE, "Ce qui avait été décidé", "non certifié")
    assert candidate.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    rectified(cast, Enrolment.objects.get(pk=certified.pk), corrections=SPOILT, outcome=Outcome.NOT_CERTIFIED)
    old, new = Certificate.objects.order_by("pk")
    employer = Person(visitor, "rectification-5-employeur")
    employer.page.goto(f"/verifier/?code={new.code}")
    employer.look()
    employer.reads("Ce certificat est authentique")
    employer.page.goto(f"/verifier/?code={old.code}")
    employer.look()
    employer.reads("Ce certificat a été annulé", "Annulé le")
    clerk.page.set_viewport_size({"width": 1280, "height": 900})
    clerk.page.goto(f"/jurys/{failed.session.code}/certificats/")
    clerk.look()
    clerk.page.goto(f"/jurys/{failed.session.code}/proclamation/")
    clerk.look()
    clerk.reads("2 décisions rectificatives depuis la proclamation")
