"""Seals drawn for the tests, and files altered in every way."""

import asyncio
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from cqp.pdf import render_pdf
from cqp.seal import seal_pdf
from cqp.seal.identity import drawn_pkcs12
from tests.cqp.documents import CERTIFICATE

AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
PASSWORD = "tout de même"
NAME = "Ucanss, cachet d’essai"


@cache
def pkcs12(which: str = "ours") -> bytes:
    """A key and its certificate; those of « theirs » bear the same name."""
    return drawn_pkcs12(NAME, PASSWORD)


def configured(settings: Any, place: Path, which: str = "ours") -> None:
    """Give the product this seal."""
    file = place / f"{which}.p12"
    if not file.exists():
        file.write_bytes(pkcs12(which))
    settings.SEAL_PKCS12, settings.SEAL_PASSWORD, settings.SEAL_TSA = str(file), PASSWORD, ""
    settings.SEAL_TRUSTED = ""


@cache
def plain() -> bytes:
    """A certificate, not yet sealed."""
    return render_pdf("documents/certificate.html", CERTIFICATE, identifier="sealed")


@cache
def other() -> bytes:
    """The same for somebody else."""
    holder = CERTIFICATE["holder"] | {"name": "Un Autre", "first_names": "Un"}
    return render_pdf("documents/certificate.html", CERTIFICATE | {"holder": holder}, identifier="other")


def sealed() -> bytes:
    """The certificate under the seal of the moment."""
    return seal_pdf(plain(), at=AT)


# --- Altered ------------------------------------------------------------------------------------------------


def gap_of(pdf: bytes) -> tuple[int, int]:
    """Where the signature is written."""
    start = pdf.index(b"/Contents <30") + len(b"/Contents ")
    return start, pdf.index(b">", start) + 1


def flipped(pdf: bytes, place: int, bit: int) -> bytes:
    """One bit the other way."""
    changed = bytearray(pdf)
    changed[place] ^= 1 << bit
    return bytes(changed)


def flips(pdf: bytes, count: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Bits flipped anywhere, and some where nobody would look."""
    start, end = gap_of(pdf)
    blanks = [place for place in range(end, len(pdf)) if pdf[place] in b" \n"]
    for rank in range(count):
        place = {0: chance.randrange(start, end), 1: chance.choice(blanks)}.get(
            rank % 10, chance.randrange(len(pdf))
        )
        yield f"bit {place}", flipped(pdf, place, chance.randrange(8))


def updated(pdf: bytes, rank: int) -> bytes:
    """An incremental update, as a reader would save it: the title changes, the seal is left alone."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    info = writer.trailer["/Info"]
    info["/Title"] = generic.TextStringObject(f"Un autre titre {rank}")
    writer.mark_update(writer.trailer.raw_get("/Info").reference)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def stripped(pdf: bytes, rank: int) -> bytes:
    """The same pages written again without the seal."""
    with pikepdf.open(BytesIO(pdf)) as document:
        del document.Root.AcroForm
        del document.Root.Perms
        document.pages[0].obj["/Annots"] = pikepdf.Array()
        document.docinfo["/Rank"] = str(rank)
        return written(document)


def rewritten(pdf: bytes, rank: int) -> bytes:
    """The same objects, the seal among them, written again."""
    with pikepdf.open(BytesIO(pdf)) as document:
        document.docinfo["/Rank"] = str(rank)
        return written(document)


def written(document: pikepdf.Pdf) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def swapped(pdf: bytes) -> bytes:
    """The seal of this file on the content of another."""
    start, end = gap_of(pdf)
    theirs = sealed_content_of_other()
    from_, to = gap_of(theirs)
    return theirs[:from_] + pdf[start:end] + theirs[to:]


def sealed_content_of_other() -> bytes:
    return seal_pdf(other(), at=AT)


def signed_again(pdf: bytes, file: Path) -> bytes:
    """A second signature, by somebody else, in an update: without asking what the first one allows."""
    signer = signers.SimpleSigner.load_pkcs12(str(file), passphrase=PASSWORD.encode())
    steps = PdfCMSEmbedder(fields.SigFieldSpec("Autre")).write_cms(
        "Autre", IncrementalPdfFileWriter(BytesIO(pdf))
    )
    next(steps)
    steps.send(SigObjSetup(SignatureObject(bytes_reserved=16_384)))
    prepared, out = steps.send(SigIOSetup(md_algorithm="sha256"))
    steps.send(asyncio.run(signer.async_sign(prepared.document_digest, "sha256")))
    signed: bytes = out.getvalue()
    return signed


def pdfsig(pdf: bytes, place: Path) -> str:
    """What poppler's tool says of a file, on one line a fact."""
    place.write_bytes(pdf)
    done = subprocess.run(["pdfsig", str(place)], capture_output=True, check=False, timeout=20)
    return done.stdout.decode(errors="replace")


def signer_by_pdfsig(pdf: bytes, place: Path) -> bytes:
    """The signature poppler finds, as it is in the file: the certificate is in it."""
    place.write_bytes(pdf)
    found = place.parent / f"{place.name}.sig0"
    found.unlink(missing_ok=True)
    subprocess.run(
        ["pdfsig", "-dump", place.name], capture_output=True, check=False, timeout=20, cwd=place.parent
    )
    return found.read_bytes() if found.exists() else b""


def is_accepted_by_pdfsig(pdf: bytes, place: Path, certificate: bytes) -> bool:
    """One valid signature over the whole document, under this certificate (DER)."""
    said = pdfsig(pdf, place)
    return (
        said.count("Signature #") == 1
        and "Signature is Valid" in said
        and "Total document signed" in said
        and certificate in signer_by_pdfsig(pdf, place)
    )
