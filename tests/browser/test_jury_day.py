"""The day of a local jury: a juror missing, another who steps aside, the deliberation, and Ucanss after."""

import re

import pytest
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from juries.models import Hearing, LocalJury, LocalMinutes
from juries.services.composition import assign_candidates
from juries.states import JuryState
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, named
from tests.cast import Cast, email_of
from tests.journey import compose_jury
from tests.juries.scenes import hear

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jury(cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]) -> LocalJury:
    jury = compose_jury(cast, dam_part)
    assign_candidates(jury=jury, enrolments=dam_enrolments, by=cast.clerk, at=timezone.now())
    return jury


def narrow(person: Person) -> None:
    """The same page on a phone: nothing sticks out."""
    size = person.page.viewport_size
    person.page.set_viewport_size(PHONE)
    assert person.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    person.look()
    person.page.set_viewport_size(size or {"width": 1280, "height": 900})


def test_a_missing_juror_is_replaced_by_a_substitute(signed_in: SignedIn, jury: LocalJury) -> None:
    clerk = Person(signed_in(email_of("clerk")), "jury-day-crfp")
    clerk.page.goto(f"/jurys/{jury.pk}/composer/")
    card = clerk.page.get_by_role("region", name="Expert métier")
    card.get_by_text("Nommer un suppléant").click()
    card.get_by_text("Quelqu’un qui n’est pas dans la liste").click()
    ready = card.locator("form[action*=suppleants]")
    for label, text in (("Nom", "Noël"), ("Prénom", "Nadia"), ("Adresse électronique", "n.noel@exemple.fr")):
        ready.get_by_label(named(label)).fill(text)
    clerk.press(re.compile("Nommer suppléant"), card)
    card.get_by_text("Absent le jour du jury").click()
    card.get_by_label(named("Motif")).fill("Grève des transports")
    clerk.press(re.compile("Noter absent"), card)
    clerk.reads("Il manque : Expert métier")
    clerk.press(re.compile("^Appeler"), card)
    clerk.reads("Suppléant appelé")
    narrow(clerk)


def test_a_juror_steps_aside_and_the_president_closes(
    signed_in: SignedIn, jury: LocalJury, cast: Cast, dam_enrolments: list[Enrolment]
) -> None:
    first = Hearing.objects.get(enrolment=dam_enrolments[0])
    juror = Person(signed_in(email_of("second_juror")), "jury-day-juror")
    juror.page.goto(f"/jurys/auditions/{first.pk}/")
    juror.follow(re.compile("me récuser"))
    narrow(juror)
    juror.page.get_by_label(named("Motif")).fill("Ancien collègue de bureau")
    juror.press("Me récuser")
    juror.reads("vous êtes récusé")
    hear(cast, dam_enrolments[0], "22")
    hear(cast, dam_enrolments[1], "4")
    hear(cast, dam_enrolments[2], "18", favourable=False, argument="Le mémoire ne répond pas au sujet posé.")

    president = Person(signed_in(email_of("jury_president")), "jury-day-president")
    president.page.goto(f"/jurys/{jury.pk}/")
    president.follow(re.compile("Délibérer et clore"))
    president.reads("note éliminatoire")
    narrow(president)
    president.page.get_by_label(named("Incidents de la journée")).fill(
        "Coupure de courant de 10 h à 10 h 20."
    )
    president.press("Clore le jury")
    president.reads("Procès-verbal")
    assert "Coupure de courant" in LocalMinutes.objects.get().content

    ucanss = Person(signed_in(email_of("ucanss")), "jury-day-ucanss")
    ucanss.page.goto(f"/sessions/{jury.part.session.code}/")
    ucanss.follow("Jurys locaux")
    narrow(ucanss)
    ucanss.follow(re.compile("^Rouvrir"))
    ucanss.page.get_by_label(named("Motif")).fill("Avis saisi pour un autre candidat.")
    ucanss.press("Rouvrir le jury")
    ucanss.reads("Rouvert le")
    assert LocalJury.objects.get().state == JuryState.OPEN
