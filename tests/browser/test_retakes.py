"""A retake from the call to the mark, then a candidate who sits again, as a clerk and a candidate live it."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import Enrolment, SessionPart
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import Cast, email_of, enrol_some, open_session_of, part_of
from tests.evaluations.retake_scenes import fail_cc
from tests.juries.again_scenes import EXCUSED, FAILED, to_end

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def failed(cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment]) -> list[Enrolment]:
    """Three délégués with an eliminatory contrôle continu, in the order of the lists."""
    fail_cc(cast, dam_enrolments)
    return list(dam_part.enrolments.select_related("candidate"))


def test_a_retake_that_saves_one_that_does_not_and_one_given_up(
    signed_in: SignedIn, cast: Cast, failed: list[Enrolment]
) -> None:
    saved, lost, gone = (enrolment.candidate.full_name for enrolment in failed)
    clerk = Person(signed_in(email_of("clerk")), "rattrapage-1-crfp")
    clerk.follow(re.compile("Convoquer.*3 rattrapages à organiser"))
    clerk.reads("8/40")
    clerk.follow(re.compile(f"Renonce.*{gone}"))
    clerk.press("Enregistrer le renoncement")
    clerk.reads("Indiquez le motif du renoncement.")
    clerk.fill({"Motif du renoncement": "Quitte l’organisme"})
    clerk.press("Enregistrer le renoncement")

    for name in (saved, lost):
        clerk.page.get_by_role("checkbox", name=re.compile(name)).check()
    clerk.fill({"Date du rattrapage": today(60).isoformat(), "Lieu": "Lyon, salle 4"})
    clerk.press("Convoquer")
    clerk.reads("le rattrapage ne peut pas se tenir après.")
    expect(clerk.page.get_by_role("checkbox", name=re.compile(saved))).to_be_checked()
    clerk.fill({"Date du rattrapage": today().isoformat()})
    clerk.press("Convoquer")
    clerk.reads("2 candidats convoqués le")

    clerk.follow("Convocations à imprimer")
    clerk.reads("Vous êtes convoqué(e) au rattrapage", "Lyon, salle 4")
    clerk.page.go_back()

    clerk.page.set_viewport_size(PHONE)
    clerk.page.get_by_role("textbox", name=re.compile(f"Note de rattrapage.*{saved}")).fill("14")
    clerk.page.get_by_role("textbox", name=re.compile(f"Note de rattrapage.*{lost}")).fill("41")
    clerk.press("Enregistrer les notes")
    clerk.reads("rien de ce que vous avez tapé n’est perdu")
    clerk.reads("14/40 remplace 8/40 : n’est plus éliminatoire")
    clerk.page.get_by_role("textbox", name=re.compile(f"Note de rattrapage.*{lost}")).fill("11,75")
    clerk.press("Enregistrer les notes")
    clerk.reads("11,75/40 remplace 8/40 : reste éliminatoire", "Quitte l’organisme")
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_deferred_candidate_is_enrolled_again_with_what_is_kept(
    signed_in: SignedIn, cast: Cast, dam_part: SessionPart
) -> None:
    deferred, failed = enrol_some(cast, dam_part, 2)
    to_end(cast, dam_part, {deferred: EXCUSED, failed: FAILED})
    part = part_of(open_session_of("DAM_2006", cast.ucanss, months_ahead=2))
    name = deferred.candidate.full_name

    clerk = Person(signed_in(email_of("clerk")), "rattrapage-2-crfp")
    clerk.follow("2 candidats peuvent se représenter")
    clerk.follow(re.compile(f"Préparer.*{name}"))
    clerk.reads("Tout ce qui a été noté est conservé", "Contrôle continu : 28/40", "À repasser")
    clerk.page.set_viewport_size(PHONE)
    clerk.look()
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.page.set_viewport_size({"width": 1280, "height": 900})
    clerk.press(re.compile("Réinscrire à cette session"))
    clerk.reads(f"{name} est réinscrit")
    clerk.follow(re.compile("Résultat calculé"))
    clerk.reads("Note conservée de la session")
    clerk.page.goto(f"/evaluations/{part.session.code}/crfp/{part.crfp.code}/notes/")
    clerk.look()
    row = clerk.row(name)
    expect(row.get_by_role("textbox", name=re.compile("^Contrôle continu"))).to_have_count(0)
    expect(row.get_by_title(re.compile("Note conservée"))).to_be_visible()

    made = Enrolment.objects.get(session=part.session)
    assert made.candidate == deferred.candidate

    user = failed.candidate.user
    assert user is not None
    candidate = Person(signed_in(user.email), "rattrapage-3-candidat")
    candidate.page.set_viewport_size(PHONE)
    candidate.page.goto("/jurys/mes-resultats/")
    candidate.fill({"Numéro d’identification": failed.number})
    candidate.press("Voir mes résultats")
    candidate.reads("Et ensuite", "Le règlement ne conserve rien après un échec.", "Prochaines sessions")
    candidate.reads("Votre CRFP vous réinscrit")
    assert candidate.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert timezone.localdate() < part.session.enrolment_deadline
