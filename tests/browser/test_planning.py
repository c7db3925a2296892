"""Hearings planned, told and read, as a clerk, a juror and a candidate live it."""

import re

import pytest

from candidates.models import Enrolment, SessionPart
from juries.models import Hearing
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person
from tests.cast import Cast, email_of
from tests.juries.planning_scenes import away, in_days
from tests.juries.scenes import composed_jury

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_jury_is_planned_and_everybody_told(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    by_name = sorted(gc_enrolments, key=lambda enrolment: enrolment.candidate.sort_key)
    first, moved = by_name[0].candidate.full_name, by_name[2].candidate.full_name
    away(cast, by_name[1], in_days(25))

    clerk = Person(signed_in(email_of("clerk")), "auditions-1-crfp")
    clerk.follow(re.compile("Planifier.*Planifier 3 auditions"))
    clerk.reads("Aucune journée d’audition")
    clerk.follow("Ajouter une journée")
    clerk.fill({"Jour": in_days(25).isoformat(), "Salle": "Salle A", "Pause, de": "12:00"})
    clerk.press("Ajouter la journée")
    clerk.reads("Indiquez le début et la fin de la pause")
    clerk.fill({"Pause, à": "13:00"})
    clerk.press("Ajouter la journée")
    clerk.press("Proposer un horaire")
    clerk.reads("2 auditions planifiées", "1 sans horaire", "n’est disponible à aucune des heures libres")

    clerk.follow(re.compile(f"Changer.*{moved}"))
    clerk.fill({"Heure": "09:20"})
    clerk.press("Donner cette heure")
    clerk.reads(f"chevaucherait celle de {first}, de 9 h à 9 h 45.")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.fill({"Heure": "14:00"})
    clerk.press("Donner cette heure")
    clerk.reads(f"{moved} : l’heure est donnée.")
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.page.set_viewport_size({"width": 1280, "height": 900})
    clerk.look()

    clerk.follow("Convocations")
    clerk.look()
    clerk.press("Convoquer ces candidats")
    clerk.reads("2 convocations faites.", "1 candidat sans horaire", "Prévenu", "envoyée")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    juror = Person(signed_in(email_of("juror")), "auditions-2-jure")
    juror.page.goto(f"/jurys/{Hearing.objects.get(enrolment=by_name[0]).jury_id}/")
    juror.reads("14 h", "Salle A", "Non fixée")

    user = by_name[0].candidate.user
    assert user is not None
    candidate = Person(signed_in(user.email), "auditions-3-candidat")
    candidate.reads("Audition le", "à 9 h", "Voir ma convocation")
