"""Checking the seal: is this file, to the byte, one that we sealed?

Not a reader of PDF: the file comes from anybody, and what a reader makes of a twisted one is the whole matter
of the known attacks on signed PDF. Two things are read in it, each in one pass: the one `/ByteRange`, which
must name all the file but the hexadecimal gap of the signature; and that signature, which must be written as
we write it, in every field, and hold for the rest of the file under the key of a certificate we trust. What
passes is therefore, outside the gap, what our key signed; inside the gap nothing has room to differ, but the
certificates an authority puts into its time-stamp.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from io import BytesIO

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

from cqp.seal.identity import authorities, holder_of, trusted
from cqp.seal.signing import STAMPED

LARGEST = 5 * 1024 * 1024
_LONGEST_MESSAGE = 32 * 1024  # ours has three thousand bytes, ten with a time-stamp; more would take seconds
_RANGE = re.compile(rb"/ByteRange \[0 (\d{1,8}) (\d{1,8}) (\d{1,8})\]")
_HOUR = re.compile(rb"/M \(D:(\d{14})([+-]\d\d)'(\d\d)'\)")
_OCTAL = re.compile(rb"\\([0-7]{3})")
_SIGNED = {"content_type", "message_digest", "signing_certificate_v2"}


class SealState(StrEnum):
    """What a file is, as to its seal."""

    INTACT = "intact"
    ALTERED = "altered"
    NONE = "none"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


_SENTENCES = {
    SealState.INTACT: "Ce fichier porte notre cachet et n’a pas changé depuis.",
    SealState.ALTERED: "Ce fichier a changé depuis qu’il a été scellé : ce n’est plus celui qui fut délivré.",
    SealState.NONE: "Ce fichier ne porte aucun cachet : rien n’y prouve qu’il vient de nous.",
    SealState.FOREIGN: "Ce fichier porte le cachet de quelqu’un d’autre : nous ne l’avons pas scellé.",
    SealState.UNREADABLE: "Ce fichier n’est pas un PDF lisible.",
}


@dataclass(frozen=True, slots=True)
class SealReport:
    """What is said of a file; signer and hour are only said of our own seal, intact."""

    state: SealState
    signer: str = ""
    at: datetime | None = None

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.state]

    @property
    def is_intact(self) -> bool:
        return self.state == SealState.INTACT


class _Unsound(Exception):
    """The file is not one we sealed; which check said so concerns nobody."""


def check_pdf(pdf: bytes) -> SealReport:
    """Say whether a file carries our seal, intact; never an exception, in a time that its length bounds."""
    if len(pdf) > LARGEST:
        return SealReport(SealState.UNREADABLE)
    for certificate in trusted():
        try:
            at = _sealed_at(pdf, certificate)
        # asn1crypto raises whatever a twisted structure makes it raise, when the field is read.
        except Exception:  # noqa: S112
            continue
        return SealReport(SealState.INTACT, holder_of(certificate), at)
    return SealReport(_state_of_refused(pdf))


def title_of(pdf: bytes) -> str:
    """The title of a file that `check_pdf` found intact: it is one of ours, so it may be read."""
    title = PdfFileReader(BytesIO(pdf)).trailer["/Info"]["/Title"]
    return str(title)


def _state_of_refused(pdf: bytes) -> SealState:
    """Why a file is refused, as far as it can be told: half our certificate is enough to say it was ours."""
    for certificate in trusted():
        written = certificate.public_bytes(Encoding.DER).hex().upper().encode()
        middle = len(written) // 2
        if written[:middle] in pdf or written[middle:] in pdf:
            return SealState.ALTERED
    if b"%PDF-" not in pdf[:1024]:
        return SealState.UNREADABLE
    return SealState.FOREIGN if b"/ByteRange" in pdf else SealState.NONE


def _sealed_at(pdf: bytes, certificate: x509.Certificate) -> datetime:
    """When a file was sealed under this certificate; whatever is wrong raises."""
    start, end = _gap(pdf)
    message = _message(pdf[start:end])
    digest = hashlib.sha256(pdf[:start])
    digest.update(pdf[end:])
    is_stamped = _demand_ours(message, digest.digest(), certificate)
    written = pdf[end : pdf.index(b"endobj", end)]
    _demand(is_stamped == (f"/Location ({STAMPED})".encode() in written))
    return _said_hour(written)


def _demand(condition: object) -> None:
    if not condition:
        raise _Unsound


def _gap(pdf: bytes) -> tuple[int, int]:
    """Where the signature is written; everything else must be signed, to the last byte."""
    _demand(pdf.startswith(b"%PDF-") and pdf.count(b"/ByteRange") == 1)
    found = _RANGE.search(pdf)
    if found is None:
        raise _Unsound
    start, end, rest = (int(number) for number in found.groups())
    _demand(0 < start < end and end + rest == len(pdf))
    _demand(pdf[start - 10 : start] == b"/Contents " and pdf[end : end + 11] == b"\n/ByteRange")
    return start, end


def _message(gap: bytes) -> bytes:
    """The signature, from `<3082…00>`: capital digits, then zeros to the end."""
    _demand(len(gap) < 2 * _LONGEST_MESSAGE and gap[:1] == b"<" and gap[-1:] == b">")
    raw = bytes.fromhex(gap[1:-1].decode("ascii"))
    _demand(raw.hex().upper().encode() == gap[1:-1])
    _demand(raw[:2] == b"\x30\x82")
    length = 4 + int.from_bytes(raw[2:4], "big")
    _demand(length <= len(raw) and not any(raw[length:]))
    return raw[:length]


def _demand_ours(message: bytes, digest: bytes, certificate: x509.Certificate) -> bool:
    """Read a CMS as we write it, and nothing else; return whether an authority stamped it."""
    content = cms.ContentInfo.load(message, strict=True)["content"]
    (signer,) = content["signer_infos"]
    attributes = {one["type"].native: one["values"].native for one in signer["signed_attrs"]}
    _demand(attributes.keys() == _SIGNED and attributes["message_digest"] == [digest])
    carried = [one.chosen.dump() for one in content["certificates"]]
    _demand_chain(carried, certificate)
    signed, signature = signer["signed_attrs"].contents, signer["signature"].native
    _demand_signature(_der(0x31, signed), signature, certificate)
    later = signer["unsigned_attrs"]
    stamp = _der(0xA1, later.contents) if later else b""
    # Written again from what was proved, it is the same to the bit: no field has room for anything else.
    _demand(_written(certificate, carried, signed, signature, stamp) == message)
    if later:
        _demand_stamp(later, signature)
    return bool(later)


def _demand_signature(signed: bytes, signature: bytes, certificate: x509.Certificate) -> None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    else:
        raise _Unsound


def _written(
    certificate: x509.Certificate, carried: list[bytes], signed: bytes, signature: bytes, stamp: bytes
) -> bytes:
    """A CMS as we write it (RFC 5652, § 5.1 and § 5.3), with these certificates, attributes, signature."""
    ours = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
    is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    method = algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"}).dump()
    version, sha256 = _der(0x02, b"\x01"), algos.DigestAlgorithm({"algorithm": "sha256"}).dump()
    name = _der(0x30, ours.issuer.dump(), ours["tbs_certificate"]["serial_number"].dump())
    signer = _der(0x30, version, name, sha256, _der(0xA0, signed), method, _der(0x04, signature), stamp)
    data = _der(
        0x30,
        version,
        _der(0x31, sha256),
        _der(0x30, cms.ContentType("data").dump()),
        _der(0xA0, *carried),
        _der(0x31, signer),
    )
    return _der(0x30, cms.ContentType("signed_data").dump(), _der(0xA0, data))


def _der(tag: int, *parts: bytes) -> bytes:
    """One value: its tag, its length in the shortest form, its content."""
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def _demand_chain(carried: list[bytes], certificate: x509.Certificate) -> None:
    """The certificates carried: ours and known authorities, bit for bit, each once."""
    known = {one.public_bytes(Encoding.DER) for one in (certificate, *authorities())}
    _demand(certificate.public_bytes(Encoding.DER) in carried)
    _demand(len(set(carried)) == len(carried) and known.issuperset(carried))


def _demand_stamp(later: cms.CMSAttributes, signature: bytes) -> None:
    """A token of some authority over this signature.

    Whether that authority is to be believed is for public tools: anybody may make one up, so its hour is not
    told, only the one we signed.
    """
    (attribute,) = later
    _demand(attribute["type"].native == "signature_time_stamp_token")
    (token,) = attribute["values"]
    data = token["content"]
    (authority,) = data["signer_infos"]
    written: bytes = data["encap_content_info"]["content"].contents
    told = tsp.TSTInfo.load(written)
    imprint = told["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    _demand(name in {"sha256", "sha384", "sha512"})
    _demand(imprint["hashed_message"].native == hashlib.new(name, signature).digest())
    serial = authority["sid"].chosen["serial_number"].native
    (certificate,) = (one.chosen for one in data["certificates"] if one.chosen.serial_number == serial)
    method = authority["digest_algorithm"]["algorithm"].native
    digest = hashlib.new(method, written).digest()
    _demand(all(validate_sig_integrity(authority, certificate, "tst_info", digest)))


def _said_hour(written: bytes) -> datetime:
    """What the signature's dictionary says: it is signed, and it is us."""
    found = _HOUR.search(_OCTAL.sub(lambda code: bytes([int(code[1], 8)]), written))
    if found is None:
        raise _Unsound
    day, hours, minutes = (part.decode() for part in found.groups())
    return datetime.strptime(f"{day}{hours}{minutes}", "%Y%m%d%H%M%S%z")
