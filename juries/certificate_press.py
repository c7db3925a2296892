"""Certificates by the thousand, whole or of one bloc: the pages WeasyPrint would draw, drawn from plates.

A plate is one layout (`cqp.compiled`). Certificates share one when all they say is the same but for the
fields below, and when none of these crosses a length at which the template changes its mind: those lengths
are read in the template itself. What no plate can draw is laid out by WeasyPrint, as any other document.
"""

import json
import logging
import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import get_template

from cqp.compiled import Plate, engrave
from cqp.pdf import page_of, render_pdf, style_of
from cqp.plate_file import Wording
from cqp.qr import QrFamily, Squares
from cqp.typeset import OtherBreak, Unfit
from juries.bloc_certificates import BLOC_TEMPLATE, bloc_certificate_content
from juries.certificates import TEMPLATE, printed_content, qr_of
from juries.models import BlocCertificate, Certificate
from juries.stationery import logos_of

# Forms kept at once. A session has some six, with or without a name in use, by sizes of names; or six a bloc.
_FORMS = 48
_BREAKS = 8  # and of each form, the ways its lines break
# One certificate in so many, always the same ones, also gets a plate of its own: both must give its bytes.
_CHECKED = 2048
_DIGITS = "0123456789"
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NAMES = (
    " " + _CAPITALS + _CAPITALS.lower() + _DIGITS + "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ"
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŸ’'-–,.()/:&ºª°\u00a0"
)
_CODES = _DIGITS + _CAPITALS + "-"
_ALPHABETS = {
    "name": _NAMES,
    "birth_name": _NAMES,
    "used_name": _NAMES,
    "first_names": _NAMES,
    "birth": _NAMES,
    "option": _NAMES,
    "number": _CODES,
    "code": _CODES,
}
# What a certificate says in a field; everything else of its content makes its form.
_VARYING = ("option", "number", "code", "verify_url")
_OF_HOLDER = ("name", "birth_name", "used_name", "first_names", "birth_date", "birth_place")
_log = logging.getLogger(__name__)


Drawable = Certificate | BlocCertificate


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One of the two certificates: its template, and how its title begins."""

    template: str
    title: str


_WHOLE = _Sheet(TEMPLATE, "Certificat")
_BLOC = _Sheet(BLOC_TEMPLATE, "Certificat de bloc")


def draw_all(certificates: Iterable[Drawable]) -> Iterator[tuple[Drawable, bytes]]:
    """Yield each certificate with its PDF, in the order given, one at a time; always the same bytes.

    The plates stay with the process, for a session's certificates come by small shares: one thread at a time.
    """
    press = _press()
    for certificate in certificates:
        yield certificate, press.draw(certificate)


@cache
def _press() -> "Press":
    return Press()


class Press:
    """Keeps the plates of a batch, and counts the certificates it had to leave to WeasyPrint."""

    def __init__(self) -> None:
        self.handed_over = 0
        self.engraved = 0
        self._plates: OrderedDict[str, list[Plate]] = OrderedDict()
        self._codes: dict[tuple[str, int], QrFamily] = {}

    def draw(self, certificate: Drawable) -> bytes:
        """Return the PDF of a certificate."""
        if isinstance(certificate, Certificate):
            sheet, content = _WHOLE, printed_content(certificate)
        else:
            sheet, content = _BLOC, bloc_certificate_content(certificate)
        try:
            return self._drawn_on_a_plate(sheet, content, certificate.digest)
        except Unfit as reason:
            self.handed_over += 1
            _log.info("%s is laid out by WeasyPrint: %s", certificate.number, reason)
        return render_pdf(
            sheet.template, content | qr_of(content), identifier=certificate.digest, logos=logos_of(content)
        )

    def _drawn_on_a_plate(self, sheet: _Sheet, content: dict[str, Any], digest: str) -> bytes:
        """Draw it on a plate of its form, engraved from this very certificate if none fits; raises Unfit."""
        if content.get("replaces"):
            raise Unfit("its form is nobody else’s")
        wording = self._wording(sheet, content)
        plates = self._plates_of(_form_of(sheet, content))
        for plate in plates:
            with suppress(OtherBreak):
                pdf = plate.draw(wording, identifier=digest)
                if int(digest, 16) % _CHECKED == 0 and pdf != self._engraved(sheet, content, wording).draw(
                    wording, identifier=digest
                ):
                    plates.remove(plate)
                    raise Unfit("its plate no longer draws what WeasyPrint does")
                return pdf
        plates.append(self._engraved(sheet, content, wording))
        del plates[:-_BREAKS]
        return plates[-1].draw(wording, identifier=digest)

    def _engraved(self, sheet: _Sheet, content: dict[str, Any], wording: Wording) -> Plate:
        self.engraved += 1
        html = page_of(sheet.template, content | qr_of(content))
        return engrave(
            html,
            style=style_of(sheet.template),
            wording=wording,
            alphabets=_ALPHABETS,
            logos=logos_of(content),
        )

    def _plates_of(self, form: str) -> list[Plate]:
        """The plates of a form, one for each way its lines break; the form least used is forgotten."""
        plates = self._plates.setdefault(form, [])
        self._plates.move_to_end(form)
        if len(self._plates) > _FORMS:
            self._plates.popitem(last=False)
        return plates

    def _wording(self, sheet: _Sheet, content: Mapping[str, Any]) -> Wording:
        """The words of the fields, as the template prints them."""
        holder = content["holder"]
        texts = {
            "name": holder["name"],
            "birth_name": holder["birth_name"],
            "first_names": holder["first_names"],
            "birth": f"{holder['birth_date']}, {holder['birth_place']}",
            "number": content["number"],
            "code": content["code"],
        }
        if holder["used_name"]:
            texts["used_name"] = holder["used_name"]
        if content.get("option"):
            texts["option"] = f"Option\u00a0: {content['option']}"
        title = f"{sheet.title} nº {content['number']} – {holder['name']}"
        return Wording(title, texts, self._squares(content.get("verify_url")))

    def _squares(self, url: str | None) -> Squares | None:
        if not url:
            return None
        key = (url.rpartition("/")[0], len(url))
        if key not in self._codes:
            self._codes[key] = QrFamily(url)
        return self._codes[key].squares_of(url)


def _form_of(sheet: _Sheet, content: Mapping[str, Any]) -> str:
    """Whatever decides of the layout, but for the widths of the fields."""
    holder = content["holder"]
    fixed = {key: value for key, value in content.items() if key not in _VARYING}
    fixed["holder"] = {key: value for key, value in holder.items() if key not in _OF_HOLDER}
    steps = [
        bisect_left(lengths, len(holder[name] if of_holder else content[name]))
        for of_holder, name, lengths in _steps(sheet.template)
    ]
    present = [bool(holder["used_name"]), bool(content.get("option")), len(content.get("verify_url") or "")]
    return json.dumps([sheet.template, fixed, steps, present], sort_keys=True)


@cache
def _steps(name_of_template: str) -> list[tuple[bool, str, list[int]]]:
    """At which lengths of which fields the template takes another class: read in its source."""
    template: Any = get_template(name_of_template)
    found = re.findall(r"(holder\.)?(\w+)\|length > (\d+)", template.template.source)
    names = {(bool(of), name) for of, name, _ in found if of or name in _VARYING}
    return [
        (of_holder, name, sorted({int(n) for of, one, n in found if (bool(of), one) == (of_holder, name)}))
        for of_holder, name in sorted(names)
    ]
