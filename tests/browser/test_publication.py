"""Results proclaimed with a delay: nobody reads them, then the hour comes and each reads what is theirs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from candidates.models import SessionPart
from juries.services.national import adopt_clear_files
from juries.states import Outcome
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import PASSWORD, Cast, email_of
from tests.juries.national_scenes import ARGUMENT, CLEAR, FAILED, decide_as, play, sit

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_readable_before_the_results_open_then_everything_is(
    signed_in: SignedIn, cast: Cast, gc_part: SessionPart
) -> None:
    _, failed = play(cast, gc_part, [CLEAR, FAILED])
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    decide_as(cast, failed, Outcome.NOT_CERTIFIED)
    code = gc_part.session.code

    president = Person(signed_in(email_of("cpnefp_president")), "publication-1-presidence")
    president.page.goto(reverse("juries:proclaim", args=[code]))
    president.look()
    president.page.get_by_label("À une date et une heure choisies").check()
    president.page.get_by_label("La CPNEFP a délibéré").check()
    past = (timezone.localdate() - timedelta(days=2)).isoformat()
    president.fill({"Jour d’ouverture": past, "Heure d’ouverture": "09:00", "Votre mot de passe": PASSWORD})
    president.press("Proclamer les résultats")
    president.reads("Cette heure est déjà passée")
    president.fill({"Jour d’ouverture": today(7).isoformat(), "Votre mot de passe": PASSWORD})
    president.page.set_viewport_size(PHONE)
    assert president.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    president.press("Proclamer les résultats")
    president.reads("Les résultats s’ouvriront le")

    organisme = Person(signed_in(email_of("organisme")), "publication-2-organisme")
    organisme.page.goto("/jurys/organisme/")
    organisme.does_not_read("Non certifié", "n’a pas certifié")
    clerk = Person(signed_in(email_of("clerk")), "publication-3-crfp")
    clerk.page.goto(f"/jurys/{code}/proclamation/")
    clerk.does_not_read("Non certifié", "Certificats")
    user = failed.candidate.user
    assert user is not None
    candidate = Person(signed_in(user.email), "publication-4-candidat")
    candidate.page.goto("/jurys/mes-resultats/")
    candidate.fill({"Numéro d’identification": failed.number})
    candidate.press("Voir mes résultats")
    candidate.reads("Ce numéro n’ouvre aucun résultat")

    ucanss = Person(signed_in(email_of("ucanss")), "publication-5-ucanss")
    ucanss.reads("Les résultats s’ouvrent le")
    ucanss.page.goto(f"/delivrance/{code}/apercu/{failed.pk}/candidat/")
    ucanss.look()
    ucanss.reads("Rien n’est encore lisible")
    ucanss.follow("Une fois ouverts")
    ucanss.reads(ARGUMENT, "elle est éliminatoire")
    ucanss.page.set_viewport_size(PHONE)
    assert ucanss.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ucanss.page.goto(f"/delivrance/{code}/")
    ucanss.look()
    assert ucanss.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    ucanss.follow("Avancer ou reporter l’ouverture")
    ucanss.page.get_by_label("Immédiate").check()
    ucanss.press("Enregistrer l’ouverture")
    ucanss.reads("Les résultats sont ouverts")

    organisme.page.reload()
    organisme.reads("Non certifié", "n’a pas certifié ce candidat")
    organisme.does_not_read(ARGUMENT)
    clerk.page.goto(f"/jurys/{code}/proclamation/")
    clerk.reads("Non certifié")
    candidate.fill({"Numéro d’identification": failed.number})
    candidate.press("Voir mes résultats")
    candidate.reads("Vous n’êtes pas certifié(e)", "elle est éliminatoire", ARGUMENT)
