"""Carries the lines of a file from the preview to its confirmation, signed, without keeping them anywhere."""

from typing import Any

from django.core import signing

from candidates.models import SessionPart
from cqp.accounts.models import User
from cqp.sheets.workbook import Row
from cqp.workflow import Refusal

SALT = "candidates.enrolment_import"
TWO_HOURS = 2 * 60 * 60
_STALE = "L’aperçu n’est plus valable : envoyez de nouveau le fichier."


def issue(rows: list[Row], *, part: SessionPart, user: User) -> str:
    """A ticket for these lines, this part of the session and this person only."""
    return signing.dumps([part.pk, user.pk, rows], salt=SALT, compress=True)


def redeem(ticket: str, *, part: SessionPart, user: User) -> list[Row]:
    """The lines of a ticket. Raises Refusal when it is forged, too old, or somebody else's."""
    try:
        content: Any = signing.loads(ticket, salt=SALT, max_age=TWO_HOURS)
    except signing.BadSignature as error:
        raise Refusal(_STALE) from error
    part_pk, user_pk, rows = content
    if (part_pk, user_pk) != (part.pk, user.pk):
        raise Refusal(_STALE)
    return [(number, cells) for number, cells in rows]
