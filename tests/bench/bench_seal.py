"""What a seal costs: `python -m tests.bench.bench_seal [NUMBER]` (200 unless told).

Beside it, pyHanko's own signer told the same things, and the RSA signature alone, which nothing can avoid.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cqp.settings")
django.setup()

from cryptography.hazmat.primitives import hashes  # noqa: E402  (settings first)
from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: E402
from django.test import override_settings  # noqa: E402
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: E402
from pyhanko.sign import signers  # noqa: E402
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: E402

from cqp.seal import check_pdf, seal_pdf  # noqa: E402
from cqp.seal.identity import identity  # noqa: E402
from tests.cqp.seals import AT, PASSWORD, pkcs12, plain  # noqa: E402

PLAIN_SHARE = 10


def measure(label: str, act: Callable[[], object], number: int) -> None:
    """Print the processor's milliseconds of one, the same on a busy machine."""
    act()
    busy, start = time.process_time(), time.perf_counter()
    for _ in range(number):
        act()
    each = (time.process_time() - busy) / number * 1000
    print(f"{label:<44}{number:>6} times{each:>9.2f} ms each{time.perf_counter() - start:>8.1f} s in all")


def by_pyhanko(file: str) -> bytes:
    """The plain way: the key is read for each document, as a script of a few lines does."""
    signer = signers.SimpleSigner.load_pkcs12(file, passphrase=PASSWORD.encode())
    meta = signers.PdfSignatureMetadata(
        field_name="Cachet",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    out = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(plain())), meta, signer)
    sealed: bytes = out.getvalue()
    return sealed


def main(number: int) -> None:
    """Print each, one process, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "seal.p12"
        file.write_bytes(pkcs12())
        with override_settings(SEAL_PKCS12=str(file), SEAL_PASSWORD=PASSWORD, SEAL_TSA="", SEAL_TRUSTED=""):
            key = identity().key
            assert isinstance(key, rsa.RSAPrivateKey)
            sealed = seal_pdf(plain(), at=AT)
            print(f"a file of {len(plain()):,} bytes, {len(sealed) - len(plain()):,} more sealed")
            measure(
                f"floor: RSA {key.key_size} alone",
                lambda: key.sign(b"x", padding.PKCS1v15(), hashes.SHA256()),
                number,
            )
            measure("pyHanko as it comes", lambda: by_pyhanko(str(file)), max(number // PLAIN_SHARE, 1))
            measure("cqp.seal.seal_pdf", lambda: seal_pdf(plain(), at=AT), number)
            measure("cqp.seal.check_pdf", lambda: check_pdf(sealed), number)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
