"""What the Caisse des dépôts takes: every element in its order, how often, how long, with which values.

The table is data, from the public description of the schema (1.1.2, and what 1.1.5 adds of it that is known);
`faults` reads a file against it. The official XSD, from the portal, stays the last word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from lxml import etree

NAMESPACE = "urn:cdc:cpf:pc5:schema:1.0.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
VERSIONS = ("1.1.2", "1.1.5")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII)
SAID = 20  # faults named at most

Element = Any  # lxml carries no types


@dataclass(frozen=True, slots=True)
class Text:
    """So many characters."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Among:
    """One of these words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A day, a moment or a boolean."""

    kind: str


@dataclass(frozen=True, slots=True)
class Group:
    """The elements of this name in TREE, in their order."""

    name: str


@dataclass(frozen=True, slots=True)
class Several:
    """One or more of this element, and nothing else."""

    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """One of these elements, and one only."""

    names: tuple[str, ...]


Kind = Text | Number | Among | Word | Group | Several | Either


@dataclass(frozen=True, slots=True)
class Rule:
    """An element of a group: what it holds, whether it may be left out, or be there and say nothing."""

    name: str
    kind: Kind
    optional: bool = False
    nillable: bool = False


DATE, INSTANT, BOOLEAN = Word("day"), Word("moment"), Word("boolean")
DEPOSITOR = Among(("CERTIFICATEUR", "TIERS_CONFIANCE"))
OBTAINED = Among(("PAR_ADMISSION", "PAR_SCORING"))
EXAM_MODE = Among(("A_DISTANCE", "EN_PRESENTIEL", "MIXTE"))
LANGUAGE = Among(("A1", "A2", "B1", "B2", "C1", "C2", "INSUFFISANT"))
HONOURS = Among(
    (
        "SANS_MENTION",
        "MENTION_ASSEZ_BIEN",
        "MENTION_BIEN",
        "MENTION_TRES_BIEN",
        "MENTION_TRES_BIEN_AVEC_FELICITATIONS_DU_JURY",
    )
)
ACCESS = Among(
    (
        "FORMATION_INITIALE_HORS_APPRENTISSAGE",
        "FORMATION_INITIALE_APPRENTISSAGE",
        "FORMATION_CONTINUE_HORS_CONTRAT_DE_PROFESSIONNALISATION",
        "FORMATION_CONTINUE_CONTRAT_DE_PROFESSIONNALISATION",
        "VAE",
        "EQUIVALENCE_DIPLOME_ETRANGER",
        "CANDIDAT_LIBRE",
    )
)
VAE_WAY = Among(("CONGES_VAE", "VAE_CLASSIQUE"))
INITIATIVE = Among(("CERTIFIE", "OF", "POLE_EMPLOI", "EMPLOYEUR", "AUTRE"))
SEX = Among(("M", "F"))
ACTION = Among(("CREATION",))
LONG, NAME, LABEL = Text(1, 255), Text(1, 60), Text(1, 60)


def _maybe(name: str, kind: Kind) -> Rule:
    return Rule(name, kind, optional=True)


def _nillable(name: str, kind: Kind) -> Rule:
    return Rule(name, kind, nillable=True)


TREE: dict[str, tuple[Rule, ...]] = {
    "flux": (Rule("idFlux", Text(1, 50)), Rule("horodatage", INSTANT), Rule("emetteur", Group("emetteur"))),
    "emetteur": (Rule("idClient", Text(8, 8)), Rule("certificateurs", Group("certificateurs"))),
    "certificateurs": (Rule("certificateur", Group("certificateur")),),
    "certificateur": (
        Rule("idClient", Text(8, 8)),
        Rule("idContrat", Text(1, 20)),
        Rule("certifications", Several("certification")),
    ),
    "certification": (
        Rule("type", LONG),
        Rule("code", Text(1, 100)),
        _maybe("natureDeposant", DEPOSITOR),
        Rule("passageCertifications", Several("passageCertification")),
    ),
    "passageCertification": (
        Rule("idTechnique", LONG),
        _maybe("urlPreuve", LONG),
        _maybe("libelleOption", LONG),
        Rule("obtentionCertification", OBTAINED),
        Rule("donneeCertifiee", BOOLEAN),
        _maybe("dateDebutExamen", DATE),
        _maybe("dateFinExamen", DATE),
        _maybe("modalitePassageExamen", EXAM_MODE),
        _maybe("codePostalCentreExamen", Text(1, 9)),
        Rule("dateDebutValidite", DATE),
        _nillable("dateFinValidite", DATE),
        Rule("presenceNiveauLangueEuro", BOOLEAN),
        _maybe("niveauLangueEuropeen", LANGUAGE),
        Rule("presenceNiveauNumeriqueEuro", BOOLEAN),
        _maybe("niveauNumeriqueEuropeen", Group("niveauNumeriqueEuropeen")),
        _nillable("scoring", LONG),
        _nillable("mentionValidee", HONOURS),
        Rule("modalitesInscription", Group("modalitesInscription")),
        Rule("identificationTitulaire", Either(("dossierFormation", "titulaire"))),
        _maybe("verbatim", LONG),
    ),
    "niveauNumeriqueEuropeen": (
        _maybe("scoreGeneral", Number(1, 1000)),
        _maybe("resultats", Several("resultat")),
    ),
    "resultat": (
        _maybe("niveau", Number(1, 8)),
        _maybe("domaineCompetenceId", Text(1, 1)),
        _maybe("competenceId", Text(1, 1)),
    ),
    "modalitesInscription": (
        _nillable("modaliteAcces", ACCESS),
        _maybe("voieAccessVAE", VAE_WAY),
        _maybe("initiativeInscription", INITIATIVE),
        _maybe("dateInscription", DATE),
    ),
    "dossierFormation": (
        Rule("idDossier", Text(1, 13)),
        Rule("nomTitulaire", Text(1, 30)),
        Rule("prenom1Titulaire", Text(1, 20)),
    ),
    "titulaire": (
        Rule("nomNaissance", NAME),
        _nillable("nomUsage", NAME),
        Rule("prenom1", NAME),
        _maybe("prenom2", NAME),
        _maybe("prenom3", NAME),
        Rule("anneeNaissance", Number(1900, 2099)),
        _nillable("moisNaissance", Number(1, 12)),
        _nillable("jourNaissance", Number(1, 31)),
        Rule("sexe", SEX),
        Rule("codeCommuneNaissance", Either(("codeInseeNaissance", "codePostalNaissance"))),
        _maybe("libelleCommuneNaissance", LABEL),
        _maybe("codePaysNaissance", Text(3, 3)),
        _maybe("libellePaysNaissance", LABEL),
        _maybe("commentairesMEN", Text(1, 250)),
    ),
    "codeInseeNaissance": (Rule("codeInsee", Text(5, 5)),),
    "codePostalNaissance": (_nillable("codePostal", Text(1, 9)),),
}


