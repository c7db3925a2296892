"""Putting the seal: an incremental update that certifies the file and allows no change after it (DocMDP 1).

What pyHanko does by itself costs a tenth of a second and more: it reads and checks the private key again for
each signature, signs once more to learn how long the signature will be, writes the certificate out again
piece by piece, and rewrites the metadata with the hour of the clock. Here the key is read once, the CMS is
written once and only its digest and signature change, the metadata are left as they are (PDF/A wants them
equal to what the document says of itself), and nothing depends on the clock: an RSA key seals the same file
at the same hour in the same bytes. A time-stamping authority ends that, since it gives its own hour.
"""

import asyncio
import hashlib
import logging
from collections.abc import Coroutine
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeVar

from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.utils import timezone
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError, as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSignatureMetadata,
    PdfSigner,
    SigDSSPlacementPreference,
)
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper, TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    OCSPValidationError,
    PathError,
    ValidationError,
)
from pyhanko_certvalidator.registry import SimpleCertificateStore

from cqp.seal.identity import Identity, PrivateKey, holder_of, identity
from cqp.workflow import Refusal

log = logging.getLogger(__name__)

FIELD = "Cachet"
LABEL = "Cachet électronique du certificateur"
REASON = "Document délivré par le certificateur"
# Said in what is signed: a file that announces a time-stamp and has lost it was altered.
STAMPED = "RFC 3161"
DIGEST = "sha256"
_SPEC = SigFieldSpec(FIELD, readable_field_name=LABEL)
_EASE = 128
_DIGEST_HERE = hashlib.sha256(b"digest").digest()
_T = TypeVar("_T")


def seal_pdf(pdf: bytes, *, at: datetime) -> bytes:
    """The same document under the certifier's seal, dated `at` (never before its certificate).

    Without a time-stamping authority and with an RSA key, the same arguments give the same bytes. Raises
    Refusal, in one sentence, when the seal does not open or has expired: ask `is_configured` first.
    """
    ours = identity()
    at = timezone.localtime(max(at, ours.certificate.not_valid_before_utc)).replace(microsecond=0)
    try:
        if settings.SEAL_TSA:
            return _stamped(pdf, ours, HTTPTimeStamper(settings.SEAL_TSA, timeout=10))
        return _sealed(_Update(BytesIO(pdf)), ours, at)
    except (PdfError, SigningError) as error:
        raise Refusal("Ce document ne peut pas être scellé : ce n’est pas un PDF lisible.") from error


class _Update(IncrementalPdfFileWriter):
    """An update that says nothing of the clock nor of chance."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        """The second identifier names this state of the file: here, the digest of what is sealed."""
        first, _drawn = super()._handle_id(prev)
        state = hashlib.sha256(prev.stream.getbuffer()).digest()[:16]
        return generic.ArrayObject([first, generic.ByteStringObject(state)])

    def _update_meta(self) -> None:
        """Title, language, dates: those of the document."""


class _KeptKey(Signer):
    """Signs with a key already read; pyHanko's own signer reads and checks it again each time."""

    def __init__(self, ours: Identity) -> None:
        chain = SimpleCertificateStore()
        chain.register_multiple([_asn1(one) for one in ours.chain])
        super().__init__(signing_cert=_asn1(ours.certificate), cert_registry=chain)
        self._key = ours.key
        self._names_us = simple_cms_attribute(
            "signing_certificate_v2", as_signing_certificate_v2(self.signing_cert)
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """PKCS#1 v1.5, or ECDSA; a dry run answers something as long."""
        if dry_run:
            return _signature_here(self._key)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    async def signed_attrs(self, data_digest: bytes, *args: Any, **how: Any) -> cms.CMSAttributes:
        """What PAdES wants signed: the digest of the file, and which certificate signs it."""
        return cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "data"),
                simple_cms_attribute("message_digest", data_digest),
                self._names_us,
            ]
        )

    async def unsigned_attrs(
        self,
        digest_algorithm: str,
        signature: bytes,
        signed_attrs: cms.CMSAttributes,
        timestamper: Any = None,
        dry_run: bool = False,
    ) -> cms.CMSAttributes | None:
        """The hour of an authority, if there is one."""
        if timestamper is None:
            return None
        return await super().unsigned_attrs(digest_algorithm, signature, signed_attrs, timestamper, dry_run)


