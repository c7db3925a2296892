"""The certifier's seal on its documents (PAdES): put on, and checked. The only door to pyHanko.

`seal_pdf` puts it, `check_pdf` says whether a file carries it untouched, `seal_warning` what Ucanss must
know.
"""

from cqp.seal.checking import LARGEST, SealReport, SealState, check_pdf, title_of
from cqp.seal.identity import certificate_pem, fingerprint, is_configured, make_demo_seal, seal_warning
from cqp.seal.signing import seal_pdf

__all__ = [
    "LARGEST",
    "SealReport",
    "SealState",
    "certificate_pem",
    "check_pdf",
    "fingerprint",
    "is_configured",
    "make_demo_seal",
    "seal_pdf",
    "seal_warning",
    "title_of",
]
