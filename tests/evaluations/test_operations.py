"""One gesture on many cells: recorded as one, questioned where it surprises, undone as one."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from candidates.models import Enrolment, SessionPart
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry as JournalEntry
from cqp.workflow import Refusal
from evaluations.models import Block, Mark, Operation
from evaluations.services.marks import (
    Answer,
    Entry,
    preview_marks,
    record_mark,
    record_operation,
    record_sheet,
    undo_operation,
)
from evaluations.services.sheets import submit_sheet
from tests.cast import Cast, enrol_some

pytestmark = pytest.mark.django_db
Paste = Callable[..., tuple[list[Answer], Operation | None]]


def block(code: str) -> Block:
    return Block.objects.get(code=code, regulation__code="GC_2013", regulation__version=1)


def cells(enrolments: Sequence[Enrolment], code: str, *entries: str, version: int = 0) -> list[Entry]:
    about = block(code)
    return [
        Entry(enrolment, about, 1, entry, version)
        for enrolment, entry in zip(enrolments, entries, strict=False)
    ]


def stored(code: str) -> list[str]:
    rows = Mark.objects.filter(block__code=code).order_by("enrolment__candidate__sort_key", "enrolment_id")
    return [mark.entry for mark in rows]


@pytest.fixture
def group(cast: Cast, gc_part: SessionPart) -> list[Enrolment]:
    """Eight candidates, in the order of the grid."""
    enrol_some(cast, gc_part, 8)
    return list(gc_part.enrolments.all())


@pytest.fixture
def paste(cast: Cast, gc_part: SessionPart, now: datetime) -> Paste:
    def act(entries: list[Entry], by: Actor | None = None) -> tuple[list[Answer], Operation | None]:
        done = record_operation(
            part=gc_part,
            kind=Operation.Kind.PASTE,
            label="Collage de notes",
            entries=entries,
            by=by or cast.clerk,
            at=now,
        )
        return list(done.answers), done.operation

    return act


def test_a_paste_is_one_operation_with_before_and_after(paste: Paste, group: list[Enrolment]) -> None:
    answers, operation = paste(cells(group, "ECRIT", "12", "13,5", "ABS"))
    assert operation is not None
    assert [answer.changed for answer in answers] == [True] * 3
    assert [row[3:] for row in operation.changes] == [
        ["", "12", 1, ""], ["", "13,5", 1, ""], ["", "ABS", 1, ""],
    ]  # fmt: skip
    told = JournalEntry.objects.filter(act="note.saisir")
    assert [f'"operation":{operation.pk}' in entry.after for entry in told] == [True] * 3


def test_what_is_refused_keeps_nobody_else_out(paste: Paste, group: list[Enrolment]) -> None:
    answers, operation = paste(cells(group, "ECRIT", "12", "21", "douze", "14"))
    assert [bool(answer.refusal) for answer in answers] == [False, True, True, False]
    assert stored("ECRIT") == ["12", "14"]
    assert operation is not None
    assert len(operation.changes) == 2


def test_a_gesture_that_changes_nothing_leaves_no_operation(paste: Paste, group: list[Enrolment]) -> None:
    paste(cells(group, "ECRIT", "12", "13"))
    answers, operation = paste(cells(group, "ECRIT", "12", "13.0"))
    assert operation is None
    assert not any(answer.changed for answer in answers)
    assert Operation.objects.count() == 1


def test_undoing_puts_everything_back(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    paste(cells(group, "ECRIT", "12"))
    _, second = paste([*cells(group[:1], "ECRIT", "13", version=1), *cells(group[1:], "ECRIT", "14")])
    assert second is not None
    undone = undo_operation(operation=second, by=cast.clerk, at=now)
    assert stored("ECRIT") == ["12", ""]
    assert not undone.left
    assert undone.operation.undoes == second


def test_undoing_twice_undoes_once(paste: Paste, group: list[Enrolment], cast: Cast, now: datetime) -> None:
    _, operation = paste(cells(group, "ECRIT", "12"))
    assert operation is not None
    first = undo_operation(operation=operation, by=cast.clerk, at=now)
    again = undo_operation(operation=operation, by=cast.clerk, at=now)
    assert first.operation == again.operation
    assert Mark.objects.get().version == 2


def test_undoing_the_undoing_does_it_again(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    _, operation = paste(cells(group, "ECRIT", "12"))
    assert operation is not None
    undone = undo_operation(operation=operation, by=cast.clerk, at=now)
    undo_operation(operation=undone.operation, by=cast.clerk, at=now)
    assert stored("ECRIT") == ["12"]


def test_cells_changed_since_are_left_and_named(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    _, operation = paste(cells(group, "ECRIT", "12", "13"))
    assert operation is not None
    record_mark(
        enrolment=group[0], block=block("ECRIT"), attempt=1, entry="15", version=1, by=cast.clerk, at=now
    )
    undone = undo_operation(operation=operation, by=cast.clerk, at=now)
    assert stored("ECRIT") == ["15", ""]
    (left,) = undone.left
    assert left.entry.enrolment == group[0]
    assert "MARCHAND Claire a saisi 15" in left.refusal


def test_when_nothing_can_be_put_back_it_is_said(
    paste: Paste, group: list[Enrolment], cast: Cast, gc_part: SessionPart, now: datetime
) -> None:
    _, operation = paste(cells(group, "CC_TC", *["12"] * 8))
    assert operation is not None
    submit_sheet(part=gc_part, block=block("CC_TC"), by=cast.clerk, at=now)
    with pytest.raises(Refusal, match=r"Rien ne peut être annulé.*transmises depuis"):
        undo_operation(operation=operation, by=cast.clerk, at=now)


def test_another_crfp_neither_pastes_nor_undoes(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    answers, operation = paste(cells(group, "ECRIT", "12"), by=cast.outsider)
    assert answers[0].refusal == "Ce candidat relève d’un autre CRFP."
    assert operation is None
    _, done = paste(cells(group, "ECRIT", "12"))
    assert done is not None
    with pytest.raises(Refusal, match="autre CRFP"):
        undo_operation(operation=done, by=cast.outsider, at=now)
    assert not Operation.objects.visible_to(cast.outsider)
    assert Operation.objects.visible_to(cast.clerk).get() == done


def test_undoing_gives_back_the_mark_as_it_was_asked_about(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    """A usual value put back is not « confirmed » by whoever undoes; a confirmed one stays so."""
    paste(cells(group, "ECRIT", "12", "13", "12,5", "11", "13,5", "12", "11,5"))
    record_mark(
        enrolment=group[7], block=block("ECRIT"), attempt=1, entry="2", version=0, by=cast.clerk, at=now
    )
    _, operation = paste(
        [
            Entry(group[0], block("ECRIT"), 1, "6", 1, confirmed=True),
            Entry(group[7], block("ECRIT"), 1, "12", 1, confirmed=True),
        ]
    )
    assert operation is not None
    undo_operation(operation=operation, by=cast.clerk, at=now)
    flags = dict(Mark.objects.filter(block__code="ECRIT").values_list("enrolment", "unusual"))
    assert (flags[group[0].pk], flags[group[7].pk]) == (None, "FRAPPE")


def test_only_a_value_that_was_there_is_told_as_put_back(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    paste(cells(group, "ECRIT", "12"))
    about = block("ECRIT")
    record_sheet(entries=[Entry(group[0], about, 1, "13", 1, restores=7)], by=cast.clerk, at=now)
    record_sheet(entries=[Entry(group[0], about, 1, "12", 2, restores=1)], by=cast.clerk, at=now)
    told = list(
        JournalEntry.objects.filter(act="note.saisir").order_by("seq").values_list("after", flat=True)
    )
    assert ["version_reprise" in after for after in told] == [False, False, True]


# --- What surprises ---


def test_a_probable_slip_is_asked_then_kept_and_marked(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    paste(cells(group, "ECRIT", "12", "13", "12,5", "11", "13,5", "12"))
    cell = cells(group[6:], "ECRIT", "2")[0]
    (asked,) = record_sheet(entries=[cell], by=cast.clerk, at=now)
    assert "Est-ce bien 2, et non 12" in asked.question
    assert len(stored("ECRIT")) == 6
    confirmed = Entry(cell.enrolment, cell.block, 1, "2", 0, confirmed=True)
    (kept,) = record_sheet(entries=[confirmed], by=cast.clerk, at=now)
    assert kept.mark is not None
    assert kept.mark.unusual == "FRAPPE"
    entry = JournalEntry.objects.filter(enrolment_ref=cell.enrolment.pk).latest("seq")
    assert '"confirmee":"FRAPPE"' in entry.after


def test_a_usual_mark_in_its_place_is_marked_no_longer(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    paste(cells(group, "ECRIT", "12", "13", "12,5", "11", "13,5", "12"))
    written, last = block("ECRIT"), group[6]
    record_mark(enrolment=last, block=written, attempt=1, entry="2", version=0, by=cast.clerk, at=now)
    mark = record_mark(enrolment=last, block=written, attempt=1, entry="", version=1, by=cast.clerk, at=now)
    assert mark.unusual is None


def test_a_pasted_column_is_its_own_group(paste: Paste, group: list[Enrolment]) -> None:
    answers, _ = paste(cells(group, "ECRIT", "12", "13", "12,5", "11", "13,5", "12", "11,5", "2"))
    assert [bool(answer.question) for answer in answers] == [False] * 7 + [True]


@pytest.mark.parametrize(
    ("code", "was", "becomes", "words"),
    [
        ("ECRIT", "12", "6", "deviendrait éliminatoire"),
        ("ECRIT", "6", "12", "ne serait plus éliminatoire"),
        ("CC_TC", "10", "9,99", "Le total passerait de 100 à 99,99, il en faut 100"),
    ],
)
def test_a_correction_that_turns_something_over_is_asked(
    code: str, was: str, becomes: str, words: str, cast: Cast, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    enrolment = gc_enrolments[0]
    for other in ("CC_TC", "CC_OPT", "ECRIT", "APT"):
        entry = was if other == code else "10"
        record_mark(
            enrolment=enrolment, block=block(other), attempt=1, entry=entry, version=0, by=cast.clerk, at=now
        )
    Mark.objects.create(
        enrolment=enrolment, block=block("ORAL"), outcome="NOTE", value=10, scale=20,
        recorded_at=now, recorded_by=cast.juror.user,
    )  # fmt: skip
    (answer,) = record_sheet(entries=[Entry(enrolment, block(code), 1, becomes, 1)], by=cast.clerk, at=now)
    assert words in answer.question


def test_a_tutor_is_told_nothing_of_the_others(
    paste: Paste, group: list[Enrolment], cast: Cast, now: datetime
) -> None:
    paste(cells(group, "APT", "12", "13", "12,5", "11", "13,5", "12"))
    (answer,) = record_sheet(entries=cells(group[6:], "APT", "2"), by=cast.tutor, at=now)
    assert not answer.question
    assert answer.mark is not None
    assert answer.mark.unusual is None


# --- Previews and queries ---


def test_a_preview_writes_nothing(
    cast: Cast, gc_part: SessionPart, group: list[Enrolment], now: datetime
) -> None:
    answers = preview_marks(part=gc_part, entries=cells(group, "ECRIT", "12", "21"), by=cast.clerk, now=now)
    assert [answer.changed for answer in answers] == [True, False]
    assert not Mark.objects.exists()
    assert not JournalEntry.objects.filter(act="note.saisir").exists()


@pytest.mark.parametrize("count", [1, 8])
def test_the_queries_do_not_depend_on_the_cells(
    count: int,
    cast: Cast,
    gc_part: SessionPart,
    group: list[Enrolment],
    now: datetime,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    part = SessionPart.objects.select_related("session__adoption").get(pk=gc_part.pk)
    entries = cells(group, "ECRIT", *["12"] * count)
    with django_assert_num_queries(13):
        record_operation(
            part=part, kind=Operation.Kind.PASTE, label="x", entries=entries, by=cast.clerk, at=now
        )
    assert len(stored("ECRIT")) == count
