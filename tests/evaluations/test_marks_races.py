"""Several people on the same cells at the same moment: what row locks decide, and the control without."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from django.db import connection

from candidates.models import Enrolment, Session, SessionPart
from cqp.journal.chain import first_break
from cqp.journal.models import Chain
from cqp.journal.models import Entry as JournalEntry
from cqp.workflow import Refusal
from evaluations.models import Block, BlockSheet, Mark, Operation
from evaluations.services import desk
from evaluations.services.marks import Entry, record_mark, record_operation, record_sheet, undo_operation
from evaluations.services.sheets import submit_sheet
from tests.cast import Cast

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ROUNDS = 200
WRITERS = 4


def block() -> Block:
    return Block.objects.get(code="ECRIT", regulation__code="GC_2013", regulation__version=1)


def contest(enrolment: Enrolment, cast: Cast, now: datetime, rounds: int) -> list[int]:
    """Each round, every writer sees the same version and types another mark; how many were told « saved »."""
    about, barrier = block(), Barrier(WRITERS)
    saved = [[0] * WRITERS for _ in range(rounds)]

    def write(writer: int) -> None:
        try:
            for number in range(rounds):
                seen = Mark.objects.filter(enrolment=enrolment).values_list("version", flat=True).first() or 0
                barrier.wait(30)
                # Every value differs from the one before: nobody finds their own already stored.
                cell = Entry(enrolment, about, 1, f"{10 + number % 2},{writer:02}", seen, confirmed=True)
                (answer,) = record_sheet(entries=[cell], by=cast.clerk, at=now)
                saved[number][writer] = int(answer.changed)
                barrier.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    return [sum(round_) for round_ in saved]


def test_no_update_is_lost(gc_enrolments: list[Enrolment], cast: Cast, now: datetime) -> None:
    winners = contest(gc_enrolments[0], cast, now, ROUNDS)
    assert winners == [1] * ROUNDS
    assert Mark.objects.get().version == ROUNDS
    assert JournalEntry.objects.filter(act="note.saisir").count() == ROUNDS
    assert first_break(Chain.objects.get(key=gc_enrolments[0].session.code)) is None


def test_without_the_lock_updates_are_lost(
    gc_enrolments: list[Enrolment], cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same contest must go wrong once nobody holds the part."""

    def look(part: SessionPart) -> tuple[Session, SessionPart]:
        session = Session.objects.get(pk=part.session_id)
        fresh = SessionPart.objects.select_related("crfp").get(pk=part.pk)
        fresh.session = session
        return session, fresh

    monkeypatch.setattr(desk, "lock_part", look)
    winners = contest(gc_enrolments[0], cast, now, 40)
    assert sum(count > 1 for count in winners) > 20
    assert Mark.objects.get().version < sum(winners)


def together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each on its own connection; a refusal is an answer."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait(30)
        try:
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_gesture_is_undone_once_however_many_try(
    gc_part: SessionPart, gc_enrolments: list[Enrolment], cast: Cast, now: datetime
) -> None:
    for _ in range(20):
        seen = dict(Mark.objects.values_list("enrolment", "version"))
        cells = [Entry(e, block(), 1, "12", seen.get(e.pk, 0), confirmed=True) for e in gc_enrolments]
        operation = record_operation(
            part=gc_part, kind=Operation.Kind.PASTE, label="x", entries=cells, by=cast.clerk, at=now
        ).operation
        assert operation is not None
        together(*[lambda: undo_operation(operation=operation, by=cast.clerk, at=now)] * 3)  # noqa: B023 - run within the round
        assert Operation.objects.filter(undoes=operation).count() == 1
        assert [mark.entry for mark in Mark.objects.all()] == [""] * 3


def test_a_mark_and_a_transmission_have_an_order(
    gc_part: SessionPart, gc_enrolments: list[Enrolment], cast: Cast, now: datetime
) -> None:
    """Either the change came before the transmission or it was refused: never under the signature."""
    for enrolment in gc_enrolments:
        record_mark(
            enrolment=enrolment, block=block(), attempt=1, entry="12", version=0, by=cast.clerk, at=now
        )
    for _ in range(30):
        mark = Mark.objects.get(enrolment=gc_enrolments[0])
        entry = "14" if mark.entry == "13" else "13"
        changed, sheet = together(
            lambda: record_mark(
                enrolment=gc_enrolments[0],
                block=block(),
                attempt=1,
                entry=entry,  # noqa: B023 - run within the round
                version=mark.version,  # noqa: B023
                by=cast.clerk,
                at=now,
            ),
            lambda: submit_sheet(part=gc_part, block=block(), by=cast.clerk, at=now),
        )
        assert isinstance(sheet, BlockSheet)
        last = JournalEntry.objects.filter(act__in=["note.saisir", "feuille.transmettre"]).latest("seq")
        assert last.act == "feuille.transmettre"
        assert isinstance(changed, Refusal) == (Mark.objects.get(pk=mark.pk).version == mark.version)
        with connection.cursor() as cursor:  # a transmitted sheet cannot go: a new round needs a new one
            cursor.execute("ALTER TABLE evaluations_blocksheet DISABLE TRIGGER USER")
            cursor.execute("DELETE FROM evaluations_blocksheet")
            cursor.execute("ALTER TABLE evaluations_blocksheet ENABLE TRIGGER USER")
