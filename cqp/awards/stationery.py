"""The stationery of a certification: its last version is the one worn; any logo is found by its SHA-256."""

from candidates.models import Certification
from cqp.awards.models import Stationery
from juries.stationery import Dress


def current_of(certification: Certification) -> Stationery | None:
    """The last version saved, if there is one."""
    return Stationery.objects.filter(certification=certification).order_by("-version").first()


def dress_of(certification: Certification) -> Dress:
    """What the documents of a certification wear today."""
    row = Stationery.objects.filter(certification=certification).defer("logo").order_by("-version").first()
    return dress(row) if row else Dress()


def dress(row: Stationery) -> Dress:
    """A version, as it is worn."""
    return Dress(row.version, row.signatory_name, row.signatory_quality, row.logo_digest, row.wording)


def logo_of(digest: str) -> bytes:
    """The bytes of a logo that was worn once: versions are never changed, so it is always there."""
    logo = Stationery.objects.filter(logo_digest=digest).values_list("logo", flat=True)[0]
    return bytes(logo or b"")