@lru_cache(maxsize=4)  # a renewed key takes the place of the old one
def _signer(ours: Identity) -> _KeptKey:
    return _KeptKey(ours)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Every CMS of an RSA key is this one, but for two fields of a fixed length: digest and signature."""

    attributes: bytes
    message: bytes

    def filled(self, digest: bytes, key: rsa.RSAPrivateKey) -> bytes:
        attributes = self.attributes.replace(_DIGEST_HERE, digest)
        signature = key.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        return self.message.replace(_DIGEST_HERE, digest).replace(_signature_here(key), signature)


@lru_cache(maxsize=4)
def _pattern(signer: _KeptKey) -> _Pattern:
    attributes = _now(signer.signed_attrs(_DIGEST_HERE)).dump()
    message = _now(signer.async_sign(_DIGEST_HERE, DIGEST, dry_run=True, use_pades=True)).dump()
    return _Pattern(attributes, message)


def _signature_here(key: PrivateKey) -> bytes:
    """Stands for a signature: as long as one, and like nothing else."""
    return hashlib.shake_256(b"signature").digest(key.key_size // 8)


def _room(ours: Identity) -> int:
    """How long a signature is: an RSA one leaves no room in the gap for anything else."""
    exact = len(_pattern(_signer(ours)).message)
    return exact if isinstance(ours.key, rsa.RSAPrivateKey) else exact + _EASE


def _message(digest: bytes, ours: Identity) -> bytes:
    """The CMS that signs this digest of a file."""
    signer = _signer(ours)
    if isinstance(ours.key, rsa.RSAPrivateKey):
        return _pattern(signer).filled(digest, ours.key)
    signed: bytes = _now(signer.async_sign(digest, DIGEST, use_pades=True)).dump()
    return signed


def _sealed(writer: _Update, ours: Identity, at: datetime) -> bytes:
    """The steps of pyHanko's embedder: a field, a signature dictionary, the digest of the file, the CMS."""
    steps = PdfCMSEmbedder(new_field_spec=_SPEC).write_cms(FIELD, writer)
    next(steps)
    signature = SignatureObject(
        timestamp=at,
        subfilter=SigSeedSubFilter.PADES,
        reason=REASON,
        name=holder_of(ours.certificate),
        bytes_reserved=2 * _room(ours),
    )
    certified = SigMDPSetup(md_algorithm=DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(sig_placeholder=signature, mdp_setup=certified))
    prepared, output = steps.send(SigIOSetup(md_algorithm=DIGEST))
    steps.send(_message(prepared.document_digest, ours))
    content: bytes = output.getvalue()
    return content


def _stamped(pdf: bytes, ours: Identity, authority: TimeStamper) -> bytes:
    """With the hour of an authority, and what proves the certificate good when that is to be had."""
    try:
        if not ours.chain:
            return _by_authority(pdf, ours, authority, with_proof=False)
        try:
            return _by_authority(pdf, ours, authority, with_proof=True)
        except (SigningError, PathError, ValidationError, CRLValidationError, OCSPValidationError):
            log.warning("No validation data to embed: sealed and time-stamped without them.")
            return _by_authority(pdf, ours, authority, with_proof=False)
    except (TimestampRequestError, OSError) as error:
        raise Refusal("L’autorité d’horodatage ne répond pas : recommencez dans un moment.") from error


def _by_authority(pdf: bytes, ours: Identity, authority: TimeStamper, *, with_proof: bool) -> bytes:
    """All in one revision: nothing may follow a certification that allows no change."""
    # A context for this file alone: pyHanko's judges at the hour it was made, asks a bounded number of times,
    # remembers what failed and holds connections of the loop that used it. None of it is for the next file.
    roots = [_asn1(one) for one in ours.chain[-1:]]
    context = ValidationContext(trust_roots=roots, allow_fetching=True) if with_proof else None
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        reason=REASON,
        location=STAMPED,
        name=holder_of(ours.certificate),
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        validation_context=context,
        embed_validation_info=with_proof,
        dss_settings=DSSContentSettings(
            include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
        ),
    )
    signer = PdfSigner(meta, _signer(ours), timestamper=authority, new_field_spec=_SPEC)

    async def sealed() -> BytesIO:
        async with aclosing(context) if context else nullcontext():
            written: BytesIO = await signer.async_sign_pdf(_Update(BytesIO(pdf)))
            return written

    return asyncio.run(sealed()).getvalue()


def _now(steps: Coroutine[Any, Any, _T]) -> _T:
    """What a coroutine that waits for nobody returns, without a loop (there may be one already)."""
    try:
        steps.send(None)
    except StopIteration as end:
        answer: _T = end.value
        return answer
    raise RuntimeError("sealing without an authority waits for nobody")


def _asn1(certificate: Any) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
