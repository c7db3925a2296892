"""The verb on the stationery of a certification: each save is a version of its own."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction

from candidates.models import Certification
from cqp.accounts.actor import Actor
from cqp.awards.models import Stationery
from cqp.awards.stationery import current_of
from cqp.awards.stationery_rules import kept_wording, overtaken_by, wording_refusal
from cqp.awards.wordings import Wording
from cqp.journal.chain import REFERENCE, Fact, record
from cqp.roles import Act
from cqp.text import cleaned, cleaned_lines
from cqp.workflow import Conflict, demand


@transaction.atomic
def save_stationery(
    *,
    certification: Certification,
    signatory_name: str,
    signatory_quality: str,
    wording: Wording,
    logo: bytes | None,
    seen: int,
    by: Actor,
    at: datetime,
) -> Stationery:
    """A new version of what the documents of a certification wear; the same again makes none.

    `logo` is a PNG as `logo_of_file` draws it, None for no logo. `seen` is the last version when this one was
    written, 0 for none: Conflict when somebody saved another since. From the next proclamation its documents
    say it; those that exist stay as they are. Raises Refusal for a field nobody knows or a text too long.
    """
    by.must(Act.EDIT_STATIONERY)
    certification = Certification.objects.select_for_update().get(pk=certification.pk)
    words = _cleaned(wording)
    demand(wording_refusal(words))
    asked = {
        "signatory_name": cleaned(signatory_name),
        "signatory_quality": cleaned(signatory_quality),
        "wording": kept_wording(words),
        "logo_digest": hashlib.sha256(logo).hexdigest() if logo else "",
    }
    last = current_of(certification)
    before = _said(last)
    if last and before == asked:
        return last
    if last and last.version != seen:
        raise Conflict(overtaken_by(last))
    made = Stationery.objects.create(
        certification=certification,
        version=last.version + 1 if last else 1,
        logo=logo,
        saved_at=at,
        saved_by=by.user,
        **asked,
    )
    subject = f"Papeterie {certification.code}, version {made.version}"
    fact = Fact(Act.EDIT_STATIONERY, subject, before=before, after=asked)
    record(chain=REFERENCE, by=by, at=at, facts=[fact])
    return made


def _cleaned(wording: Wording) -> dict[str, dict[str, str]]:
    return {
        document: {key: cleaned_lines(text) for key, text in words.items()}
        for document, words in wording.items()
    }


def _said(row: Stationery | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "signatory_name": row.signatory_name,
        "signatory_quality": row.signatory_quality,
        "wording": row.wording,
        "logo_digest": row.logo_digest,
    }
