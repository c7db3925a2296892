"""The certifier's key and certificate, and the certificates whose seals are believed.

They come from the environment (docs/production.md). The demonstration draws its own, under var/: nothing that
opens a seal is ever in the repository.
"""

import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone

from cqp.templatetags.fr import day
from cqp.workflow import Refusal

log = logging.getLogger(__name__)

WARNED_BEFORE = timedelta(days=60)
CERTIFIER = "Cachet du certificateur"  # when a certificate names nobody
_KEPT = 4  # states of a file kept in memory: today's, and those of the moments of a renewal

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_UNREADABLE = "Le cachet ne s’ouvre pas : le fichier indiqué par CQP_SEAL_PKCS12 est absent ou illisible."
_WRONG = (
    "Le cachet ne s’ouvre pas : son fichier n’est pas un PKCS#12, ou le mot de passe CQP_SEAL_PASSWORD n’est "
    "pas le sien."
)
_NO_KEY = (
    "Le cachet ne s’ouvre pas : son fichier ne contient pas une clé RSA ou elliptique et son certificat."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A key and what proves whose it is: its certificate, then those of the authorities above it."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


def is_configured() -> bool:
    """Is there a seal to put? Whether it opens is said by `seal_warning`."""
    return bool(_place()[0])


def identity(now: datetime | None = None) -> Identity:
    """The seal, opened once as long as its file is the same. Raises Refusal when it cannot be put today."""
    path, password = _place()
    if not path:
        raise Refusal("Aucun cachet n’est configuré : les documents ne peuvent pas être scellés.")
    found = _opened(path, password)
    now = now or timezone.now()
    if now > found.certificate.not_valid_after_utc:
        ended = timezone.localdate(found.certificate.not_valid_after_utc)
        raise Refusal(f"Le certificat du cachet a expiré le {day(ended)} : faites-le renouveler.")
    if now < found.certificate.not_valid_before_utc:
        starts = timezone.localdate(found.certificate.not_valid_before_utc)
        raise Refusal(f"Le certificat du cachet n’est valable qu’à partir du {day(starts)}.")
    return found


def seal_warning(now: datetime | None = None) -> str | None:
    """What Ucanss must know about the seal, in one sentence; None when all is well."""
    now = now or timezone.now()
    if not is_configured():
        return "Aucun cachet n’est configuré : les documents partent sans cachet électronique."
    try:
        ends = identity(now).certificate.not_valid_after_utc
    except Refusal as refusal:
        return refusal.sentence
    if ends - now <= WARNED_BEFORE:
        return f"Le certificat du cachet expire le {day(timezone.localdate(ends))} : faites-le renouveler."
    return None


def trusted() -> Sequence[x509.Certificate]:
    """The certificates whose seals are ours: today's first, then those of CQP_SEAL_TRUSTED.

    A seal that no longer opens still leaves the past ones readable.
    """
    today, past = _today(), _listed(settings.SEAL_TRUSTED).seals
    return past if today is None else (today.certificate, *past)


def authorities() -> Sequence[x509.Certificate]:
    """The certificates above these, which a seal carries: in the PKCS#12, or listed beside them."""
    today, past = _today(), _listed(settings.SEAL_TRUSTED).authorities
    return past if today is None else (*today.chain, *past)


def certificate_pem() -> bytes:
    """Today's certificate and the past ones, for whoever checks a seal elsewhere; empty without a seal."""
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in trusted())


def fingerprint(certificate: x509.Certificate | None = None) -> str:
    """The SHA-256 of a certificate (today's unless told), as the tools print it; empty without a seal."""
    known = trusted()
    chosen = certificate or (known[0] if known else None)
    return chosen.fingerprint(hashes.SHA256()).hex(":").upper() if chosen else ""