def rules_of(group: str, version: str) -> tuple[Rule, ...]:
    """The elements of a group; from 1.1.5 a flux says after its moment what it does."""
    rules = TREE[group]
    if group == "flux" and version == "1.1.5":
        return (*rules[:2], Rule("action", ACTION), *rules[2:])
    return rules


def faults(content: bytes, version: str) -> list[str]:
    """Everything in a flux the schema would refuse, the path first; empty when it may be sent."""
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError:
        return ["flux\u00a0: ce n’est pas un document XML"]
    if root.tag != _tag("flux"):
        return ["flux\u00a0: ce n’est pas la racine du document"]
    found = list(islice(_element(root, Rule("flux", Group("flux")), version, "flux"), SAID))
    return found if len(found) == SAID else found + _twice(root)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _twice(root: Element) -> list[str]:
    """The technical identifiers given to two holders of one flux."""
    seen: set[str] = set()
    again: set[str] = set()
    for element in root.iter(_tag("idTechnique")):
        text = element.text or ""
        (again if text in seen else seen).add(text)
    return [f"idTechnique\u00a0: {text} sert deux fois" for text in sorted(again)[:SAID]]


def _group(parent: Element, group: str, version: str, path: str) -> Iterator[str]:
    """The children of a group, in the order of the table: each once, or left out when it may be."""
    children = [child for child in parent if isinstance(child.tag, str)]
    if len(children) != len(parent) or _said(parent):
        yield f"{path}\u00a0: du texte ou un commentaire où il n’en faut pas"
    at = 0
    for rule in rules_of(group, version):
        if at < len(children) and children[at].tag == _tag(rule.name):
            yield from _element(children[at], rule, version, f"{path}/{rule.name}")
            at += 1
        elif not rule.optional:
            yield f"{path}/{rule.name}\u00a0: manque"
    if at < len(children):
        yield f"{path}\u00a0: {etree.QName(children[at]).localname} n’est pas à sa place"


def _said(parent: Element) -> bool:
    """Has an element that holds others a text of its own?"""
    return any(text and text.strip() for text in (parent.text, *(child.tail for child in parent)))


def _element(element: Element, rule: Rule, version: str, path: str) -> Iterator[str]:
    nil = element.get(NIL) == "true"
    if set(element.attrib) - {NIL} or (NIL in element.attrib and not (nil and rule.nillable)):
        yield f"{path}\u00a0: un attribut n’y est pas permis"
    elif nil:
        if len(element) or element.text:
            yield f"{path}\u00a0: dit ne rien contenir, et contient"
    else:
        yield from _content(element, rule.kind, version, path)


def _content(element: Element, kind: Kind, version: str, path: str) -> Iterator[str]:
    match kind:
        case Group(name):
            yield from _group(element, name, version, path)
        case Several(name):
            yield from _children(element, (name,), version, path, most=None)
        case Either(names):
            yield from _children(element, names, version, path, most=1)
        case _:
            if len(element) or not _holds(kind, element.text or ""):
                yield f"{path}\u00a0: valeur refusée"


def _children(
    element: Element, names: tuple[str, ...], version: str, path: str, *, most: int | None
) -> Iterator[str]:
    """Children of these names only: at least one, at most so many."""
    if _said(element) or not len(element) or (most and len(element) > most):
        yield f"{path}\u00a0: il y faut {' ou '.join(names)}"
        return
    for place, child in enumerate(element, 1):
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name not in names or child.tag != _tag(name) or child.attrib:
            yield f"{path}\u00a0: il y faut {' ou '.join(names)}"
        else:
            yield from _group(child, name, version, f"{path}/{name}[{place}]")


def _holds(kind: Kind, text: str) -> bool:
    match kind:
        case Text(least, most):
            return least <= len(text) <= most and text == text.strip()
        case Number(least, most):
            return text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most
        case Among(words):
            return text in words
        case Word("boolean"):
            return text in ("true", "false")
        case Word("moment"):
            return bool(MOMENT.fullmatch(text)) and _is_of(datetime, text)
    return bool(DAY.fullmatch(text)) and _is_of(date, text)


def _is_of(calendar: type[date], text: str) -> bool:
    """Is there such a day, such a moment?"""
    try:
        calendar.fromisoformat(text)
    except ValueError:
        return False
    return True
