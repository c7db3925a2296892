"""What the page of a hearing kept while the network was away, or saves by itself: each cell has its answer.

A cell is a mark of the jury (`12-note-ORAL`), its opinion (`12-avis`), one's own notes (`12-notes`) or a mark
one proposes (`12-proposition-ORAL`); the number is the hearing's.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from cqp.accounts.actor import Actor, ActorRequest
from cqp.http import for_act, writes_only
from cqp.roles import Act
from cqp.workflow import Conflict, Refusal
from evaluations.models import Block
from evaluations.scoring.typography import typeset
from evaluations.services.marks import MarkConflict
from juries.forms.local import FAVOURABLE, UNFAVOURABLE
from juries.models import Hearing, Opinion
from juries.services.hearing_sheets import NotesConflict, propose_mark, take_notes
from juries.services.local import give_opinion, record_hearing_mark

_MOST = 200  # cells of one request: a jury hears a few dozen people a day
_LONGEST, _LONGEST_ARGUMENT = 12_000, 4_000
_UNREADABLE = "La demande est illisible."
_UNREADABLE_CELL = "Cette saisie est illisible : rechargez la page, puis refaites-la."
_UNREADABLE_DATA = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
# The code of a block is a slug; nothing else ever reaches the database.
_KEY = re.compile(
    r"(?P<hearing>[0-9]{1,15})-(?P<kind>note|avis|notes|proposition)(-(?P<code>[A-Za-z0-9_-]{1,30}))?"
)
_ANOTHER = "Vous êtes connecté sous un autre nom que celui de cette page : reconnectez-vous, ou rechargez-la."
_NOT_MINE = "Ce candidat n’est plus de ceux que vous entendez."
_NO_OPINION = "Choisissez l’avis que cet argument accompagne."


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing typed, as the browser kept it."""

    key: str
    hearing: int
    kind: str
    code: str  # of the block, where there is one
    entry: str
    version: int
    corrections: int | None
    confirmed: bool

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Cell":
        """Raises what an unreadable cell makes."""
        key = _KEY.fullmatch(data["key"])
        if key is None:
            raise ValueError
        hearing, kind, code = key["hearing"], key["kind"], key["code"] or ""
        entry, version, corrections = data["entry"], data["version"], data.get("corrections")
        if not isinstance(entry, str) or len(entry) > _LONGEST or "\0" in entry:
            raise TypeError
        if not all(type(one) is int and 0 <= one < 2**31 for one in (version, corrections or 0)):
            raise TypeError
        if bool(code) is not (kind in _OF_A_BLOCK):
            raise ValueError
        if kind == "avis":
            said = json.loads(entry)
            if not all(isinstance(said[name], str) for name in ("opinion", "argument")):
                raise TypeError
        confirmed = data.get("confirmed") is True
        return cls(data["key"], int(hearing), kind, code, entry, version, corrections, confirmed)


@writes_only
@for_act(Act.TAKE_NOTES)
def hearing_save(request: ActorRequest) -> HttpResponse:
    """Record what the browser kept of one or several hearings; each cell has its answer."""
    try:
        demand = json.loads(request.body)
        author, sent = demand["author"], demand["cells"]
        if not isinstance(sent, list) or len(sent) > _MOST:
            raise ValueError
    except _UNREADABLE_DATA:
        return JsonResponse({"sentence": typeset(_UNREADABLE)}, status=400)
    if author != request.user.pk:
        return JsonResponse({"sentence": typeset(_ANOTHER)}, status=403)
    return JsonResponse({"answers": [_answered(request.actor, one) for one in sent]})


def _answered(actor: Actor, data: Any) -> dict[str, Any]:
    """The answer to one thing sent; what cannot be read keeps nothing else from being saved."""
    try:
        cell = Cell.read(data)
    except _UNREADABLE_DATA:
        key = data.get("key") if isinstance(data, dict) else None
        return {"key": key, "state": "refused", "who": "", "sentence": typeset(_UNREADABLE_CELL)}
    return _answer(actor, cell)


