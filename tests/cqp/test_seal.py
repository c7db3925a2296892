"""The seal: put by pyHanko, believed by poppler, refused by both as soon as anything changed."""

import random
import stat
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from asn1crypto import cms
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from cqp.seal import (
    SealState,
    certificate_pem,
    check_pdf,
    fingerprint,
    is_configured,
    make_demo_seal,
    seal_pdf,
    seal_warning,
    signing,
    title_of,
)
from cqp.seal import identity as identities
from cqp.workflow import Refusal
from tests.cqp import seals
from tests.cqp.seals import AT, PASSWORD, configured, plain, sealed

ALTERED = 1_000
BY_PDFSIG = 150  # each is a process or two: the others by our own check alone
SEED = 20261126


@pytest.fixture
def ours(settings: Any, tmp_path: Path) -> Path:
    """A seal of the tests; returns where it is kept."""
    configured(settings, tmp_path)
    return tmp_path


def certificate() -> x509.Certificate:
    return identities.identity().certificate


def test_a_sealed_file_is_ours_for_us_for_poppler_and_for_pyhanko(ours: Path) -> None:
    pdf = sealed()
    report = check_pdf(pdf)
    assert (report.state, report.signer, report.at) == (SealState.INTACT, seals.NAME, AT)
    assert seals.is_accepted_by_pdfsig(pdf, ours / "f.pdf", certificate().public_bytes(Encoding.DER))
    said = seals.pdfsig(pdf, ours / "f.pdf")
    assert "ETSI.CAdES.detached" in said
    assert "Nov 20 2026" in said
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    root = ours / "root.pem"
    root.write_bytes(certificate_pem())
    context = ValidationContext(trust_roots=[load_cert_from_pemder(str(root))])
    status = validate_pdf_signature(signature, signer_validation_context=context)
    assert status.bottom_line
    assert status.docmdp_ok
    assert signature.docmdp_level is not None
    assert signature.docmdp_level.value == 1, "no change is allowed"


def test_the_same_file_at_the_same_hour_gives_the_same_bytes(ours: Path) -> None:
    assert sealed() == sealed()
    assert seal_pdf(plain(), at=AT + timedelta(seconds=1)) != sealed()


def test_the_document_under_the_seal_is_left_as_it_was(ours: Path) -> None:
    pdf = sealed()
    assert pdf.startswith(plain())
    with pikepdf.open(BytesIO(plain())) as before, pikepdf.open(BytesIO(pdf)) as after:
        assert after.docinfo == before.docinfo
        with before.open_metadata() as xmp, after.open_metadata() as sealed_xmp:
            assert sealed_xmp.pdfa_status == xmp.pdfa_status == "3A"
            assert dict(sealed_xmp) == dict(xmp)
        assert after.Root.Lang == before.Root.Lang
        assert after.Root.MarkInfo.Marked
        assert len(after.Root.StructTreeRoot.K) == len(before.Root.StructTreeRoot.K)
        (widget,) = after.pages[0].obj.Annots
        assert [int(side) for side in widget.Rect] == [0, 0, 0, 0], "nothing shows on the page"
        assert after.check_pdf_syntax() == []
    assert title_of(pdf).startswith("Certificat nº")


# --- A thousand altered files ---


def thousand(pdf: bytes, place: Path) -> list[tuple[str, bytes]]:
    chance = random.Random(SEED)
    files = [("swapped content", seals.swapped(pdf)), ("without its last line", pdf[: pdf.rindex(b"%%EOF")])]
    files += [("signed again", seals.signed_again(pdf, place / "theirs.p12"))]
    files += [("spaces after", pdf + b" " * number) for number in range(1, 20)]
    files += [("a line after", pdf + b"\n"), ("a comment after", pdf + b"\n% rien\n"), ("twice", pdf + pdf)]
    files += [("updated", seals.updated(pdf, rank)) for rank in range(20)]
    files += [("stripped", seals.stripped(pdf, rank)) for rank in range(20)]
    files += [("rewritten", seals.rewritten(pdf, rank)) for rank in range(20)]
    files += [("cut", pdf[: chance.randrange(1, len(pdf))]) for _ in range(100)]
    files += [("without its beginning", pdf[chance.randrange(1, 2_000) :]) for _ in range(10)]
    return files + list(seals.flips(pdf, ALTERED - len(files), chance))


