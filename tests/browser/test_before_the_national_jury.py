"""Before a national jury: its rules drafted, what is late, the juries compared, the agenda to take along."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from candidates.models import Session
from juries.services.national import open_sitting
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person
from tests.cast import Cast, email_of, enrol_some, open_session_of, part_of
from tests.evaluations.carnets import attest_one
from tests.juries.national_scenes import AGAINST, CLEAR, NEAR, play

pytestmark = pytest.mark.django_db(transaction=True)


def test_ucanss_drafts_the_rules_of_the_juries(signed_in: SignedIn, cast: Cast) -> None:
    ucanss = Person(signed_in(email_of("ucanss")), "jurys-1-ucanss")
    ucanss.follow("Règlements")
    ucanss.follow(re.compile("gestionnaire conseil", re.IGNORECASE))
    ucanss.press("Préparer la version suivante")
    ucanss.fill(
        {
            "Points de jury par épreuve, au plus": "0",
            "Membres nécessaires de chaque collège, présents ou représentés": "2",
        }
    )
    ucanss.page.get_by_role("checkbox", name="Noms des votes contre au procès-verbal").check()
    ucanss.press("Enregistrer le projet")
    ucanss.reads("Un point de jury est plus grand que zéro")
    ucanss.fill({"Points de jury par épreuve, au plus": "1"})
    ucanss.press("Enregistrer le projet")
    ucanss.reads(
        "Le jury national peut accorder jusqu’à 1 point de jury par épreuve, avec un motif.",
        "Le procès-verbal nomme les votes contre.",
        "chaque collège compte au moins 2 membres présents ou représentés.",
        "L’audition dure de 40 à 45 minutes",
    )


@pytest.fixture
def late(cast: Cast) -> Session:
    """Carnets to observe and to sign, the month gone by."""
    session = open_session_of("DAM_BLOCS", cast.ucanss)
    first, *_ = enrol_some(cast, part_of(session), 3)
    enrol_some(cast, part_of(session, "CRFP-LIL"), 1)
    attest_one(cast, first)
    past = timezone.localdate() - timedelta(days=40)
    days = dict.fromkeys(("enrolment_deadline", "exam_first_day", "exam_last_day"), past)
    Session.objects.filter(pk=session.pk).update(**days)
    return session


def test_what_is_late_is_told_and_whoever_owes_it_is_reminded_once(
    signed_in: SignedIn, cast: Cast, late: Session
) -> None:
    ucanss = Person(signed_in(email_of("ucanss")), "prevision-1-ucanss")
    ucanss.follow(re.compile("Jury national au plus tard le"))
    ucanss.reads("1 organisme n’a pas validé 4 carnets", "Si rien ne change, 4 candidats ne pourront pas")
    ucanss.press(re.compile("Relancer.*TISSOT"))
    ucanss.reads("Relance envoyée à TISSOT Thomas.", "relancé aujourd’hui")
    ucanss.page.set_viewport_size(PHONE)
    ucanss.look()
    width = "document.documentElement.scrollWidth"
    assert ucanss.page.evaluate(width) == PHONE["width"]
    member = Person(signed_in(email_of("cpnefp")), "prevision-2-cpnefp")
    member.follow("Jury national")
    member.follow("Prévision")
    member.reads("1 compétence à signer")
    expect(member.page.get_by_role("button", name="Relancer")).to_have_count(0)


def test_a_member_compares_the_juries_and_takes_the_agenda_along(signed_in: SignedIn, cast: Cast) -> None:
    part = part_of(open_session_of("GC_2013", cast.ucanss))
    play(cast, part, [CLEAR, AGAINST, NEAR, CLEAR, CLEAR])
    open_sitting(
        session=part.session, held_on=timezone.localdate(), place="Paris", by=cast.cpnefp_president,
        at=timezone.now(),
    )  # fmt: skip
    member = Person(signed_in(email_of("cpnefp")), "equite-cpnefp")
    member.page.goto(f"/jurys/{part.session.code}/")
    member.follow("Équité entre jurys")
    member.reads("Ensemble de la session", "sous 5 notes, la dispersion n’est pas montrée")
    member.page.set_viewport_size(PHONE)
    member.look()
    assert member.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    member.page.goto(f"/jurys/{part.session.code}/")
    member.follow("Préparation")
    member.reads("Document de travail, confidentiel", "5 dossiers dans l’ordre de la séance")
    with member.page.expect_download() as found:
        member.page.get_by_role("link", name="Feuille XLSX").click()
    assert found.value.suggested_filename == f"preparation-{part.session.code}.xlsx"
