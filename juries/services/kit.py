"""The verb of a kit that comes back: what only the file changed goes in, all at once."""

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from cqp.accounts.actor import Actor
from cqp.roles import Act
from cqp.workflow import Refusal, demand
from juries.kit_preview import KitPreview, KitSheet, preview_of
from juries.models import LocalJury
from juries.rules import jury_frozen_refusal
from juries.services.local import record_hearing
from juries.services.locks import lock_jury

CHANGED_SINCE = "Quelque chose a changé depuis l’aperçu : le voici à jour, confirmez-le de nouveau."


@transaction.atomic
def bring_kit(
    *, jury: LocalJury, sheet: KitSheet, seen: str, names_confirmed: bool, by: Actor, at: datetime
) -> KitPreview:
    """Write what a kit changes, through the acts of a hearing; returns what went in.

    `seen` is the fingerprint of the preview somebody confirmed. An opinion whose argument names another
    candidate is left out unless `names_confirmed`. A kit brought again changes nothing. Raises Refusal when
    things moved since the preview, or nothing of this jury may change.
    """
    by.must(Act.SIT_IN_JURY)
    _session, jury = lock_jury(jury)
    demand(jury_frozen_refusal(jury))
    preview = preview_of(jury, sheet, by=by, now=at)
    if seen != preview.fingerprint:
        raise Refusal(CHANGED_SINCE)
    for line in preview.lines:
        opinion = line.opinion
        if opinion and line.question:
            opinion = replace(opinion, names_confirmed=True) if names_confirmed else None
        record_hearing(hearing=line.hearing.hearing, marks=line.marks, opinion=opinion, by=by, at=at)
    return preview