def test_a_thousand_altered_files_are_refused(settings: Any, ours: Path) -> None:
    pdf, der = sealed(), certificate().public_bytes(Encoding.DER)
    configured(settings, ours, "theirs")
    foreign = ("foreign seal under our name", sealed())
    configured(settings, ours)
    files = [foreign, *thousand(pdf, ours)]
    assert len([how for how, altered in files if altered != pdf]) > ALTERED
    assert check_pdf(pdf).is_intact, "the control: what was not touched is accepted"
    assert seals.is_accepted_by_pdfsig(pdf, ours / "f.pdf", der)

    assert [how for how, altered in files if check_pdf(altered).is_intact] == []
    # One of each way, then bits; not those of the gap, where capital and small digits are the same signature.
    start, end = seals.gap_of(pdf)
    first = list(dict(reversed(files)).items())
    in_gap = {how for how, _ in files if how.startswith("bit ") and start <= int(how[4:]) < end}
    asked = [(how, altered) for how, altered in first if how not in in_gap][-BY_PDFSIG:]
    accepted = [how for how, one in asked if seals.is_accepted_by_pdfsig(one, ours / "f.pdf", der)]
    assert accepted == []
    kinds = Counter(how.split(" ")[0] for how, _ in asked)
    assert {"foreign", "swapped", "signed", "updated", "stripped", "cut", "bit"} <= kinds.keys()


def test_each_refusal_says_what_the_file_is(settings: Any, ours: Path) -> None:
    pdf = sealed()
    configured(settings, ours, "theirs")
    foreign = sealed()
    configured(settings, ours)
    start, _ = seals.gap_of(pdf)
    states = {
        "bit": check_pdf(seals.flipped(pdf, 4_000, 3)).state,
        "gap": check_pdf(seals.flipped(pdf, start + 100, 0)).state,
        "update": check_pdf(seals.updated(pdf, 1)).state,
        "after": check_pdf(pdf + b"\n").state,
        "stripped": check_pdf(seals.stripped(pdf, 1)).state,
        "plain": check_pdf(plain()).state,
        "foreign": check_pdf(foreign).state,
        "text": check_pdf(b"Bonjour").state,
        "empty": check_pdf(b"").state,
        "huge": check_pdf(pdf + bytes(6 * 1024 * 1024)).state,
    }
    assert states == {
        "bit": "altered", "gap": "altered", "update": "altered", "after": "altered", "stripped": "none",
        "plain": "none", "foreign": "foreign", "text": "unreadable", "empty": "unreadable",
        "huge": "unreadable",
    }  # fmt: skip
    assert "\u00a0" in check_pdf(plain()).sentence


@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_bit_of_the_signature_counts(ours: Path, place: int) -> None:
    """Outside what is signed, nothing may differ either: a third of the gap here, drawn at random."""
    pdf = sealed()
    start, end = seals.gap_of(pdf)
    chance = random.Random(SEED + place)
    tried = [(chance.randrange(start, end), chance.randrange(8)) for _ in range(1_500)]
    assert [where for where in tried if check_pdf(seals.flipped(pdf, *where)).is_intact] == []


def test_a_twisted_signature_is_refused_in_a_bounded_time(ours: Path) -> None:
    pdf = sealed()
    start, end = seals.gap_of(pdf)
    huge = b"<3082" + b"30" * 1_500_000 + b">"
    nested = b"<3082" + b"A082" * 8_000 + b">"
    for gap in (huge, nested, b"<>", b"<30>", b"<3082FFFF>"):
        twisted = pdf[:start] + gap + pdf[end:]
        old = pdf[end : pdf.index(b"]", end)]
        new = b"\n/ByteRange [0 %d %d %d" % (start, start + len(gap), len(pdf) - end)
        twisted = twisted.replace(old, new[: len(old)].ljust(len(old)))
        began = datetime.now(UTC)
        assert not check_pdf(twisted).is_intact
        assert datetime.now(UTC) - began < timedelta(seconds=2)


# --- Which seal ---


def test_a_past_certificate_is_still_believed_once_listed(settings: Any, ours: Path) -> None:
    pdf, past = sealed(), certificate_pem()
    configured(settings, ours, "theirs")
    assert check_pdf(pdf).state == SealState.FOREIGN
    (ours / "past.pem").write_bytes(past)
    settings.SEAL_TRUSTED = str(ours / "past.pem")
    assert check_pdf(pdf).is_intact
    assert check_pdf(sealed()).is_intact
    assert certificate_pem().count(b"BEGIN CERTIFICATE") == 2


