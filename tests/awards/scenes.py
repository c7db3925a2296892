"""What the tests of documents start from: registrations, pictures, stationeries."""

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils import timezone
from PIL import Image

from candidates.models import Certification
from candidates.registration_rules import RegistrationEntry
from cqp.awards.logos import logo_of_file
from cqp.awards.models import Stationery
from cqp.awards.panels import Panel
from cqp.awards.services.stationery import save_stationery
from cqp.awards.wordings import Wording
from tests.cast import Cast


def registration_entry(**changes: Any) -> RegistrationEntry:
    """A registration of three years from 2026, unless said otherwise."""
    entry = RegistrationEntry(
        code="RNCP41000",
        level="5",
        eu_level="5",
        nsf_codes="313t",
        decided_on=date(2026, 8, 30),
        valid_from=date(2026, 9, 1),
        valid_to=date(2029, 8, 31),
    )
    return replace(entry, **changes)


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 120), **options: Any) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, "#0f4c5c").save(out, kind, **options)
    return out.getvalue()


def dressed(
    cast: Cast, certification: Certification, wording: Wording | None = None, **changes: Any
) -> Stationery:
    """A version saved by the Ucanss: a logo, a signatory, these words."""
    values: Mapping[str, Any] = {
        "signatory_name": "Jeanne MARTIN",
        "signatory_quality": "Directrice de l’Ucanss",
        "wording": wording or {},
        "logo": logo_of_file("logo.png", picture()),
        "seen": certification.stationeries.count(),
    }
    return save_stationery(
        certification=certification, by=cast.ucanss, at=timezone.now(), **{**values, **changes}
    )


def shown(panel: Panel | None) -> Panel:
    """A panel that is there."""
    assert panel is not None
    return panel
