"""The processing report of the Caisse des dépôts, read as what it is: a file from outside."""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from cqp.text import BIDI_CONTROLS, is_printable
from cqp.workflow import Refusal

NAMESPACE = "urn:cdc:cpf:pc5:rapport:schema"
LARGEST = 8 * 1024 * 1024  # bytes: some forty thousand passages
LONGEST_REASON = 1000
NO_REASON = "Motif non communiqué"
NOT_XML = (
    "Ce fichier n’est pas un rapport de traitement\u00a0: "
    "déposez le fichier XML tel que le portail l’a donné."
)


@dataclass(frozen=True, slots=True)
class Report:
    """Which flux, under which treatment; the passages accepted, and those rejected with why."""

    flux: str
    treatment: str
    accepted: frozenset[str]
    rejected: dict[str, str]


def report_in(content: bytes) -> Report:
    """What a report says. Raises Refusal for anything that is not one, or that contradicts itself."""
    if len(content) > LARGEST:
        raise Refusal(
            "Ce fichier est trop lourd pour un rapport de traitement\u00a0: huit mégaoctets au plus."
        )
    root = _root(content)
    flux, treatment = _text(root, "idFlux"), _text(root, "idTraitement")
    if not flux:
        raise Refusal("Ce rapport ne dit pas de quel flux il parle (idFlux)\u00a0: rien n’est lu.")
    accepted = [_plain(one.text) for one in root.iterfind("{*}PassagesOK/{*}idTechnique")]
    rejected = [
        (_text(one, "idTechnique"), _text(one, "messageErreur") or NO_REASON)
        for one in root.iterfind("{*}PassagesKO/{*}passage")
    ]
    reasons: dict[str, str] = {}
    for identifier, reason in rejected:
        known = reasons.get(identifier)
        reasons[identifier] = (f"{known}\u00a0; {reason}" if known else reason)[:LONGEST_REASON]
    if not all((*accepted, *reasons)):
        raise Refusal("Ce rapport parle d’un passage sans le nommer (idTechnique)\u00a0: rien n’est lu.")
    both = sorted(set(accepted) & set(reasons))
    if both:
        raise Refusal(
            f"Ce rapport dit accepté et rejeté à la fois\u00a0: {', '.join(both[:5])}. Rien n’est lu."
        )
    return Report(flux, treatment[:60], frozenset(accepted), reasons)


def _root(content: bytes) -> Any:
    """The root, parsed without entities, network or DTD; a document that declares one is refused."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,  # they would cut a text in two
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as fault:
        raise Refusal(NOT_XML) from fault
    name = etree.QName(root)
    if root.getroottree().docinfo.doctype or name.localname != "rapport":
        raise Refusal(NOT_XML)
    if not (name.namespace or "").startswith(NAMESPACE):
        raise Refusal(NOT_XML)
    return root


def _text(parent: Any, name: str) -> str:
    child = parent.find(f"{{*}}{name}")
    return _plain(child.text) if child is not None else ""


def _plain(text: str | None) -> str:
    """One line, without what no paper shows."""
    shown = "".join(c for c in text or "" if is_printable(c) and c not in BIDI_CONTROLS)
    return " ".join(shown.split())
