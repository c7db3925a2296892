"""The identity a sheet carries on each of its lines: for which session, CRFP and blocks, made when.

Signed, so that a sheet nobody touched is told from one somebody made up. It travels in a column of its own:
sorting keeps it with its line, and so does a conversion to OpenDocument or CSV.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.signing import BadSignature, TimestampSigner

from candidates.models import SessionPart
from cqp.templatetags.fr import moment
from cqp.workflow import Refusal
from evaluations.models import Block

FORMAT = "1"
_NEW = "téléchargez un nouveau modèle"
_SIGNER = TimestampSigner(salt="evaluations.marks_import")


@dataclass(frozen=True, slots=True)
class SheetIdentity:
    """What a template was made for."""

    session: str
    crfp: str
    blocks: tuple[str, ...]
    made_at: datetime


def identity_of(part: SessionPart, blocks: Sequence[Block], at: datetime) -> str:
    """The text that says so on every line of a template, `GC-2026-11:CRFP-LYO:ECRIT:…`."""
    codes = "+".join(block.code for block in blocks)
    made = str(int(at.timestamp()))
    return _SIGNER.sign(":".join((FORMAT, part.session.code, part.crfp.code, codes, made)))


def read_identity(text: str) -> SheetIdentity:
    """Raises Refusal when somebody changed it, or when it is of a form no longer read."""
    try:
        form, session, crfp, codes, made = _SIGNER.unsign(text).split(":")
    except (BadSignature, ValueError) as error:
        raise Refusal(f"L’identité de la feuille (colonne « Feuille ») a été modifiée : {_NEW}.") from error
    if form != FORMAT:
        raise Refusal(f"Ce modèle est d’une version ancienne : {_NEW}.")
    blocks = tuple(codes.split("+"))
    return SheetIdentity(session, crfp, blocks, datetime.fromtimestamp(int(made), UTC))


def check_identities(
    texts: Iterable[str], part: SessionPart, blocks: Sequence[Block], only: Block | None
) -> SheetIdentity | None:
    """The identity all the lines that have one agree on; None where no line has any.

    Raises Refusal when it is not that of this part and of these blocks, or when two are mixed.
    """
    identities = {read_identity(text) for text in set(texts)}
    if len(identities) > 1:
        days = " et ".join(sorted({moment(identity.made_at) for identity in identities}))
        raise Refusal(
            f"Le fichier mélange les lignes de plusieurs feuilles ({days}) : envoyez-les une à une."
        )
    if not identities:
        return None
    (identity,) = identities
    _check(identity, part, {block.code: block for block in blocks}, only)
    return identity


def _check(identity: SheetIdentity, part: SessionPart, blocks: dict[str, Block], only: Block | None) -> None:
    if identity.session != part.session.code:
        raise Refusal(
            f"Cette feuille est celle de la session {identity.session}, et non de {part.session.code}."
        )
    if identity.crfp != part.crfp.code:
        raise Refusal("Cette feuille est celle d’un autre CRFP.")
    gone = [code for code in identity.blocks if code not in blocks]
    if gone:
        raise Refusal(f"Cette feuille porte une épreuve que le règlement n’a plus ({gone[0]}) : {_NEW}.")
    if only and only.code not in identity.blocks:
        held = ", ".join(f"« {blocks[code].label} »" for code in identity.blocks)
        raise Refusal(f"Cette feuille est celle d’une autre épreuve ({held}), et non de « {only.label} ».")
