"""Jurors at the same table, at the same moment: what only row locks decide."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from candidates.models import Enrolment, SessionPart
from cqp.journal.models import Entry
from cqp.roles import Act
from cqp.workflow import Conflict, Refusal
from evaluations.models import Block, Mark
from evaluations.services.marks import correct_mark, record_mark
from juries.models import LocalJury, Opinion
from juries.services.composition import remove_jury
from juries.services.local import close_jury, give_opinion
from juries.services.transmission import transmit_part
from tests.cast import Cast
from tests.journey import submit_sheets
from tests.juries.scenes import closed_jury, composed_jury, hear, mark_the_rest, new_jury

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each on its own connection; a refusal is an answer."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_two_opposite_opinions_one_meets_the_other(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    composed_jury(cast, gc_part, gc_enrolments)
    hearing = gc_enrolments[0].hearing

    def opine(favourable: bool) -> Opinion:
        by = cast.juror if favourable else cast.jury_president
        return give_opinion(
            hearing=hearing,
            favourable=favourable,
            argument="Dossier bien tenu.",
            version=0,
            by=by,
            at=timezone.now(),
        )

    answers = together(lambda: opine(True), lambda: opine(False))

    assert [type(answer) for answer in answers if isinstance(answer, Refusal)] == [Conflict]
    assert Opinion.objects.get().version == 1


def test_a_jury_removed_from_two_pages_is_removed_once(cast: Cast, gc_part: SessionPart) -> None:
    jury = new_jury(cast, gc_part)

    def remove() -> None:
        remove_jury(jury=jury, by=cast.clerk, at=timezone.now())

    answers = together(remove, remove, remove)  # what else is raised would come out of `together`

    assert {answer.sentence for answer in answers if isinstance(answer, Refusal)} <= {
        "Ce jury a été supprimé."
    }
    assert not LocalJury.objects.exists()


def test_no_opinion_changes_after_the_closing(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    jury = composed_jury(cast, gc_part, gc_enrolments)
    for enrolment in gc_enrolments:
        hear(cast, enrolment)
    hearing = gc_enrolments[0].hearing

    _closed, opinion = together(
        lambda: close_jury(jury=jury, by=cast.jury_president, at=timezone.now()),
        lambda: give_opinion(
            hearing=hearing,
            favourable=False,
            argument="Dossier fragile, à revoir.",
            version=1,
            by=cast.juror,
            at=timezone.now(),
        ),
    )

    last = Entry.objects.filter(act__in=[Act.CLOSE_JURY, Act.GIVE_OPINION]).order_by("-seq")[0]
    assert last.act == Act.CLOSE_JURY
    assert isinstance(opinion, Refusal) == Opinion.objects.get(hearing=hearing).favourable


ROUNDS = 30


def test_marks_and_a_transmission_never_hold_each_other_up(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment]
) -> None:
    """Both hold the session, then the part; in two orders the server would cut the knot by an error."""
    written = gc_part.session.adoption.regulation.blocks.get(code="ECRIT")
    for enrolment in gc_enrolments[1:]:
        mark_the_rest(cast, enrolment)
    closed_jury(cast, gc_part, gc_enrolments)

    def mark(round_: int) -> Mark:
        return record_mark(
            enrolment=gc_enrolments[0],
            block=written,
            attempt=1,
            entry=str(7 + round_ % 2),
            version=round_,
            by=cast.clerk,
            at=timezone.now(),
        )

    def transmit() -> SessionPart:
        return transmit_part(part=gc_part, by=cast.clerk, at=timezone.now())

    for round_ in range(ROUNDS):
        marked, sent = together(partial(mark, round_), transmit)
        assert isinstance(marked, Mark)
        assert isinstance(sent, Refusal)

    for block in gc_part.session.adoption.regulation.blocks.exclude(recorder=Block.Recorder.JURY):
        if block != written:
            record_mark(
                enrolment=gc_enrolments[0],
                block=block,
                attempt=1,
                entry="12",
                version=0,
                by=cast.clerk,
                at=timezone.now(),
            )
    submit_sheets(cast, gc_part)

    def correct() -> Mark:
        return correct_mark(
            enrolment=gc_enrolments[0],
            block=written,
            attempt=1,
            entry="13",
            version=ROUNDS,
            reason="Copie relue",
            by=cast.clerk,
            at=timezone.now(),
        )

    _corrected, sent = together(correct, transmit)
    assert isinstance(sent, SessionPart)
    last = Entry.objects.filter(act__in=[Act.CORRECT_MARK, Act.TRANSMIT]).latest("seq")
    assert last.act == Act.TRANSMIT
