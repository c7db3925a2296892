"""A proclaimed and registered session, its holders' identities complete, and the reports that come back."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from lxml import etree

from candidates.models import Enrolment, RncpRegistration, Session, SessionPart
from candidates.services.civil_status import Completion, complete_identities
from cqp.accounts.actor import Actor
from cqp.awards.flux_schema import NAMESPACE
from cqp.awards.models import Flux
from cqp.awards.services.transmission import make_flux, read_report
from juries.models import Certificate
from tests.cast import Cast
from tests.juries.national_scenes import CLEAR, play, proclaim_all, sit

REPORT = "urn:cdc:cpf:pc5:rapport:schema"
CPF = {
    "CPF_VERSION": "1.1.2",
    "CPF_SENDER": "UCANSS01",
    "CPF_CERTIFIER": "CERTIF01",
    "CPF_CONTRACT": "MCFCER000001",
}


@pytest.fixture
def sender(settings: Any) -> None:
    """The operator gave what the portal knows us by."""
    for name, value in CPF.items():
        setattr(settings, name, value)


def register_certification(session: Session) -> RncpRegistration:
    """A registration that covers today."""
    today = timezone.localdate()
    return RncpRegistration.objects.create(
        certification=session.certification,
        code="RNCP99999",
        level="5",
        eu_level="5",
        nsf_codes="313t",
        decided_on=today - timedelta(days=60),
        valid_from=today - timedelta(days=60),
        valid_to=today + timedelta(days=900),
    )


def certified(cast: Cast, part: SessionPart, count: int = 2) -> list[Enrolment]:
    """Everybody certified, and the certification registered."""
    enrolments = play(cast, part, [CLEAR] * count)
    register_certification(part.session)
    sit(cast, part.session)
    proclaim_all(cast, part.session, {})
    return [Enrolment.objects.get(pk=one.pk) for one in enrolments]


def complete(enrolments: Iterable[Enrolment], by: Actor, **values: Any) -> None:
    """Born in Lyon, unless said otherwise."""
    known = {"sex": "F", "birth_commune": "69123"} | values
    for enrolment in enrolments:
        done = [Completion(enrolment, **known)]
        complete_identities(session=enrolment.session, completions=done, by=by, at=timezone.now())


def flux_of(cast: Cast, session: Session) -> Flux:
    return make_flux(session=Session.objects.get(pk=session.pk), by=cast.ucanss, at=timezone.now())


def number_of(enrolment: Enrolment) -> str:
    """The number of the certificate first delivered."""
    return Certificate.objects.filter(decision__enrolment=enrolment).order_by("pk")[0].number


def ids_in(flux: Flux) -> list[str]:
    root = etree.fromstring(flux.content.encode())
    return [one.text or "" for one in root.iter(f"{{{NAMESPACE}}}idTechnique")]


def report_xml(flux: str, accepted: Iterable[str] = (), rejected: Mapping[str, str] | None = None) -> bytes:
    """A processing report, as the Caisse des dépôts writes one."""
    root = etree.Element(f"{{{REPORT}}}rapport", nsmap={None: REPORT})

    def add(parent: Any, name: str, text: str | None = None) -> Any:
        child = etree.SubElement(parent, f"{{{REPORT}}}{name}")
        child.text = text
        return child

    add(root, "nomFichier", f"{flux}.xml")
    add(root, "idFlux", flux)
    add(root, "idTraitement", "T-2026-0001")
    refused = add(root, "PassagesKO")
    for identifier, reason in (rejected or {}).items():
        passage = add(refused, "passage")
        add(passage, "idTechnique", identifier)
        add(passage, "messageErreur", reason)
    taken = add(root, "PassagesOK")
    for identifier in accepted:
        add(taken, "idTechnique", identifier)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def reported(cast: Cast, flux: Flux, rejected: Mapping[str, str] | None = None) -> Flux:
    """Its report read back: everybody accepted but these."""
    accepted = [one for one in ids_in(flux) if one not in (rejected or {})]
    content = report_xml(flux.identifier, accepted, rejected)
    return read_report(flux=flux, content=content, by=cast.ucanss, at=timezone.now())
