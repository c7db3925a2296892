"""The flux itself: holders written in the order and the words of the schema."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from cqp.awards.flux_schema import NAMESPACE, NIL, XSI
from cqp.awards.holders import Holder

PARIS = ZoneInfo("Europe/Paris")
Element = Any  # lxml carries no types


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, for which certification; the identifiers are those the portal gave."""

    version: str
    client: str
    certifier: str
    contract: str
    registration: str


def flux_xml(identifier: str, sender: Sender, holders: Iterable[Holder], at: datetime) -> bytes:
    """The file to send. No NIR is in it: holders are told by their civil status."""
    root = etree.Element(_tag("flux"), nsmap={"cpf": NAMESPACE, "xsi": XSI})
    _add(root, "idFlux", identifier)
    _add(root, "horodatage", stamp(at))
    if sender.version == "1.1.5":
        _add(root, "action", "CREATION")
    emitter = _add(root, "emetteur")
    _add(emitter, "idClient", sender.client)
    certifier = _add(_add(emitter, "certificateurs"), "certificateur")
    _add(certifier, "idClient", sender.certifier)
    _add(certifier, "idContrat", sender.contract)
    certification = _add(_add(certifier, "certifications"), "certification")
    _add(certification, "type", "RNCP")
    _add(certification, "code", sender.registration)
    _add(certification, "natureDeposant", "CERTIFICATEUR")
    passages = _add(certification, "passageCertifications")
    for holder in holders:
        _passage(passages, holder)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def stamp(at: datetime) -> str:
    """The moment on the clock of Paris, its offset in figures: neither Z nor fractions are taken."""
    return at.astimezone(PARIS).replace(microsecond=0).isoformat()


def _passage(passages: Element, holder: Holder) -> None:
    """Marks are the candidate's alone (R40): neither score nor honours are told."""
    passage = _add(passages, "passageCertification")
    _add(passage, "idTechnique", holder.technical_id)
    _add_some(passage, "libelleOption", holder.option)
    _add(passage, "obtentionCertification", "PAR_ADMISSION")
    _add(passage, "donneeCertifiee", "true")
    _add(passage, "dateDebutValidite", holder.valid_from.isoformat())
    _nil(passage, "dateFinValidite")
    _add(passage, "presenceNiveauLangueEuro", "false")
    _add(passage, "presenceNiveauNumeriqueEuro", "false")
    _nil(passage, "scoring")
    _nil(passage, "mentionValidee")
    _add(_add(passage, "modalitesInscription"), "modaliteAcces", holder.access)
    _person(_add(_add(passage, "identificationTitulaire"), "titulaire"), holder)


def _person(person: Element, holder: Holder) -> None:
    _add(person, "nomNaissance", holder.birth_name)
    if holder.used_name:
        _add(person, "nomUsage", holder.used_name)
    else:
        _nil(person, "nomUsage")
    for rank, name in enumerate(holder.first_names, 1):
        _add(person, f"prenom{rank}", name)
    _add(person, "anneeNaissance", str(holder.birth_date.year))
    _add(person, "moisNaissance", str(holder.birth_date.month))
    _add(person, "jourNaissance", str(holder.birth_date.day))
    _add(person, "sexe", holder.sex)
    birth = _add(person, "codeCommuneNaissance")
    if holder.commune_code:
        _add(_add(birth, "codeInseeNaissance"), "codeInsee", holder.commune_code)
    else:
        _nil(_add(birth, "codePostalNaissance"), "codePostal")
    _add_some(person, "libelleCommuneNaissance", holder.birth_place)
    # Three characters: INSEE writes 99109 for Germany, the schema has room for 109.
    _add_some(person, "codePaysNaissance", holder.country_code[2:])


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    child = etree.SubElement(parent, _tag(name))
    child.text = text
    return child


def _add_some(parent: Element, name: str, text: str) -> None:
    """Only when there is something to say."""
    if text:
        _add(parent, name, text)


def _nil(parent: Element, name: str) -> None:
    """There, and saying nothing."""
    _add(parent, name).set(NIL, "true")