def test_a_renewed_seal_is_put_without_starting_anything_again(settings: Any, ours: Path) -> None:
    before, past = sealed(), certificate_pem()
    fresh = ours / "fresh.p12"
    fresh.write_bytes(identities.drawn_pkcs12(seals.NAME, PASSWORD))
    fresh.replace(ours / "ours.p12")
    assert certificate_pem() != past
    assert not check_pdf(before).is_intact
    settings.SEAL_TRUSTED = str(ours / "past.pem")
    assert not check_pdf(before).is_intact, "named before it is there"
    (ours / "past.pem").write_bytes(past)
    assert check_pdf(before).is_intact
    assert check_pdf(sealed()).is_intact


def test_past_seals_of_the_same_name_are_all_believed(settings: Any, ours: Path) -> None:
    files, listed = [], b""
    for which in ("first", "second", "third"):
        configured(settings, ours, which)
        files.append(sealed())
        listed += certificate_pem()
    (ours / "past.pem").write_bytes(listed)
    settings.SEAL_PKCS12, settings.SEAL_TRUSTED = str(ours / "absent.p12"), str(ours / "past.pem")
    assert [check_pdf(pdf).is_intact for pdf in files] == [True] * 3


def test_a_key_is_opened_once_as_long_as_its_file_is_the_same(ours: Path) -> None:
    first = identities.identity()
    assert identities.identity() is first
    (ours / "ours.p12").write_bytes(seals.pkcs12())
    assert identities.identity() is not first


def test_a_certificate_newer_than_the_decision_dates_the_seal(settings: Any, ours: Path) -> None:
    since = datetime(2026, 11, 25, tzinfo=UTC)
    (ours / "new.p12").write_bytes(identities.drawn_pkcs12("Neuf", PASSWORD, since=since))
    settings.SEAL_PKCS12 = str(ours / "new.p12")
    assert check_pdf(sealed()).at == since


def broken(ours: Path, settings: Any) -> None:
    (ours / "broken.p12").write_bytes(b"rien")
    settings.SEAL_PKCS12 = str(ours / "broken.p12")


def absent(ours: Path, settings: Any) -> None:
    settings.SEAL_PKCS12 = str(ours / "absent.p12")


def wrong(ours: Path, settings: Any) -> None:
    settings.SEAL_PASSWORD = "autre"


def expired(ours: Path, settings: Any) -> None:
    since = datetime(2010, 1, 1, tzinfo=UTC)
    (ours / "old.p12").write_bytes(identities.drawn_pkcs12("Vieux", PASSWORD, since=since))
    settings.SEAL_PKCS12 = str(ours / "old.p12")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [(broken, "PKCS#12"), (absent, "absent"), (wrong, "mot de passe"), (expired, "expiré le 1")],
)
def test_a_seal_that_cannot_be_put_says_why_in_one_sentence(
    settings: Any, ours: Path, spoil: Callable[[Path, Any], None], said: str
) -> None:
    spoil(ours, settings)
    with pytest.raises(Refusal) as refused:
        sealed()
    assert said in refused.value.sentence
    assert seal_warning() == refused.value.sentence
    assert not check_pdf(plain()).is_intact, "the public page still answers"


def test_what_is_no_pdf_cannot_be_sealed(ours: Path) -> None:
    with pytest.raises(Refusal, match="PDF lisible"):
        seal_pdf(b"%PDF-1.7 rien", at=AT)


def test_ucanss_is_warned_before_the_certificate_expires(ours: Path) -> None:
    ends = certificate().not_valid_after_utc
    assert seal_warning(ends - timedelta(days=61)) is None
    assert "expire le" in str(seal_warning(ends - timedelta(days=59)))
    assert "a expiré" in str(seal_warning(ends + timedelta(days=1)))


