"""From the proclamation to sealed files, published results and a flux accepted: each at their screen."""

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from lxml import etree
from playwright.sync_api import Page

from candidates.models import Enrolment, Session, SessionPart
from cqp.awards.delivery import wake
from cqp.awards.flux_schema import NAMESPACE
from cqp.awards.models import Flux
from cqp.seal import check_pdf
from juries.models import Certificate
from juries.services.national import adopt_clear_files
from juries.states import Outcome
from tests.awards.flux_scenes import CPF, ids_in, register_certification, report_xml
from tests.browser.conftest import SignedIn
from tests.browser.person import PHONE, Person, today
from tests.cast import Cast, email_of
from tests.cqp.seals import configured
from tests.juries.national_scenes import CLEAR, FAILED, decide_as, play, sit
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = "Aucun titulaire ne correspond aux critères obligatoires"


@pytest.fixture
def deliberated(cast: Cast, gc_part: SessionPart, settings: Any, tmp_path: Path) -> list[Enrolment]:
    """Two certified and one not, before the act that proclaims; a certifier who can seal and transmit."""
    configured(settings, tmp_path)
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    for name, value in CPF.items():
        setattr(settings, name, value)
    enrolments = play(cast, gc_part, [CLEAR, CLEAR, FAILED])
    register_certification(gc_part.session)
    sit(cast, gc_part.session)
    adopt_clear_files(session=gc_part.session, by=cast.cpnefp, at=timezone.now())
    decide_as(cast, enrolments[2], Outcome.NOT_CERTIFIED)
    return enrolments


def saved(person: Person, link: str | re.Pattern[str]) -> bytes:
    """The file behind a link."""
    with person.page.expect_download() as download:
        person._called("link", link, None).click()
    return Path(download.value.path()).read_bytes()


def gives_number(candidate: Person, enrolment: Enrolment) -> None:
    candidate.page.goto("/jurys/mes-resultats/")
    candidate.fill({"Numéro d’identification": enrolment.number})
    candidate.press("Voir mes résultats")


def test_a_session_goes_from_its_proclamation_to_an_accepted_flux(
    signed_in: SignedIn, cast: Cast, deliberated: list[Enrolment], visitor: Page
) -> None:
    first, second, _ = deliberated
    code = first.session.code

    president = Person(signed_in(email_of("cpnefp_president")), "titulaires-1-presidence")
    president.page.goto(f"/jurys/{code}/proclamer/")
    president.page.get_by_label("À une date et une heure choisies").check()
    president.fill({"Jour d’ouverture": today(3).isoformat(), "Heure d’ouverture": "09:00"})
    president.proclaims()
    president.reads(re.compile("La session est proclamée"))

    # Before the hour: nothing reaches the candidate, the organisme or the CRFP.
    user = first.candidate.user
    assert user is not None
    candidate = Person(signed_in(user.email), "titulaires-2-candidat")
    candidate.page.set_viewport_size(PHONE)
    gives_number(candidate, first)
    candidate.does_not_read("Vous êtes certifié(e)")
    visitor.goto(f"/v/{Certificate.objects.first().code}/")  # type: ignore[union-attr]
    employer = Person(visitor, "titulaires-3-employeur")
    employer.reads("Aucun certificat ne porte ce code")

    # Ucanss prepares what will leave, and has the documents made meanwhile.
    ucanss = Person(signed_in(email_of("ucanss")), "titulaires-4-ucanss")
    ucanss.page.goto(f"/delivrance/{code}/")
    ucanss.look()
    ucanss.page.goto(f"/delivrance/{code}/messages/preparer/")
    ucanss.look()
    ucanss.press(re.compile("Préparer . message"))
    work()
    assert mail.outbox == []
    ucanss.page.goto(f"/delivrance/{code}/documents/")
    ucanss.look()
    ucanss.press(re.compile("Produire.* Certificats"))
    work()
    ucanss.page.reload()
    ucanss.look()
    with zipfile.ZipFile(io.BytesIO(saved(ucanss, re.compile("ZIP")))) as archive:
        sealed = {name: archive.read(name) for name in archive.namelist() if name.endswith(".pdf")}
    assert len(sealed) == 2
    assert all(check_pdf(pdf).is_intact for pdf in sealed.values())

    # The results open at once after all.
    ucanss.page.goto(f"/delivrance/{code}/ouverture/")
    ucanss.page.get_by_label("Immédiate").check()
    ucanss.press("Enregistrer l’ouverture")
    wake(timezone.now())  # as the worker does, round after round
    work()
    assert {message.to[0] for message in mail.outbox} >= {one.candidate.email for one in deliberated}
    gives_number(candidate, first)
    candidate.reads("Vous êtes certifié(e)")
    assert candidate.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    employer.page.set_viewport_size(PHONE)
    employer.page.goto("/verifier/")
    employer.page.set_input_files("input[type=file]", files={
        "name": "certificat.pdf", "mimeType": "application/pdf", "buffer": next(iter(sealed.values())),
    })  # fmt: skip
    employer.press("Vérifier le fichier")
    employer.reads("Le fichier est intact", "Ce certificat est authentique")

    # One identity is complete, the other waits: the flux never has a hole.
    completes(ucanss, code, first)
    ucanss.page.goto(f"/titulaires/accrochage/{code}/")
    ucanss.look()
    ucanss.press("Produire le flux")
    ucanss.reads("reste hors du flux")
    flux = Flux.objects.get()
    assert len(ids_in(flux)) == 1
    completes(ucanss, code, second)
    reads_report(ucanss, flux, report_xml(flux.identifier, rejected={ids_in(flux)[0]: UNKNOWN}))
    ucanss.reads(UNKNOWN)
    ucanss.press("Produire le flux")
    again = Flux.objects.exclude(pk=flux.pk).get()
    names = etree.fromstring(again.content.encode()).iter(f"{{{NAMESPACE}}}nomNaissance")
    assert len(list(names)) == 2
    reads_report(ucanss, again, report_xml(again.identifier, accepted=ids_in(again)))
    ucanss.page.goto("/titulaires/")
    ucanss.look()
    ucanss.reads(Certificate.objects.earliest("pk").number)
    ucanss.page.set_viewport_size(PHONE)
    for path in ("/titulaires/", f"/titulaires/accrochage/{code}/", f"/delivrance/{code}/"):
        ucanss.page.goto(path)
        ucanss.look()
        assert ucanss.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    assert Session.objects.get(code=code).is_published(timezone.now())


def completes(ucanss: Person, code: str, enrolment: Enrolment) -> None:
    ucanss.page.goto(f"/titulaires/identites/{code}/")
    ucanss.look()
    ucanss.follow(re.compile(f"Compléter.*{enrolment.candidate.full_name}"))
    ucanss.page.get_by_label("Féminin").check()
    ucanss.fill({"Commune de naissance": "69123"})
    ucanss.press("Enregistrer l’identité")


def reads_report(ucanss: Person, flux: Flux, report: bytes) -> None:
    ucanss.page.goto(f"/titulaires/flux/{flux.identifier}/rapport/")
    ucanss.look()
    ucanss.page.set_input_files("input[type=file]", files={
        "name": "rapport.xml", "mimeType": "text/xml", "buffer": report,
    })  # fmt: skip
    ucanss.press("Relire le rapport")