def holder_of(certificate: x509.Certificate) -> str:
    """Whom a certificate names."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else CERTIFIER


# --- Where it is --------------------------------------------------------------------------------------------


def _place() -> tuple[str, str]:
    """The file and the password of the seal; those drawn for the demonstration when nothing else is said."""
    if settings.SEAL_PKCS12:
        return settings.SEAL_PKCS12, settings.SEAL_PASSWORD
    file, password = _demo_files()
    if settings.IN_PRODUCTION or not (file.is_file() and password.is_file()):
        return "", ""
    return str(file), password.read_text(encoding="ascii").strip()


def _demo_files() -> tuple[Path, Path]:
    return settings.VAR_DIR / "seal.p12", settings.VAR_DIR / "seal.password"


def _opened(path: str, password: str) -> Identity:
    """The seal as its file has it now: a renewed one is taken up without starting anything again."""
    try:
        return _unlocked(path, _state_of(path), password)
    except OSError as error:
        raise Refusal(_UNREADABLE) from error


@lru_cache(maxsize=_KEPT)
def _unlocked(path: str, _state: tuple[int, int], password: str) -> Identity:
    """Deriving the key from the password takes a tenth of a second: once for a state of the file."""
    content = Path(path).read_bytes()
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except (ValueError, TypeError) as error:
        raise Refusal(_WRONG) from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Refusal(_NO_KEY)
    return Identity(key, certificate, tuple(one for one in others if one != certificate))


def _state_of(path: str) -> tuple[int, int]:
    """What tells a file from the one that takes its place: when it was written, and its size."""
    told = Path(path).stat()
    return told.st_mtime_ns, told.st_size


def _today() -> Identity | None:
    path, password = _place()
    try:
        return _opened(path, password) if path else None
    except Refusal:
        return None


@dataclass(frozen=True, slots=True)
class _Listed:
    """What CQP_SEAL_TRUSTED holds: the certificates of past seals, and those that issued them."""

    seals: tuple[x509.Certificate, ...] = ()
    authorities: tuple[x509.Certificate, ...] = ()


def _listed(path: str) -> _Listed:
    """The certificates of a PEM file; a file that cannot be read is logged, and believes nobody this time."""
    try:
        return _read(path, _state_of(path)) if path else _Listed()
    except (OSError, ValueError):
        log.error("CQP_SEAL_TRUSTED cannot be read: past seals are not recognised.")
        return _Listed()


@lru_cache(maxsize=_KEPT)
def _read(path: str, _state: tuple[int, int]) -> _Listed:
    found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    above = tuple(one for one in found if any(_issued(one, other) for other in found if other != one))
    return _Listed(tuple(one for one in found if one not in above), above)


def _issued(one: x509.Certificate, other: x509.Certificate) -> bool:
    """Did one sign the other? The names do not tell: self-signed seals of one certifier bear the same."""
    try:
        other.verify_directly_issued_by(one)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


# --- The demonstration's ------------------------------------------------------------------------------------


def make_demo_seal() -> None:
    """Draw the key, the self-signed certificate and the password of the demonstration, once."""
    file, password = _demo_files()
    if file.is_file() and password.is_file():
        return
    secret = secrets.token_urlsafe(24)
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    _keep(password, secret.encode())
    _keep(file, drawn_pkcs12("Ucanss - cachet de démonstration", secret, years=10))


def drawn_pkcs12(name: str, password: str, *, years: int = 1, since: datetime | None = None) -> bytes:
    """A new RSA key of 3072 bits with a certificate it signed itself, in a PKCS#12 under this password."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    since = since or datetime(timezone.now().year - 5, 1, 1, tzinfo=UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ucanss"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since.replace(year=since.year + years + 5))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                encipher_only=False,
                decipher_only=False,
                **usage,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    locked = serialization.BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), key, certificate, None, locked)


def _keep(path: Path, content: bytes) -> None:
    """Write a file its owner alone reads; whoever finds it finds it whole."""
    beside = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    beside.touch(mode=0o600, exist_ok=True)
    beside.write_bytes(content)
    beside.replace(path)