def test_without_a_seal_ucanss_is_warned_and_nothing_is_ours(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_PKCS12, settings.SEAL_TRUSTED, settings.VAR_DIR = "", "", tmp_path
    assert not is_configured()
    assert "sans cachet" in str(seal_warning())
    assert fingerprint() == ""
    assert certificate_pem() == b""
    with pytest.raises(Refusal, match="Aucun cachet"):
        sealed()


def test_the_demonstration_draws_its_seal_once_and_keeps_it_to_itself(settings: Any, tmp_path: Path) -> None:
    settings.SEAL_PKCS12, settings.VAR_DIR, settings.IN_PRODUCTION = "", tmp_path / "var", False
    make_demo_seal()
    before = (settings.VAR_DIR / "seal.p12").read_bytes()
    make_demo_seal()
    assert (settings.VAR_DIR / "seal.p12").read_bytes() == before
    for name in ("seal.p12", "seal.password"):
        assert stat.S_IMODE((settings.VAR_DIR / name).stat().st_mode) == 0o600
    assert sorted(one.name for one in settings.VAR_DIR.iterdir()) == ["seal.p12", "seal.password"]
    assert check_pdf(sealed()).is_intact
    settings.IN_PRODUCTION = True
    assert not is_configured(), "never in production"


# --- Other keys, an authority of time ---


def issued(name: str, key: Any, by: tuple[Any, x509.Certificate] | None, **extra: Any) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key, issuer = (key, subject) if by is None else (by[0], by[1].subject)
    built = x509.CertificateBuilder(
        issuer, subject, key.public_key(), x509.random_serial_number(), AT - timedelta(days=400),
        AT + timedelta(days=4000),
    ).add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)  # fmt: skip
    if extra.get("stamps"):
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        built = built.add_extension(usage, critical=True)
    return built.sign(issuer_key, hashes.SHA256())


def private(key: rsa.RSAPrivateKey) -> PrivateKeyInfo:
    der = key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return PrivateKeyInfo.load(der)


def with_authority(key: Any, place: Path) -> Path:
    """A PKCS#12 whose certificate was issued by an authority, carried with it."""
    root_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    root = issued("Autorité d’essai", root_key, None)
    leaf = issued("Cachet d’essai", key, (root_key, root))
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    file = place / "chain.p12"
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, leaf, [root], locked))
    return file


@pytest.mark.parametrize("kind", ["rsa", "elliptic"])
def test_a_certificate_issued_by_an_authority_seals_too(settings: Any, ours: Path, kind: str) -> None:
    key: Any = ec.generate_private_key(ec.SECP256R1())
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.SEAL_PKCS12 = str(with_authority(key, ours))
    for _ in range(5):
        pdf = sealed()
        assert check_pdf(pdf).is_intact
        start, end = seals.gap_of(pdf)
        chance = random.Random(SEED)
        places = [(chance.randrange(start, end), chance.randrange(8)) for _ in range(100)]
        assert not [where for where in places if check_pdf(seals.flipped(pdf, *where)).is_intact]
    assert seals.is_accepted_by_pdfsig(pdf, ours / "f.pdf", certificate().public_bytes(Encoding.DER))
    chain = [certificate(), *identities.identity().chain]
    (ours / "past.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    configured(settings, ours)
    settings.SEAL_TRUSTED = str(ours / "past.pem")
    assert check_pdf(pdf).is_intact, "once renewed too, with its authority beside it"
    assert chain[1] not in identities.trusted(), "which seals nothing itself"


def without_stamp(pdf: bytes) -> bytes:
    """The same file, its token taken out of what nobody signed."""
    start, end = seals.gap_of(pdf)
    message = cms.ContentInfo.load(bytes.fromhex(pdf[start + 1 : end - 1].decode()))
    (signer,) = message["content"]["signer_infos"]
    signer["unsigned_attrs"] = None
    written = message.dump(force=True).hex().upper().encode()
    return pdf[: start + 1] + written.ljust(end - start - 2, b"0") + pdf[end - 1 :]


def test_a_time_stamp_is_kept_with_its_file(ours: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    stamping = issued("Horodatage d’essai", key, None, stamps=True)
    authority = DummyTimeStamper(signing._asn1(stamping), private(key), fixed_dt=AT)
    pdf = signing._stamped(plain(), identities.identity(), authority)
    report = check_pdf(pdf)
    assert report.is_intact
    assert report.at is not None
    assert report.at > AT, "the hour we signed, not that of whoever made the token"
    assert not check_pdf(without_stamp(pdf)).is_intact
    assert "Total document signed" in seals.pdfsig(pdf, ours / "f.pdf")
    assert not check_pdf(pdf + b"\n").is_intact
