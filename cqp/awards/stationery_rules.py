"""What the words of a stationery may be."""

from collections.abc import Mapping

from cqp.awards.models import Stationery
from cqp.awards.wordings import DOCUMENTS, PLACES, Place, Wording
from cqp.templatetags.fr import moment
from cqp.text import printable_refusal
from cqp.wording import unknown_field

NAME_LONGEST = 80
QUALITY_LONGEST = 120


def wording_refusal(wording: Wording) -> str | None:
    """May these words be printed? Only known places, known fields, within their length."""
    places = {(place.document, place.key): place for place in PLACES}
    for document, words in wording.items():
        for key, text in words.items():
            place = places.get((document, key))
            if place is None:
                return f"Aucun document n’a de place « {key[:60]} »."
            refusal = text_refusal(text, place)
            if refusal:
                return refusal
    return None


def text_refusal(text: str, place: Place) -> str | None:
    """May this text stand at this place?"""
    if len(text) > place.longest:
        return f"« {place.label} » compte {len(text)} caractères : {place.longest} au plus y tiennent."
    unknown = unknown_field(text, place.fields)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in place.fields)
        return f"Le champ {unknown} n’existe pas ici. Les champs possibles : {known}."
    return printable_refusal(text)


def overtaken_by(last: Stationery) -> str:
    """Somebody saved this version while another was written."""
    return (
        f"{last.saved_by.full_name} a enregistré la version {last.version} le {moment(last.saved_at)}, "
        "pendant que vous écriviez la vôtre : lisez-la dans un autre onglet, puis enregistrez de nouveau "
        "si la vôtre doit la remplacer."
    )


def kept_wording(wording: Wording) -> dict[str, dict[str, str]]:
    """Only what differs from what the documents say by themselves."""
    defaults = {(place.document, place.key): place.default for place in PLACES}
    kept: dict[str, dict[str, str]] = {}
    for document in DOCUMENTS:
        said: Mapping[str, str] = wording.get(document, {})
        words = {key: text for key, text in said.items() if text and text != defaults[document, key]}
        if words:
            kept[document] = words
    return kept
