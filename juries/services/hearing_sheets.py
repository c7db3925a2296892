"""Verbs of one juror alone during a hearing: private notes, and the mark he or she would give (A29).

The journal is read by others: it says that notes or a proposal changed, never what they say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from candidates.models import Session
from cqp.accounts.actor import Actor
from cqp.journal.chain import Fact, record
from cqp.roles import Act
from cqp.templatetags.fr import moment
from cqp.text import cleaned_lines
from cqp.workflow import Conflict, Refusal, demand
from evaluations.models import Block
from evaluations.scoring import MarkKind, format_number, parse_mark
from juries.models import Hearing, HearingNote, JurorMark
from juries.reading import judging_refusal
from juries.rules import Refusals
from juries.services.entries import NotesEntry
from juries.services.locks import lock_hearing

LONGEST_NOTES = 10_000  # characters


class NotesConflict(Conflict):
    """The same juror changed the notes from another page; `stored` is what that page left."""

    def __init__(self, stored: HearingNote | None) -> None:
        when = f" le {moment(stored.at)}" if stored else ""
        super().__init__(f"Vous avez changé ces notes{when}, depuis une autre page.")
        self.stored = stored


@transaction.atomic
def take_notes(*, hearing: Hearing, text: str, version: int, by: Actor, at: datetime) -> HearingNote | None:
    """Keep a juror's own notes on a candidate, which nobody else reads; None while there are none.

    `version` is that of the notes before their eyes, 0 for none; what is kept already is left alone. Raises
    NotesConflict when the same juror changed them from elsewhere.
    """
    by.must(Act.TAKE_NOTES)
    text = cleaned_lines(text)
    if len(text) > LONGEST_NOTES:
        raise Refusal("Ces notes dépassent 10 000 caractères : raccourcissez-les.")
    session, hearing = lock_hearing(hearing)
    demand(judging_refusal(hearing, by))
    note = HearingNote.objects.filter(hearing=hearing, user=by.user).first()
    if (note.text if note else "") == text:
        return note
    if (note.version if note else 0) != version:
        raise NotesConflict(note)
    note = note or HearingNote(hearing=hearing, user=by.user, version=0)
    note.text, note.version, note.at = text, version + 1, at
    note.save()
    _journal(session, hearing, {"notes": "modifiées"}, by, at)
    return note


@transaction.atomic
def propose_mark(*, hearing: Hearing, block: Block, entry: str, by: Actor, at: datetime) -> JurorMark | None:
    """Write the mark this juror would give in a block of the jury; empty takes it back (None).

    The other members read it; the agreed mark alone counts (A29).
    """
    by.must(Act.TAKE_NOTES)
    session, hearing = lock_hearing(hearing)
    demand(judging_refusal(hearing, by))
    own = Block.objects.filter(recorder=Block.Recorder.JURY, regulation__adoptions__session=session)
    if not own.filter(pk=block.pk).exists():
        raise Refusal(f"{block.label} n’est pas noté par le jury local.")
    mark = parse_mark(entry, block.mark_max)
    if mark.kind is MarkKind.INVALID:
        raise Refusal(mark.problem)
    if mark.kind in (MarkKind.ABS, MarkKind.ABJ):
        raise Refusal(
            f"Proposez un nombre de 0 à {format_number(block.mark_max)} : une absence se saisit dans la note "
            "du jury."
        )
    stored = JurorMark.objects.filter(hearing=hearing, user=by.user, block=block).first()
    if (stored.value if stored else None) == mark.value:
        return stored
    if mark.value is None and stored:
        stored.delete()
        stored = None
    elif mark.value is not None:
        stored = stored or JurorMark(hearing=hearing, user=by.user, block=block)
        stored.value, stored.at = mark.value, at
        stored.save()
    told = {"epreuve": block.code, "etat": "modifiée" if stored else "retirée"}
    _journal(session, hearing, told, by, at)
    return stored


@transaction.atomic
def keep_sheet(
    *,
    hearing: Hearing,
    notes: NotesEntry,
    proposals: Sequence[tuple[Block, str]],
    by: Actor,
    at: datetime,
) -> None:
    """Keep a juror's notes and the marks proposed, all or nothing.

    Raises Refusals by field: `notes`, or a block's code.
    """
    by.must(Act.TAKE_NOTES)
    refused = {}
    try:
        take_notes(hearing=hearing, text=notes.text, version=notes.version, by=by, at=at)
    except Refusal as refusal:
        refused["notes"] = refusal.sentence
    for block, entry in proposals:
        try:
            propose_mark(hearing=hearing, block=block, entry=entry, by=by, at=at)
        except Refusal as refusal:
            refused[block.code] = refusal.sentence
    if refused:
        raise Refusals(refused)


def _journal(session: Session, hearing: Hearing, told: Mapping[str, str], by: Actor, at: datetime) -> None:
    subject = f"inscription {hearing.enrolment_id}"
    fact = Fact(Act.TAKE_NOTES, subject, hearing.enrolment_id, after=dict(told))
    record(chain=session.code, by=by, at=at, facts=[fact])
