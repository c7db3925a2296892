"""A block's marks: typed twice where it matters, settled by name, transmitted, then corrected."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from candidates.models import Enrolment, SessionPart
from candidates.services.enrolments import withdraw
from cqp.accounts.actor import Actor
from cqp.journal.models import Entry as JournalEntry
from cqp.roles import Role
from cqp.workflow import Conflict, Refusal
from evaluations.models import Block, BlockSheet, Mark, SecondEntry
from evaluations.services.details import TestEntry, record_tests, set_tests
from evaluations.services.marks import Question, correct_mark, record_mark
from evaluations.services.sheets import Retyped, retype_marks, set_sheet, settle_mark, submit_sheet
from evaluations.standing import Standing, standings_of
from juries.models import Hearing, JurySeat
from juries.reading import lines_of, recorders_of
from juries.rules import party_refusal
from juries.services.composition import assign_candidates
from juries.services.local import close_jury, give_opinion
from juries.services.transmission import transmit_part
from tests.cast import Cast, enrol_some
from tests.journey import compose_jury, enter_marks, hear, hold_jury, submit_sheets, to_deliberation

pytestmark = pytest.mark.django_db
ALL, FLAGGED = Block.DoubleEntry.ALL, Block.DoubleEntry.FLAGGED


def block(code: str) -> Block:
    return Block.objects.get(code=code, regulation__code="GC_2013", regulation__version=1)


def standing(part: SessionPart, code: str = "ECRIT") -> Standing:
    return next(one for one in standings_of(part) if one.block.code == code)


class Desk:
    """The verbs on the written exam of the part, with less to type."""

    def __init__(self, cast: Cast, part: SessionPart, now: datetime) -> None:
        self.cast, self.part, self.now, self.block = cast, part, now, block("ECRIT")

    def mark(self, enrolment: Enrolment, entry: str, version: int = 0, by: Actor | None = None) -> Mark:
        return record_mark(
            enrolment=enrolment, block=self.block, attempt=1, entry=entry, version=version,
            by=by or self.cast.clerk, at=self.now,
        )  # fmt: skip

    def double(self, level: str = ALL, **changes: Any) -> BlockSheet:
        values: dict[str, Any] = {"responsible": None, "double_entry": level, "by": self.cast.clerk} | changes
        return set_sheet(part=self.part, block=self.block, at=self.now, **values)

    def retype(self, enrolment: Enrolment, entry: str, by: Actor | None = None) -> str:
        (answer,) = retype_marks(
            part=self.part, block=self.block, typed=[Retyped(enrolment, 1, entry)],
            by=by or self.cast.second_clerk, at=self.now,
        )  # fmt: skip
        return answer.refusal

    def settle(self, enrolment: Enrolment, kept: str, version: int = 1) -> Mark:
        return settle_mark(
            enrolment=enrolment, block=self.block, attempt=1, kept=kept, version=version,
            by=self.cast.clerk, at=self.now,
        )  # fmt: skip

    def submit(self, by: Actor | None = None) -> BlockSheet:
        return submit_sheet(part=self.part, block=self.block, by=by or self.cast.clerk, at=self.now)

    def correct(self, enrolment: Enrolment, entry: str, **changes: Any) -> Mark:
        values: dict[str, Any] = {"reason": "Copie relue", "by": self.cast.clerk, "at": self.now} | changes
        return correct_mark(
            enrolment=enrolment, block=self.block, attempt=1, entry=entry, version=1, **values
        )


@pytest.fixture
def desk(cast: Cast, gc_part: SessionPart, now: datetime) -> Desk:
    return Desk(cast, gc_part, now)


@pytest.fixture
def one(cast: Cast, gc_part: SessionPart) -> Enrolment:
    return enrol_some(cast, gc_part, 1)[0]


# --- Transmission ---


def test_missing_marks_keep_a_sheet_here_by_name(desk: Desk, gc_enrolments: list[Enrolment]) -> None:
    desk.mark(gc_enrolments[0], "12")
    with pytest.raises(Refusal, match="Note manquante") as refused:
        desk.submit()
    assert gc_enrolments[1].candidate.full_name in refused.value.sentence
    assert gc_enrolments[0].candidate.full_name not in refused.value.sentence


def test_a_sheet_is_transmitted_once_signed_and_dated(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    sheet = desk.submit()
    again = desk.submit(by=cast.second_clerk)
    assert (sheet.submitted_by, sheet.submitted_at) == (cast.clerk.user, desk.now)
    assert again.submitted_by == cast.clerk.user
    assert JournalEntry.objects.filter(act="feuille.transmettre").count() == 1


def test_an_empty_part_has_no_sheet_to_transmit(desk: Desk) -> None:
    with pytest.raises(Refusal, match="Aucun candidat"):
        desk.submit()


def test_withdrawn_and_deferred_candidates_miss_nothing(
    desk: Desk, gc_enrolments: list[Enrolment], cast: Cast, now: datetime
) -> None:
    gone, excused, here = gc_enrolments
    withdraw(enrolment=gone, motive="Départ", by=cast.clerk, at=now)
    record_mark(
        enrolment=excused, block=block("CC_TC"), attempt=1, entry="ABJ", version=0, by=cast.clerk, at=now
    )
    desk.mark(here, "12")
    assert desk.submit().is_submitted


def test_only_the_responsible_transmits_and_corrects(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    desk.double("", responsible=cast.second_clerk.user)
    with pytest.raises(Refusal, match="MOREL Denis, responsable"):
        desk.submit()
    desk.submit(by=cast.second_clerk)
    with pytest.raises(Refusal, match="MOREL Denis, responsable"):
        desk.correct(one, "13")
    assert desk.correct(one, "13", by=cast.second_clerk).entry == "13"


def test_the_responsible_works_for_the_crfp(desk: Desk, cast: Cast) -> None:
    with pytest.raises(Refusal, match="VASSEUR Paul ne travaille pas pour ce CRFP"):
        desk.double("", responsible=cast.outsider.user)


def test_the_jury_s_block_has_no_sheet_here(cast: Cast, gc_part: SessionPart, now: datetime) -> None:
    with pytest.raises(Refusal, match="pas de feuille"):
        submit_sheet(part=gc_part, block=block("ORAL"), by=cast.clerk, at=now)


def test_another_crfp_touches_nothing(desk: Desk, one: Enrolment, cast: Cast) -> None:
    for act in (lambda: desk.submit(by=cast.outsider), lambda: desk.double(by=cast.outsider)):
        with pytest.raises(Refusal, match="pas celle de votre CRFP"):
            act()


def test_the_national_jury_waits_for_every_sheet(
    cast: Cast, gc_part: SessionPart, gc_enrolments: list[Enrolment], now: datetime
) -> None:
    enter_marks(cast, gc_enrolments)
    hold_jury(cast, gc_part, gc_enrolments)
    with pytest.raises(Refusal, match="Épreuve écrite : notes saisies, à transmettre"):
        transmit_part(part=gc_part, by=cast.clerk, at=now)
    submit_sheets(cast, gc_part)
    assert transmit_part(part=gc_part, by=cast.clerk, at=now).state == "TRANSMISE"


# --- Double entry ---


def test_two_equal_entries_need_nobody(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12,5")
    desk.double()
    assert len(standing(desk.part).to_retype) == 1
    assert desk.retype(one, "12.50") == ""
    assert not standing(desk.part).refusals
    assert desk.submit().is_submitted


def test_nobody_types_twice_what_they_typed_first(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    desk.double()
    assert "seconde revient à quelqu’un d’autre" in desk.retype(one, "12", by=cast.clerk)
    assert not SecondEntry.objects.exists()


def test_a_difference_waits_for_a_named_person(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "2")
    desk.double()
    desk.retype(one, "12")
    assert Mark.objects.get().entry == "2"
    with pytest.raises(Refusal, match="Écart entre les deux saisies"):
        desk.submit()
    assert desk.settle(one, "12").entry == "12"
    second = SecondEntry.objects.get()
    assert (second.settled_by, second.settled_version) == (cast.clerk.user, 2)
    assert desk.submit().is_submitted


def test_keeping_the_first_entry_settles_too(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.double()
    desk.retype(one, "2")
    assert desk.settle(one, "12").version == 1
    assert desk.settle(one, "12").version == 1
    assert JournalEntry.objects.filter(act="ecart.trancher").count() == 1
    assert not standing(desk.part).differences


def test_a_mark_changed_after_it_was_settled_differs_again(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.double()
    desk.retype(one, "2")
    desk.settle(one, "12")
    desk.mark(one, "14", version=1)
    assert len(standing(desk.part).differences) == 1


@pytest.mark.parametrize(("kept", "version", "words"), [("13", 1, "l’une des deux"), ("2", 9, "a changé")])
def test_only_one_of_the_two_can_be_kept(
    kept: str, version: int, words: str, desk: Desk, one: Enrolment
) -> None:
    desk.mark(one, "12")
    desk.double()
    desk.retype(one, "2")
    with pytest.raises(Refusal, match=words):
        desk.settle(one, kept, version)


def test_flagged_marks_only(desk: Desk, cast: Cast, gc_part: SessionPart) -> None:
    """Near a threshold, eliminatory, or confirmed as unusual: the others are typed once."""
    group = enrol_some(cast, gc_part, 8)
    for enrolment, entry in zip(group, ("12", "13", "12,5", "11", "13,5", "6,5", "5", "2"), strict=True):
        desk.mark(enrolment, entry)
    desk.double(FLAGGED)
    assert sorted(item.mark.entry for item in standing(gc_part).checked) == ["2", "5", "6,5"]
    assert "n’a pas à être ressaisie" in desk.retype(group[0], "12")


def test_the_crfp_never_asks_for_less_than_the_regulation() -> None:
    asked = Block(double_entry=ALL)
    assert BlockSheet(block=asked, double_entry="").checks == ALL
    assert BlockSheet(block=asked, double_entry=FLAGGED).checks == ALL
    assert BlockSheet(block=Block(double_entry=None), double_entry=FLAGGED).checks == FLAGGED
    assert BlockSheet(block=Block(double_entry=None)).checks == ""


def test_who_retyped_or_settled_may_not_judge(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    desk.double()
    desk.retype(one, "2")
    desk.settle(one, "12")
    found = recorders_of([one])
    assert found[one.pk] == {cast.clerk.user.pk, cast.second_clerk.user.pk}
    assert party_refusal(cast.second_clerk.user, one, found)
    jury = compose_jury(cast, desk.part)
    assign_candidates(jury=jury, enrolments=[one], by=cast.clerk, at=desk.now)
    seat = jury.seats.first()
    assert seat is not None
    assert Hearing.objects.visible_to(Actor(seat.user, Role.JUROR))
    JurySeat.objects.filter(pk=seat.pk).update(user=cast.second_clerk.user)  # no verb would seat them
    assert not Hearing.objects.visible_to(Actor(cast.second_clerk.user, Role.JUROR))


def test_who_typed_a_test_may_not_judge(desk: Desk, one: Enrolment, cast: Cast) -> None:
    tests: dict[str, Any] = {"part": desk.part, "block": block("CC_TC"), "at": desk.now}
    sheet = set_tests(**tests, labels=["Mars", "Avril"], by=cast.clerk)
    for line, by in zip(sheet.tests.all(), (cast.clerk, cast.second_clerk), strict=True):
        record_tests(sheet=sheet, entries=[TestEntry(line, one, "12", 0)], by=by, at=desk.now)
    assert recorders_of([one])[one.pk] == {cast.clerk.user.pk, cast.second_clerk.user.pk}


def test_two_entries_by_one_person_are_one(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "5")
    desk.double()
    desk.retype(one, "15")
    desk.mark(one, "15", version=1, by=cast.second_clerk)
    assert len(standing(desk.part).to_retype) == 1
    assert not standing(desk.part).differences
    assert desk.retype(one, "15", by=cast.clerk) == ""
    assert not standing(desk.part).refusals


def test_nobody_types_over_a_second_entry(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    desk.double()
    desk.retype(one, "2")
    desk.settle(one, "12")
    assert "déjà ressaisi" in desk.retype(one, "3")
    assert SecondEntry.objects.get().entry == "2"


def test_a_block_typed_twice_is_not_made_of_tests_nor_the_reverse(
    desk: Desk, one: Enrolment, cast: Cast
) -> None:
    desk.double()
    tests: dict[str, Any] = {"part": desk.part, "labels": ["Mars"], "by": cast.clerk, "at": desk.now}
    with pytest.raises(Refusal, match="se saisissent deux fois"):
        set_tests(block=desk.block, **tests)
    set_tests(block=block("CC_TC"), **tests)
    with pytest.raises(Refusal, match="faite de contrôles"):
        set_sheet(
            part=desk.part,
            block=block("CC_TC"),
            responsible=None,
            double_entry=ALL,
            by=cast.clerk,
            at=desk.now,
        )


def test_tests_leave_the_retake_to_whoever_failed(
    cast: Cast, dam_part: SessionPart, dam_enrolments: list[Enrolment], now: datetime
) -> None:
    """The contrôle continu of the DAM is taken again after an eliminatory mean (R7)."""
    cc = Block.objects.get(code="CC", regulation__code="DAM_2006", regulation__version=1)
    sheet = set_tests(part=dam_part, block=cc, labels=["Mars"], by=cast.clerk, at=now)
    entry = TestEntry(sheet.tests.get(), dam_enrolments[0], "8", 0)
    record_tests(sheet=sheet, entries=[entry], by=cast.clerk, at=now)
    about: dict[str, Any] = {"enrolment": dam_enrolments[0], "block": cc, "by": cast.clerk, "at": now}
    with pytest.raises(Refusal, match="la moyenne de 1 contrôle :"):
        record_mark(**about, attempt=1, entry="12", version=1)
    assert record_mark(**about, attempt=2, entry="14", version=0).entry == "14"


# --- Correction ---


def test_a_transmitted_mark_is_locked_but_a_missing_one_may_come(
    desk: Desk, one: Enrolment, cast: Cast
) -> None:
    desk.mark(one, "12")
    desk.submit()
    with pytest.raises(Refusal, match="une correction demande un motif"):
        desk.mark(one, "13", version=1)
    with pytest.raises(Refusal, match="une correction demande un motif"):
        desk.mark(one, "", version=1)
    (late,) = enrol_some(cast, desk.part, 1)
    assert desk.mark(late, "14").entry == "14"


def test_a_correction_has_its_motive_in_the_journal(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.submit()
    mark = desk.correct(one, "13")
    assert (mark.entry, mark.version, mark.corrected_at) == ("13", 2, desk.now)
    entry = JournalEntry.objects.get(act="note.corriger")
    assert (entry.reason, entry.before, entry.subject) == ("Copie relue", '{"note":"12"}', "ECRIT")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "  "}, "Indiquez le motif"),
        ({"entry": ""}, "ne s’efface pas"),
        ({"entry": "21"}, "hors barème"),
    ],
)
def test_a_correction_that_says_nothing_is_refused(
    changes: dict[str, str], words: str, desk: Desk, one: Enrolment
) -> None:
    desk.mark(one, "12")
    desk.submit()
    entry = changes.pop("entry", "13")
    with pytest.raises(Refusal, match=words):
        desk.correct(one, entry, **changes)


def test_a_correction_over_another_is_a_conflict(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.submit()
    desk.correct(one, "13")
    with pytest.raises(Conflict, match="a saisi 13"):
        desk.correct(one, "14")


def test_before_the_transmission_there_is_nothing_to_correct(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    with pytest.raises(Refusal, match="ne sont pas transmises"):
        desk.correct(one, "13")


def test_the_crfp_corrects_until_its_files_leave_then_ucanss_until_the_jury(
    desk: Desk, one: Enrolment, cast: Cast, now: datetime
) -> None:
    enter_marks(cast, [one])
    submit_sheets(cast, desk.part)
    hold_jury(cast, desk.part, [one])
    with pytest.raises(Refusal, match="encore au CRFP"):
        desk.correct(one, "13", by=cast.ucanss)
    transmit_part(part=desk.part, by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="transmis au jury national"):
        desk.correct(one, "13")
    assert desk.correct(one, "13", by=cast.ucanss).entry == "13"


def test_a_correction_never_leaves_a_file_that_nobody_could_complete(
    desk: Desk, one: Enrolment, cast: Cast, now: datetime
) -> None:
    """Deferred, the candidate lacks marks; present after all, the file that left would be incomplete."""
    (excused,) = enrol_some(cast, desk.part, 1)
    enter_marks(cast, [one])
    desk.mark(excused, "ABJ")
    submit_sheets(cast, desk.part)
    hold_jury(cast, desk.part, [one])
    transmit_part(part=desk.part, by=cast.clerk, at=now)
    with pytest.raises(Refusal, match="le laisserait incomplet"):
        desk.correct(excused, "ABS", by=cast.ucanss)
    assert Mark.objects.get(enrolment=excused).entry == "ABJ"


def test_a_part_leaves_after_a_doubly_typed_mark_was_corrected(
    desk: Desk, one: Enrolment, cast: Cast, now: datetime
) -> None:
    enter_marks(cast, [one], {"CC_TC": "14", "CC_OPT": "13", "APT": "16"})
    desk.mark(one, "12,5")
    desk.double()
    desk.retype(one, "12,5")
    submit_sheets(cast, desk.part)
    desk.correct(one, "13")
    hold_jury(cast, desk.part, [one])
    assert transmit_part(part=desk.part, by=cast.clerk, at=now).state == "TRANSMISE"


def test_an_unusual_correction_is_asked_about_too(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.submit()
    with pytest.raises(Question, match="deviendrait éliminatoire"):
        desk.correct(one, "2")
    assert desk.correct(one, "2", confirmed=True).unusual == "SEUIL"


def test_who_left_is_replaced_as_responsible(desk: Desk, one: Enrolment, cast: Cast) -> None:
    desk.mark(one, "12")
    desk.double("", responsible=cast.second_clerk.user)
    desk.submit(by=cast.second_clerk)
    cast.second_clerk.user.is_active = False
    cast.second_clerk.user.save()
    with pytest.raises(Refusal, match="ne travaille pas"):
        desk.double("", responsible=cast.second_clerk.user)
    desk.double("", responsible=cast.clerk.user)
    assert desk.correct(one, "13").entry == "13"
    with pytest.raises(Refusal, match="sa feuille ne change plus"):
        desk.double(ALL, responsible=cast.clerk.user)


def test_the_national_jury_s_marks_change_no_more(desk: Desk, one: Enrolment, cast: Cast) -> None:
    to_deliberation(cast, desk.part, [one])
    with pytest.raises(Refusal, match="délibère"):
        desk.correct(one, "13", by=cast.ucanss)


def test_the_database_keeps_transmitted_marks_too(desk: Desk, one: Enrolment) -> None:
    desk.mark(one, "12")
    desk.submit()
    with pytest.raises(IntegrityError, match="transmises"), transaction.atomic():
        Mark.objects.update(value=15)
    Mark.objects.update(value=15, corrected_at=desk.now)
    for act in (
        lambda: Mark.objects.update(value=16, corrected_at=desk.now),
        lambda: Mark.objects.all().delete(),
        lambda: BlockSheet.objects.update(state="SAISIE", submitted_at=None, submitted_by=None),
        lambda: BlockSheet.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="transmises"), transaction.atomic():
            act()


def test_an_opinion_given_before_a_correction_is_stale_until_confirmed(
    desk: Desk, one: Enrolment, cast: Cast
) -> None:
    enter_marks(cast, [one])
    submit_sheets(cast, desk.part)
    jury = compose_jury(cast, desk.part)
    (hearing,) = assign_candidates(jury=jury, enrolments=[one], by=cast.clerk, at=desk.now)
    hear(cast, hearing)
    assert not lines_of(jury.hearings.all())[0].stale
    later = desk.now + timedelta(minutes=5)
    desk.correct(one, "13", at=later)
    (line,) = lines_of(jury.hearings.all())
    assert line.awaited == ("avis à confirmer",)
    with pytest.raises(Refusal, match="avis à confirmer"):
        close_jury(jury=jury, by=cast.jury_president, at=later)
    opinion: dict[str, Any] = {"favourable": True, "argument": "", "version": 1, "by": cast.jury_president}
    with pytest.raises(Refusal, match="vient d’être corrigée"):
        give_opinion(hearing=hearing, **opinion, at=later, corrections=0)  # a page opened before
    # At the very same instant: corrections are counted, the clock says nothing.
    give_opinion(hearing=hearing, **opinion, at=later, corrections=1)
    assert lines_of(jury.hearings.all())[0].settled