def _answer(actor: Actor, cell: Cell) -> dict[str, Any]:
    """What became of one cell; of a conflict, what stands there."""
    answer = {"key": cell.key, "entry": cell.entry, "version": cell.version, "state": "refused", "who": ""}
    hearings = Hearing.objects.visible_to(actor).sitting()
    hearing = hearings.select_related("jury__part__session", "enrolment__candidate").filter(pk=cell.hearing)
    subject = hearing.first()
    if subject is None:
        return answer | {"sentence": typeset(_NOT_MINE)}
    answer["who"] = subject.enrolment.candidate.full_name
    try:
        version = _WRITERS[cell.kind](subject, cell, actor)
    except Conflict as conflict:
        stands = _standing(conflict, subject, actor)
        return answer | stands | {"state": "conflict", "sentence": typeset(conflict.sentence)}
    except Refusal as refused:
        asks = "argument" in getattr(refused, "sentences", ())
        return answer | {"sentence": typeset(refused.sentence), "asks": asks}
    return answer | {"state": "saved", "version": version}


def _mark(hearing: Hearing, cell: Cell, by: Actor) -> int:
    mark = record_hearing_mark(
        hearing=hearing,
        block=_block(hearing, cell.code),
        entry=cell.entry,
        version=cell.version,
        by=by,
        at=timezone.now(),
    )
    return mark.version


def _opinion(hearing: Hearing, cell: Cell, by: Actor) -> int:
    said = json.loads(cell.entry)
    if said["opinion"] not in (FAVOURABLE, UNFAVOURABLE):
        raise Refusal(_NO_OPINION)
    if len(said["argument"]) > _LONGEST_ARGUMENT:
        raise Refusal("Cet argument dépasse 4 000 caractères : raccourcissez-le.")
    opinion = give_opinion(
        hearing=hearing,
        favourable=said["opinion"] == FAVOURABLE,
        argument=said["argument"],
        version=cell.version,
        corrections=cell.corrections,
        names_confirmed=cell.confirmed,
        by=by,
        at=timezone.now(),
    )
    return opinion.version


def _notes(hearing: Hearing, cell: Cell, by: Actor) -> int:
    note = take_notes(hearing=hearing, text=cell.entry, version=cell.version, by=by, at=timezone.now())
    return note.version if note else 0


def _proposal(hearing: Hearing, cell: Cell, by: Actor) -> int:
    block = _block(hearing, cell.code)
    propose_mark(hearing=hearing, block=block, entry=cell.entry, by=by, at=timezone.now())
    return 0


_WRITERS: dict[str, Callable[[Hearing, Cell, Actor], int]] = {
    "note": _mark,
    "avis": _opinion,
    "notes": _notes,
    "proposition": _proposal,
}
_OF_A_BLOCK = ("note", "proposition")


def _block(hearing: Hearing, code: str) -> Block:
    """A block of the jury by its code. Raises Refusal for another."""
    session = hearing.jury.part.session_id
    own = Block.objects.filter(regulation__adoptions__session=session, recorder=Block.Recorder.JURY)
    block = own.filter(code=code).first()
    if block is None:
        raise Refusal("Cette épreuve n’est pas notée par le jury local.")
    return block


def _standing(conflict: Conflict, hearing: Hearing, actor: Actor) -> dict[str, Any]:
    """What somebody left there, in the words the browser would use, so that it knows its own again."""
    if isinstance(conflict, MarkConflict):
        mark = conflict.stored
        return {"entry": mark.entry, "version": mark.version, "by": mark.recorded_by_id}
    if isinstance(conflict, NotesConflict):
        note = conflict.stored
        text, version = (note.text, note.version) if note else ("", 0)
        return {"entry": text, "version": version, "by": actor.user.pk}
    opinion = Opinion.objects.filter(hearing=hearing).first()
    if opinion is None:
        return {"entry": "", "version": 0, "by": 0}
    told = {
        "opinion": FAVOURABLE if opinion.favourable else UNFAVOURABLE,
        "argument": opinion.argument,
    }
    entry = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return {"entry": entry, "version": opinion.version, "by": opinion.given_by_id}
