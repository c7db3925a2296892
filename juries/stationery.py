"""What the documents of a certification wear: signatory, logo, wording.

They are kept by a room above (`cqp.awards`), which says when it starts how to find them. Here what a document
prints of them is frozen in its content: the words as printed, and the SHA-256 of the logo, whose bytes never
change. Without a stationery a document says what it always said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from candidates.models import Certification
from cqp.wording import filled


@dataclass(frozen=True, slots=True)
class Dress:
    """A stationery as it is worn. Version 0: none; an empty text: what the document says by itself."""

    version: int = 0
    signatory_name: str = ""
    signatory_quality: str = ""
    logo: str = ""  # its SHA-256
    wording: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by document, then by place

    def to_data(self) -> dict[str, Any]:
        """As frozen in the minutes of a proclamation."""
        return {
            "version": self.version,
            "signatory": {"name": self.signatory_name, "quality": self.signatory_quality},
            "logo": self.logo,
            "wording": {document: dict(words) for document, words in self.wording.items()},
        }


@dataclass(slots=True)
class _Wardrobe:
    dress_of: Callable[[Certification], Dress] | None = None
    logo_of: Callable[[str], bytes] | None = None


_wardrobe = _Wardrobe()


def keep_stationery(*, dress_of: Callable[[Certification], Dress], logo_of: Callable[[str], bytes]) -> None:
    """From now on, ask these for the stationery of a certification and for a logo by its SHA-256."""
    _wardrobe.dress_of, _wardrobe.logo_of = dress_of, logo_of


def dress_of(certification: Certification) -> Dress:
    """The stationery of a certification today; one query."""
    return _wardrobe.dress_of(certification) if _wardrobe.dress_of else Dress()


def logos_of(content: Mapping[str, Any]) -> dict[str, bytes]:
    """The logo a frozen content names, by its SHA-256; nothing where it names none."""
    digest = content.get("logo")
    return {digest: _wardrobe.logo_of(digest)} if digest and _wardrobe.logo_of else {}


def dressed(content: Mapping[str, Any], dress: Dress, document: str) -> dict[str, Any]:
    """The content of a certificate as its stationery has it; as it was where there is none."""
    if not dress.version:
        return dict(content)
    signatory = {
        "name": dress.signatory_name or content["signatory"]["name"],
        "quality": dress.signatory_quality or content["signatory"]["quality"],
    }
    words = dress.wording.get(document, {})
    printed = {place: filled(text, fields_of(content)) for place, text in words.items() if text}
    return {**content, "signatory": signatory, "logo": dress.logo, "stationery": dress.version, **printed}


def fields_of(content: Mapping[str, Any]) -> dict[str, str]:
    """What each field of a wording becomes in this document."""
    return {
        "titulaire": content["holder"]["name"],
        "certification": content["title"],
        "option": content.get("option", ""),
        "session": content["session"],
        "date": content["decision_date"],
        "lieu": content["place"],
    }
